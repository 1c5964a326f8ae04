"""Parquet files as chunks of typed columns: text stays text, numbers numbers, times times, lists and structs too.

Kept apart because a typed file needs no guessing: a VARCHAR that reads "12" was declared to be text, so it has no
number in it (`PlainText`), unless a map says `str`.

Ways to go wrong, each with a test: nanoseconds (cut like all times), timestamps without a zone (local to the map's
zone), whole numbers of 64 bits that are too large to be exact, types that no kind fits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from muster.backends.base import Json, PlainText
from muster.backends.tables.flaws import text_flaw
from muster.backends.tables.values import MAX_DEPTH
from muster.compiler.messages import data
from muster.compiler.moments import from_micros, local_to_micros
from muster.compiler.values import NUMBER_LIMIT
from muster.runtime.conversion import UnfitError
from muster.runtime.mapping import FileKind
from muster.runtime.table_file import CHUNK_ROWS, BadRows, Chunk, StableFile

_Read = Callable[[Any], Json]


class ParquetFile:
    """A Parquet file; rows are numbered from 1."""

    def __init__(self, file: StableFile, timezone: str, skipped: Iterable[str], bad: BadRows) -> None:
        self._file = file
        self._bad = bad
        self.name = file.name
        self.numbers_dropped: dict[str, int] = {}
        schema = self._schema()
        for name in schema.names:
            if schema.names.count(name) > 1:
                raise file.error(data.repeated_column(name))
        left_out = set(skipped)
        self._readers = {field.name: self._reader(field, timezone) for field in schema if field.name not in left_out}
        self._types = {field.name: field.type for field in schema}
        self.columns = tuple(schema.names)

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self._file.path

    @property
    def mark(self) -> tuple[int, int]:
        """The file's size and time of change when it was first looked at."""
        return self._file.mark

    def check(self) -> None:
        """Refuse a file that was written to since it was first looked at."""
        self._file.check()

    def type_of(self, column: str) -> pa.DataType:
        """Give the declared type of a column."""
        return self._types[column]

    def kind_of(self, column: str) -> FileKind | None:
        """Tell the kind that a column was declared to be, where a built-in field could take it."""
        kind = self._types[column]
        if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
            return "time"
        return "bool" if pa.types.is_boolean(kind) else None

    def chunks(self) -> Iterator[Chunk]:
        """Read all rows."""
        first = 1
        self.numbers_dropped.clear()  # every pass counts them
        with self._open() as parquet:
            try:
                for batch in parquet.iter_batches(CHUNK_ROWS, columns=list(self._readers)):
                    yield self._chunk(batch, first)
                    first += batch.num_rows
            except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
                raise self._broken(error) from error
        self._file.check()

    def _schema(self) -> pa.Schema:
        with self._open() as parquet:
            return parquet.schema_arrow

    def _open(self) -> pq.ParquetFile:
        self._file.check()
        try:
            return pq.ParquetFile(self._file.path)
        except (pa.ArrowException, OSError) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> Exception:
        said = str(error).splitlines()[0]
        reason = (
            "it does not end as such files do, so it is cut off or something else" if "magic bytes" in said else said
        )
        return self._file.error(data.broken_file("Parquet", reason))

    def _reader(self, field: pa.Field, timezone: str) -> _Read | None:
        if _depth(field.type) > MAX_DEPTH:
            raise self._file.error(data.flawed("deep", field.name, MAX_DEPTH))
        try:
            return reader_of(field.type, timezone)
        except UnfitError as error:
            raise self._file.error(error.diagnostic) from error

    def _chunk(self, batch: pa.RecordBatch, first: int) -> Chunk:
        columns: dict[str, list[Json]] = {}
        for name, read in self._readers.items():
            column = batch.column(name)
            self._count_large(name, column)
            values = cut(column).to_pylist()
            columns[name] = values if read is None else self._read_all(name, read, values, first)
        return Chunk(list(range(first, first + batch.num_rows)), dict(columns))

    def _read_all(self, name: str, read: _Read, values: list[Any], first: int) -> list[Json]:
        found: list[Json] = []
        for index, value in enumerate(values):
            try:
                found.append(None if value is None else read(value))
            except UnfitError as error:
                found.append(None)
                self._bad.add(self.name, first + index, error.diagnostic, name)
        return found

    def _count_large(self, name: str, column: pa.Array) -> None:
        kind = column.type
        if pa.types.is_floating(kind):
            below = pc.less(pc.abs(column.cast(pa.float64())), float(NUMBER_LIMIT))  # NaN is below nothing
            large = pc.sum(pc.invert(below)).as_py()
            if large:
                self.numbers_dropped[name] = self.numbers_dropped.get(name, 0) + large
        elif pa.types.is_int64(kind) or pa.types.is_uint64(kind) or pa.types.is_decimal(kind):
            ends = pc.min_max(column)
            if any(end is not None and abs(end) >= NUMBER_LIMIT for end in (ends["min"].as_py(), ends["max"].as_py())):
                large = sum(value is not None and abs(value) >= NUMBER_LIMIT for value in column.to_pylist())
                self.numbers_dropped[name] = self.numbers_dropped.get(name, 0) + large


def cut(column: pa.Array) -> pa.Array:
    """Cut nanoseconds at any depth, toward the past like the digits of a text."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        floored = pc.floor_temporal(column, unit="microsecond") if kind.unit == "ns" else column
        return floored.cast(pa.timestamp("us", kind.tz))
    if pa.types.is_dictionary(kind):
        return cut(column.dictionary_decode()) if _has_times(kind.value_type) else column
    if not _has_times(kind):
        return column
    if column.offset:
        column = column.take(pa.array(range(len(column))))  # what is built from parts must start at its start
    missing = column.is_null()
    if pa.types.is_struct(kind):
        fields = [cut(column.field(index)) for index in range(kind.num_fields)]
        return pa.StructArray.from_arrays(fields, names=[field.name for field in kind], mask=missing)
    if pa.types.is_fixed_size_list(kind):
        column = column.cast(pa.list_(kind.value_type))
        return cut(column)
    if pa.types.is_map(kind):
        return pa.MapArray.from_arrays(column.offsets, cut(column.keys), cut(column.items), mask=missing)
    make = pa.LargeListArray if pa.types.is_large_list(kind) else pa.ListArray
    return make.from_arrays(column.offsets, cut(column.values), mask=missing)


def _has_times(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _has_times(kind.value_type)
    return pa.types.is_timestamp(kind) or any(_has_times(kind.field(index).type) for index in range(kind.num_fields))


def reader_of(kind: pa.DataType, timezone: str) -> _Read | None:
    """Give how to read the values of an Arrow type, None where they are JSON already; raises UnfitError."""
    if pa.types.is_dictionary(kind):
        return reader_of(kind.value_type, timezone)
    if any(test(kind) for test in _AS_THEY_ARE):
        return None
    if any(test(kind) for test in _TEXTS):
        return _text
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return lambda value: _instant(value, timezone)
    if pa.types.is_struct(kind):
        return _struct_reader({field.name: reader_of(field.type, timezone) for field in kind})
    if pa.types.is_map(kind):
        item = reader_of(kind.item_type, timezone)
        return lambda pairs: {str(key): _read(item, value) for key, value in pairs}
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        inner = reader_of(kind.value_type, timezone)
        return lambda values: [_read(inner, value) for value in values]
    raise UnfitError(data.unknown_type(str(kind)))


_AS_THEY_ARE = (
    pa.types.is_boolean,
    pa.types.is_integer,
    pa.types.is_floating,
    pa.types.is_decimal,
    pa.types.is_null,
)
_TEXTS = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_string_view,
    pa.types.is_binary,
    pa.types.is_large_binary,
)


def _depth(kind: pa.DataType) -> int:
    inner = [kind.field(index).type for index in range(kind.num_fields)]
    return 1 + max(map(_depth, inner)) if inner else 0


def _read(read: _Read | None, value: Any) -> Json:
    return value if read is None or value is None else read(value)


def _struct_reader(fields: dict[str, _Read | None]) -> _Read:
    return lambda value: {name: _read(read, value[name]) for name, read in fields.items()}


def _text(value: str | bytes) -> PlainText:
    if isinstance(value, bytes):
        try:
            value = value.decode()
        except UnicodeDecodeError:
            raise UnfitError(data.not_utf8()) from None
    flaw = text_flaw(value)
    if flaw is not None:
        raise UnfitError(data.flawed(flaw, "", MAX_DEPTH))
    return PlainText(value)


def _instant(value: date, timezone: str) -> datetime:
    local = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001 (local by intent)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    return from_micros(local_to_micros(local, timezone))
