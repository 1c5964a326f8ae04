"""Which typed files DuckDB can query in place: every column's type and what the map says of it, judged once.

Kept apart from reading (`parquet_file.py` gives the same values row by row) and from SQL (`backends/duckdb` makes the
expressions): here is only whether they are the same. What is not in this list is read, and the file's note says why.

Ways to go wrong, each with a test: a type that DuckDB rounds or that is local to a zone, two columns for one property.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from muster.backends.duckdb.typed_columns import ColumnRead, How
from muster.backends.duckdb.typed_file import NotExact, TypedEvents, is_plain_path
from muster.backends.tables.flaws import text_flaw
from muster.backends.tables.scalars import nfc
from muster.compiler.messages import in_place as say
from muster.compiler.values import NUMBER_DECIMALS
from muster.runtime.mapping import FileKind
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.rows import EventPlan, ValueColumn

_DIGITS = {8: 3, 16: 5, 32: 10, 64: 20}
_NUMBERS: tuple[FileKind | None, ...] = (None, "num", "decimal")


class _OddColumnError(Exception):
    """A column that SQL would read in another way; carries why."""


@dataclass(frozen=True, slots=True)
class _Types:
    file: ParquetFile
    timezone: str

    def identity(self, column: str, *, sorts_as_number: bool = False) -> ColumnRead:
        """Read a column whose values are compared as texts."""
        found = self._type(column)
        if _is_text(found):
            return ColumnRead(column, "text")
        if pa.types.is_integer(found):
            return ColumnRead(column, "sortable" if sorts_as_number else "digits", (_DIGITS[found.bit_width], 0))
        raise _OddColumnError(say.unread_type(str(found)))

    def value(self, column: str, kind: FileKind | None) -> ColumnRead | None:
        """Read a column of values; None where it has none."""
        found = self._type(column)
        if pa.types.is_null(found):
            return None
        if _is_text(found) and kind in {None, "text"}:
            return ColumnRead(column, "text")
        if pa.types.is_boolean(found) and kind in {None, "bool"}:
            return ColumnRead(column, "flag")
        if pa.types.is_integer(found) and kind in {*_NUMBERS, "epoch_s", "epoch_ms"}:
            how: How = "epoch_s" if kind == "epoch_s" else "epoch_ms" if kind == "epoch_ms" else "whole"
            return ColumnRead(column, how, (_DIGITS[found.bit_width], 0))
        if pa.types.is_decimal128(found) and kind in _NUMBERS and 0 <= found.scale <= NUMBER_DECIMALS:
            return ColumnRead(column, "decimal", (found.precision, found.scale))
        if pa.types.is_float32(found) or pa.types.is_float64(found):
            return self._double(column, kind, str(found))
        if (pa.types.is_timestamp(found) or pa.types.is_date(found)) and kind in {None, "time"}:
            return ColumnRead(column, self._instant(found))
        raise _OddColumnError(say.unread_type(str(found)) if kind is None else say.mapped(kind, str(found)))

    def _type(self, column: str) -> pa.DataType:
        found = self.file.type_of(column)
        return found.value_type if pa.types.is_dictionary(found) else found

    def _double(self, column: str, kind: FileKind | None, found: str) -> ColumnRead:
        if kind == "decimal":
            return ColumnRead(column, "double")
        raise _OddColumnError(say.doubles() if kind in _NUMBERS else say.mapped(str(kind), found))

    def _instant(self, found: pa.DataType) -> How:
        is_nano = pa.types.is_timestamp(found) and found.unit == "ns"
        if pa.types.is_timestamp(found) and found.tz is not None:
            return "zoned_ns" if is_nano else "zoned"
        if self.timezone != "UTC":
            raise _OddColumnError(say.local_times(self.timezone))
        if pa.types.is_date(found):
            return "date"
        return "time_ns" if is_nano else "time"


def typed_events(file: ParquetFile, plan: EventPlan) -> TypedEvents | NotExact:
    """Say how DuckDB reads every column of an events file, or which column keeps it from that."""
    path = file.path.resolve()
    constant = nfc(plan.constant or "")
    if not is_plain_path(path):
        return NotExact(None, say.odd_path())
    if text_flaw(constant) is not None:
        return NotExact(None, say.odd_constant())
    types = _Types(file, plan.timezone)
    held = [value for value in plan.values if value.kind != "skip"]
    column = _odd_name(held)
    if column is not None:
        return NotExact(column, say.odd_name())
    column = plan.id
    try:
        identity = types.identity(column)
        event = None if plan.name is None else types.identity(column := plan.name)
        order = None
        if plan.order is not None:
            order = types.identity(column := plan.order, sorts_as_number=plan.sorts_as_number)
        message_id = None if plan.message_id is None else types.identity(column := plan.message_id)
        time = types.value(column := plan.time.column, plan.time.kind or "time")
        values = {value.name: types.value(column := value.column, value.kind) for value in held}
    except _OddColumnError as odd:
        return NotExact(column, str(odd))
    if time is None:
        return NotExact(plan.time.column, say.unread_type("null"))
    return TypedEvents(
        path=path,
        mark=file.mark,
        id=identity,
        event=event,
        constant=constant,
        time=time,
        order=order or message_id,
        message_id=message_id,
        values={name: read for name, read in values.items() if read is not None},
    )


def _odd_name(values: Iterable[ValueColumn]) -> str | None:
    seen: set[str] = set()
    for value in values:
        if nfc(value.name) != value.name or value.name in seen or text_flaw(value.name) is not None:
            return value.column
        seen.add(value.name)
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
