"""The map of one's own files, in TOML: which column is the id, the event's name, its time, and what the others hold.

Kept apart from reading files: a map is checked before any file is opened, and what it leaves out is guessed
elsewhere (`guesses.py`). The form is docs/adr/0011.

Ways to go wrong, each with a test: a misspelt key that would be ignored, a kind or zone that does not exist, a
column that is mapped twice.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args
from zoneinfo import ZoneInfoNotFoundError

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data, maps
from muster.compiler.moments import zone
from muster.compiler.rule import LIFECYCLE_MEASURES
from muster.runtime.errors import DataError, Place

FileKind = Literal["str", "text", "num", "decimal", "bool", "time", "epoch_s", "epoch_ms", "json", "skip"]
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)
TIME_KINDS: tuple[FileKind, ...] = ("time", "epoch_s", "epoch_ms")
PROFILE_TIMES = ("first_seen", "last_seen", "created_at")
_FIELD_KINDS: Mapping[str, FileKind] = {"is_anonymous": "bool", "lifecycle_stage": "str"}
_AT_LINE = re.compile(r"at line (\d+), column (\d+)")
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
    column; columns that are not mentioned are properties or traits of their own name.
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


@dataclass(frozen=True, slots=True)
class FileMap:
    """What a map says of both files; a part that it leaves out is None."""

    events: TableMap | None = None
    profiles: TableMap | None = None


def read_map(path: Path) -> FileMap:
    """Read a TOML map; raises DataError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = tomllib.loads(text)
    except OSError as error:
        raise DataError(Place(str(path)), data.unreadable_file(error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        raise DataError(Place(str(path)), maps.not_utf8(error.start)) from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(Place(str(path)), _not_toml(str(error), text)) from error
    return _Reader(str(path)).file_map(document)


def _not_toml(problem: str, text: str) -> Diagnostic:
    """Tell where a text stops being TOML; the words of the library are about its grammar."""
    lines = text.splitlines()
    found = _AT_LINE.search(problem)
    number = int(found[1]) if found is not None else max(len(lines), 1)
    place = f"line {number}" if found is None else f"line {number}, column {found[2]},"
    return maps.not_toml(place, lines[number - 1].strip() if number <= len(lines) else "")


@dataclass(frozen=True, slots=True)
class _Reader:
    file: str

    def file_map(self, document: Mapping[str, Any]) -> FileMap:
        """Read the whole document."""
        self._known(document, "the map", ("events", "profiles", "timezone"))
        timezone = self._zone(document, "timezone", "UTC")
        events, profiles = self._table(document, "events"), self._table(document, "profiles")
        return FileMap(
            events=None if events is None else self._events(events, timezone),
            profiles=None if profiles is None else self._profiles(profiles, timezone),
        )

    def _events(self, table: Mapping[str, Any], timezone: str) -> TableMap:
        keys = ("id", "name", "time", "message_id", "order", "properties", "timezone", "delimiter")
        self._known(table, "[events]", keys)
        name, constant = self._event_name(table.get("name"))
        return TableMap(
            id=self._text(table, "[events] id"),
            name=name,
            constant=constant,
            time=None if "time" not in table else self._time(table["time"], "[events] time"),
            message_id=self._text(table, "[events] message_id"),
            order=self._text(table, "[events] order"),
            values=self._values(table, "[events.properties]", "properties"),
            timezone=self._zone(table, "[events] timezone", timezone),
            delimiter=self._delimiter(table, "[events] delimiter"),
        )

    def _profiles(self, table: Mapping[str, Any], timezone: str) -> TableMap:
        keys = ("id", *PROFILE_TIMES, *PROFILE_FIELDS, "traits", "timezone", "delimiter")
        self._known(table, "[profiles]", keys)
        fields = {key: self._time(table[key], f"[profiles] {key}") for key in PROFILE_TIMES if key in table}
        for key in PROFILE_FIELDS:
            column = self._text(table, f"[profiles] {key}")
            if column is not None:
                fields[key] = ColumnSpec(column, _FIELD_KINDS.get(key, "num"))
        return TableMap(
            id=self._text(table, "[profiles] id"),
            fields=fields,
            values=self._values(table, "[profiles.traits]", "traits"),
            timezone=self._zone(table, "[profiles] timezone", timezone),
            delimiter=self._delimiter(table, "[profiles] delimiter"),
        )

    # --- parts ------------------------------------------------------------------------------------------------
    def _table(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
        found = document.get(key)
        if found is not None and not isinstance(found, dict):
            raise self._wrong(key, found, f"a table [{key}]")
        return found

    def _event_name(self, found: Any) -> tuple[str | None, str | None]:
        match found:
            case None:
                return None, None
            case str() if found:
                return found, None
            case {"value": str(constant)} if constant and len(found) == 1:
                return None, constant
            case _:
                raise self._wrong("[events] name", found, 'a column, or { value = "purchase" } for all rows')

    def _time(self, found: Any, where: str) -> ColumnSpec:
        expected = 'a column, or { column = "ts", as = "epoch_ms" }'
        match found:
            case str() if found:
                return ColumnSpec(found, "time")
            case {"column": str(column), **rest} if column and set(rest) <= {"as"}:
                kind = rest.get("as", "time")
                if kind not in TIME_KINDS:
                    raise self._wrong(f"{where} as", kind, ", ".join(TIME_KINDS))
                return ColumnSpec(column, kind)
            case _:
                raise self._wrong(where, found, expected)

    def _values(self, table: Mapping[str, Any], where: str, key: str) -> Mapping[str, ColumnSpec]:
        found = table.get(key, {})
        if not isinstance(found, dict):
            raise self._wrong(where, found, "a table of kinds by column")
        sources = {name: self._value(name, spec, f"{where} {name}") for name, spec in found.items()}
        columns = [source.column for source in sources.values()]
        for column in columns:
            if columns.count(column) > 1:
                raise self._wrong(where, f'the column "{column}" twice', "each column once")
        return sources

    def _value(self, name: str, spec: Any, where: str) -> ColumnSpec:
        keys: dict[str, Any] = {"as": spec} if isinstance(spec, str) else spec if isinstance(spec, dict) else {}
        allowed = {"column", "as"} | ({"single"} if where.startswith("[profiles.traits]") else set())
        match {"column": name, "as": None, "single": False, **keys}:
            case {"column": str(column), "as": None | str() as kind, "single": bool(single)} if column:
                if keys and keys.keys() <= allowed:
                    return ColumnSpec(column, None if kind is None else self._kind(kind, where), single)
        raise self._wrong(where, spec, 'a kind, or { column = "Total USD", as = "num" }')

    def _kind(self, kind: str, where: str) -> FileKind:
        if kind not in FILE_KINDS:
            raise self._error(maps.bad_kind(where, kind))
        return kind

    def _text(self, table: Mapping[str, Any], where: str) -> str | None:
        found = table.get(where.rpartition(" ")[2])
        if found is not None and not (isinstance(found, str) and found):
            raise self._wrong(where, found, "the name of a column")
        return found

    def _zone(self, table: Mapping[str, Any], where: str, default: str) -> str:
        found = table.get("timezone", default)
        try:
            zone(found)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
            raise self._error(maps.unknown_zone(where, str(found))) from error
        return cast("str", found)

    def _delimiter(self, table: Mapping[str, Any], where: str) -> str | None:
        found = table.get("delimiter")
        if found is not None and not (isinstance(found, str) and len(found) == 1 and found not in '"\r\n'):
            raise self._wrong(where, found, 'one character, as in ";"')
        return found

    def _known(self, table: Mapping[str, Any], where: str, keys: tuple[str, ...]) -> None:
        for key in table:
            if key not in keys:
                raise self._wrong(where, f'the key "{key}"', f"only {', '.join(keys)}")

    def _wrong(self, where: str, found: Any, expected: str) -> DataError:
        spelled = found if isinstance(found, str) and found.startswith("the ") else data.shown(found)
        return self._error(maps.bad_map(where, spelled, expected))

    def _error(self, diagnostic: Diagnostic) -> DataError:
        return DataError(Place(self.file), diagnostic)
