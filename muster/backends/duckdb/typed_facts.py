"""What a typed file holds, found by SQL: flaws first, then who there is, which events, kinds and frequent texts.

Kept apart from the view that rules read: this looks at every row once, so that the Schema is complete before anything
is compiled, and at nothing but counts after that. It says what the normaliser would, row by row.

Ways to go wrong, each with a test: text in a Unicode form that DuckDB knows and Python does not, people counted who
are in no profiles file, frequent texts in another order than they were met.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
from sqlglot import exp

from muster.backends.duckdb.client import explained, open_on_file
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.duckdb.typed_columns import (
    KIND_OF,
    ColumnRead,
    is_beyond_ascii,
    is_dropped,
    is_flawed,
    is_missing,
    raw,
    value_of,
)
from muster.backends.duckdb.typed_file import ROW, NotExact, TypedEvents, role_columns, scan
from muster.backends.sql.calls import integer
from muster.backends.sql.names import Sql, bare, named, table
from muster.backends.tables.places import COUNTED_LENGTH, COUNTED_TEXTS, Place, Places
from muster.compiler.messages import in_place as say
from muster.compiler.schema import EventTable
from muster.compiler.values import KINDS

_DIALECT = DuckDbDialect()
_NAMES = EventTable()
_READ, _COUNTED, _KNOWN = "events_read", "events_counted", "known_people"
_CHUNK = 1024  # the normaliser notes what it met chunk by chunk, column by column
_FIRST_ROW = exp.Ordered(this=exp.Min(this=bare(ROW)), nulls_first=False)


@dataclass(frozen=True, slots=True)
class Person:
    """One id of the file: its first and last instant in UTC microseconds, and how many events it has."""

    id: str
    first: int
    last: int
    events: int


@dataclass(frozen=True, slots=True)
class EventFacts:
    """One event of the file: how often it occurs, and what its properties hold."""

    event: str
    rows: int
    places: Places


class TypedFacts:
    """An open look at a typed file; the caller closes it. `columns` are those the file has."""

    def __init__(self, events: TypedEvents, columns: Sequence[str]) -> None:
        self._events = events
        self._columns = list(columns)
        self._connection = open_on_file(events.path)
        self._file = scan(events.path, with_rows=True)
        self.dropped: dict[str, int] = {}

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    # --- judging --------------------------------------------------------------------------------------------------
    def judge(self) -> NotExact | None:
        """Say what keeps the file from being queried in place; note the numbers that count as missing."""
        try:
            return self._types() or self._flaws() or self._forms() or self._repeated()
        except duckdb.Error as error:  # the normaliser says what is wrong with the file, and where
            return NotExact(None, say.engine_cannot(str(error)))

    def _types(self) -> NotExact | None:
        found = self._query(_select(exp.Star()).from_(scan(self._events.path)).limit(integer(0)))
        if list(found.columns) != self._columns:
            return NotExact(None, say.other_columns())
        types = dict(zip(found.columns, map(str, found.types), strict=True))
        wrong = (read for read in self._reads() if not read.has_type(types[read.column]))
        return next((NotExact(read.column, say.other_type(types[read.column])) for read in wrong), None)

    def _flaws(self) -> NotExact | None:
        flaws = [(read, test) for read in self._reads() if (test := is_flawed(read)) is not None]
        flaws += [(read, is_missing(read)) for read in self._events.needed()]
        dropped = [(read, test) for read in self._events.values.values() if (test := is_dropped(read)) is not None]
        outputs = [exp.CountIf(this=test) for _, test in flaws + dropped]
        first = [exp.Filter(this=exp.Min(this=bare(ROW)), expression=exp.Where(this=test)) for _, test in dropped]
        (counts,) = self._rows(_select(*outputs, *first).from_(self._file))
        for (read, _), count in zip(flaws, counts, strict=False):
            if count:
                return NotExact(read.column, say.unfit_rows(count))
        numbers, rows = counts[len(flaws) : len(outputs)], counts[len(outputs) :]
        met = [
            (row // _CHUNK, self._columns.index(read.column), read.column, count)
            for (read, _), count, row in zip(dropped, numbers, rows, strict=True)
            if count
        ]
        self.dropped = {column: count for _, _, column, count in sorted(met)}
        return None

    def _forms(self) -> NotExact | None:
        """Look for texts in another Unicode form, by the tables of Unicode that the normaliser goes by."""
        as_they_are = {self._events.order, self._events.message_id}
        for read in self._reads():
            if read.how == "text" and read not in as_they_are:
                texts = _select(raw(read)).distinct().from_(self._file).where(is_beyond_ascii(read))
                if not all(unicodedata.is_normalized("NFC", text) for (text,) in self._rows(texts)):
                    return NotExact(read.column, say.other_form())
        return None

    def _repeated(self) -> NotExact | None:
        read = self._events.message_id
        if read is None:
            return None
        different = exp.Count(this=exp.Distinct(expressions=[raw(read)]))
        ((rows, ids),) = self._rows(_select(_number_of_rows(), different).from_(self._file))
        return None if rows == ids else NotExact(read.column, say.repeated_ids(rows - ids))

    # --- counting -------------------------------------------------------------------------------------------------
    def people(self) -> Iterator[Person]:
        """Give everyone who has an event, in the order of their first rows."""
        id_, ts = bare(_NAMES.key), bare(_NAMES.time)
        micros = [exp.UnixMicros(this=edge(this=ts)) for edge in (exp.Min, exp.Max)]
        people = _select(id_, *micros, _number_of_rows()).from_(table(_READ)).group_by(id_).order_by(_FIRST_ROW)
        with explained():
            self._create_view(_READ, self._typed())
            for person in self._rows(people):
                yield Person(*person)

    def events(self, known: Sequence[str] | None) -> Iterator[EventFacts]:
        """Give the events, in the order of their first rows; only those of some people, if they are given."""
        values = self._events.values
        event = bare(_NAMES.event)
        with explained():
            self._create_view(_READ, self._typed())
            self._create_view(_COUNTED, self._of(known))
            counts = [exp.Count(this=bare(_value(index))) for index in range(len(values))]
            select = _select(event, _number_of_rows(), *counts).from_(table(_COUNTED))
            rows = self._rows(select.group_by(event).order_by(_FIRST_ROW))
            found = {name: EventFacts(name, number, self._places(held)) for name, number, *held in rows}
            for index, (name, read) in enumerate(values.items()):
                if read.how == "text":
                    for each, text, count in self._rows(_first_texts(bare(_value(index)))):
                        found[each].places[name,].texts[text] = count
        yield from found.values()

    def _places(self, counts: Sequence[int]) -> Places:
        places: Places = {}
        for (name, read), count in zip(self._events.values.items(), counts, strict=True):
            if count:
                places[name,] = Place(count, [count if kind == KIND_OF[read.how] else 0 for kind in KINDS])
        return places

    def _typed(self) -> exp.Select:
        """Read the file with its values typed, each under a name of ours."""
        reads = self._events.values.values()
        values = [named(value_of(read), _value(index)) for index, read in enumerate(reads)]
        return _select(*role_columns(self._events, _NAMES), *values, bare(ROW)).from_(self._file)

    def _of(self, known: Sequence[str] | None) -> exp.Select:
        events = _select(exp.Star()).from_(table(_READ))
        if known is None:
            return events
        self._connection.register(_KNOWN, pa.table({_NAMES.key: pa.array(known, pa.string())}))
        people = exp.Subquery(this=_select(bare(_NAMES.key)).from_(table(_KNOWN)))
        return events.where(exp.In(this=bare(_NAMES.key), query=people))

    # --- reading --------------------------------------------------------------------------------------------------
    def _reads(self) -> tuple[ColumnRead, ...]:
        return (*self._events.needed(), *self._events.values.values())

    def _create_view(self, name: str, select: exp.Select) -> None:
        self._connection.execute(
            _DIALECT.write(exp.Create(this=table(name), kind="VIEW", expression=select, replace=True))
        )

    def _query(self, select: exp.Select) -> duckdb.DuckDBPyRelation:
        return self._connection.sql(_DIALECT.write(select))

    def _rows(self, select: exp.Select) -> Iterator[Sequence[Any]]:
        for batch in self._query(select).to_arrow_reader():
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _value(index: int) -> str:
    return f"value_{index}"


def _select(*outputs: Sql) -> exp.Select:
    return exp.Select(expressions=list(outputs))


def _number_of_rows() -> Sql:
    return exp.Count(this=exp.Star())


def _first_texts(text: exp.Column) -> exp.Select:
    """Count the texts that were met first in each event, as `Place.count_texts` does."""
    event = bare(_NAMES.event)
    number = exp.Window(this=exp.RowNumber(), partition_by=[event], order=exp.Order(expressions=[_FIRST_ROW]))
    select = _select(event, text, _number_of_rows()).from_(table(_COUNTED))
    select = select.where(exp.LTE(this=exp.Length(this=text), expression=integer(COUNTED_LENGTH)))
    return select.group_by(event, text).qualify(exp.LTE(this=number, expression=integer(COUNTED_TEXTS)))
