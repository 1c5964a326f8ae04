"""Layouts that are known by name: the tables that Segment, RudderStack, PostHog and Snowplow write.

Kept apart from guessing: here tables and columns have the names that their makers publish, and a database that lacks
them is refused. Sources, read in November 2026:
https://segment.com/docs/connections/storage/warehouses/schema/
https://www.rudderstack.com/docs/destinations/warehouse-destinations/warehouse-schema/
https://posthog.com/docs/data/events and the tables of its open source (events, person)
https://docs.snowplow.io/docs/fundamentals/canonical-event/
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from muster.backends.base import FoundColumn, FoundTable
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import KIND_OF_COLUMN, Column, ColumnHow
from muster.runtime.errors import ChoiceError
from muster.runtime.own_guess import Sample, id_column, members_of, order_column, values_of
from muster.runtime.table_map import EventsTable, MergedIds, PeopleTable, TableMap

Preset = Callable[[Sequence[FoundTable], Sample], TableMap]

# Columns and tables that say how a call came here, not what it said.
_OF_THE_CALL = frozenset(
    {
        *("id", "user_id", "anonymous_id", "event", "event_text", "uuid", "uuid_ts", "loaded_at"),
        *("received_at", "sent_at", "timestamp", "original_timestamp"),
    }
)
_NOT_EVENTS = frozenset(
    {"tracks", "identifies", "users", "groups", "accounts", "aliases", "group_users", "rudder_discards"}
)
_OF_CALLS = ("tracks", "identifies")
_VISITS = {"pages": "$page", "screens": "$screen"}
_CONTEXT = "context_"
# The first that is there: only what has changed since events were last written anew, or all ids there ever were.
_MERGED = ("person_distinct_id_overrides", "person_distinct_id2")
_SNOWPLOW_ROLES = frozenset({"event_id", "event_name", "event", "user_id", "domain_userid", "network_userid"})


def is_warehouse(tables: Sequence[FoundTable]) -> bool:
    """Tell Segment's and RudderStack's tables by theirs of all calls, where each event is once more."""
    of_calls = {"anonymous_id", "received_at", "user_id"}
    return any(each.table[-1] in _OF_CALLS and of_calls <= set(_columns(each)) for each in tables)


def segment(tables: Sequence[FoundTable], sample: Sample, *, name: str = "Segment") -> TableMap:
    """Map a warehouse with a table for each event, and one of people: `users`, else what `identifies` adds up to."""
    namespace = next((each.table[0] for each in tables if each.table[-1] in _OF_CALLS), None)
    if namespace is None:
        raise ChoiceError(say.no_preset(name, "a table tracks or identifies is needed."))
    ours = {each.table[-1]: each for each in tables if each.table[0] == namespace}
    events = [_track(each, sample) for called, each in sorted(ours.items()) if _is_track(called, each)]
    if not events:
        raise ChoiceError(say.no_preset(name, f"{namespace} has no table of an event, with user_id and timestamp."))
    return TableMap(tuple(events), _segment_people(ours, sample))


def _is_track(called: str, found: FoundTable) -> bool:
    names = {each.name for each in found.columns}
    return called not in _NOT_EVENTS and {"id", "user_id"} <= names and bool({"timestamp", "received_at"} & names)


def _track(found: FoundTable, sample: Sample) -> EventsTable:
    held = _columns(found)
    time = held.get("timestamp") or held["received_at"]
    return EventsTable(
        table=found.table,
        id=id_column(held["user_id"]),
        time=Column(time.name, _time_how(time)),
        constant=_VISITS.get(found.table[-1], found.table[-1]),
        order=order_column(held["id"]),
        unique=None if "id" in found.unique else "id",
        values=values_of(found, _OF_THE_CALL, sample, lambda name: not name.startswith(_CONTEXT)),
    )


def _segment_people(ours: Mapping[str, FoundTable], sample: Sample) -> PeopleTable | None:
    found = ours.get("users")
    if found is not None and "id" in _columns(found):
        held = _columns(found)
        return PeopleTable(
            table=found.table,
            id=id_column(held["id"]),
            never_null="id" in found.unique and not held["id"].nullable,
            values=values_of(found, _OF_THE_CALL, sample, lambda name: not name.startswith(_CONTEXT)),
        )
    found = ours.get("identifies")
    if found is None or "user_id" not in _columns(found):
        return None
    held = _columns(found)
    return PeopleTable(
        table=found.table,
        id=id_column(held["user_id"]),
        patches="timestamp" if "timestamp" in held else "received_at",
        values=values_of(found, _OF_THE_CALL, sample, lambda name: not name.startswith(_CONTEXT)),
    )


def posthog(tables: Sequence[FoundTable], sample: Sample) -> TableMap:
    """Map a project's events and persons in ClickHouse; several teams share the tables, so a map says which."""
    events, person = _table(tables, "events", "PostHog"), _table(tables, "person", "PostHog")
    held, of_person = _columns(events), _columns(person)
    wanted = {"uuid", "event", "timestamp", "person_id", "properties", "team_id"}
    if missing := sorted(wanted - set(held)):
        raise ChoiceError(say.no_preset("PostHog", f"its events have no {', '.join(missing)}."))
    team = {"team_id": _first_team(sample(events.table, "team_id"))}
    merged = next((each for name in _MERGED for each in tables if each.table[-1] == name), None)
    return TableMap(
        (
            EventsTable(
                table=events.table,
                id=Column("person_id", id_column(held["person_id"]).how),
                time=Column("timestamp", _time_how(held["timestamp"])),
                name="event",
                order=order_column(held["uuid"]),
                unique="uuid",
                only=team,
                values=members_of("properties", sample(events.table, "properties")),
                merged=None if merged is None else _posthog_merged(merged, team),
            ),
        ),
        PeopleTable(
            table=person.table,
            id=id_column(of_person["id"]),
            only=team,
            gone={"is_deleted": 1},
            latest="version",
            fields={"created_at": Column("created_at", _time_how(of_person["created_at"]))},
            values=members_of("properties", sample(person.table, "properties")),
        ),
    )


def _posthog_merged(found: FoundTable, team: Mapping[str, int]) -> MergedIds:
    """Follow persons that were merged: events keep the person that their distinct_id had when they came."""
    if missing := sorted({"distinct_id", "person_id", "version", "is_deleted", "team_id"} - set(_columns(found))):
        raise ChoiceError(say.no_preset("PostHog", f"its {found.table[-1]} has no {', '.join(missing)}."))
    return MergedIds(found.table, "distinct_id", "person_id", "version", only=team, gone={"is_deleted": 1})


def _first_team(teams: Iterable[str]) -> int:
    return min(map(int, teams), default=1)


def snowplow(tables: Sequence[FoundTable], sample: Sample) -> TableMap:
    """Map the one wide table of events; people are who has an event with a user_id."""
    found = _table(tables, "events", "Snowplow")
    held = _columns(found)
    for name in ("event_id", "user_id"):
        if name not in held:
            raise ChoiceError(say.no_preset("Snowplow", f"its events have no {name}."))
    time = held.get("derived_tstamp") or held.get("collector_tstamp")
    called = held.get("event_name") or held.get("event")
    if time is None or called is None:
        raise ChoiceError(say.no_preset("Snowplow", "its events have no derived_tstamp and event_name."))
    events = EventsTable(
        table=found.table,
        id=id_column(held["user_id"]),
        time=Column(time.name, _time_how(time)),
        name=called.name,
        order=order_column(held["event_id"]),
        unique="event_id",
        values=values_of(found, _SNOWPLOW_ROLES, sample, lambda name: not name.endswith("_tstamp")),
    )
    return TableMap((events,))


def _table(tables: Sequence[FoundTable], name: str, layout: str) -> FoundTable:
    found = [each for each in tables if each.table[-1] == name]
    if not found:
        raise ChoiceError(say.no_preset(layout, f"there is no table {name}."))
    return found[0]


def _columns(found: FoundTable) -> dict[str, FoundColumn]:
    return {each.name: each for each in found.columns}


def _time_how(found: FoundColumn) -> ColumnHow:
    how = next((how for how in found.hows if KIND_OF_COLUMN[how] == "time"), None)
    if how is None:
        raise ChoiceError(say.other_type(found.name, found.type, "time", found.hows))
    return how


PRESETS: Mapping[str, Preset] = {
    "segment": segment,
    "rudderstack": partial(segment, name="RudderStack"),
    "posthog": posthog,
    "snowplow": snowplow,
}
