from __future__ import annotations

from itertools import product

import pytest

from muster.compiler import moment_order
from muster.compiler.moment_order import at_or_before
from muster.compiler.moments import (
    AS_OF,
    Capped,
    Clock,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    bind_moment,
)
from tests.cases import DAY, HOUR, MINUTE, micros

# Zones whose clocks jump: by an hour, by half an hour, at midnight, a minute after it, over a whole day.
ZONES = (
    "UTC",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Pacific/Apia",
    "Pacific/Kiritimati",
)
ENDS = ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00")
CHANGES = (
    "2011-12-30T10:00:00+00:00",
    "2018-11-04T03:00:00+00:00",
    "2007-11-04T02:31:00+00:00",
    "2024-03-31T01:00:00+00:00",
    "2024-10-27T01:00:00+00:00",
    "2024-02-29T12:00:00+00:00",
)
CLOCKS = [
    Clock(micros(change) + off, zone)
    for zone in ZONES
    for change in (*CHANGES, *ENDS)
    for off in ((0, -MINUTE, 30 * MINUTE, -13 * HOUR, 30 * DAY) if change not in ENDS else (0,))
]
LENGTHS = (0, 1, -1, HOUR, -HOUR, -DAY, -7 * DAY, -27 * DAY, -29 * DAY, -30 * DAY, -32 * DAY, -40 * DAY, 33 * DAY)
UNBOUND: list[Moment] = [
    *(FromAsOf(months, length) for months in (0, -1, -2, -12, 1) for length in LENGTHS),
    *(PeriodStart(unit, shift) for unit in ("day", "week", "month", "quarter", "year") for shift in (0, -1, 1)),
]
FIXED: list[Moment] = [
    *(Instant(micros(change) + off) for change in CHANGES[:4] for off in (0, HOUR, 3 * DAY)),
    *(
        LocalTime(text)
        for text in (
            "2024-03-31T02:30:00",  # in a gap, so later than three o'clock
            "2024-03-31T03:00:00",
            "2024-10-27T02:30:00",
            "2011-12-30T12:00:00",  # the day that Samoa skipped
            "2011-12-31T00:00:00",
            "2012-01-03T00:00:00",
        )
    ),
    *(DayStart(day, days) for day in ("2011-12-29", "2011-12-31", "2018-11-04", "2024-03-31") for days in (0, 1)),
]
CAPPED: list[Moment] = [Capped(moment) for moment in (FromAsOf(-1), FromAsOf(0, DAY), *FIXED[::5])]  # type: ignore[arg-type] # none is capped


def wrong_pairs(moments: list[Moment]) -> list[tuple[Moment, Moment, Clock]]:
    """Bind every pair that is said to be in order under every clock."""
    bound = [(clock, {moment: bind_moment(moment, clock) for moment in moments}) for clock in CLOCKS]
    return [
        (one, other, clock)
        for one, other in product(moments, repeat=2)
        if at_or_before(one, other)
        for clock, at in bound
        if at[one] > at[other]
    ]


@pytest.mark.parametrize("moments", [UNBOUND, [*FIXED, *CAPPED, AS_OF], [*UNBOUND[::4], *CAPPED]])
def test_what_is_said_to_be_in_order_is_so_under_every_clock(moments: list[Moment]) -> None:
    assert wrong_pairs(moments) == []


def test_local_times_without_slack_would_be_in_the_wrong_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment_order, "_SLACK", 0)

    assert (LocalTime("2024-03-31T02:30:00"), LocalTime("2024-03-31T03:00:00")) in {
        (one, other) for one, other, _ in wrong_pairs(FIXED)
    }


def test_months_of_30_days_would_be_in_the_wrong_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(moment_order, "_SHORTEST_MONTH", 32 * DAY)

    assert wrong_pairs(UNBOUND) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FromAsOf(micros=-30 * DAY), FromAsOf(micros=-7 * DAY)),
        (FromAsOf(-1), FromAsOf(micros=-7 * DAY)),
        (FromAsOf(micros=-40 * DAY), FromAsOf(-1)),
        (FromAsOf(-2, -DAY), FromAsOf(-1)),
        (PeriodStart("year"), PeriodStart("day")),
        (PeriodStart("week", -1), PeriodStart("week")),
        (DayStart("2024-01-01"), DayStart("2024-01-01", 1)),
        (DayStart("2024-01-01"), LocalTime("2024-01-05T00:00")),
        (LocalTime("2024-01-05T00:00"), Instant(micros("2024-01-08T00:00:00+00:00"))),
        (Capped(DayStart("2024-01-01")), AS_OF),
        (FromAsOf(micros=-DAY), Capped(FromAsOf(micros=DAY))),
    ],
)
def test_the_order_of_what_rules_say_is_known(one: Moment, other: Moment) -> None:
    assert at_or_before(one, other)
    assert not at_or_before(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FromAsOf(-1), FromAsOf(micros=-30 * DAY)),
        (PeriodStart("week"), PeriodStart("month")),
        (PeriodStart("month"), AS_OF),  # in the first hours of year 1 the local day has no start
        (PeriodStart("day"), FromAsOf(micros=-DAY)),
        (DayStart("2024-01-01"), AS_OF),
        (Instant(0), AS_OF),
        (LocalTime("2024-03-31T02:30:00"), LocalTime("2024-03-31T03:00:00")),
        (Capped(DayStart("2024-01-01")), DayStart("2023-01-01")),
    ],
)
def test_what_hangs_on_the_clock_is_not_known(one: Moment, other: Moment) -> None:
    assert not at_or_before(one, other)
    assert not at_or_before(other, one) or isinstance(one, Capped)
