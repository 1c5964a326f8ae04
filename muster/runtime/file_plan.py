"""Decides which column of a file is what: from the map, and where it says nothing by name and by all values.

Kept apart from reading rows, so that what was guessed can be told before anything is counted.

Ways to go wrong, each with a test: a map that names a column the file lacks, a kind inferred from the first rows
only, a column that is used twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from muster.backends.base import Json
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.conversion import UnfitError, reader
from muster.runtime.csv_file import CsvFile
from muster.runtime.errors import DataError, Place
from muster.runtime.guesses import Role, guess, guess_delimiter, near, not_guessed
from muster.runtime.kind_guess import KindGuess, NearlyKind
from muster.runtime.mapping import PROFILE_TIMES, ColumnSpec, FileKind, TableMap
from muster.runtime.ndjson_file import NdjsonFile
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.rows import EventPlan, ProfilePlan, ValueColumn
from muster.runtime.table_file import TableFile

_GUESSED_FIELDS = (*PROFILE_TIMES, "is_anonymous")


@dataclass(frozen=True, slots=True)
class _Roles:
    """Columns of a file by role, those of the map first; what was guessed is remembered."""

    file: TableFile
    table: str
    guessed: list[str]

    def need(self, role: Role, mapped: str | None) -> str:
        """Give the column of a role that a file cannot be without."""
        if mapped is not None:
            self.check(f"{role}", mapped)
            return mapped
        found = guess(role, self.file.columns)
        if not isinstance(found, str):
            raise self.error(not_guessed(role, found, self.file.columns, self.table))
        self.guessed.append(f'{role} = "{found}"')
        return found

    def want(self, role: Role, mapped: str | None, taken: Iterable[str]) -> str | None:
        """Give the column of a role that a file may have."""
        if mapped is not None:
            return self.need(role, mapped)
        found = guess(role, [column for column in self.file.columns if column not in set(taken)])
        if not isinstance(found, str):
            return None
        self.guessed.append(f'{role} = "{found}"')
        return found

    def check(self, where: str, column: str) -> None:
        """Refuse a mapped column that the file does not have."""
        if column not in self.file.columns:
            columns = self.file.columns
            raise self.error(data.missing_column(f"[{self.table}] {where}", column, columns, near(column, columns)))

    def error(self, diagnostic: Diagnostic) -> DataError:
        """Make an error about a missing column, or about the delimiter that hides it."""
        delimiter = guess_delimiter(self.file.columns) if isinstance(self.file, CsvFile) else None
        hidden = diagnostic if delimiter is None else data.other_delimiter(delimiter, self.file.columns, self.table)
        return DataError(Place(self.file.name), hidden)


def plan_events(file: TableFile, mapped: TableMap | None) -> tuple[EventPlan, tuple[Diagnostic, ...]]:
    """Decide about an events file; raises DataError where neither map nor names tell."""
    given = mapped or TableMap()
    roles = _Roles(file, "events", [])
    identity = roles.need("id", given.id)
    name = None if given.constant is not None else _event_name(roles, given, identity)
    time_column = roles.need("time", None if given.time is None else given.time.column)
    time = ColumnSpec(time_column, "time" if given.time is None else given.time.kind)
    taken = {identity, time.column, *({name} if name else ())}
    message_id = roles.want("message_id", given.message_id, taken)
    if given.order is not None:
        roles.check("order", given.order)
    taken |= {column for column in (message_id, given.order) if column is not None}
    values = _value_columns(roles, given.values, taken, "properties")
    kinds = _infer(file, [*(value for value in values if value.kind is None), *_as_value(given.order)])
    plan = EventPlan(
        id=identity,
        name=name,
        constant=given.constant,
        time=time,
        message_id=message_id,
        order=given.order,
        sorts_as_number=_sorts_as_number(file, given.order, kinds),
        values=_with_kinds(values, kinds),
        timezone=given.timezone,
    )
    return plan, _notes(roles, values, kinds)


def plan_profiles(file: TableFile, mapped: TableMap | None) -> tuple[ProfilePlan, tuple[Diagnostic, ...]]:
    """Decide about a profiles file; raises DataError where neither map nor names tell."""
    given = mapped or TableMap()
    roles = _Roles(file, "profiles", [])
    identity = roles.need("id", given.id)
    for key, source in given.fields.items():
        roles.check(key, source.column)
    taken = {identity, *(source.column for source in given.fields.values())}
    mapped_columns = {source.column for source in given.values.values()}
    values = _value_columns(roles, given.values, taken, "traits")
    kinds = _infer(file, [value for value in values if value.kind is None])
    fields = {**given.fields, **_guess_fields(roles, given, taken | mapped_columns, kinds)}
    used = {source.column for source in fields.values()}
    values = tuple(value for value in values if value.column not in used)
    plan = ProfilePlan(identity, fields, _with_kinds(values, kinds), given.timezone)
    return plan, _notes(roles, values, kinds)


def _event_name(roles: _Roles, given: TableMap, identity: str) -> str:
    if given.name is not None:
        return roles.need("name", given.name)
    found = guess("name", [column for column in roles.file.columns if column != identity])
    if isinstance(found, str):
        roles.guessed.append(f'name = "{found}"')
        return found
    raise roles.error(not_guessed("name", found, roles.file.columns, "events"))


def _value_columns(
    roles: _Roles, mapped: Mapping[str, ColumnSpec], taken: set[str], what: str
) -> tuple[ValueColumn, ...]:
    """List the columns that are properties or traits: the mapped ones, and all others of CSV and Parquet."""
    for name, source in mapped.items():
        if not isinstance(roles.file, NdjsonFile):  # whose rows may each have other keys
            roles.check(f"{what} {name}", source.column)
    values = [ValueColumn(name, source.column, source.kind) for name, source in mapped.items()]
    if not isinstance(roles.file, NdjsonFile):
        used = taken | {source.column for source in mapped.values()}
        values += [ValueColumn(column, column, None) for column in roles.file.columns if column not in used]
    return tuple(values)


def _as_value(column: str | None) -> list[ValueColumn]:
    return [] if column is None else [ValueColumn(column, column, None)]


def _infer(file: TableFile, values: Sequence[ValueColumn]) -> dict[str, KindGuess]:
    """Read a CSV file once and tell the kinds that all values of each column agree on."""
    if not isinstance(file, CsvFile) or not values:
        return {}
    guesses = {value.column: KindGuess() for value in values}
    for chunk in file.chunks():
        for column, found in guesses.items():
            found.narrow(cast("Sequence[str | None]", chunk.column(column)), chunk.rows)
    return guesses


def _with_kinds(values: Iterable[ValueColumn], kinds: Mapping[str, KindGuess]) -> tuple[ValueColumn, ...]:
    return tuple(
        ValueColumn(value.name, value.column, kinds[value.column].kind)
        if value.kind is None and value.column in kinds
        else value
        for value in values
    )


def _sorts_as_number(file: TableFile, order: str | None, kinds: Mapping[str, KindGuess]) -> bool:
    if order is None:
        return False
    if order in kinds:
        return kinds[order].is_integer
    first = next((cell for chunk in file.chunks() for cell in chunk.column(order) if cell is not None), None)
    return isinstance(first, int) and not isinstance(first, bool)


def _guess_fields(
    roles: _Roles, given: TableMap, taken: Iterable[str], kinds: Mapping[str, KindGuess]
) -> dict[str, ColumnSpec]:
    """Take columns that are called like built-in fields, and hold what those hold, for these fields."""
    found: dict[str, ColumnSpec] = {}
    free = set(roles.file.columns) - set(taken)
    for name in _GUESSED_FIELDS:
        kind: FileKind = "bool" if name == "is_anonymous" else "time"
        if name in free and name not in given.fields and _holds(roles.file, name, kind, kinds):
            found[name] = ColumnSpec(name, kind)
            roles.guessed.append(f'{name} = "{name}"')
    return found


def _holds(file: TableFile, column: str, kind: FileKind, kinds: Mapping[str, KindGuess]) -> bool:
    match file:
        case ParquetFile():
            return file.kind_of(column) == kind
        case NdjsonFile():
            guessed = KindGuess()
            texts = [_as_text(record.get(column)) for record in file.first_records]
            guessed.narrow(texts, range(1, len(texts) + 1))
            return guessed.kind == kind
        case _:
            return column in kinds and kinds[column].kind == kind


def _as_text(value: Json) -> str | None:
    match value:
        case None | str():
            return value
        case bool():
            return str(value)
        case _:
            return "no text"


def _notes(roles: _Roles, values: Sequence[ValueColumn], kinds: Mapping[str, KindGuess]) -> tuple[Diagnostic, ...]:
    notes: list[Diagnostic] = []
    if roles.guessed:
        notes.append(data.guessed(roles.table, ", ".join(roles.guessed)))
    inferred = [f"{value.column} {kinds[value.column].kind}" for value in values if value.column in kinds]
    if inferred:
        notes.append(data.kinds_inferred(", ".join(inferred)))
    what = "events.properties" if roles.table == "events" else "profiles.traits"
    for value in values:
        nearly = kinds[value.column].nearly if value.column in kinds else None
        if nearly is not None:
            notes.append(_nearly(roles.file, value.column, nearly, what))
    return tuple(notes)


def _nearly(file: TableFile, column: str, nearly: NearlyKind, table: str) -> Diagnostic:
    """Tell of a column that is text because of a few values, and whether a map would read these."""
    assert nearly.first is not None
    found, row = nearly.first
    read = reader(nearly.kind, "UTC")
    missing = None
    try:
        for odd in nearly.odd:
            read(odd)
    except UnfitError:
        missing = f"[{table.partition('.')[0]}]\nmissing = {_toml(sorted(nearly.odd))}"
    place = str(Place(file.name, row, column))
    line = f'[{table}]\n{_toml(column)} = "{nearly.kind}"'
    return data.nearly_kind(place, found, nearly.odd_rows, nearly.kind, line, missing=missing)


def _toml(value: str | list[str]) -> str:
    """Write texts, which JSON and TOML spell alike."""
    return json.dumps(value, ensure_ascii=False)
