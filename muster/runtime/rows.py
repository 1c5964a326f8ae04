"""Rows of a file become people and events, by a plan that says which column is what.

Kept apart from parsing (the files give cells) and from planning (`file_plan.py` decides, from a map or by guessing);
every pass over a file goes through here, so that each gives the same rows.

Ways to go wrong, each with a test: a bad cell told for another row, a row that is bad in one pass and good in the
next, an empty id taken for a person.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any, NamedTuple, cast

from muster.backends.base import Json
from muster.backends.tables.scalars import count_none, nfc
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.conversion import Read, convert_column, reader, sortable, to_micros, to_text
from muster.runtime.mapping import ColumnSpec, FileKind
from muster.runtime.table_file import BadRows, Chunk, TableFile


@dataclass(frozen=True, slots=True)
class ValueColumn:
    """A column that becomes a property or trait; `kind` None takes its values as they are."""

    name: str
    column: str
    kind: FileKind | None


@dataclass(frozen=True, slots=True)
class EventPlan:
    """Which column of an events file is what. `sorts_as_number`: the order column holds whole numbers."""

    id: str
    name: str | None
    constant: str | None
    time: ColumnSpec
    message_id: str | None
    order: str | None
    sorts_as_number: bool
    values: tuple[ValueColumn, ...]
    timezone: str

    @property
    def used(self) -> frozenset[str]:
        """The columns that are not properties of their own."""
        roles = {self.id, self.name, self.time.column, self.message_id, self.order}
        return frozenset({role for role in roles if role} | {value.column for value in self.values})


@dataclass(frozen=True, slots=True)
class ProfilePlan:
    """Which column of a profiles file is what; `fields` are built-in fields."""

    id: str
    fields: Mapping[str, ColumnSpec]
    values: tuple[ValueColumn, ...]
    timezone: str

    @property
    def used(self) -> frozenset[str]:
        """The columns that are not traits of their own."""
        columns = {source.column for source in self.fields.values()} | {value.column for value in self.values}
        return frozenset(columns | {self.id})


@dataclass(frozen=True, slots=True)
class EventCells:
    """Events as their file has them, in columns of one length.

    `mids` is what orders events of one instant: the message ids, or another column.
    """

    rows: Sequence[int]
    ids: Sequence[str]
    events: Sequence[str]
    times: Sequence[int]
    message_ids: Sequence[str]
    mids: Sequence[str]
    documents: Sequence[dict[str, Json]]

    def select(self, keep: Sequence[bool]) -> EventCells:
        """Give only some of the events."""
        if all(keep):
            return self
        return EventCells(
            list(compress(self.rows, keep)),
            list(compress(self.ids, keep)),
            list(compress(self.events, keep)),
            list(compress(self.times, keep)),
            list(compress(self.message_ids, keep)),
            list(compress(self.mids, keep)),
            list(compress(self.documents, keep)),
        )


class ProfileCells(NamedTuple):
    """One person as their file has them."""

    row: int
    id: str
    fields: dict[str, Any]
    traits: dict[str, Json]


@dataclass(slots=True)
class _Cells:
    """One chunk being read: its columns, and the cells that do not fit."""

    chunk: Chunk
    faults: list[tuple[int, str, Diagnostic]] = field(default_factory=list)

    def read(self, column: str, read: Read, needed: str | None = None) -> Sequence[Any]:
        """Read a column; with `needed`, a cell without a value is a fault."""
        values, unfit = convert_column(self.chunk.column(column), read)
        self.faults += [(index, column, diagnostic) for index, diagnostic in unfit]
        if needed is not None:
            if "" in values:
                values = [None if value == "" else value for value in values]
            if count_none(values):
                told = {index for index, _ in unfit}
                missing = [index for index, value in enumerate(values) if value is None and index not in told]
                self.faults += [(index, column, data.nothing_there(needed)) for index in missing]
        return values

    def names(self, column: str, needed: str) -> Sequence[Any]:
        """Read a column of ids or names, in the Unicode form that is compared."""
        values = self.read(column, to_text, needed)
        is_ascii = all(map(str.isascii, filter(None, values)))
        return values if is_ascii else [None if value is None else nfc(value) for value in values]

    def documents(self, values: Sequence[ValueColumn], used: frozenset[str], timezone: str) -> list[dict[str, Json]]:
        """Make the properties or traits of every row; what a row has nothing for is left out."""
        held = [value for value in values if value.kind != "skip"]
        columns = [
            self.chunk.column(value.column)
            if value.kind is None
            else self.read(value.column, reader(value.kind, timezone))
            for value in held
        ]
        names = [value.name for value in held]
        documents = _documents(names, columns, len(self.chunk.rows))
        if self.chunk.records is None:
            return documents
        return [
            {key: cell for key, cell in record.items() if key not in used} | document
            for record, document in zip(self.chunk.records, documents, strict=True)
        ]

    def report(self, file: str, bad: BadRows) -> None:
        """Tell the faults, first rows first."""
        for index, column, diagnostic in sorted(self.faults, key=lambda fault: fault[0]):
            bad.add(file, self.chunk.rows[index], diagnostic, column)


def _documents(names: Sequence[str], columns: Sequence[Sequence[Json]], length: int) -> list[dict[str, Json]]:
    if not columns:
        return [{} for _ in range(length)]
    rows = zip(*columns, strict=True)
    if not any(map(count_none, columns)):
        return [dict(zip(names, cells, strict=True)) for cells in rows]
    return [{name: cell for name, cell in zip(names, cells, strict=True) if cell is not None} for cells in rows]


def read_events(file: TableFile, plan: EventPlan, bad: BadRows) -> Iterator[EventCells]:
    """Read the good rows of an events file, a chunk at a time."""
    for chunk in file.chunks():
        cells = _Cells(chunk)
        ids = cells.names(plan.id, "the id of a person")
        times = cells.read(plan.time.column, _time_reader(plan.time, plan.timezone), "the time of the event")
        names: Sequence[str] = [nfc(plan.constant or "")] * len(ids)
        if plan.name is not None:
            names = cells.names(plan.name, "the name of the event")
        message_ids, mids = _message_ids(cells, plan)
        documents = cells.documents(plan.values, plan.used, plan.timezone)
        cells.report(file.name, bad)
        bad_rows = bad.rows(file.name)
        found = EventCells(chunk.rows, ids, names, times, message_ids, mids, documents)
        yield found if bad_rows.isdisjoint(chunk.rows) else found.select([row not in bad_rows for row in chunk.rows])


def read_profiles(file: TableFile, plan: ProfilePlan, bad: BadRows) -> Iterator[ProfileCells]:
    """Read the good rows of a profiles file."""
    for chunk in file.chunks():
        cells = _Cells(chunk)
        ids = cells.names(plan.id, "the id of a person")
        columns = [cells.read(source.column, _field_reader(source, plan.timezone)) for source in plan.fields.values()]
        rows = zip(*columns, strict=True) if columns else ((),) * len(ids)
        fields = [dict(zip(plan.fields, values, strict=True)) for values in rows]
        documents = cells.documents(plan.values, plan.used, plan.timezone)
        cells.report(file.name, bad)
        bad_rows = bad.rows(file.name)
        for person in map(ProfileCells, chunk.rows, ids, fields, documents):
            if person.row not in bad_rows:
                yield person


def _message_ids(cells: _Cells, plan: EventPlan) -> tuple[Sequence[str], Sequence[str]]:
    ids: Sequence[str] = [""] * len(cells.chunk.rows)
    if plan.message_id is not None:
        ids = cells.read(plan.message_id, to_text, "the id of the message")
    if plan.order is None:
        return ids, ids
    return ids, cells.read(plan.order, sortable if plan.sorts_as_number else to_text, "a value to order by")


def _time_reader(source: ColumnSpec, timezone: str) -> Callable[[Json], int]:
    kind = source.kind or "time"
    return lambda value: to_micros(value, kind, timezone)


def _field_reader(source: ColumnSpec, timezone: str) -> Read:
    if source.kind in {"time", "epoch_s", "epoch_ms"}:
        return _time_reader(source, timezone)
    return reader(cast("FileKind", source.kind), timezone)
