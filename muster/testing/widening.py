"""Rolling windows made longer: `in last 7 days` becomes `in last 14 days`."""

from __future__ import annotations

from dataclasses import replace

from muster.compiler.expr import AS_OF, Constant, EventMetric, Expr, Range, SequenceMatch, TimeWindow, ValueTest
from muster.compiler.moments import Capped, FromAsOf
from muster.compiler.rewriting import rewrite


def widened(expr: Expr, factor: int = 2) -> Expr:
    """Make every window that reaches back from `as_of` so many times as long; others stay as they are."""

    def longer(part: Expr) -> Expr:
        match part:
            case EventMetric(window=window, test=test):
                return replace(part, window=_longer(window, factor), test=_test(test, factor))
            case SequenceMatch(window=window):
                return replace(part, window=_longer(window, factor))
            case _:
                return part

    return rewrite(expr, longer)


def _longer(window: TimeWindow, factor: int) -> TimeWindow:
    match window.start:
        case FromAsOf() as start if _is_now(window.end):
            return replace(window, start=_back(start, factor))
        case _:
            return window


def _test(test: ValueTest, factor: int) -> ValueTest:
    """Make the window longer that the first or last event must lie in."""
    match test:
        case Range("time", Constant(value=FromAsOf() as start), Constant(value=end)) if _is_now(end):
            return replace(test, low=Constant("time", _back(start, factor)))
        case _:
            return test


def _back(start: FromAsOf, factor: int) -> FromAsOf:
    return FromAsOf(start.months * factor, start.micros * factor)


def _is_now(end: object) -> bool:
    return end in (AS_OF, Capped(AS_OF))
