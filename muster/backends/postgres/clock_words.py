"""Postgres's words of its clock.

https://www.postgresql.org/docs/current/functions-datetime.html
"""

from __future__ import annotations

from sqlglot import exp

from muster.backends.sql.calls import Functions, integer, signed
from muster.backends.sql.clock_words import ClockWords
from muster.backends.sql.names import Sql
from muster.compiler.values import CalendarUnit

call = Functions("DATE_TRUNC", "MAKE_INTERVAL", "NOW", "TIMEZONE")


class PostgresClockWords(ClockWords):
    """The words of Postgres."""

    def now(self) -> Sql:
        """Give the start of the transaction."""
        return call("TIMEZONE", exp.Literal.string("UTC"), call("NOW"))

    def add_months(self, instant: Sql, months: int) -> Sql:
        """Add an interval of months."""
        return exp.Add(this=instant, expression=call("MAKE_INTERVAL", integer(0), signed(months)))

    def period_start(self, instant: Sql, unit: CalendarUnit, months: int, days: int, zone: str) -> Sql:
        """Truncate the local time, whose zone is left and entered by TIMEZONE."""
        utc, local = exp.Literal.string("UTC"), exp.Literal.string(zone)
        at_zone = instant if zone == "UTC" else call("TIMEZONE", local, call("TIMEZONE", utc, instant))
        start: Sql = call("DATE_TRUNC", exp.Literal.string(unit), at_zone)
        if months or days:
            moved = (integer(0), signed(months), integer(0), signed(days))
            start = exp.Add(this=start, expression=call("MAKE_INTERVAL", *moved))
        return start if zone == "UTC" else call("TIMEZONE", utc, call("TIMEZONE", local.copy(), start))
