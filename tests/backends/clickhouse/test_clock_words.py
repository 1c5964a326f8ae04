from __future__ import annotations

import pytest
from sqlglot import exp

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.sql.names import bare
from muster.compiler.values import CalendarUnit

# That they give the right instants is tested for every engine in tests/backends/sql/test_bounds.py.
DIALECT = ClickHouseDialect()


@pytest.mark.parametrize(
    ("unit", "zone", "expected"),
    [
        ("day", "UTC", "toTimeZone(toDateTime64(toDate32(toTimeZone(ts, 'UTC')), 6, 'UTC'), 'UTC')"),
        (
            "month",
            "Europe/London",
            (
                "toTimeZone(toDateTime64(toDate32(toStartOfMonth"
                "(toDate32(toTimeZone(ts, 'Europe/London')))), 6, 'Europe/London'), 'UTC')"
            ),
        ),
        (
            "week",
            "UTC",
            "toTimeZone(toDateTime64(toDate32(toMonday(toDate32(toTimeZone(ts, 'UTC')))), 6, 'UTC'), 'UTC')",
        ),
    ],
)
def test_a_period_starts_where_a_reader_would_look(unit: CalendarUnit, zone: str, expected: str) -> None:
    assert DIALECT.write(DIALECT.clock.period_start(bare("ts"), unit, 0, 0, zone)) == expected


def test_months_are_stepped_both_ways() -> None:
    back, on = (DIALECT.write(DIALECT.clock.add_months(bare("ts"), months)) for months in (-2, 2))

    assert back == "addMonths(ts, -2)"
    assert on == "addMonths(ts, 2)"
    assert isinstance(DIALECT.clock.now(), exp.Expr)
