"""The map of one's own files, in TOML: which column is the id, the event's name, its time, and what the others hold.

Kept apart from reading files: a map is checked before any file is opened, and what it leaves out is guessed
elsewhere (`guesses.py`). The form is docs/adr/0011.

Ways to go wrong, each with a test: a misspelt key that would be ignored, a kind or zone that does not exist, a
column that is mapped twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from muster.compiler.messages import maps
from muster.compiler.rule import LIFECYCLE_MEASURES
from muster.runtime.map_reader import MapReader, read_document

FileKind = Literal["str", "text", "num", "decimal", "bool", "time", "epoch_s", "epoch_ms", "json", "skip"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
TIME_KINDS: tuple[FileKind, ...] = ("time", "epoch_s", "epoch_ms")
PROFILE_TIMES = ("first_seen", "last_seen", "created_at")
_FIELD_KINDS: Mapping[str, FileKind] = {"is_anonymous": "bool", "lifecycle_stage": "str"}
PROFILE_FIELDS = ("is_anonymous", "lifecycle_stage", *LIFECYCLE_MEASURES)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """A column, and how to read it; `kind` None means: as its values tell. A `single` trait never holds a list."""

    column: str
    kind: FileKind | None = None
    single: bool = False


@dataclass(frozen=True, slots=True)
class TableMap:
    """What a map says of one file; None and absent keys are left to guesses.

    `constant` is the event's name where every row is the same event. `values` maps a property or trait to its
    column; columns that are not mentioned are properties or traits of their own name. `missing` are texts that stand
    for no value, as an empty cell does.
    """

    id: str | None = None
    name: str | None = None
    constant: str | None = None
    time: ColumnSpec | None = None
    message_id: str | None = None
    order: str | None = None
    fields: Mapping[str, ColumnSpec] = field(default_factory=dict)
    values: Mapping[str, ColumnSpec] = field(default_factory=dict)
    timezone: str = "UTC"
    delimiter: str | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileMap:
    """What a map says of both files; a part that it leaves out is None."""

    events: TableMap | None = None
    profiles: TableMap | None = None


def read_map(path: Path) -> FileMap:
    """Read a TOML map; raises DataError."""
    return _Reader(str(path)).file_map(read_document(path))


@dataclass(frozen=True, slots=True)
class _Reader(MapReader):
    def file_map(self, document: Mapping[str, Any]) -> FileMap:
        """Read the whole document."""
        self.known(document, "the map", ("events", "profiles", "timezone"))
        timezone = self.zone(document, "timezone", "UTC")
        events, profiles = self.table(document, "events"), self.table(document, "profiles")
        return FileMap(
            events=None if events is None else self._events(events, timezone),
            profiles=None if profiles is None else self._profiles(profiles, timezone),
        )

    def _events(self, table: Mapping[str, Any], timezone: str) -> TableMap:
        keys = ("id", "name", "time", "message_id", "order", "properties", "timezone", "delimiter", "missing")
        self.known(table, "[events]", keys)
        name, constant = self.event_name(table.get("name"))
        return TableMap(
            id=self.text(table, "[events] id"),
            name=name,
            constant=constant,
            time=None if "time" not in table else self._time(table["time"], "[events] time"),
            message_id=self.text(table, "[events] message_id"),
            order=self.text(table, "[events] order"),
            values=self._values(table, "[events.properties]", "properties"),
            timezone=self.zone(table, "[events] timezone", timezone),
            delimiter=self._delimiter(table, "[events] delimiter"),
            missing=self._missing(table, "[events] missing"),
        )

    def _profiles(self, table: Mapping[str, Any], timezone: str) -> TableMap:
        keys = ("id", *PROFILE_TIMES, *PROFILE_FIELDS, "traits", "timezone", "delimiter", "missing")
        self.known(table, "[profiles]", keys)
        fields = {key: self._time(table[key], f"[profiles] {key}") for key in PROFILE_TIMES if key in table}
        for key in PROFILE_FIELDS:
            column = self.text(table, f"[profiles] {key}")
            if column is not None:
                fields[key] = ColumnSpec(column, _FIELD_KINDS.get(key, "num"))
        return TableMap(
            id=self.text(table, "[profiles] id"),
            fields=fields,
            values=self._values(table, "[profiles.traits]", "traits"),
            timezone=self.zone(table, "[profiles] timezone", timezone),
            delimiter=self._delimiter(table, "[profiles] delimiter"),
            missing=self._missing(table, "[profiles] missing"),
        )

    # --- parts ------------------------------------------------------------------------------------------------
    def _time(self, found: Any, where: str) -> ColumnSpec:
        expected = 'a column, or { column = "ts", as = "epoch_ms" }'
        match found:
            case str() if found:
                return ColumnSpec(found, "time")
            case {"column": str(column), **rest} if column and set(rest) <= {"as"}:
                kind = rest.get("as", "time")
                if kind not in TIME_KINDS:
                    raise self.wrong(f"{where} as", kind, ", ".join(TIME_KINDS))
                return ColumnSpec(column, kind)
            case _:
                raise self.wrong(where, found, expected)

    def _values(self, table: Mapping[str, Any], where: str, key: str) -> Mapping[str, ColumnSpec]:
        found = table.get(key, {})
        if not isinstance(found, dict):
            raise self.wrong(where, found, "a table of kinds by column")
        sources = {name: self._value(name, spec, f"{where} {name}") for name, spec in found.items()}
        columns = [source.column for source in sources.values()]
        for column in columns:
            if columns.count(column) > 1:
                raise self.wrong(where, f'the column "{column}" twice', "each column once")
        return sources

    def _value(self, name: str, spec: Any, where: str) -> ColumnSpec:
        keys: dict[str, Any] = {"as": spec} if isinstance(spec, str) else spec if isinstance(spec, dict) else {}
        allowed = {"column", "as"} | ({"single"} if where.startswith("[profiles.traits]") else set())
        match {"column": name, "as": None, "single": False, **keys}:
            case {"column": str(column), "as": None | str() as kind, "single": bool(single)} if column:
                if keys and keys.keys() <= allowed:
                    return ColumnSpec(column, None if kind is None else self._kind(kind, where), single)
        raise self.wrong(where, spec, 'a kind, or { column = "Total USD", as = "num" }')

    def _kind(self, kind: str, where: str) -> FileKind:
        if kind not in FILE_KINDS:
            raise self.error(maps.bad_kind(where, kind))
        return kind

    def _delimiter(self, table: Mapping[str, Any], where: str) -> str | None:
        found = table.get("delimiter")
        if found is not None and not (isinstance(found, str) and len(found) == 1 and found not in '"\r\n'):
            raise self.wrong(where, found, 'one character, as in ";"')
        return found

    def _missing(self, table: Mapping[str, Any], where: str) -> tuple[str, ...]:
        found = table.get("missing", [])
        if not isinstance(found, list) or not all(isinstance(text, str) and text for text in found):
            raise self.wrong(where, found, 'a list of texts, as in ["NULL", "N/A"]')
        return tuple(found)
