"""Columns of a typed file as SQL expressions: the view that the value normaliser gives, where SQL gives it exactly.

Kept apart from scanning a file: here one column becomes one expression. What SQL would do in another way than the
normaliser has no entry here, or is a flaw that is asked for before anything else is read.

Ways to go wrong, each with a test: numbers rounded where they are to be cut, nanoseconds cut toward 1970 instead of
toward the past, a double whose decimal text is not its shortest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from muster.backends.duckdb.dialect import call, file_call
from muster.backends.sql.calls import integer
from muster.backends.sql.logic import Leaf, all_of, any_of, render
from muster.backends.sql.names import Sql, bare
from muster.compiler.moments import MAX_MICROS, MIN_MICROS
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT, Kind

How = Literal[
    "text", "digits", "sortable", "whole", "decimal", "double", "flag", "date", "time", "time_ns", "zoned", "zoned_ns",
    "epoch_s", "epoch_ms",
]  # fmt: skip
KIND_OF: Mapping[How, Kind] = {
    "text": "str",
    "whole": "num",
    "decimal": "num",
    "double": "num",
    "flag": "bool",
    "date": "time",
    "time": "time",
    "time_ns": "time",
    "zoned": "time",
    "zoned_ns": "time",
    "epoch_s": "time",
    "epoch_ms": "time",
}
_WHOLE = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"})
_TYPES: Mapping[How, frozenset[str]] = {
    "text": frozenset({"VARCHAR"}),
    "double": frozenset({"FLOAT", "DOUBLE"}),
    "flag": frozenset({"BOOLEAN"}),
    "date": frozenset({"DATE"}),
    "time": frozenset({"TIMESTAMP"}),
    "time_ns": frozenset({"TIMESTAMP_NS"}),
    "zoned": frozenset({"TIMESTAMP WITH TIME ZONE"}),
    "zoned_ns": frozenset({"TIMESTAMPTZ_NS"}),
}
_PER_UNIT: Mapping[How, int] = {"epoch_s": 1_000_000, "epoch_ms": 1_000}
_ROOM = 2 * 86_400_000_000  # other zones have passed year 1 or 9999 already when UTC has not
_SORTABLE_DIGITS = 19
_LIMIT = int(NUMBER_LIMIT)
_LIMIT_DIGITS = 18
_NUMBERS = frozenset({"whole", "decimal", "double"})
# Doubles have 17 digits; with so many decimals, below and from 0.01 on, none of them is lost.
_SMALL_SCALE, _LARGE_SCALE, _LARGE = 37, 19, 100
_ZERO_CHARACTER = 48


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column of a file and how it is read; `digits` are those of its numbers, and how many of them are decimals."""

    column: str
    how: How
    digits: tuple[int, int] = (38, 0)

    @property
    def may_exceed(self) -> bool:
        """Whether its type has numbers that are too large for a rule."""
        precision, scale = self.digits
        return self.how == "double" or precision - scale > _LIMIT_DIGITS

    def has_type(self, found: str) -> bool:
        """Tell whether DuckDB sees the type that the reading was chosen for."""
        if self.how == "decimal":
            return found == "DECIMAL({},{})".format(*self.digits)
        return found in _TYPES.get(self.how, _WHOLE)


def raw(read: ColumnRead) -> exp.Column:
    """Name the column as the file does."""
    return bare(read.column)


def value_of(read: ColumnRead) -> Sql:
    """Give the value as the engine's own tables would hold it."""
    value = raw(read)
    match read.how:
        case "text" | "flag" | "time":
            return value
        case "digits":
            return _cast(value, exp.DType.TEXT)
        case "sortable":
            shifted = exp.Add(this=_cast(value, exp.DType.BIGINT), expression=integer(_LIMIT))
            padded = (integer(_SORTABLE_DIGITS), file_call("CHR", integer(_ZERO_CHARACTER)))
            return file_call("LPAD", _cast(shifted, exp.DType.TEXT), *padded)
        case "whole" | "decimal":
            return _case(_number(value), (_is_beyond(read), exp.Null())) if read.may_exceed else _number(value)
        case "double":
            return _cut(read)
        case "date":
            return _cast(value, exp.DType.TIMESTAMP)
        case _:
            return file_call("MAKE_TIMESTAMP", _micros(read))


def is_dropped(read: ColumnRead) -> Sql | None:
    """Test for a number that counts as missing; None where there can be none."""
    if read.how not in _NUMBERS or not read.may_exceed:
        return None
    if read.how != "double":
        return _is_beyond(read)
    is_there = Leaf(lambda: exp.Is(this=raw(read), expression=exp.Null(), negate=True))
    return render(all_of(is_there, Leaf(lambda: exp.Is(this=_cut(read), expression=exp.Null()))))


def is_flawed(read: ColumnRead) -> Sql | None:
    """Test for what makes a bad row, or what SQL reads in another way; None where there can be nothing."""
    value = raw(read)
    if read.how == "text":
        return exp.GT(this=call("STRPOS", value, file_call("CHR", integer(0))), expression=integer(0))
    if read.how in {"digits", "sortable"}:
        return _is_beyond(read)
    if read.how in _NUMBERS or read.how == "flag":
        return None
    low, high = MIN_MICROS, MAX_MICROS
    if read.how in _PER_UNIT:
        per_unit = _PER_UNIT[read.how]
        return _outside(value, -(-low // per_unit), high // per_unit)
    if read.how.startswith("zoned"):
        low, high = low + _ROOM, high - _ROOM
    return _outside(_micros(read), low, high)


def is_beyond_ascii(read: ColumnRead) -> Sql:
    """Test for a text that has two forms, perhaps."""
    return exp.NEQ(this=file_call("STRLEN", raw(read)), expression=file_call("LENGTH", raw(read)))


def is_missing(read: ColumnRead) -> Sql:
    """Test for a cell that is not there, or is an empty text."""
    nothing = Leaf(lambda: exp.Is(this=raw(read), expression=exp.Null()))
    if read.how != "text":
        return render(nothing)
    return render(any_of(nothing, Leaf(lambda: exp.EQ(this=file_call("STRLEN", raw(read)), expression=integer(0)))))


def _micros(read: ColumnRead) -> Sql:
    value: Sql = raw(read)
    if read.how in _PER_UNIT:
        return exp.Mul(this=_cast(value, exp.DType.BIGINT), expression=integer(_PER_UNIT[read.how]))
    if read.how == "zoned_ns":  # which has no EPOCH_US, and a cast to microseconds rounds
        value = file_call("MAKE_TIMESTAMP_NS", file_call("EPOCH_NS", value))
    return call("EPOCH_US", value)


def _outside(value: Sql, low: int, high: int) -> Sql:
    before = Leaf(lambda: exp.LT(this=value.copy(), expression=_signed(low)))
    return render(any_of(before, Leaf(lambda: exp.GT(this=value.copy(), expression=_signed(high)))))


def _is_beyond(read: ColumnRead) -> Sql:
    """Test for 10^18 or beyond. NaN may be missed: what a Parquet file says of its least and greatest skips it."""
    value = _double(read) if read.how == "double" else raw(read)
    below = Leaf(lambda: exp.LTE(this=value.copy(), expression=_signed(-_LIMIT)))
    return render(any_of(below, Leaf(lambda: exp.GTE(this=value.copy(), expression=integer(_LIMIT)))))


def _double(read: ColumnRead) -> Sql:
    return _cast(raw(read), exp.DType.DOUBLE)  # a limit that is cut to 32 bits is another limit


def _cut(read: ColumnRead) -> Sql:
    """Read the shortest decimal text of a double, and cut it after nine decimals as a text."""
    size = exp.Mul(this=file_call("ABS", _double(read)), expression=integer(_LARGE))
    is_small = exp.LT(this=size, expression=integer(1))
    small, large = (_shortened(read, scale) for scale in (_SMALL_SCALE, _LARGE_SCALE))
    return _case(large, (_is_beyond(read), exp.Null()), (is_small, small))


def _shortened(read: ColumnRead, scale: int) -> Sql:
    number = exp.TryCast(this=_cast(_double(read), exp.DType.TEXT), to=_decimal(38, scale))  # NaN is no number
    return _number(file_call("LEFT", _cast(number, exp.DType.TEXT), _signed(NUMBER_DECIMALS - scale)))


def _case(otherwise: Sql, *whens: tuple[Sql, Sql]) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=test, true=value) for test, value in whens], default=otherwise)


def _number(value: Sql) -> Sql:
    return _cast(value, _decimal(38, NUMBER_DECIMALS))


def _decimal(precision: int, scale: int) -> exp.DataType:
    parts = [exp.DataTypeParam(this=integer(part)) for part in (precision, scale)]
    return exp.DataType(this=exp.DType.DECIMAL, expressions=parts)


def _cast(value: Sql, to: exp.DType | exp.DataType) -> exp.Cast:
    return exp.Cast(this=value, to=to if isinstance(to, exp.DataType) else exp.DataType(this=to))


def _signed(number: int) -> Sql:
    return exp.Neg(this=integer(-number)) if number < 0 else integer(number)
