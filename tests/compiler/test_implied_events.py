"""Which metrics follow from which; each "does not" has people for whom it would be wrong, or says why."""

from __future__ import annotations

from typing import Literal

import pytest

from muster.compiler.expr import (
    EVER,
    TRUE,
    Compare,
    Count,
    Distinct,
    EdgeTime,
    EventMetric,
    Events,
    OneOf,
    Ordering,
    Periods,
    Pick,
    Reduce,
    SequenceMatch,
    SequenceStep,
    TimeWindow,
)
from muster.compiler.implication import Oracle, implies
from muster.compiler.implied_events import as_least, window_within
from muster.compiler.moments import AS_OF, FromAsOf, Instant, PeriodStart
from tests.cases import DAY, HOUR, NOW, at, compare, event, last, metric, num, prop, within
from tests.small_exprs import all_of, includes

WEEK, MONTH = last(7 * DAY), last(30 * DAY)
DEAR, DEARER = compare(prop("p"), "gt", num(5)), compare(prop("p"), "gt", num(50))
BUY, SEE = SequenceStep(Events(("buy",)), TRUE), SequenceStep(Events(("see",)), TRUE)


def at_least(times: int, *, window: TimeWindow = EVER, names: tuple[str, ...] = ("buy",)) -> EventMetric:
    return metric(Count(), Compare("gte", num(times)), window=window, names=names)


def reduced(
    agg: Literal["sum", "avg", "min", "max"], op: Ordering, value: int, window: TimeWindow = EVER
) -> EventMetric:
    return metric(Reduce(agg, ("p",)), Compare(op, num(value)), window=window)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (at_least(5, window=WEEK), at_least(2, window=MONTH)),
        (metric(Count(), Compare("lte", num(2)), window=MONTH), metric(Count(), Compare("lt", num(6)), window=WEEK)),
        (metric(Count(), Compare("eq", num(0))), metric(Count(), Compare("lt", num(1)), window=WEEK)),
        (metric(Count(), OneOf("num", (num(3).value, num(4).value))), at_least(3)),  # type: ignore[arg-type] # a number's value is a number
        (metric(Count(), within(num(2), num(4), closed=True)), metric(Count(), Compare("gt", num(1)))),
        (at_least(1), at_least(1, names=("buy", "see"))),
        (at_least(1), at_least(1, names=())),
        (metric(Count(), Compare("gte", num(1)), where=DEARER), metric(Count(), Compare("gte", num(1)), where=DEAR)),
        (
            metric(Distinct(("p",)), Compare("gte", num(3)), window=WEEK),
            metric(Distinct(("p",)), Compare("gt", num(1))),
        ),
        (metric(Distinct(("p",)), Compare("gte", num(3))), at_least(1)),
        (reduced("max", "gt", 5, WEEK), reduced("max", "gt", 1)),
        (reduced("min", "lt", 1, WEEK), reduced("min", "lt", 5)),
        (reduced("sum", "gt", 5), reduced("sum", "gt", 1)),
        (reduced("sum", "gt", 0), at_least(1)),
        (reduced("avg", "lt", 5, WEEK), at_least(1, window=WEEK)),
        (metric(Pick("last", ("p",)), Compare("eq", num(5))), at_least(1)),
        (
            metric(EdgeTime("first"), within(at(5), at(9))),
            metric(Count(), Compare("gte", num(1)), window=TimeWindow(Instant(5), AS_OF)),
        ),
        (
            metric(Periods(4, "w", calendar=False, minimum=2), Compare("gte", num(3))),
            at_least(6, window=last(28 * DAY)),
        ),
        (
            metric(Periods(3, "mo", calendar=True, minimum=1), Compare("gte", num(3))),
            at_least(3, window=TimeWindow(PeriodStart("month", -3))),
        ),
        (SequenceMatch((BUY, SEE), WEEK), at_least(1, window=WEEK)),
        (SequenceMatch((BUY, SEE), WEEK), at_least(1, window=WEEK, names=("see",))),
        (SequenceMatch((BUY, BUY), EVER), at_least(2)),
        (SequenceMatch((BUY, SEE), EVER), at_least(2, names=("see", "buy"))),
    ],
)
def test_a_metric_follows(given: EventMetric | SequenceMatch, wanted: EventMetric) -> None:
    assert implies(given, wanted)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (at_least(2, window=WEEK), at_least(3, window=MONTH)),
        (at_least(2, window=MONTH), at_least(2, window=WEEK)),
        (at_least(1, names=()), at_least(1)),
        (metric(Count(), within(num(2), num(4), closed=True), window=WEEK), metric(Count(), Compare("lte", num(4)))),
        (metric(Distinct(("p",)), Compare("gte", num(3))), at_least(3)),  # an event may hold a list of three
        (metric(Distinct(("p",)), Compare("gte", num(1))), metric(Distinct(("q",)), Compare("gte", num(1)))),
        (reduced("avg", "gt", 5, WEEK), reduced("avg", "gt", 1)),
        (reduced("sum", "gte", 0), at_least(1)),  # nothing sums up to 0
        (reduced("max", "lt", 5, MONTH), reduced("max", "lt", 5, WEEK)),
        (
            metric(Pick("last", ("p",)), Compare("eq", num(5)), window=WEEK),
            metric(Pick("last", ("p",)), Compare("eq", num(5)), window=MONTH),
        ),
        (metric(Periods(4, "w", calendar=False, minimum=2), Compare("gte", num(0))), at_least(1)),
        (metric(EdgeTime("first"), within(None, at(9), closed=True)), at_least(1, window=TimeWindow(None, Instant(9)))),
        (SequenceMatch((BUY,), EVER, SEE), at_least(1, names=("see",))),
        (
            SequenceMatch((BUY, SEE), TimeWindow(None, FromAsOf(micros=-DAY))),
            at_least(1, names=("see",), window=TimeWindow(None, FromAsOf(micros=-DAY))),
        ),
        (SequenceMatch((BUY, SEE), EVER), at_least(2)),
    ],
)
def test_a_metric_does_not_follow(given: EventMetric | SequenceMatch, wanted: EventMetric) -> None:
    assert not implies(given, wanted)


def test_a_sum_over_more_events_may_be_smaller() -> None:
    # Refunds: the law of counts is false for sums.
    lately = metric(Reduce("sum", ("p",)), Compare("gte", num(5)), window=last(HOUR))
    ever = reduced("sum", "gte", 5)
    refund = event(NOW - DAY, {"p": -9}), event(NOW - 1, {"p": 5})

    assert includes(lately, None, *refund)
    assert not includes(ever, None, *refund)
    assert not implies(lately, ever)


def test_what_must_be_absent_was_not_done() -> None:
    abandoned = SequenceMatch((BUY,), EVER, SEE)

    assert includes(abandoned, None, event(NOW - 1))
    assert not includes(all_of(abandoned, at_least(1, names=("see",))), None, event(NOW - 1))


def test_the_last_step_of_a_sequence_may_lie_after_the_window_of_the_first() -> None:
    early = TimeWindow(None, FromAsOf(micros=-DAY))
    history = event(NOW - 2 * DAY), event(NOW - 1, name="see")

    assert includes(SequenceMatch((BUY, SEE), early), None, *history)
    assert not includes(at_least(1, names=("see",), window=early), None, *history)


def test_counts_exclude_each_other_over_windows_in_windows() -> None:
    oracle = Oracle()
    few = metric(Count(), within(num(1), num(2), closed=True), window=MONTH)

    assert oracle.exclude(at_least(5, window=WEEK), few)
    assert oracle.exclude(few, at_least(5, window=WEEK))
    assert not oracle.exclude(at_least(5, window=MONTH), metric(Count(), Compare("lte", num(2)), window=WEEK))
    assert oracle.exclude(
        metric(EdgeTime("first"), within(at(1), at(2))), metric(EdgeTime("first"), within(at(3), None))
    )
    assert not oracle.exclude(
        metric(Pick("first", ("p",)), Compare("lt", num(1))), metric(Pick("first", ("p",)), Compare("gt", num(1)))
    )
    assert not oracle.exclude(at_least(5), SequenceMatch((BUY, SEE), EVER))


def test_at_most_is_the_complement_of_at_least_for_what_everybody_has() -> None:
    assert as_least(metric(Count(), Compare("lte", num(2))))[0].atom == at_least(3)
    assert as_least(metric(Count(), Compare("lt", num("2.5"))))[0].atom == at_least(3)
    total = reduced("sum", "lt", 2)
    assert as_least(total)[0].atom == reduced("sum", "gte", 2)
    assert as_least(reduced("avg", "lt", 2))[1]
    assert not includes(reduced("avg", "lt", 2))
    assert not includes(reduced("avg", "gte", 2))


def test_no_window_looks_past_as_of() -> None:
    assert window_within(EVER, TimeWindow(None, FromAsOf(micros=DAY)))
    assert window_within(TimeWindow(None, FromAsOf(micros=DAY)), EVER)
    assert not window_within(EVER, WEEK)
    assert not window_within(EVER, TimeWindow(None, FromAsOf(micros=-DAY)))
