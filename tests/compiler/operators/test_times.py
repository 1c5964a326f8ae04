from __future__ import annotations

from datetime import UTC, datetime

import pytest

from muster.compiler.expr import TimeWindow
from muster.compiler.moments import Clock, bind_moment, from_micros, to_micros
from muster.compiler.operators.times import before_as_of, covered, literal_moment, window_of
from muster.compiler.resolve import resolve
from muster.compiler.rule import EventTest
from muster.compiler.values import Ago, Duration, FromNow, Now, Time, TimeLiteral, Today
from muster.grammar.text import parse

NOON = Clock(to_micros(datetime(2024, 3, 31, 12, tzinfo=UTC)), "Europe/Berlin")


def at(moment: object) -> str:
    return from_micros(bind_moment(moment, NOON)).strftime("%Y-%m-%dT%H:%M")  # type: ignore[arg-type]  # a Moment


def window(text: str) -> TimeWindow:
    condition = resolve(parse(f"did buy at least 1 times {text}")).condition
    assert isinstance(condition, EventTest)
    return window_of(condition.window)


@pytest.mark.parametrize(
    ("time", "low", "high"),
    [
        (TimeLiteral("2024-03-31"), "2024-03-30T23:00", "2024-03-31T22:00"),
        (TimeLiteral("2024-03-31T08:00"), "2024-03-31T06:00", "2024-03-31T06:00"),
        (TimeLiteral("2024-03-31T08:00Z"), "2024-03-31T08:00", "2024-03-31T08:00"),
        (Today(), "2024-03-30T23:00", "2024-03-31T22:00"),
        (Now(), "2024-03-31T12:00", "2024-03-31T12:00"),
        (Ago(Duration(2, "h")), "2024-03-31T10:00", "2024-03-31T10:00"),
        (FromNow(Duration(1, "mo")), "2024-04-30T12:00", "2024-04-30T12:00"),
    ],
)
def test_a_date_covers_its_local_day_and_other_times_an_instant(time: Time, low: str, high: str) -> None:
    found = covered(time)

    assert (at(found.low), at(found.high)) == (low, high)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("in last 7 days", "2024-03-24T12:00", "2024-03-31T12:00"),
        ("in last 1 month", "2024-02-29T13:00", "2024-03-31T12:00"),
        ("in last 2 calendar months", "2023-12-31T23:00", "2024-02-29T23:00"),
        ("in this week", "2024-03-24T23:00", "2024-03-31T12:00"),
        ("in previous quarter", "2023-09-30T22:00", "2023-12-31T23:00"),
        ("today", "2024-03-30T23:00", "2024-03-31T12:00"),
        ("yesterday", "2024-03-29T23:00", "2024-03-30T23:00"),
        ("after 2024-03-01", "2024-03-01T23:00", "2024-03-31T12:00"),
        ("on 2024-03-31", "2024-03-30T23:00", "2024-03-31T12:00"),
        ("between 2024-03-01 and 2024-03-02", "2024-02-29T23:00", "2024-03-02T23:00"),
        ("between 9 days ago and 2 days from now", "2024-03-22T12:00", "2024-03-31T12:00"),
    ],
)
def test_windows_are_half_open_and_never_pass_as_of(text: str, start: str, end: str) -> None:
    found = window(text)

    assert found.start is not None
    assert (at(found.start), at(found.end)) == (start, end)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("more than 7 days ago", "2024-03-24T12:00"),
        ("before 2024-03-01", "2024-02-29T23:00"),
        ("before 2030-01-01", "2024-03-31T12:00"),
    ],
)
def test_windows_without_a_start(text: str, end: str) -> None:
    found = window(text)

    assert found.start is None
    assert at(found.end) == end


def test_several_lengths_are_stepped_months_first() -> None:
    assert at(before_as_of(Duration(1, "mo"), Duration(1, "mo"), Duration(1, "d"))) == "2024-01-30T13:00"


def test_an_offset_fixes_an_instant() -> None:
    assert at(literal_moment("2024-01-01T10:00:00+02:00")) == "2024-01-01T08:00"
