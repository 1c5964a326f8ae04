"""Which of two moments is never the later one, whatever the clock and its time zone.

Apart from moments, which binds: here nothing is bound, and "not known" is the answer to anything that some clock
could turn round. It could go wrong where calendars stretch: months of 28 to 31 days, days of 23 to 25 hours, zones
that skip a whole day, local times in a gap, which lie after later ones. All of that is under the slack below. Steps in
months end with the calendar, in year 1 and 9999, and what is added then starts there.
"""

from __future__ import annotations

from datetime import UTC, date, datetime

from muster.compiler.moments import (
    AS_OF,
    Capped,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    clamp,
    to_micros,
)
from muster.compiler.values import CalendarUnit

_DAY = 86_400_000_000
_SLACK = 2 * _DAY  # more than any zone is off, and any change of its clocks
_SHORTEST_MONTH, _LONGEST_MONTH = 28 * _DAY, 31 * _DAY
_LONGER: dict[CalendarUnit, tuple[CalendarUnit, ...]] = {
    "day": ("week", "month", "quarter", "year"),
    "week": (),
    "month": ("quarter", "year"),
    "quarter": ("year",),
    "year": (),
}


def at_or_before(one: Moment, other: Moment) -> bool:
    """Tell whether it is known that `one` is never later than `other`."""
    if one == other:
        return True
    match one, other:
        case Capped(inner), _ if at_or_before(inner, other) or at_or_before(AS_OF, other):
            return True
        case _, Capped(inner):
            return at_or_before(one, inner) and at_or_before(one, AS_OF)
        case FromAsOf(), FromAsOf():
            return _steps_in_order(one, other)
        case PeriodStart(unit, shift), PeriodStart(other_unit, other_shift):
            nested = unit in _LONGER[other_unit] and shift <= 0 == other_shift
            return nested or (unit == other_unit and shift <= other_shift)
        case DayStart(), DayStart():
            return _day(one) <= _day(other)
        case ((Instant() | LocalTime() | DayStart()), (Instant() | LocalTime() | DayStart())):
            slack = 0 if isinstance(one, Instant) and isinstance(other, Instant) else _SLACK
            return _on_the_line(one) + slack <= _on_the_line(other)
        case _:
            return False


def _steps_in_order(one: FromAsOf, other: FromAsOf) -> bool:
    months, micros = other.months - one.months, other.micros - one.micros
    if months == 0 or (months > 0 and micros >= 0):
        return months > 0 or micros >= 0
    if one.months * one.micros < 0 or other.months * other.micros < 0:
        return False  # a step back from where the calendar ended
    # A month is an inexact length: the step has to be safe at both ends of it.
    least = months * (_SHORTEST_MONTH if months > 0 else _LONGEST_MONTH)
    return least + micros >= _SLACK


def _day(start: DayStart) -> int:
    return date.fromisoformat(start.text).toordinal() + start.days


def _on_the_line(moment: Instant | LocalTime | DayStart) -> int:
    """Give the micros of an instant, or of a local time as if its zone were UTC."""
    match moment:
        case Instant(micros):
            return clamp(micros)
        case LocalTime(text):
            return to_micros(datetime.fromisoformat(text).replace(tzinfo=UTC))
        case DayStart():
            return (_day(moment) - date(1970, 1, 1).toordinal()) * _DAY
