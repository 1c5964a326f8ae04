"""Columns and parameters have one type a kind."""

from __future__ import annotations

from typing import get_args

import pyarrow as pa
import pytest

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.types import type_of, type_of_kind
from muster.compiler.diagnostics import InternalError
from muster.compiler.values import Kind

DIALECT = ClickHouseDialect()


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (pa.string(), "Nullable(String)"),
        (pa.bool_(), "Nullable(Bool)"),
        (pa.uint32(), "Nullable(UInt32)"),
        (pa.timestamp("us"), "Nullable(DateTime64(6, 'UTC'))"),
        (pa.decimal128(38, 9), "Nullable(Decimal(38, 9))"),
        (
            pa.list_(pa.struct([("str", pa.string()), ("a b", pa.bool_())])),
            'Array(Tuple(str Nullable(String), "a b" Nullable(Bool)))',
        ),
    ],
)
def test_a_type_of_arrow_is_a_type_of_clickhouse(kind: pa.DataType, sql: str) -> None:
    assert DIALECT.write(type_of(kind, nullable=True)) == sql


def test_a_required_column_is_not_nullable() -> None:
    assert DIALECT.write(type_of(pa.uint32(), nullable=False)) == "UInt32"


def test_a_type_that_no_table_has_is_our_bug() -> None:
    with pytest.raises(InternalError, match="double"):
        type_of(pa.float64(), nullable=True)


def test_every_kind_has_a_type_and_no_two_have_the_same() -> None:
    kinds = {kind: DIALECT.write(type_of_kind(kind)) for kind in get_args(Kind)}

    assert kinds == {"str": "String", "num": "Decimal(38, 9)", "bool": "Bool", "time": "DateTime64(6, 'UTC')"}
