"""A test of a largest or smallest value, as a question for one event: did buy where amount >= 50.

Apart from the planner, which asks it, because it is a law of meaning and no matter of scans; and no pass, because the
condition is written out and an expression with it may be larger, while a scan that need not group its rows is cheaper.
Law: max(p) >= v exactly if some event has an element of p with a number >= v, and min(p) <= v likewise; `>` and `<`
too. All elements of all events take part in both, and both are false where there is no number.
Only in these directions: max(p) <= v also asks that there is a number, which `did not buy where p > v` does not.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from muster.compiler.expr import (
    TRUE,
    And,
    Compare,
    Constant,
    Count,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Range,
    Reduce,
    ValueTest,
)

_AT_LEAST_ONE = Compare("gte", Constant("num", Decimal(1)))


def as_existence(metric: EventMetric) -> EventMetric:
    """Ask for an event instead of a largest or smallest value, where that is the same; else give it back."""
    match metric.reducer:
        case Reduce("max", path) if _is_open(metric.test, up=True):
            found: Expr = FieldTest(Field("property", path), metric.test, metric.origin)
        case Reduce("min", path) if _is_open(metric.test, up=False):
            found = FieldTest(Field("property", path), metric.test, metric.origin)
        case _:
            return metric
    where = found if metric.where == TRUE else And((*_members(metric.where), found))
    return replace(metric, where=where, reducer=Count(), test=_AT_LEAST_ONE)


def _is_open(test: ValueTest, *, up: bool) -> bool:
    """Tell whether every number above (`up`) or below one that passes a test passes it too."""
    match test:
        case Compare("gt" | "gte", Constant(kind="num")):
            return up
        case Compare("lt" | "lte", Constant(kind="num")):
            return not up
        case Range("num", low, high):
            return (high if up else low) is None
        case _:
            return False


def _members(where: Expr) -> tuple[Expr, ...]:
    return where.args if isinstance(where, And) else (where,)
