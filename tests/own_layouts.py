"""The same shop in the layouts that Segment, RudderStack, PostHog and Snowplow publish, and as managed rows.

Apart from the tests of presets, which ask each of them the same audiences. Columns are those of the makers' pages that
`own_presets.py` names, as far as a rule could ask for them, and some that say how a call came.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from muster.backends.base import EventRow, PlainText, ProfileRow
from tests.own_databases import Database

NOW = datetime(2024, 6, 15)  # noqa: DTZ001 (UTC, as columns have it)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (see above)
PAGE = "$page"
MERGED = "person_distinct_id_overrides"
_COUPONS = (None, "SPRING", "it's 5%")
_CATEGORIES = ("books", "Café", "toys")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer; what is None is not known."""

    id: str
    plan: str | None
    seats: int | None
    newsletter: bool | None


@dataclass(frozen=True, slots=True)
class Event:
    """Something a customer did."""

    id: str
    person: str
    name: str
    at: datetime
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Shop:
    """All that happened."""

    people: tuple[Person, ...]
    events: tuple[Event, ...]

    def rows(self, *, traits: bool = True) -> tuple[tuple[ProfileRow, ...], tuple[EventRow, ...]]:
        """Give it as rows of a managed store, texts being nothing but texts."""
        busy = {each.person for each in self.events}
        people = [each for each in self.people if traits or each.id in busy]
        pids = {each.id: number for number, each in enumerate(people, start=1)}
        profiles = tuple(
            ProfileRow(pids[each.id], each.id, traits=_plain(_traits(each)) if traits else {}) for each in people
        )
        events = tuple(
            EventRow(pids[each.person], each.name, _micros(each.at), each.id, _plain(each.values))
            for each in self.events
        )
        return profiles, events


def shop() -> Shop:
    """Make a shop, the same every time."""
    dice = Random(7)  # noqa: S311 (a fixed example)
    people = tuple(
        Person(
            id=str(UUID(int=dice.getrandbits(128))),
            plan=dice.choice((None, "pro", "free", "Pro")),
            seats=dice.choice((None, 1, 5, 20)),
            newsletter=dice.choice((None, True, False)),
        )
        for _ in range(24)
    )
    events = tuple(_event(dice, people, number) for number in range(160))
    return Shop(people, events)


def _event(dice: Random, people: tuple[Person, ...], number: int) -> Event:
    name = dice.choice(("order_completed", "order_completed", "product_viewed", "product_viewed", PAGE, "signed_up"))
    total, price = Decimal(dice.randrange(100, 20_000)) / 100, Decimal(dice.randrange(1, 50))
    values: dict[str, dict[str, Any]] = {
        "order_completed": {"total": total, "coupon": dice.choice(_COUPONS)},
        "product_viewed": {"price": price, "category": dice.choice(_CATEGORIES)},
        PAGE: {"path": dice.choice(("/", "/pricing", "/docs"))},
        "signed_up": {},
    }
    return Event(
        id=str(UUID(int=number + 1)),
        person=dice.choice(people[: len(people) - 4]).id,
        name=name,
        at=NOW - timedelta(minutes=dice.randrange(-3_000, 200_000)),
        values=values[name],
    )


def _traits(person: Person) -> dict[str, Any]:
    return {"plan": person.plan, "seats": person.seats, "newsletter": person.newsletter}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    held = {key: value for key, value in values.items() if value is not None}
    return {key: PlainText(value) if isinstance(value, str) else value for key, value in held.items()}


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


# --- layouts --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Types:
    """How an engine spells the types of these tables."""

    text: str
    number: str
    whole: str
    flag: str
    time: str
    ending: str = ""


TYPES = {
    "duckdb": Types("VARCHAR", "DECIMAL(18, 2)", "INTEGER", "BOOLEAN", "TIMESTAMPTZ"),
    "postgres": Types("text", "numeric(18, 2)", "integer", "boolean", "timestamptz"),
    "clickhouse": Types(
        "Nullable(String)",
        "Nullable(Decimal(18, 2))",
        "Nullable(Int32)",
        "Nullable(Bool)",
        "Nullable(DateTime64(6, 'UTC'))",
        " ENGINE = MergeTree ORDER BY tuple()",
    ),
}


def warehouse(made: Database, backend: str, held: Shop, *, users: bool) -> None:
    """Make Segment's or RudderStack's tables; without `users` people are what `identifies` adds up to."""
    types = TYPES[backend]
    call = ("id", "anonymous_id", "user_id", "context_ip")
    times = ("sent_at", "received_at", "original_timestamp", "timestamp")

    def create(name: str, columns: Mapping[str, str]) -> None:
        fixed = {**dict.fromkeys(call, types.text), **dict.fromkeys(times, types.time)}
        shown = ", ".join(f'"{column}" {kind}' for column, kind in {**fixed, **columns}.items())
        made.run(f"CREATE TABLE {name} ({shown}){types.ending}")

    def row(event: Event, *values: Any) -> tuple[Any, ...]:
        return (event.id, "anon", event.person, "10.0.0.1", event.at, event.at, event.at, event.at, *values)

    named = {"event": types.text, "event_text": types.text}
    create("tracks", named)
    made.insert("tracks", [row(each, each.name, each.name) for each in held.events if each.name != PAGE])
    columns_of: Mapping[str, Mapping[str, str]] = {
        "order_completed": {"total": types.number, "coupon": types.text},
        "product_viewed": {"price": types.number, "category": types.text},
        "signed_up": {},
    }
    for name, columns in columns_of.items():
        create(name, {**named, **columns})
        rows = [row(each, name, name, *map(each.values.get, columns)) for each in held.events if each.name == name]
        made.insert(name, [*rows, rows[0]])  # a warehouse may hold a call twice
    create("pages", {"path": types.text})
    made.insert("pages", [row(each, each.values["path"]) for each in held.events if each.name == PAGE])
    traits = {"plan": types.text, "seats": types.whole, "newsletter": types.flag}
    if users:
        held_by_users = {"id": types.text, "received_at": types.time, **traits}
        shown = ", ".join(f"{name} {kind}" for name, kind in held_by_users.items())
        made.run(f"CREATE TABLE users ({shown}){types.ending}")
        made.insert("users", [(each.id, NOW, each.plan, each.seats, each.newsletter) for each in held.people])
    else:
        create("identifies", traits)
        made.insert("identifies", list(_identifies(held.people)))


def _identifies(people: Iterable[Person]) -> Iterable[tuple[Any, ...]]:
    """Say each trait twice, the first time wrongly, the second in a call that says no other trait."""
    for number, person in enumerate(people):
        said = (("plan", person.plan), ("seats", person.seats), ("newsletter", person.newsletter))
        for at, (trait, value) in enumerate([("", None), *said]):
            when = NOW + timedelta(seconds=at)
            known: list[Any] = [value if name == trait and value is not None else None for name, _ in said]
            if at == 0:  # a first call, with old values of what will be said again
                old: dict[str, Any] = {"plan": "old", "seats": 99, "newsletter": True}
                known = [old[name] if later is not None else None for name, later in said]
            yield (f"i{number}-{at}", "anon", person.id, "10.0.0.1", when, when, when, when, *known)


def posthog(made: Database, backend: str, held: Shop) -> None:
    """Make PostHog's tables in ClickHouse: with rows of another team, older versions of persons, and merged persons."""
    assert backend == "clickhouse"
    made.run(
        "CREATE TABLE events (uuid UUID, event String, properties String, timestamp DateTime64(6, 'UTC'), "
        "team_id Int64, distinct_id String, elements_chain String, created_at DateTime64(6, 'UTC'), person_id UUID) "
        "ENGINE = ReplacingMergeTree "
        "ORDER BY (team_id, toDate(timestamp), event, cityHash64(distinct_id), cityHash64(uuid))"
    )
    made.run(
        "CREATE TABLE person (id UUID, created_at DateTime64(3), team_id Int64, properties String, is_identified Int8, "
        "is_deleted Int8, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY (team_id, id)"
    )
    for team in (2, 3):
        for each in held.events if team == 2 else held.events[:40]:
            text = json.dumps({key: _number(value) for key, value in each.values.items()})
            name = {PAGE: "$pageview"}.get(each.name, each.name)
            # Every fifth event came when its person was another, every third when nothing was known of its id.
            number = UUID(each.id).int
            known_as = f"d{each.person}" if number % 5 == 0 else "gone" if number % 3 == 0 else f"e{number}"
            came_as = UUID(int=99) if number % 5 == 0 else each.person
            made.run(
                f"INSERT INTO events VALUES ('{each.id}', '{name}', {_sql(text)}, '{each.at}', {team}, '{known_as}', "
                f"'', '{each.at}', '{came_as}')"
            )
    made.run(
        f"CREATE TABLE {MERGED} (team_id Int64, distinct_id String, person_id UUID, is_deleted Int8, version Int64) "
        "ENGINE = ReplacingMergeTree(version) ORDER BY (team_id, distinct_id)"
    )
    other = held.people[0].id
    for person in held.people:
        told = ((2, person.id, 0, 7), (2, other, 0, 3), (3, other, 0, 9))
        made.insert(MERGED, [(team, f"d{person.id}", UUID(whose), gone, at) for team, whose, gone, at in told])
    made.insert(MERGED, [(2, "gone", UUID(other), 0, 1), (2, "gone", UUID(other), 1, 2)])
    for person in held.people:
        now = {key: value for key, value in _traits(person).items() if value is not None}
        for version, properties in ((1, {"plan": "old", "gone": 1}), (2, now)):
            text = _sql(json.dumps(properties))
            made.run(f"INSERT INTO person VALUES ('{person.id}', '{NOW}', 2, {text}, 1, 0, {version})")
    made.run(f"INSERT INTO person VALUES ('{UUID(int=5)}', '{NOW}', 2, '{{}}', 1, 1, 9)")


def snowplow(made: Database, backend: str, held: Shop) -> None:
    """Make Snowplow's one table of events, with some of its columns."""
    types = TYPES[backend]
    columns = {
        "app_id": types.text,
        "collector_tstamp": types.time,
        "derived_tstamp": types.time,
        "event_id": types.text,
        "event_name": types.text,
        "user_id": types.text,
        "domain_userid": types.text,
        "page_urlpath": types.text,
        "tr_total": types.number,
        "se_category": types.text,
        "se_value": types.number,
    }
    shown = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    made.run(f"CREATE TABLE events ({shown}){types.ending}")
    names = {PAGE: "page_view", "order_completed": "transaction", "product_viewed": "event"}
    rows = [
        (
            *("web", each.at, each.at, each.id, names.get(each.name, each.name), each.person, "d"),
            *(each.values.get(key) for key in ("path", "total", "category", "price")),
        )
        for each in held.events
    ]
    nobody = (*("web", NOW, NOW, "n", "page_view", None, "d"), *("/", None, None, None))
    made.insert("events", [*rows, rows[0], nobody])


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _sql(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


HELD = shop()
AS_OF = NOW.isoformat() + "Z"
