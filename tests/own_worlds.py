"""Random worlds as somebody's own tables: JSON columns beside typed ones, in every database that holds such.

Apart from the differential test, whose worlds may hold what no table of JSON scalars can: lists, objects and keys in
two forms are taken out first. It could go wrong by taking out too much, so texts, numbers and times stay as hostile as
they come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from unicodedata import normalize
from zoneinfo import ZoneInfo

from muster.backends.base import Json
from muster.compiler.moments import from_micros, to_micros
from muster.compiler.own_tables import Column, Member
from muster.compiler.values import Path
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value
from tests.people import World

ZONE = "Australia/Lord_Howe"  # whose clocks change by half an hour
_EARLIEST, _LATEST = datetime(1970, 1, 2, tzinfo=UTC), datetime(2099, 12, 31, tzinfo=UTC)
_LARGEST = Decimal(10) ** 300  # JSON has larger numbers, and some readers refuse a whole document for one


@dataclass(frozen=True, slots=True)
class OwnRows:
    """The rows of the two tables: ids, names, times and JSON as text."""

    events: tuple[tuple[str, str, datetime, str, str], ...]
    people: tuple[tuple[str, datetime | None, datetime | None, datetime | None, str], ...]


def tidy(world: World, *, digits: int | None = None) -> World:
    """Leave out what JSON columns of scalars cannot hold, anonymous people, and numbers of more digits."""
    people = tuple(
        replace(
            each,
            external_id=_nfc(each.external_id),
            is_anonymous=False,
            traits=_document(each.traits, digits),
            fields={},
            stages=(),
        )
        for each in world.profiles
    )
    events = tuple(
        replace(each, event=_nfc(each.event), properties=_document(each.properties, digits)) for each in world.events
    )
    return World(world.clock, people, events)


def on_clocks(world: World) -> World:
    """Move every instant to one that the clocks of a zone tell: into known years, and to the later of two alike."""

    def moved(micros: int) -> int:
        instant = min(max(from_micros(micros), _EARLIEST), _LATEST)
        return to_micros(_shown(instant).replace(tzinfo=ZoneInfo(ZONE), fold=1))

    def maybe(micros: int | None) -> int | None:
        return None if micros is None else moved(micros)

    people = tuple(
        replace(
            each,
            first_seen=maybe(each.first_seen),
            last_seen=maybe(each.last_seen),
            created_at=maybe(each.created_at),
        )
        for each in world.profiles
    )
    return World(world.clock, people, tuple(replace(each, ts=moved(each.ts)) for each in world.events))


def _shown(instant: datetime) -> datetime:
    return instant.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)


def rows_of(world: World, *, local: bool = False) -> OwnRows:
    """Give a tidy world as rows; events of nobody keep an id that no person has. `local`: times as clocks showed."""

    def instant(micros: int) -> datetime:
        return _shown(from_micros(micros)) if local else from_micros(micros).replace(tzinfo=None)

    def maybe(micros: int | None) -> datetime | None:
        return None if micros is None else instant(micros)

    ids = {each.pid: each.external_id for each in world.profiles}
    return OwnRows(
        tuple(
            (ids.get(each.pid, "nobody's"), each.event, instant(each.ts), each.mid, _text(each.properties))
            for each in world.events
        ),
        tuple(
            (each.external_id, maybe(each.first_seen), maybe(each.last_seen), maybe(each.created_at), traits)
            for each, traits in ((each, _text(each.traits)) for each in world.profiles)
        ),
    )


def map_of(world: World, namespace: str, *, local: bool = False) -> TableMap:
    """Map the tables: every name may hold anything that a JSON scalar can be."""

    def time(name: str) -> Column:
        return Column(name, "local", ZONE) if local else Column(name, "time")

    times = {name: time(name) for name in ("first_seen", "last_seen", "created_at")}
    events = EventsTable(
        table=(namespace, "own_events"),
        id=Column("id", "text"),
        time=time("came"),
        name="called",
        order=Column("mid", "text"),
        values=_members(each.properties for each in world.events),
    )
    people = PeopleTable(
        table=(namespace, "own_people"),
        id=Column("id", "text"),
        fields=times,
        values=_members(each.traits for each in world.profiles),
    )
    return TableMap((events,), people)


def _members(documents: Iterable[Mapping[str, Json]]) -> Mapping[Path, Value]:
    keys = {key: None for document in documents for key in document}
    return {(key,): Member("held", (key,), ("str", "num", "bool")) for key in keys}


def _document(document: Mapping[str, Json], digits: int | None) -> dict[str, Json]:
    held = {_nfc(key): _scalar(value) for key, value in document.items()}
    return {key: value for key, value in held.items() if value is not None and not _is_long(value, digits)}


def _is_long(value: Json, digits: int | None) -> bool:
    return digits is not None and isinstance(value, Decimal) and len(format(value, "f")) > digits


def _scalar(value: Json) -> Json:
    match value:
        case bool() | None:
            return value
        case str():
            return str(value)
        case int():
            return Decimal(value)
        case float():
            return _scalar(Decimal(repr(value)))
        case Decimal():
            return value if value.is_finite() and abs(value) < _LARGEST else None
        case datetime():
            return value.isoformat()
        case _:
            return None


def _text(document: Mapping[str, Json]) -> str:
    """Write JSON, its numbers with all their digits."""
    members = (f"{json.dumps(key)}: {_written(value)}" for key, value in document.items())
    return f"{{{', '.join(members)}}}"


def _written(value: Json) -> str:
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def _nfc(text: str) -> str:
    return normalize("NFC", text)
