"""The map of tables in a database, in TOML: which tables hold events and people, and what their columns are.

Kept apart from the map of files (`mapping.py`), whose cells are read by Python: here a database reads its own columns,
so a map says exactly what each holds. The form is in docs/tables.md.

Ways to go wrong, each with a test: a misspelt key that would be ignored, one name given by two columns, a nested name
that is mistaken for what a column holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, cast
from zoneinfo import ZoneInfo

from muster.compiler.messages import maps
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import COLUMN_HOWS, KIND_OF_COLUMN, MEMBER_HOWS, Column, ColumnHow, Member, Table
from muster.compiler.values import Kind, Path, path_text
from muster.runtime.map_reader import MapReader, read_document

Value = Column | Member
_FIELDS: Mapping[str, Kind] = {
    "first_seen": "time",
    "last_seen": "time",
    "created_at": "time",
    "is_anonymous": "bool",
}
_EVENTS_KEYS = (
    *("table", "id", "name", "time", "order", "message_id", "not_null", "only", "gone"),
    *("merged", "properties", "json"),
)
_ORDER_HOWS: tuple[ColumnHow, ...] = ("text", "spelled", "int", "num")
_ID_HOWS: tuple[ColumnHow, ...] = ("text", "spelled")


@dataclass(frozen=True, slots=True)
class MergedIds:
    """A table that says whose events are now: for each value of the events' `by`, `id` of the greatest `latest`."""

    table: Table
    by: str
    id: str
    latest: str
    only: Mapping[str, str | bool | int] = field(default_factory=dict)
    gone: Mapping[str, str | bool | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventsTable:
    """A table of events: the columns of id, name and time, and the properties that it gives, by path.

    `constant` is the name of all its events where no column has it. See `own_tables.Source` for the others.
    """

    table: Table
    id: Column
    time: Column
    name: str | None = None
    constant: str | None = None
    order: Column | None = None
    unique: str | None = None
    never_null: bool = False
    only: Mapping[str, str | bool | int] = field(default_factory=dict)
    gone: Mapping[str, str | bool | int] = field(default_factory=dict)
    values: Mapping[Path, Value] = field(default_factory=dict)
    merged: MergedIds | None = None


@dataclass(frozen=True, slots=True)
class PeopleTable:
    """A table of people: the column of the id, the built-in fields and the traits that it gives, by path."""

    table: Table
    id: Column
    never_null: bool = False
    only: Mapping[str, str | bool | int] = field(default_factory=dict)
    gone: Mapping[str, str | bool | int] = field(default_factory=dict)
    latest: str | None = None
    patches: str | None = None
    fields: Mapping[str, Column] = field(default_factory=dict)
    values: Mapping[Path, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TableMap:
    """What a map says of a database."""

    events: tuple[EventsTable, ...]
    people: PeopleTable | None = None


def is_table_map(path: FilePath) -> bool:
    """Tell whether a map is one of tables: they are named in it."""
    document = read_document(path)
    parts = [document.get("profiles"), *(events if isinstance(events := document.get("events"), list) else [events])]
    return any(isinstance(part, dict) and "table" in part for part in parts)


def read_table_map(path: FilePath) -> TableMap:
    """Read a TOML map of tables; raises DataError."""
    return _Reader(str(path)).table_map(read_document(path))


@dataclass(frozen=True, slots=True)
class _Reader(MapReader):
    def table_map(self, document: Mapping[str, Any]) -> TableMap:
        """Read the whole document."""
        self.known(document, "the map", ("events", "profiles"))
        found = document.get("events", [])
        events = [found] if isinstance(found, dict) else found
        if not isinstance(events, list) or not all(isinstance(each, dict) for each in events) or not events:
            raise self.wrong("events", found, "a table [events], or one [[events]] for each table of events")
        people = self.table(document, "profiles")
        return TableMap(tuple(self._events(each) for each in events), None if people is None else self._people(people))

    def _events(self, part: Mapping[str, Any]) -> EventsTable:
        self.known(part, "[events]", _EVENTS_KEYS)
        name, constant = self.event_name(part.get("name"))
        if name is None and constant is None:
            raise self.wrong("[events] name", None, 'a column, or { value = "purchase" } for all rows')
        return EventsTable(
            table=self._name(part, "[events] table"),
            id=self._id(part, "[events] id"),
            time=self._of_kind(part.get("time"), "[events] time", "time"),
            name=name,
            constant=constant,
            order=None if "order" not in part else self._order(part["order"]),
            unique=self.text(part, "[events] message_id"),
            never_null=self._flag(part, "[events] not_null"),
            only=self._equals(part, "[events] only"),
            gone=self._equals(part, "[events] gone"),
            values=self._values(part, "events", "properties"),
            merged=self._merged(self.table(part, "merged")),
        )

    def _merged(self, part: Mapping[str, Any] | None) -> MergedIds | None:
        if part is None:
            return None
        where = "[events.merged]"
        self.known(part, where, ("table", "by", "id", "latest", "only", "gone"))
        by, whose, latest = (self.text(part, f"{where} {key}") for key in ("by", "id", "latest"))
        if by is None or whose is None or latest is None:
            raise self.wrong(where, None, "the names of columns: by, id and latest")
        return MergedIds(
            table=self._name(part, f"{where} table"),
            by=by,
            id=whose,
            latest=latest,
            only=self._equals(part, f"{where} only"),
            gone=self._equals(part, f"{where} gone"),
        )

    def _people(self, part: Mapping[str, Any]) -> PeopleTable:
        keys = ("table", "id", "unique", "only", "gone", "latest", "patches", *_FIELDS, "traits", "json")
        self.known(part, "[profiles]", keys)
        fields = {
            name: self._of_kind(part[name], f"[profiles] {name}", kind)
            for name, kind in _FIELDS.items()
            if name in part
        }
        return PeopleTable(
            table=self._name(part, "[profiles] table"),
            id=self._id(part, "[profiles] id"),
            never_null=self._flag(part, "[profiles] unique"),
            only=self._equals(part, "[profiles] only"),
            gone=self._equals(part, "[profiles] gone"),
            latest=self.text(part, "[profiles] latest"),
            patches=self.text(part, "[profiles] patches"),
            fields=fields,
            values=self._values(part, "profiles", "traits"),
        )

    # --- parts ------------------------------------------------------------------------------------------------
    def _name(self, part: Mapping[str, Any], where: str) -> Table:
        match part.get("table"):
            case str() as name if name and not name.startswith(".") and not name.endswith("."):
                return tuple(name.split(".", 1))
            case [str() as namespace, str() as name] if namespace and name:
                return (namespace, name)
            case found:
                raise self.wrong(where, found, 'a table, as in "analytics.events"')

    def _id(self, part: Mapping[str, Any], where: str) -> Column:
        match part.get("id"):
            case str() as name if name:
                return Column(name, "text")
            case {"column": str() as name, "as": how, **rest} if name and how in _ID_HOWS and not rest:
                return Column(name, how)
            case found:
                raise self.wrong(where, found, 'a column, or { column = "id", as = "spelled" } where it is no text')

    def _order(self, found: Any) -> Column:
        match found:
            case str() as name if name:
                return Column(name, "text")
            case {"column": str() as name, "as": how, **rest} if name and how in _ORDER_HOWS and not rest:
                return Column(name, how)
            case _:
                shown = f'a column, or {{ column = "nr", as = … }} with one of {", ".join(_ORDER_HOWS)}'
                raise self.wrong("[events] order", found, shown)

    def _of_kind(self, found: Any, where: str, kind: Kind) -> Column:
        hows = [how for how in COLUMN_HOWS if KIND_OF_COLUMN[how] == kind]
        match found:
            case str() as name if name:
                return Column(name, "time" if kind == "time" else "bool")
            case {"column": str() as name, "as": how, **rest} if name and how in hows and set(rest) <= {"zone"}:
                return self._with_zone(name, how, rest.get("zone"), where)
            case _:
                shown = ", ".join(hows)
                raise self.wrong(where, found, f'a column, or {{ column = "ts", as = … }} with one of {shown}')

    def _flag(self, part: Mapping[str, Any], where: str) -> bool:
        found = part.get(where.rpartition(" ")[2], False)
        if not isinstance(found, bool):
            raise self.wrong(where, found, "true or false")
        return found

    def _equals(self, part: Mapping[str, Any], where: str) -> Mapping[str, str | bool | int]:
        found = part.get(where.rpartition(" ")[2], {})
        if not isinstance(found, dict) or not all(isinstance(value, (str, bool, int)) for value in found.values()):
            raise self.wrong(where, found, "what columns must equal, as in { team_id = 2 }")
        return found

    def _values(self, part: Mapping[str, Any], section: str, key: str) -> Mapping[Path, Value]:
        where = f"[{section}.{key}]"
        columns, json = part.get(key, {}), part.get("json", {})
        if not isinstance(columns, dict):
            raise self.wrong(where, columns, "a table of what columns hold")
        if not isinstance(json, dict) or not all(isinstance(each, dict) for each in json.values()):
            raise self.wrong(f"[{section}.json]", json, f"tables as in [{section}.json.properties]")
        found: dict[Path, Value] = {}
        pairs: list[tuple[Path, Value]] = [
            ((name,), self._column(name, spec, f"{where} {name}")) for name, spec in columns.items()
        ]
        pairs += [
            (member.path, member)
            for column, members in json.items()
            for member in self._members(column, (), members, f"[{section}.json.{column}]")
        ]
        for path, value in pairs:
            if path in found:
                raise self.error(maps.bad_map(where, say.given_twice(path_text(path)), "each name once"))
            found[path] = value
        return found

    def _column(self, name: str, spec: Any, where: str) -> Column:
        match {"as": spec} if isinstance(spec, str) else spec:
            case {"as": how, **rest} if how in COLUMN_HOWS and set(rest) <= {"column", "zone"}:
                column = rest.get("column", name)
                if isinstance(column, str) and column:
                    return self._with_zone(column, cast("ColumnHow", how), rest.get("zone"), where)
        raise self.wrong(where, spec, f'{{ column = "Total", as = … }} with one of {", ".join(COLUMN_HOWS)}')

    def _with_zone(self, name: str, how: ColumnHow, zone: Any, where: str) -> Column:
        """Make a column; a local time has a zone, and nothing else has."""
        if (how == "local") != (zone is not None):
            shown = f'{{ column = "{name}", as = "local", zone = "Europe/London" }}, or another kind without a zone'
            raise self.wrong(f"{where} zone", zone, shown)
        if zone is not None:
            try:
                ZoneInfo(zone)
            except (ValueError, TypeError, OSError, LookupError):
                raise self.wrong(f"{where} zone", zone, "a time zone as Europe/London") from None
        return Column(name, how, zone)

    def _members(self, column: str, above: Path, members: Mapping[str, Any], where: str) -> Iterator[Member]:
        for key, spec in members.items():
            path = (*above, key)
            if isinstance(spec, dict) and spec:
                yield from self._members(column, path, spec, where)
                continue
            hows = [spec] if isinstance(spec, str) else spec
            if not isinstance(hows, list) or not hows or not all(how in MEMBER_HOWS for how in hows):
                place = f"{where} {path_text(path)}"
                raise self.wrong(place, spec, f"one or a list of {', '.join(MEMBER_HOWS)}")
            yield Member(column, path, tuple(dict.fromkeys(hows)))
