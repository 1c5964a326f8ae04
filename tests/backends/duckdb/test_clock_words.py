from __future__ import annotations

import pytest
from sqlglot import exp

from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.names import bare
from muster.compiler.values import CalendarUnit

# That they give the right instants is tested for every engine in tests/backends/sql/test_bounds.py.
DIALECT = DuckDbDialect()


@pytest.mark.parametrize(
    ("unit", "zone", "expected"),
    [
        ("day", "UTC", "CAST(DATE_TRUNC('day', ts) AS TIMESTAMP)"),
        (
            "month",
            "Europe/London",
            (
                "TIMEZONE('UTC', TIMEZONE('Europe/London', CAST"
                "(DATE_TRUNC('month', TIMEZONE('Europe/London', TIMEZONE('UTC', ts))) AS TIMESTAMP)))"
            ),
        ),
        ("week", "UTC", "CAST(DATE_TRUNC('week', ts) AS TIMESTAMP)"),
    ],
)
def test_a_period_starts_where_a_reader_would_look(unit: CalendarUnit, zone: str, expected: str) -> None:
    assert DIALECT.write(DIALECT.clock.period_start(bare("ts"), unit, 0, 0, zone)) == expected


def test_months_are_stepped_both_ways() -> None:
    back, on = (DIALECT.write(DIALECT.clock.add_months(bare("ts"), months)) for months in (-2, 2))

    assert back == "ts + TO_MONTHS(-2)"
    assert on == "ts + TO_MONTHS(2)"
    assert isinstance(DIALECT.clock.now(), exp.Expr)
