from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.moments import (
    AS_OF,
    MAX_MICROS,
    MIN_MICROS,
    Capped,
    Clock,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    bind_moment,
    from_micros,
    local_to_micros,
    period_bounds,
    to_micros,
)
from muster.compiler.values import CALENDAR_UNITS, CalendarUnit, Unit

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
BERLIN = "Europe/Berlin"  # clocks go forward on 2024-03-31 at 02:00, back on 2024-10-27 at 03:00


def utc(text: str) -> int:
    return to_micros(datetime.fromisoformat(text).replace(tzinfo=UTC))


def bound(moment: Moment, as_of: str, zone: str = "UTC") -> str:
    """Bind under a clock, both ends in UTC without their offset."""
    return from_micros(bind_moment(moment, Clock(utc(as_of), zone))).replace(tzinfo=None).isoformat()


def local(moment: Moment, as_of: str, zone: str) -> str:
    """Bind under a clock given in local time; the answer is in local time with its offset."""
    clock = Clock(local_to_micros(datetime.fromisoformat(as_of), zone), zone)
    return from_micros(bind_moment(moment, clock)).astimezone(ZoneInfo(zone)).isoformat()


# --- instants and local times
@pytest.mark.parametrize(
    ("text", "zone", "expected"),
    [
        ("2024-07-01T10:00", "UTC", "2024-07-01T10:00:00"),
        ("2024-07-01T10:00:05.25", BERLIN, "2024-07-01T08:00:05.250000"),
        ("2024-01-01T00:30", BERLIN, "2023-12-31T23:30:00"),
        # In the gap 02:30 was never on a clock: the offset before the change holds.
        ("2024-03-31T01:59:59", BERLIN, "2024-03-31T00:59:59"),
        ("2024-03-31T02:30", BERLIN, "2024-03-31T01:30:00"),
        ("2024-03-31T03:00", BERLIN, "2024-03-31T01:00:00"),
        # In the fold 02:30 was on the clock twice: the first holds.
        ("2024-10-27T01:59", BERLIN, "2024-10-26T23:59:00"),
        ("2024-10-27T02:30", BERLIN, "2024-10-27T00:30:00"),
        ("2024-10-27T03:00", BERLIN, "2024-10-27T02:00:00"),
        ("2024-03-10T02:30", "America/New_York", "2024-03-10T07:30:00"),
        ("2024-11-03T01:30", "America/New_York", "2024-11-03T05:30:00"),
        ("2024-07-01T10:00", "Asia/Kathmandu", "2024-07-01T04:15:00"),
    ],
)
def test_local_times(text: str, zone: str, expected: str) -> None:
    assert bound(LocalTime(text), "2024-07-01T12:00", zone) == expected


def test_an_instant_is_itself_in_every_zone() -> None:
    assert bind_moment(Instant(12_345), Clock(0, BERLIN)) == 12_345


def test_instants_are_kept_within_what_a_datetime_can_hold() -> None:
    clock = Clock(0)

    assert bind_moment(Instant(MAX_MICROS + 1), clock) == MAX_MICROS
    assert bind_moment(Instant(MIN_MICROS - 1), clock) == MIN_MICROS
    assert from_micros(MAX_MICROS).isoformat() == "9999-12-31T23:59:59.999999+00:00"
    assert from_micros(MIN_MICROS).isoformat() == "0001-01-01T00:00:00+00:00"


# --- days
@pytest.mark.parametrize(
    ("day", "days", "zone", "expected"),
    [
        ("2024-02-28", 0, "UTC", "2024-02-28T00:00:00"),
        ("2024-02-28", 1, "UTC", "2024-02-29T00:00:00"),
        ("2023-02-28", 1, "UTC", "2023-03-01T00:00:00"),
        ("2024-01-01", -1, "UTC", "2023-12-31T00:00:00"),
        ("2024-03-31", 0, BERLIN, "2024-03-30T23:00:00"),
        ("2024-03-31", 1, BERLIN, "2024-03-31T22:00:00"),
        # Beirut's clocks went forward at midnight: the day began at 01:00, told by the offset before.
        ("2024-03-31", 0, "Asia/Beirut", "2024-03-30T22:00:00"),
        # Samoa left out 30 December 2011.
        ("2011-12-31", 0, "Pacific/Apia", "2011-12-30T10:00:00"),
        ("0001-01-01", -1, "UTC", "0001-01-01T00:00:00"),
        ("9999-12-31", 1, "UTC", "9999-12-31T23:59:59.999999"),
    ],
)
def test_days(day: str, days: int, zone: str, expected: str) -> None:
    assert bound(DayStart(day, days), "2024-07-01T12:00", zone) == expected


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        ("2024-03-30", BERLIN, 24),
        ("2024-03-31", BERLIN, 23),
        ("2024-10-27", BERLIN, 25),
        ("2024-10-28", BERLIN, 24),
        ("2024-10-27", "UTC", 24),
    ],
)
def test_a_local_day_has_23_to_25_hours(day: str, zone: str, hours: int) -> None:
    clock = Clock(0, zone)

    assert bind_moment(DayStart(day, 1), clock) - bind_moment(DayStart(day), clock) == hours * HOUR


# --- steps from as_of
@pytest.mark.parametrize(
    ("as_of", "months", "expected"),
    [
        ("2024-03-31T10:00", -1, "2024-02-29T10:00:00"),
        ("2023-03-31T10:00", -1, "2023-02-28T10:00:00"),
        ("2024-05-31T10:00", -1, "2024-04-30T10:00:00"),
        ("2024-02-29T10:00", -12, "2023-02-28T10:00:00"),
        ("2024-02-29T10:00", -48, "2020-02-29T10:00:00"),
        ("2024-01-31T10:00", -1, "2023-12-31T10:00:00"),
        ("2024-01-31T10:00", 1, "2024-02-29T10:00:00"),
        ("2024-08-31T10:00", -3, "2024-05-31T10:00:00"),
        ("2024-05-31T10:00", -3, "2024-02-29T10:00:00"),
        ("2024-07-15T10:00:00.000001", -1, "2024-06-15T10:00:00.000001"),
        ("2024-07-15T10:00", -12 * 99_999, "0001-01-01T00:00:00"),
        ("2024-07-15T10:00", 12 * 99_999, "9999-12-31T23:59:59.999999"),
    ],
)
def test_months_are_stepped_on_the_calendar_and_clamped_to_their_end(as_of: str, months: int, expected: str) -> None:
    assert bound(FromAsOf(months), as_of) == expected


def test_steps_of_months_are_not_taken_one_by_one() -> None:
    # Two steps of one month from 31 March would pass 29 February and end on the 29th.
    assert bound(FromAsOf(-2), "2024-03-31T00:00") == "2024-01-31T00:00:00"


def test_months_keep_the_local_time_of_day_and_exact_lengths_do_not() -> None:
    assert local(FromAsOf(months=-1), "2024-04-15T09:00", BERLIN) == "2024-03-15T09:00:00+01:00"
    assert local(FromAsOf(micros=-31 * DAY), "2024-04-15T09:00", BERLIN) == "2024-03-15T08:00:00+01:00"


def test_months_that_land_in_a_gap_or_a_fold() -> None:
    assert local(FromAsOf(months=-1), "2024-04-30T02:30", BERLIN) == "2024-03-30T02:30:00+01:00"
    assert local(FromAsOf(months=-2), "2024-05-31T02:30", BERLIN) == "2024-03-31T03:30:00+02:00"
    assert local(FromAsOf(months=-1), "2024-11-27T02:30", BERLIN) == "2024-10-27T02:30:00+02:00"


def test_exact_lengths_reach_no_further_than_year_1() -> None:
    assert bound(FromAsOf(micros=-99_999 * 7 * DAY), "1900-01-01T00:00") == "0001-01-01T00:00:00"
    assert bound(AS_OF, "2024-07-01T12:00:00.5") == "2024-07-01T12:00:00.500000"


# --- calendar periods
@pytest.mark.parametrize(
    ("unit", "shift", "as_of", "expected"),
    [
        ("day", 0, "2024-07-03T12:00", "2024-07-03T00:00:00"),
        ("day", -1, "2024-03-01T00:00", "2024-02-29T00:00:00"),
        ("day", 1, "2024-12-31T23:59", "2025-01-01T00:00:00"),
        ("week", 0, "2024-07-03T12:00", "2024-07-01T00:00:00"),
        ("week", 0, "2024-07-01T00:00", "2024-07-01T00:00:00"),
        ("week", 0, "2024-06-30T23:59:59.999999", "2024-06-24T00:00:00"),
        ("week", -1, "2024-01-03T12:00", "2023-12-25T00:00:00"),
        ("month", 0, "2024-07-31T12:00", "2024-07-01T00:00:00"),
        ("month", -1, "2024-03-31T12:00", "2024-02-01T00:00:00"),
        ("month", 1, "2024-12-05T12:00", "2025-01-01T00:00:00"),
        ("quarter", 0, "2024-03-31T12:00", "2024-01-01T00:00:00"),
        ("quarter", 0, "2024-04-01T00:00", "2024-04-01T00:00:00"),
        ("quarter", 0, "2024-12-31T12:00", "2024-10-01T00:00:00"),
        ("quarter", -1, "2024-02-15T12:00", "2023-10-01T00:00:00"),
        ("year", 0, "2024-02-29T12:00", "2024-01-01T00:00:00"),
        ("year", -1, "2024-02-29T12:00", "2023-01-01T00:00:00"),
        ("year", -3000, "2024-02-29T12:00", "0001-01-01T00:00:00"),
        ("month", 99_999, "2024-02-29T12:00", "9999-12-31T23:59:59.999999"),
        ("day", 0, "0001-01-01T12:00", "0001-01-01T00:00:00"),
        ("week", 0, "0001-01-01T12:00", "0001-01-01T00:00:00"),
        ("year", 1, "9999-06-01T12:00", "9999-12-31T23:59:59.999999"),
    ],
)
def test_calendar_periods(unit: CalendarUnit, shift: int, as_of: str, expected: str) -> None:
    assert bound(PeriodStart(unit, shift), as_of) == expected


def test_periods_are_those_of_the_local_calendar() -> None:
    # 22:30 in UTC is past midnight in Berlin: Monday, the first day of the week, the month and the quarter.
    for unit in ("day", "week", "month", "quarter"):
        assert bound(PeriodStart(unit), "2024-06-30T22:30", BERLIN) == "2024-06-30T22:00:00"
        assert bound(PeriodStart(unit), "2024-06-30T21:30", BERLIN) < "2024-06-30T00:00:00"


def test_periods_across_a_change_of_clocks_start_at_local_midnight() -> None:
    assert local(PeriodStart("week"), "2024-04-03T12:00", BERLIN) == "2024-04-01T00:00:00+02:00"
    assert local(PeriodStart("week", -1), "2024-04-03T12:00", BERLIN) == "2024-03-25T00:00:00+01:00"


@pytest.mark.parametrize("zone", ["UTC", BERLIN, "America/New_York"])
@pytest.mark.parametrize("as_of", [MIN_MICROS, MIN_MICROS + HOUR, MAX_MICROS - HOUR, MAX_MICROS])
def test_the_ends_of_time_are_no_ends_of_the_program(as_of: int, zone: str) -> None:
    clock = Clock(as_of, zone)
    moments: list[Moment] = [
        FromAsOf(1),
        FromAsOf(-1),
        *(PeriodStart(unit, shift) for unit in CALENDAR_UNITS for shift in (-1, 0, 1)),
    ]

    assert all(MIN_MICROS <= bind_moment(moment, clock) <= MAX_MICROS for moment in moments)


def test_the_second_day_of_time_is_placed_as_any_other() -> None:
    assert bound(DayStart("0001-01-02"), "2024-07-01T12:00", "Asia/Tokyo") == "0001-01-01T14:41:01"
    assert bound(DayStart("0001-01-01"), "2024-07-01T12:00", "Asia/Tokyo") == "0001-01-01T00:00:00"
    assert bound(DayStart("9999-12-31"), "2024-07-01T12:00", "America/New_York") == "9999-12-31T05:00:00"


def test_capped_moments_never_pass_as_of() -> None:
    clock = Clock(utc("2024-07-03T12:00"))

    assert bind_moment(Capped(PeriodStart("day", 1)), clock) == clock.as_of
    assert bind_moment(Capped(PeriodStart("day")), clock) == utc("2024-07-03T00:00")
    assert bind_moment(Capped(Instant(clock.as_of)), clock) == clock.as_of


# --- periods before as_of
def test_rolling_periods_end_at_as_of_and_touch() -> None:
    assert period_bounds(2, "w", calendar=False) == (
        (FromAsOf(micros=-7 * DAY), FromAsOf()),
        (FromAsOf(micros=-14 * DAY), FromAsOf(micros=-7 * DAY)),
    )


def test_rolling_months_are_each_stepped_from_as_of() -> None:
    clock = Clock(utc("2024-03-31T12:00"))
    edges = [
        from_micros(bind_moment(start, clock)).date().isoformat() for start, _ in period_bounds(3, "mo", calendar=False)
    ]

    assert edges == ["2024-02-29", "2024-01-31", "2023-12-31"]


def test_calendar_periods_leave_the_current_one_out() -> None:
    clock = Clock(utc("2024-07-03T12:00"))
    bounds = [
        tuple(from_micros(bind_moment(edge, clock)).date().isoformat() for edge in pair)
        for pair in period_bounds(2, "q", calendar=True)
    ]

    assert bounds == [("2024-04-01", "2024-07-01"), ("2024-01-01", "2024-04-01")]


@given(
    st.integers(MIN_MICROS, MAX_MICROS),
    st.sampled_from(["UTC", BERLIN, "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "Australia/Lord_Howe"]),
    st.integers(1, 30),
    st.sampled_from(["s", "min", "h", "d", "w", "mo", "q", "y"]),
    st.booleans(),
)
def test_periods_are_in_order_and_touch_wherever_the_clock_stands(
    as_of: int,
    zone: str,
    of: int,
    unit: Unit,
    calendar: bool,  # noqa: FBT001 (hypothesis passes arguments by name)
) -> None:
    clock = Clock(as_of, zone)
    bounds = period_bounds(of, unit, calendar=calendar and unit not in {"s", "min", "h"})
    edges = [(bind_moment(start, clock), bind_moment(end, clock)) for start, end in bounds]

    assert len(edges) == of
    assert all(start <= end for start, end in edges)
    assert all(later[0] == earlier[1] for later, earlier in pairwise(edges))


@given(st.integers(MIN_MICROS + 2 * DAY, MAX_MICROS - 2 * DAY), st.sampled_from(CALENDAR_UNITS))
def test_the_current_period_holds_as_of(as_of: int, unit: CalendarUnit) -> None:
    clock = Clock(as_of, "America/New_York")

    assert bind_moment(PeriodStart(unit), clock) <= as_of
    assert as_of <= bind_moment(PeriodStart(unit, 1), clock)


@given(st.integers(MIN_MICROS, MAX_MICROS))
def test_microseconds_and_datetimes_convert_exactly(micros: int) -> None:
    assert to_micros(from_micros(micros)) == micros


def test_an_unknown_zone_is_the_callers_to_report() -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        bind_moment(LocalTime("2024-01-01T00:00"), Clock(0, "Europe/Nowhere"))
