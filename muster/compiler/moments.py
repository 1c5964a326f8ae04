"""Instants that depend on the clock, and their binding to UTC microseconds.

A compiled query holds moments, not timestamps, so that one query serves every `as_of`; binding is the one
place where calendars and time zones are applied, and no SQL does date arithmetic. It is the only code that
the reference evaluator shares with the generators.

Ways to go wrong, each with a test: DST days of 23 and 25 hours, local times in a gap (take the offset before
the change) or a fold (take the first), month ends (31 March minus one month), weeks starting on Monday,
lengths that reach before year 1 or past 9999 (clamped).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import assert_never
from zoneinfo import ZoneInfo

from muster.compiler.values import UNIT_MICROS, UNIT_MONTHS, CalendarUnit, Unit

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MIN_MICROS = -62_135_596_800_000_000  # 0001-01-01T00:00:00Z
MAX_MICROS = 253_402_300_799_999_999  # 9999-12-31T23:59:59.999999Z
CALENDAR_UNIT_OF: dict[Unit, CalendarUnit] = {
    "d": "day",
    "w": "week",
    "mo": "month",
    "q": "quarter",
    "y": "year",
}
_DAYS_PER_WEEK = 7
_MONTHS_PER_UNIT = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Clock:
    """When a rule is evaluated: `as_of` in UTC microseconds since 1970, and the zone of its calendar."""

    as_of: int
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Instant:
    """A fixed instant: UTC microseconds since 1970."""

    micros: int


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A datetime written without an offset, `YYYY-MM-DDTHH:MM[:SS[.ffffff]]`, in the clock's zone."""

    text: str


@dataclass(frozen=True, slots=True)
class DayStart:
    """Midnight at the start of a local day, `days` after the named one."""

    text: str
    days: int = 0


@dataclass(frozen=True, slots=True)
class FromAsOf:
    """as_of, plus months stepped on the local calendar and clamped to the month's end, plus microseconds."""

    months: int = 0
    micros: int = 0


@dataclass(frozen=True, slots=True)
class PeriodStart:
    """The start of the local calendar period that holds as_of, shifted by whole periods."""

    unit: CalendarUnit
    shift: int = 0


@dataclass(frozen=True, slots=True)
class Capped:
    """A moment, or as_of where that is earlier: no window looks past as_of."""

    moment: Instant | LocalTime | DayStart | FromAsOf | PeriodStart


Moment = Instant | LocalTime | DayStart | FromAsOf | PeriodStart | Capped
AS_OF = FromAsOf()


def bind_moment(moment: Moment, clock: Clock) -> int:
    """Give the UTC microseconds of a moment under a clock, clamped to the years 1 to 9999."""
    match moment:
        case Instant(micros):
            return clamp(micros)
        case LocalTime(text):
            return local_to_micros(datetime.fromisoformat(text), clock.timezone)
        case DayStart(text, days):
            return _day_start(date.fromisoformat(text), days, clock.timezone)
        case FromAsOf(months, micros):
            return clamp(_step_months(clock, months) + micros)
        case PeriodStart(unit, shift):
            return _period_start(unit, shift, clock)
        case Capped(inner):
            return min(bind_moment(inner, clock), clock.as_of)
        case _:
            assert_never(moment)


def period_bounds(of: int, unit: Unit, *, calendar: bool) -> tuple[tuple[Moment, Moment], ...]:
    """Give the half-open bounds of the `of` periods before as_of, latest first.

    Rolling period k is [as_of - k units, as_of - (k - 1) units); calendar periods are the whole local ones
    before the period that holds as_of (units d, w, mo, q, y).
    """
    if calendar:
        word = CALENDAR_UNIT_OF[unit]
        edges: list[Moment] = [PeriodStart(word, -k) for k in range(of + 1)]
    else:
        edges = [FromAsOf(-k * UNIT_MONTHS.get(unit, 0), -k * UNIT_MICROS.get(unit, 0)) for k in range(of + 1)]
    return tuple((edges[k + 1], edges[k]) for k in range(of))


def clamp(micros: int) -> int:
    """Keep microseconds within what a datetime can hold."""
    return max(MIN_MICROS, min(MAX_MICROS, micros))


def to_micros(instant: datetime) -> int:
    """Give an aware datetime as UTC microseconds since 1970, exactly."""
    return (instant - EPOCH) // timedelta(microseconds=1)


def from_micros(micros: int) -> datetime:
    """Give UTC microseconds since 1970 as an aware datetime."""
    return EPOCH + timedelta(microseconds=micros)


def local_to_micros(local: datetime, timezone: str) -> int:
    """Place a naive local datetime: in a gap the offset before the change holds, in a fold the first."""
    offset = local.replace(tzinfo=zone(timezone), fold=0).utcoffset() or timedelta(0)
    return clamp(to_micros(local.replace(tzinfo=UTC)) - offset // timedelta(microseconds=1))


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """Look a time zone up by its IANA name; raises zoneinfo.ZoneInfoNotFoundError or ValueError."""
    return ZoneInfo(name)


def _day_start(day: date, days: int, timezone: str) -> int:
    ordinal = day.toordinal() + days
    if ordinal > date.max.toordinal():
        return MAX_MICROS
    if ordinal < 1:
        return MIN_MICROS
    moved = date.fromordinal(ordinal)
    return local_to_micros(datetime(moved.year, moved.month, moved.day), timezone)  # noqa: DTZ001 (local by intent)


def _local_as_of(clock: Clock) -> datetime:
    instant = from_micros(clamp(clock.as_of))
    try:
        return instant.astimezone(zone(clock.timezone)).replace(tzinfo=None)
    except OverflowError:  # the local calendar shows a day of year 0 or 10,000
        return datetime.min if instant.year == 1 else datetime.max  # noqa: DTZ901 (local by intent)


def _shift_months(local: datetime, months: int) -> datetime | None:
    """Step months, clamping the day to the month's end; None outside the years 1 to 9999."""
    index = local.year * 12 + (local.month - 1) + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:  # noqa: PLR2004 (what datetime can hold)
        return None
    last_day = monthrange(year, month + 1)[1]
    return local.replace(year=year, month=month + 1, day=min(local.day, last_day))


def _step_months(clock: Clock, months: int) -> int:
    if months == 0:
        return clock.as_of
    shifted = _shift_months(_local_as_of(clock), months)
    if shifted is None:
        return MIN_MICROS if months < 0 else MAX_MICROS
    return local_to_micros(shifted, clock.timezone)


def _period_start(unit: CalendarUnit, shift: int, clock: Clock) -> int:
    local = _local_as_of(clock)
    day = local.date()
    if unit == "day":
        return _day_start(day, shift, clock.timezone)
    if unit == "week":
        return _day_start(day, shift * _DAYS_PER_WEEK - day.weekday(), clock.timezone)
    months = _MONTHS_PER_UNIT[unit]
    first = datetime(local.year, (local.month - 1) // months * months + 1, 1)  # noqa: DTZ001 (local by intent)
    shifted = _shift_months(first, shift * months)
    if shifted is None:
        return MIN_MICROS if shift < 0 else MAX_MICROS
    return local_to_micros(shifted, clock.timezone)
