"""ClickHouse's words of its clock. Days are Date32, which reaches from 1900 to 2299.

https://clickhouse.com/docs/sql-reference/functions/date-time-functions
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from muster.backends.clickhouse.types import DIGITS
from muster.backends.sql.calls import Functions, integer, signed
from muster.backends.sql.clock_words import ClockWords
from muster.backends.sql.names import Sql
from muster.compiler.values import CalendarUnit

call = Functions(
    "addDays",
    "addMonths",
    "now64",
    "toDate32",
    "toDateTime64",
    "toMonday",
    "toStartOfMonth",
    "toStartOfQuarter",
    "toStartOfYear",
    "toTimeZone",
)
_STARTS: Mapping[CalendarUnit, str] = {
    "week": "toMonday",
    "month": "toStartOfMonth",
    "quarter": "toStartOfQuarter",
    "year": "toStartOfYear",
}


class ClickHouseClockWords(ClockWords):
    """The words of ClickHouse."""

    def now(self) -> Sql:
        """Give the start of the query."""
        return call("now64", integer(DIGITS), exp.Literal.string("UTC"))

    def add_months(self, instant: Sql, months: int) -> Sql:
        """Step months."""
        return call("addMonths", instant, signed(months))

    def period_start(self, instant: Sql, unit: CalendarUnit, months: int, days: int, zone: str) -> Sql:
        """Take the local day, go back to where its period starts, and give that day's first instant."""
        local = exp.Literal.string(zone)
        day: Sql = call("toDate32", call("toTimeZone", instant, local))
        if unit != "day":
            day = call("toDate32", call(_STARTS[unit], day))
        if months:
            day = call("addMonths", day, signed(months))
        if days:
            day = call("addDays", day, signed(days))
        return call("toTimeZone", call("toDateTime64", day, integer(DIGITS), local.copy()), exp.Literal.string("UTC"))
