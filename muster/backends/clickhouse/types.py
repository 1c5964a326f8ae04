"""ClickHouse's types: of values, of parameters and of the columns that Arrow tables fill.

Kept apart because DDL and parameters must agree: a parameter of another type than its column is compared after a
conversion, slower and in other digits. An array is never Nullable; a missing one is empty.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from sqlglot import exp

from muster.backends.sql.names import identifier
from muster.backends.tables.fields import NUM, TIME
from muster.compiler.diagnostics import InternalError
from muster.compiler.values import NUMBER_DECIMALS, Kind

DECIMALS = NUMBER_DECIMALS
DIGITS = 6  # of a second: DateTime64(6) counts microseconds
COUNT = exp.DataType(this=exp.DType.BIGINT, nullable=False)  # of what is compared with a count
_PRECISION = 38
_KINDS: Mapping[Kind, pa.DataType] = {"str": pa.string(), "num": NUM, "bool": pa.bool_(), "time": TIME}
_SIMPLE: Mapping[pa.DataType, exp.DType] = {
    pa.string(): exp.DType.TEXT,
    pa.bool_(): exp.DType.BOOLEAN,
    pa.uint8(): exp.DType.UTINYINT,
    pa.uint32(): exp.DType.UINT,
    pa.uint64(): exp.DType.UBIGINT,
}


def type_of_kind(kind: Kind) -> exp.DataType:
    """Give the type of a value of a kind."""
    return type_of(_KINDS[kind], nullable=False)


def type_of(kind: pa.DataType, *, nullable: bool) -> exp.DataType:
    """Give the type of a column; lists, structs and maps are never NULL, what is in them may be."""
    if pa.types.is_decimal(kind):
        return _type(exp.DType.DECIMAL, _PRECISION, DECIMALS, nullable=nullable)
    if pa.types.is_timestamp(kind):
        return _type(exp.DType.DATETIME64, DIGITS, "UTC", nullable=nullable)
    if pa.types.is_map(kind):
        # Of a value that is not Nullable a missing key would be 0 or "".
        entries = [low_cardinality(type_of(kind.key_type, nullable=False)), type_of(kind.item_type, nullable=True)]
        return exp.DataType(this=exp.DType.MAP, expressions=entries, nested=True, nullable=False)
    if pa.types.is_list(kind):
        inside = [type_of(kind.value_type, nullable=True)]
        return exp.DataType(this=exp.DType.ARRAY, expressions=inside, nested=True, nullable=False)
    if pa.types.is_struct(kind):
        fields = [exp.ColumnDef(this=identifier(each.name), kind=type_of(each.type, nullable=True)) for each in kind]
        return exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True, nullable=False)
    if kind not in _SIMPLE:
        raise InternalError("clickhouse", f"no column type for {kind}")
    return exp.DataType(this=_SIMPLE[kind], nullable=nullable)


def low_cardinality(kind: exp.DataType) -> exp.DataType:
    """Keep each of few values once."""
    return exp.DataType(this=exp.DType.LOWCARDINALITY, expressions=[kind], nested=True, nullable=False)


def _type(name: exp.DType, *parameters: int | str, nullable: bool) -> exp.DataType:
    written = [
        exp.DataTypeParam(this=exp.Literal.string(each) if isinstance(each, str) else exp.Literal.number(each))
        for each in parameters
    ]
    return exp.DataType(this=name, expressions=written, nullable=nullable)
