"""What an engine says in its own words of its clock: now, months before it, and the starts of calendar periods.

Kept apart from the words of queries that Muster runs, whose times are bound before SQL exists (`compiler/moments.py`).
These are for SQL that somebody else runs later, as a view or a model, and must give the same instants.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from muster.backends.sql.names import Sql
from muster.compiler.values import CalendarUnit


class ClockWords(ABC):
    """The words of one engine; instants are timestamps in UTC, with microseconds."""

    @abstractmethod
    def now(self) -> Sql:
        """Give the instant at which a statement begins."""

    @abstractmethod
    def add_months(self, instant: Sql, months: int) -> Sql:
        """Step months on the calendar of UTC, a day that the month does not have being its last."""

    @abstractmethod
    def period_start(self, instant: Sql, unit: CalendarUnit, months: int, days: int, zone: str) -> Sql:
        """Give the first instant of a zone's day, week (from Monday), month …, moved by some months or days."""
