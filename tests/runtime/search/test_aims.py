"""What rules ask for, gathered from all their tests."""

from __future__ import annotations

from decimal import Decimal

from muster.compiler.expr import (
    EVER,
    TRUE,
    Compare,
    ComparePair,
    Count,
    Events,
    FieldTest,
    Periods,
    Pick,
    Range,
    SequenceMatch,
    SequenceStep,
)
from muster.runtime.search.aims import MOST, aims_of, whole_numbers
from tests.cases import CLOCK, DAY, HOUR, NOW, compare, last, metric, num, prop, text, trait


def test_values_of_one_place_come_from_all_tests_of_it() -> None:
    aims = aims_of([compare(trait("age"), "gt", num(5)), compare(trait("age"), "lt", num(9))], CLOCK)

    assert {6, 8, 7} <= {value for value in aims.values_at(trait("age")) if isinstance(value, int)}
    assert aims.values_at(trait("height")) == ()


def test_a_size_is_aimed_at_by_lists() -> None:
    aims = aims_of([compare(trait("tags", size=True), "gte", num(2))], CLOCK)

    assert [len(value) for value in aims.values_at(trait("tags")) if value] == [1, 2, 3]


def test_what_is_drawn_from_events_and_compared_is_aimed_at() -> None:
    limit = trait("limit")
    aims = aims_of(
        [
            metric(Pick("first", ("from",)), Compare("eq", text("web"))),
            metric(Count(), ComparePair("gt", limit)),
            FieldTest(trait("low"), ComparePair("lt", trait("high"))),
        ],
        CLOCK,
    )

    assert "web" in aims.values_at(prop("from"))
    assert all(2 in aims.values_at(place) for place in (limit, trait("low"), trait("high")))


def test_instants_are_around_the_bounds_of_windows_periods_and_steps() -> None:
    steps = (SequenceStep(Events(("a",)), TRUE), SequenceStep(Events(("b",)), TRUE, within=HOUR))
    weekly = Periods(2, "w", calendar=False, minimum=1)
    aims = aims_of(
        [
            metric(Count(), Compare("gte", num(1)), window=last(30 * DAY)),
            metric(weekly, Compare("gte", num(1))),
            SequenceMatch(steps, EVER),
        ],
        CLOCK,
    )

    for bound in (NOW, NOW - 30 * DAY, NOW - 7 * DAY, NOW - 14 * DAY, NOW - HOUR):
        assert {bound - 1, bound, bound + 1} <= set(aims.instants)
    assert aims.events == ("buy", "a", "b", "something else")
    assert aims.instants_in(NOW - 1, NOW + 1) == (NOW - 1, NOW)
    assert aims.instants_in(None, NOW)[-1] == NOW - 1


def test_whole_numbers_are_few() -> None:
    assert whole_numbers([Compare("gte", num(5))]) == (0, 1, 2, 4, 5, 6)
    assert whole_numbers([Range("num", num("2.5"), num(10**6))]) == (0, 1, 2, 3)
    assert max(whole_numbers([Compare("eq", num(MOST))])) == MOST
    assert whole_numbers([Compare("eq", num(str(Decimal(-7))))]) == (0, 1, 2)
