"""Drawing one value from a person's events: which events count, and what each reducer makes of them.

Kept apart from the evaluator so that the meaning of windows, ties and sums of nothing can be read, and checked,
in one screen. It can go wrong at the ends of windows (half-open, and nothing at or after as_of), in ties, where the
message id decides, and where first and last must be picked from all history before the window is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never

from muster.backends.base import EventRow
from muster.backends.memory.views import MISSING, Element, Place, look_up, nfc, scalar
from muster.compiler.expr import (
    EVER,
    Count,
    Distinct,
    EdgeTime,
    EventMetric,
    Events,
    Periods,
    Pick,
    Reduce,
    TimeWindow,
)
from muster.compiler.moments import Clock, bind_moment, period_bounds
from muster.compiler.values import Path

Matching = Callable[[EventRow], bool]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A metric's value, and the events it was drawn from."""

    value: Place
    events: tuple[EventRow, ...]


def draw(metric: EventMetric, events: Iterable[EventRow], matching: Matching, clock: Clock) -> Drawn:
    """Give the value of a metric over one person's events; `matching` is the metric's `where`."""
    known = [
        event
        for event in events
        if is_named(event, metric.events) and matching(event) and in_window(event.ts, EVER, clock)
    ]
    inside = [event for event in known if in_window(event.ts, metric.window, clock)]
    match metric.reducer:
        case Count():
            value = scalar("num", Fraction(len(inside)))
        case Reduce(agg, path):
            value = scalar("num", _reduce(agg, _numbers(inside, path)))
        case Distinct(path):
            value = scalar("num", Fraction(len({key for event in inside for key in stored_values(event, path)})))
        case Pick(which, path):
            inside = [event for event in _edge(which, known) if in_window(event.ts, metric.window, clock)]
            value = look_up(inside[0].properties, path) if inside else MISSING
        case EdgeTime(which):
            inside = _edge(which, inside)
            value = scalar("time", inside[0].ts if inside else None)
        case Periods():
            value = scalar("num", Fraction(_full_periods(metric.reducer, inside, clock)))
        case _:
            assert_never(metric.reducer)
    return Drawn(value, tuple(inside))


def is_named(event: EventRow, events: Events) -> bool:
    """Tell whether an event has one of the names; no names are every event."""
    return not events.names or nfc(event.event) in events.names


def in_window(micros: int, window: TimeWindow, clock: Clock) -> bool:
    """Tell whether an instant lies in [start, end), and before as_of."""
    start = None if window.start is None else bind_moment(window.start, clock)
    return (start is None or start <= micros) and micros < bind_moment(window.end, clock) and micros < clock.as_of


def stored_values(event: EventRow, path: Path) -> set[tuple[object, object]]:
    """Give the (stored kind, value) of each scalar among a property's elements."""
    elements = look_up(event.properties, path).elements
    return {(element.stored, _stored_view(element)) for element in elements if element.stored is not None}


def _stored_view(element: Element) -> object:
    assert element.stored is not None
    return element.views[element.stored]


def _numbers(events: Iterable[EventRow], path: Path) -> list[Fraction]:
    elements = [element for event in events for element in look_up(event.properties, path).elements]
    return [Fraction(element.views["num"]) for element in elements if "num" in element.views]


def _reduce(agg: str, numbers: list[Fraction]) -> Fraction | None:
    if agg == "sum":
        return sum(numbers, Fraction(0))
    if not numbers:
        return None
    if agg == "avg":
        # A fraction is exact: comparing it with v is comparing the sum with v times the count.
        return sum(numbers, Fraction(0)) / len(numbers)
    return min(numbers) if agg == "min" else max(numbers)


def _edge(which: str, events: list[EventRow]) -> list[EventRow]:
    """Keep the first or last event alone; at one instant the least or greatest message id by its bytes."""
    ordered = sorted(events, key=lambda event: (event.ts, event.mid.encode()))
    return ordered[:1] if which == "first" else ordered[-1:]


def _full_periods(periods: Periods, events: list[EventRow], clock: Clock) -> int:
    full = 0
    for start, end in period_bounds(periods.of, periods.unit, calendar=periods.calendar):
        low, high = bind_moment(start, clock), bind_moment(end, clock)
        full += sum(low <= event.ts < high for event in events) >= periods.minimum
    return full
