"""What two rules ask for: the values, instants and names that people are made of to meet them at their edges.

Kept apart from the making: this looks at the rules once. Values of one place are gathered over all tests of it, so
that what one condition allows and another does not is among them. It could go wrong where a place is tested under
another name than it is written to, as a size is: that is asked of lists.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from muster.backends.base import Json
from muster.compiler.expr import (
    ComparePair,
    EdgeTime,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Periods,
    Pick,
    Reduce,
    SequenceMatch,
    StageEntered,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import Clock, Moment, bind_moment, clamp, period_bounds
from muster.compiler.rewriting import parts_of
from muster.runtime.search.near import constants_of, instants_near, moments_in, values_near

MOST = 300  # events of one kind, elements of one list
_PERIODS = 12  # whose bounds are aimed at
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Aims:
    """Values by place, instants in order (UTC microseconds) and names of events."""

    clock: Clock
    values: Mapping[Field, tuple[Json, ...]]
    instants: tuple[int, ...]
    events: tuple[str, ...]

    def values_at(self, place: Field) -> tuple[Json, ...]:
        """Give the values aimed at a place, those for tests of its size too."""
        plain, size = (self.values.get(replace(place, size=size), ()) for size in (False, True))
        return (*plain, *size)

    def instants_in(self, start: int | None, end: int) -> tuple[int, ...]:
        """Give the instants aimed at from `start` up to `end`, which is out."""
        first = 0 if start is None else bisect_left(self.instants, start)
        return self.instants[first : bisect_left(self.instants, end)]


def aims_of(rules: Iterable[Expr], clock: Clock) -> Aims:
    """Gather what rules ask for."""
    parts = [part for rule in rules for part in parts_of(rule)]
    tests: dict[Field, list[ValueTest]] = {}
    for place, test in (asked for part in parts for asked in _asked(part)):
        tests.setdefault(place, []).append(test)
    edges = {clock.as_of, clamp(clock.as_of - _DAY), *(bind_moment(each, clock) for each in _moments(parts))}
    edges |= {clamp(edge + step) for edge in tuple(edges) for part in parts for step in _lengths(part)}
    names = [name for part in parts for name in _names(part)]
    return Aims(
        clock,
        {place: _values(place, asked, clock) for place, asked in tests.items()},
        tuple(sorted(instants_near(edges))),
        tuple(dict.fromkeys([*names, "something else"])),
    )


def whole_numbers(tests: Iterable[ValueTest]) -> tuple[int, ...]:
    """Give numbers from 0 to MOST at, below and above the constants of tests."""
    constants = [each.value for test in tests for each in constants_of(test) if isinstance(each.value, Decimal)]
    near = {int(constant) + step for constant in constants for step in (0, -1, 1)}
    return tuple(sorted(number for number in near | {0, 1, 2} if 0 <= number <= MOST))


def _asked(part: Expr) -> Iterator[tuple[Field, ValueTest]]:
    match part:
        case FieldTest(target, test):
            yield target, test
        case EventMetric(reducer=Pick(_, path) | Reduce(_, path), test=test):
            yield Field("property", path), test
        case EventMetric(test=test):
            pass
        case _:
            return
    if isinstance(test, ComparePair):
        yield test.other, test


def _values(place: Field, tests: list[ValueTest], clock: Clock) -> tuple[Json, ...]:
    if place.size:
        return tuple([number] * number for number in whole_numbers(tests))
    return values_near(tests, clock)


def _moments(parts: Iterable[Expr]) -> Iterator[Moment]:
    for part in parts:
        match part:
            case FieldTest(Field("profile"), test):
                yield from moments_in(test)
            case EventMetric(window=window, reducer=reducer, test=test):
                yield from _ends(window)
                if isinstance(reducer, Periods):
                    bounds = period_bounds(min(reducer.of, _PERIODS), reducer.unit, calendar=reducer.calendar)
                    yield from (start for start, _ in bounds)
                if isinstance(reducer, EdgeTime):
                    yield from moments_in(test)
            case SequenceMatch(window=window) | StageEntered(window=window):
                yield from _ends(window)
            case _:
                pass


def _ends(window: TimeWindow) -> tuple[Moment, ...]:
    return (window.end,) if window.start is None else (window.start, window.end)


def _lengths(part: Expr) -> Iterator[int]:
    if isinstance(part, SequenceMatch):
        steps = part.steps if part.absent is None else (*part.steps, part.absent)
        yield from (-step.within for step in steps if step.within is not None)


def _names(part: Expr) -> tuple[str, ...]:
    match part:
        case EventMetric(events=events):
            return events.names[:MOST]
        case SequenceMatch(steps=steps, absent=absent):
            every = steps if absent is None else (*steps, absent)
            return tuple(name for step in every for name in step.events.names[:MOST])
        case _:
            return ()
