"""Which tests of events follow from which: of more events, a longer window, a looser condition.

Apart from implication, which puts any two members side by side: here the law is one of sets. If all events that a
metric looks at are events of another, the other counts at least as many. So counts and distinct values of "at least"
follow, largest values too; a sum does not, since a refund makes it smaller, and neither does an average. "At most" is
the complement of "at least" and needs no law of its own. It could go wrong at windows whose order hangs on the
clock, and at sequences, whose last step may ask that nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from muster.compiler.expr import (
    EVER,
    Constant,
    Count,
    Distinct,
    EdgeTime,
    EventMetric,
    Events,
    Expr,
    Periods,
    Pick,
    Range,
    Reduce,
    Reducer,
    SequenceMatch,
    TimeWindow,
)
from muster.compiler.implied_tests import follows
from muster.compiler.moment_order import at_or_before
from muster.compiler.moments import AS_OF, Moment, period_bounds
from muster.compiler.value_sets import (
    Interval,
    Listed,
    ValueSet,
    apart,
    counts_of,
    holds_value,
    spelled,
    values_of,
    within,
)

Implies: TypeAlias = Callable[[Expr, Expr], bool]
_ZERO, _ONE = Decimal(0), Decimal(1)


@dataclass(frozen=True, slots=True)
class _Seen:
    """At least `count` events of `events` with `where` lie in `window`."""

    events: Events
    where: Expr
    window: TimeWindow
    count: Decimal = _ONE


class Measured(NamedTuple):
    """A metric or a sequence, and the numbers of the metric that pass its test, found once for many questions."""

    atom: EventMetric | SequenceMatch
    numbers: ValueSet | None = None


def as_least(metric: EventMetric) -> tuple[Measured, bool]:
    """Write "at most" as the complement of "at least": the metric, and whether it is to hold.

    A number that everybody has is either at most 4 or at least 5; of the others, "neither" is possible.
    """
    numbers, counted = numbers_of(metric), is_count(metric)
    match numbers:
        case Interval("num", low, Decimal() as high, below=below) if (counted and low == 0) or (
            low is None and is_total(metric.reducer)
        ):
            over = Interval("num", high + 1) if counted else Interval("num", high, above=not below)
        case Listed("num", values) if counted and values == {_ZERO}:
            over = Interval("num", _ONE)
        case _:
            return Measured(metric, numbers), True
    (test,) = spelled(over)
    return Measured(replace(metric, test=test), over), False


def is_count(metric: EventMetric) -> bool:
    """Tell whether a metric's value is a whole number from 0 up."""
    return isinstance(metric.reducer, (Count, Distinct, Periods))


def is_total(reducer: Reducer) -> bool:
    """Tell whether a reducer has a value for everybody, without events too."""
    return isinstance(reducer, (Count, Distinct, Periods)) or (isinstance(reducer, Reduce) and reducer.agg == "sum")


def numbers_of(metric: EventMetric) -> ValueSet | None:
    """Give the values of a metric that pass its test."""
    return counts_of(metric.test) if is_count(metric) else values_of(metric.test)


def metric_follows(given: Measured, wanted: Measured, implies: Implies) -> bool:
    """Tell whether it is known that the metric `wanted` holds where `given` does."""
    metric = wanted.atom
    assert isinstance(metric, EventMetric)
    if isinstance(given.atom, EventMetric) and given.atom.reducer == metric.reducer:
        fits = _numbers_follow(given, wanted)
        if _is_same_value(given.atom, metric):
            return fits
        if fits and _grows(metric.reducer, wanted.numbers):
            return _lie_in(_Seen(given.atom.events, given.atom.where, given.atom.window), metric, implies)
    match metric.reducer, wanted.numbers:
        case Count(), Interval(low=Decimal() as least, high=None):
            # As long as too few were found, all of them have to be looked at.
            return sum((seen.count for seen in _seen(given) if _lie_in(seen, metric, implies)), _ZERO) >= least
        case _:
            return False


def metrics_exclude(one: Measured, other: Measured, implies: Implies) -> bool:
    """Tell whether it is known that two metrics never hold both."""
    first, second = one.atom, other.atom
    if not (isinstance(first, EventMetric) and isinstance(second, EventMetric)) or first.reducer != second.reducer:
        return False
    if isinstance(first.reducer, Pick) or one.numbers is None or other.numbers is None:
        return False  # a picked property may hold a list
    if _is_same_value(first, second):
        return apart(one.numbers, other.numbers)
    return isinstance(first.reducer, (Count, Distinct)) and (
        _is_less(one, other, implies) or _is_less(other, one, implies)
    )


def _is_less(more: Measured, fewer: Measured, implies: Implies) -> bool:
    """Tell whether of more events a smaller number is wanted than of fewer events."""
    assert isinstance(more.atom, EventMetric)
    assert isinstance(fewer.atom, EventMetric)
    most, least = _greatest(more.numbers), _least(fewer.numbers)
    return (
        most is not None
        and least is not None
        and most < least
        and _lie_in(_Seen(fewer.atom.events, fewer.atom.where, fewer.atom.window), more.atom, implies)
    )


def _is_same_value(one: EventMetric, other: EventMetric) -> bool:
    return one.events == other.events and one.window == other.window and one.where == other.where


def _numbers_follow(given: Measured, wanted: Measured) -> bool:
    if given.numbers is not None and wanted.numbers is not None:
        return within(given.numbers, wanted.numbers)
    assert isinstance(given.atom, EventMetric)
    assert isinstance(wanted.atom, EventMetric)
    return follows(given.atom.test, wanted.atom.test)


def _grows(reducer: Reducer, wanted: ValueSet | None) -> bool:
    """Tell whether what passes a test still passes it when events are added."""
    match reducer, wanted:
        case ((Count() | Distinct() | Reduce(agg="max")), Interval("num", high=None)):
            return True
        case Reduce(agg="min"), Interval("num", low=None):
            return True
        case _:
            return False


def _lie_in(seen: _Seen, wanted: EventMetric, implies: Implies) -> bool:
    """Tell whether it is known that events seen are among those that a metric looks at."""
    names, window = wanted.events.names, wanted.window
    if names and not (seen.events.names and set(seen.events.names) <= set(names)):
        return False
    return window_within(seen.window, window) and implies(seen.where, wanted.where)


def window_within(inner: TimeWindow, outer: TimeWindow) -> bool:
    """Tell whether it is known that one window lies in another, whatever the clock."""
    starts = outer.start is None or (inner.start is not None and at_or_before(outer.start, inner.start))
    return starts and (at_or_before(AS_OF, outer.end) or at_or_before(inner.end, outer.end))


def _seen(given: Measured) -> Iterator[_Seen]:
    """List events that there must be; those of a sequence are several, since its instants rise strictly."""
    atom = given.atom
    if isinstance(atom, SequenceMatch):
        first, *later = atom.steps
        yield _Seen(first.events, first.where, atom.window)
        for step in later:
            yield _Seen(step.events, step.where, TimeWindow(atom.window.start))
        return
    match atom.reducer:
        case Count():
            least = _least(given.numbers)
            if least:
                yield _Seen(atom.events, atom.where, atom.window, least)
        case Periods(of, unit, calendar, minimum):
            least = _least(given.numbers)
            if least:
                bounds = period_bounds(of, unit, calendar=calendar)
                yield _Seen(atom.events, atom.where, TimeWindow(bounds[-1][0], bounds[0][1]), least * minimum)
        case EdgeTime():
            yield _Seen(atom.events, atom.where, _edge_window(atom))
        case _ if not _passes_without_events(given):
            yield _Seen(atom.events, atom.where, atom.window)
        case _:
            return


def _edge_window(given: EventMetric) -> TimeWindow:
    match given.test:
        case Range("time", low, high, closed=False) if given.window == EVER:
            return TimeWindow(_moment(low), AS_OF if high is None else _moment(high) or AS_OF)
        case _:
            return given.window


def _moment(constant: Constant | None) -> Moment | None:
    if constant is None or isinstance(constant.value, (str, Decimal, bool)):
        return None
    return constant.value


def _passes_without_events(given: Measured) -> bool:
    """Tell whether a person without events may pass: 0 is a sum and a number of values, other values are missing."""
    assert isinstance(given.atom, EventMetric)
    numbers = given.numbers
    if not is_total(given.atom.reducer):
        return False
    return numbers is None or numbers.kind != "num" or holds_value(numbers, _ZERO)


def _least(values: ValueSet | None) -> Decimal | None:
    match values:
        case Interval(low=Decimal() as low):
            return low
        case None | Interval():
            return None
        case _:
            return min((value for value in values.values if isinstance(value, Decimal)), default=None)


def _greatest(values: ValueSet | None) -> Decimal | None:
    match values:
        case Interval(high=Decimal() as high):
            return high
        case None | Interval():
            return None
        case _:
            return max((value for value in values.values if isinstance(value, Decimal)), default=None)
