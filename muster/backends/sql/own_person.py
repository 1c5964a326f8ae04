"""One person of somebody's own tables, as rows that the reference evaluator can look at: to explain a membership.

Kept apart from rules' queries, which give ids and numbers. The same relations are read, so that what is explained is
what is counted. It could go wrong by a text that the evaluator reads as more than the map says, so texts are plain ones
unless the map says `str`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from muster.backends.base import EventRow, Json, PlainText, ProfileRow, Query
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import EVENTS, PEOPLE, column, events_table, people_table
from muster.backends.sql.own import settled
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.query import make_query
from muster.compiler.moments import to_micros
from muster.compiler.own_tables import Member, Source
from muster.compiler.schema import Record, Schema
from muster.compiler.values import KINDS, Path

Ask = Callable[[Query], Sequence[Sequence[Any]]]
_PID = 1
_FIELDS = ("first_seen", "last_seen", "created_at", "is_anonymous")


def read_person(
    external_id: str, schema: Schema, dialect: SqlDialect, ask: Ask
) -> tuple[ProfileRow, tuple[EventRow, ...]] | None:
    """Read a person and all events of theirs; None if nobody has that id."""
    schema = settled(schema, dialect)
    own, named = schema.own, schema.profiles.fields
    assert own is not None
    fields = [named[name] for name in _FIELDS if name in named]
    traits = _columns([schema.profiles.traits])
    found = ask(_people(external_id, [*fields, *traits], schema, dialect))
    if not found:
        return None
    held = dict(zip([*fields, *traits], found[0], strict=True))
    seen = {name: held[named[name]] for name in _FIELDS if name in named}
    people = () if own.profiles is None else (own.profiles,)
    profile = ProfileRow(
        pid=_PID,
        external_id=external_id,
        is_anonymous=bool(seen.get("is_anonymous")),
        first_seen=_micros(seen.get("first_seen")),
        last_seen=_micros(seen.get("last_seen")),
        created_at=_micros(seen.get("created_at")),
        traits=_document(held, schema.profiles.traits, people),
    )
    return profile, _events(external_id, schema, dialect, ask)


def _events(external_id: str, schema: Schema, dialect: SqlDialect, ask: Ask) -> tuple[EventRow, ...]:
    own, events = schema.own, schema.events
    assert own is not None
    records = schema.records(())
    names = [events.event, events.time, *([] if events.order is None else [events.order]), *_columns(records)]
    record: Record = {path: name for each in records for path, name in each.items()}
    rows = []
    for number, row in enumerate(ask(_history(external_id, names, schema, dialect))):
        held = dict(zip(names, row, strict=True))
        at = _micros(held[events.time])
        assert at is not None  # the relation leaves out what has none
        mid = f"{number:09}" if events.order is None else str(held[events.order])
        rows.append(EventRow(_PID, str(held[events.event]), at, mid, _document(held, record, own.events)))
    return tuple(rows)


def _people(external_id: str, names: Iterable[str], schema: Schema, dialect: SqlDialect) -> Query:
    scope = Scope(schema, dialect, Parameters(dialect.parameter))
    columns = [column(PEOPLE, name) for name in names] or [column(PEOPLE, schema.profiles.external_id)]
    select = exp.Select(
        expressions=columns,
        from_=exp.From(this=people_table(schema, PEOPLE)),
        where=exp.Where(this=_is_them(external_id, scope)),
    )
    return make_query(select, "rows", scope, ())


def _history(external_id: str, names: Iterable[str], schema: Schema, dialect: SqlDialect) -> Query:
    scope = Scope(schema, dialect, Parameters(dialect.parameter))
    them = exp.Select(
        expressions=[column(PEOPLE, schema.profiles.key)],
        from_=exp.From(this=people_table(schema, PEOPLE)),
        where=exp.Where(this=_is_them(external_id, scope)),
    )
    key = column(EVENTS, schema.events.key)
    select = exp.Select(
        expressions=[column(EVENTS, name) for name in names],
        from_=exp.From(this=events_table(schema, EVENTS)),
        where=exp.Where(this=exp.In(this=key, query=exp.Subquery(this=them))),
    )
    return make_query(select, "rows", scope, None)


def _is_them(external_id: str, scope: Scope) -> exp.EQ:
    return exp.EQ(
        this=column(PEOPLE, scope.schema.profiles.external_id),
        expression=scope.parameters.value("str", external_id),
    )


def _columns(records: Iterable[Record]) -> list[str]:
    return list(
        dict.fromkeys(str(held) for record in records for name in record.values() for held in name.columns.values())
    )


def _document(held: Mapping[str, Any], record: Record, sources: Sequence[Source]) -> dict[str, Json]:
    """Give the values of a row by path, nested as the paths are."""
    document: dict[str, Json] = {}
    for path, name in record.items():
        for kind in KINDS:  # of several views the first is what is stored
            where = name.columns.get(kind)
            value = None if where is None else held.get(str(where))
            if value is not None:
                _put(document, path, _value(value, is_read=_is_read(str(where), sources)))
                break
    return document


def _is_read(name: str, sources: Sequence[Source]) -> bool:
    """Tell whether a text counts as more than a text."""
    views = [source.views[name].of for source in sources if name in source.views]
    return any(isinstance(view, Member) and "str" in view.hows for view in views)


def _put(document: dict[str, Json], path: Path, value: Json) -> None:
    *above, last = path
    for key in above:
        document = document.setdefault(key, {})
    document[last] = value


def _value(value: Any, *, is_read: bool) -> Json:
    match value:
        case str():
            return value if is_read else PlainText(value)
        case datetime():
            return value.replace(tzinfo=UTC)
        case _:
            return value


def _micros(value: datetime | None) -> int | None:
    return None if value is None else to_micros(value.replace(tzinfo=UTC))
