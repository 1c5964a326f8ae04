"""What a time in a rule covers: a date is a whole local day, everything else one instant.

The half-open reading of every comparison with a time follows from `low` and `high` here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from muster.compiler.expr import Constant, TimeWindow
from muster.compiler.moments import (
    AS_OF,
    CALENDAR_UNIT_OF,
    Capped,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    to_micros,
)
from muster.compiler.rule import Window
from muster.compiler.values import CALENDAR_UNITS, Ago, CalendarUnit, Duration, FromNow, Now, Time, TimeLiteral, Today


@dataclass(frozen=True, slots=True)
class Covered:
    """The half-open time a literal covers; for an instant `low` is `high` and `is_day` is false."""

    low: Moment
    high: Moment
    is_day: bool


def covered(time: Time) -> Covered:
    """Say what a time literal covers; durations must already be resolved."""
    match time:
        case TimeLiteral(text):
            if time.is_date:
                return Covered(DayStart(text), DayStart(text, 1), is_day=True)
            return _instant(literal_moment(text))
        case Today():
            return Covered(PeriodStart("day"), PeriodStart("day", 1), is_day=True)
        case Now():
            return _instant(AS_OF)
        case Ago(duration):
            return _instant(before_as_of(_resolved(duration)))
        case FromNow(duration):
            return _instant(after_as_of(_resolved(duration)))
        case _:
            assert_never(time)


def literal_moment(text: str) -> Moment:
    """Read a datetime literal: with an offset a fixed instant, without one a local time."""
    parsed = datetime.fromisoformat(text)
    return LocalTime(text) if parsed.tzinfo is None else Instant(to_micros(parsed))


def before_as_of(*durations: Duration) -> FromAsOf:
    """Step back from as_of by all durations: months first, clamped once, then the exact part."""
    return FromAsOf(-sum(d.months for d in durations), -sum(d.micros for d in durations))


def after_as_of(duration: Duration) -> FromAsOf:
    """Step forward from as_of."""
    return FromAsOf(duration.months, duration.micros)


def constant(moment: Moment) -> Constant:
    """Make a moment an operand."""
    return Constant("time", moment)


def window_of(window: Window | None) -> TimeWindow:
    """Turn a rule's window into bounds; none of them passes as_of."""
    if window is None:
        return TimeWindow()
    match window.kind, window.value:
        case "last", Duration() as length:
            return TimeWindow(before_as_of(length))
        case "older_than", Duration() as length:
            return TimeWindow(None, before_as_of(length))
        case "last_calendar", Duration() as length:
            unit = CALENDAR_UNIT_OF[length.unit]
            return TimeWindow(PeriodStart(unit, -length.count), PeriodStart(unit))
        case "this", str() as word:
            return TimeWindow(PeriodStart(_calendar(word)))
        case "previous", str() as word:
            return TimeWindow(PeriodStart(_calendar(word), -1), PeriodStart(_calendar(word)))
        case _:
            return _absolute(window)


def _absolute(window: Window) -> TimeWindow:
    match window.kind, window.value:
        case "between", (first, second):
            return TimeWindow(covered(_time(first)).low, _capped(covered(_time(second)).high))
        case "before", time:
            return TimeWindow(None, _capped(covered(_time(time)).low))
        case "after", time:
            return TimeWindow(covered(_time(time)).high)
        case _, time:
            day = covered(_time(time))
            return TimeWindow(day.low, _capped(day.high))


def _capped(moment: Moment) -> Moment:
    return moment if isinstance(moment, Capped) or moment == AS_OF else Capped(moment)


def _instant(moment: Moment) -> Covered:
    return Covered(moment, moment, is_day=False)


def _resolved(duration: object) -> Duration:
    assert isinstance(duration, Duration), duration
    return duration


def _time(value: object) -> Time:
    assert isinstance(value, (TimeLiteral, Today, Now, Ago, FromNow)), value
    return value


def _calendar(word: str) -> CalendarUnit:
    return next(unit for unit in CALENDAR_UNITS if unit == word)
