"""SQL gives each value of a typed column the view that the normaliser gives, and finds what it cannot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlglot import exp

from muster.backends.duckdb.typed_columns import (
    ColumnRead,
    is_beyond_ascii,
    is_dropped,
    is_flawed,
    is_missing,
    raw,
    value_of,
)
from muster.backends.sql.names import Sql
from muster.backends.tables.scalars import views_of
from tests.dice import SeededDice
from tests.sql_text import DIALECT
from tests.typed_tables import doubles

SCALED = 10**18
NANOS = pa.timestamp("ns")


def asked(tmp_path: Path, array: pa.Array, make: Callable[[ColumnRead], Sql | None], read: ColumnRead) -> list[Any]:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({read.column: array}), path)
    made = make(read)
    assert made is not None
    sql = DIALECT.write(exp.Select(expressions=[made], from_=exp.From(this=exp.to_identifier("file"))))
    with duckdb.connect() as connection:
        connection.read_parquet(str(path)).create_view("file")
        return [cell for (cell,) in connection.sql(sql).fetchall()]


@pytest.mark.parametrize(
    ("how", "array", "expected"),
    [
        ("text", pa.array(["12", "", None]), ["12", "", None]),
        ("digits", pa.array([7, -1, None]), ["7", "-1", None]),
        (
            "sortable",
            pa.array([1 - SCALED, -1, 0, 10]),
            [f"{number + SCALED:019}" for number in (1 - SCALED, -1, 0, 10)],
        ),
        ("whole", pa.array([2**53 + 1, SCALED, SCALED - 1]), [Decimal(2**53 + 1), None, Decimal(SCALED - 1)]),
        ("flag", pa.array([True, None]), [True, None]),
        ("date", pa.array([-1], pa.date32()), [datetime(1969, 12, 31)]),  # noqa: DTZ001 (stored without a zone)
        ("epoch_s", pa.array([-1]), [datetime(1969, 12, 31, 23, 59, 59)]),  # noqa: DTZ001 (stored without a zone)
        ("epoch_ms", pa.array([1]), [datetime(1970, 1, 1, 0, 0, 0, 1000)]),  # noqa: DTZ001 (stored without a zone)
    ],
)
def test_a_value_is_what_a_table_would_hold(tmp_path: Path, how: Any, array: pa.Array, expected: list[Any]) -> None:
    assert asked(tmp_path, array, value_of, ColumnRead("x", how, (20, 0))) == expected


@pytest.mark.parametrize(("how", "zone"), [("time_ns", None), ("zoned_ns", "UTC"), ("zoned_ns", "Asia/Tokyo")])
def test_nanoseconds_are_cut_toward_the_past(tmp_path: Path, how: Any, zone: str | None) -> None:
    array = pa.array([-1, -1000, -1001, 999, 1001], pa.timestamp("ns", zone))
    found = asked(tmp_path, array, value_of, ColumnRead("x", how))

    assert [(each - datetime(1970, 1, 1)).total_seconds() * 10**6 for each in found] == [-1, -1, -2, 0, 1]  # noqa: DTZ001 (stored without a zone)


@pytest.mark.parametrize("kind", [pa.float64(), pa.float32()])
def test_doubles_are_cut_from_their_shortest_text(tmp_path: Path, kind: pa.DataType) -> None:
    _, value = doubles(SeededDice("doubles"))
    array = pa.array([value() for _ in range(20_000)], kind)
    expected = [None if views is None else views.number for views in map(views_of, array.to_pylist())]

    assert asked(tmp_path, array, value_of, ColumnRead("x", "double")) == expected
    assert asked(tmp_path, array, is_dropped, ColumnRead("x", "double")) == [number is None for number in expected]


@pytest.mark.parametrize("digits", [(5, 2), (38, 9), (38, 0), (30, 2), (19, 1)])
def test_decimals_beyond_the_limit_are_missing(tmp_path: Path, digits: tuple[int, int]) -> None:
    precision, scale = digits
    edges = (0, 1, 10**precision - 1, 10 ** (18 + scale), 10 ** (18 + scale) - 1, 1 - 10**precision)
    numbers = [Decimal(f"{edge}e-{scale}") for edge in edges if abs(edge) < 10**precision]
    read = ColumnRead("x", "decimal", digits)
    found = asked(tmp_path, pa.array(numbers, pa.decimal128(*digits)), value_of, read)

    assert found == [None if views is None else views.number for views in map(views_of, numbers)]
    assert (is_dropped(read) is not None) == (None in found)


@pytest.mark.parametrize(
    ("how", "array", "expected"),
    [
        ("text", pa.array(["a\0", "a", None]), [True, False, None]),
        ("digits", pa.array([SCALED, -SCALED, 1]), [True, True, False]),
        (
            "epoch_s",
            pa.array([253_402_300_800, 253_402_300_799, -62_135_596_800, -62_135_596_801]),
            [True, False, False, True],
        ),
        ("date", pa.array([-719_162, -719_163, 2_932_896, 2_932_897], pa.date32()), [False, True, False, True]),
        (
            "zoned",
            pa.array([-62_135_596_800, 0], pa.timestamp("ms", "UTC")).cast(pa.timestamp("us", "UTC")),
            [False, False],
        ),
    ],
)
def test_what_does_not_fit_is_found(tmp_path: Path, how: Any, array: pa.Array, expected: list[Any]) -> None:
    assert asked(tmp_path, array, is_flawed, ColumnRead("x", how, (20, 0))) == expected


def test_texts_that_may_have_two_forms_and_cells_without_one_are_found(tmp_path: Path) -> None:
    array = pa.array(["a", "é", "", None])

    assert asked(tmp_path, array, is_beyond_ascii, ColumnRead("x", "text")) == [False, True, False, None]
    assert asked(tmp_path, array, is_missing, ColumnRead("x", "text")) == [False, False, True, True]
    assert asked(tmp_path, pa.array([0, None]), is_missing, ColumnRead("x", "digits")) == [False, True]


def test_a_columns_name_is_quoted(tmp_path: Path) -> None:
    assert DIALECT.write(raw(ColumnRead('a"; DROP', "text"))) == '"a""; DROP"'
    assert asked(tmp_path, pa.array(["x"]), value_of, ColumnRead('a"b', "text")) == ["x"]


@pytest.mark.parametrize(
    ("read", "found", "expected"),
    [
        (ColumnRead("x", "text"), "VARCHAR", True),
        (ColumnRead("x", "text"), "BLOB", False),
        (ColumnRead("x", "decimal", (12, 2)), "DECIMAL(12,2)", True),
        (ColumnRead("x", "decimal", (12, 2)), "DOUBLE", False),
        (ColumnRead("x", "epoch_s"), "UINTEGER", True),
        (ColumnRead("x", "time_ns"), "TIMESTAMP", False),
    ],
)
def test_a_reading_knows_the_types_it_was_chosen_for(read: ColumnRead, found: str, expected: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    assert read.has_type(found) is expected
