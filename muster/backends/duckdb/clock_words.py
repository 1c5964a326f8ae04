"""DuckDB's words of its clock.

https://duckdb.org/docs/stable/sql/functions/timestamptz
"""

from __future__ import annotations

from sqlglot import exp

from muster.backends.sql.calls import Functions, signed
from muster.backends.sql.clock_words import ClockWords
from muster.backends.sql.names import Sql
from muster.compiler.values import CalendarUnit

call = Functions("DATE_TRUNC", "EPOCH_US", "MAKE_TIMESTAMP", "NOW", "TIMEZONE", "TO_DAYS", "TO_MONTHS")


class DuckDbClockWords(ClockWords):
    """The words of DuckDB."""

    def now(self) -> Sql:
        """Give the start of the transaction, without asking for a zone."""
        return call("MAKE_TIMESTAMP", call("EPOCH_US", call("NOW")))

    def add_months(self, instant: Sql, months: int) -> Sql:
        """Add an interval of months."""
        return exp.Add(this=instant, expression=call("TO_MONTHS", signed(months)))

    def period_start(self, instant: Sql, unit: CalendarUnit, months: int, days: int, zone: str) -> Sql:
        """Truncate the local time, whose zone is left and entered by TIMEZONE."""
        utc, local = exp.Literal.string("UTC"), exp.Literal.string(zone)
        at_zone = instant if zone == "UTC" else call("TIMEZONE", local, call("TIMEZONE", utc, instant))
        start: Sql = exp.Cast(
            this=call("DATE_TRUNC", exp.Literal.string(unit), at_zone), to=exp.DataType(this=exp.DType.TIMESTAMP)
        )
        if months:
            start = exp.Add(this=start, expression=call("TO_MONTHS", signed(months)))
        if days:
            start = exp.Add(this=start, expression=call("TO_DAYS", signed(days)))
        return start if zone == "UTC" else call("TIMEZONE", utc, call("TIMEZONE", local.copy(), start))
