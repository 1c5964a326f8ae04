"""What a person's events add up to: sums, extremes, distinct values, and values picked from the first or last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from muster.compiler.diagnostics import Origin
from muster.compiler.expr import (
    Count,
    Distinct,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Pick,
    Reduce,
    Reducer,
    ValueTest,
)
from muster.compiler.expr import ElementTest as ElementAtom
from muster.compiler.operators.events import events_of
from muster.compiler.operators.times import window_of
from muster.compiler.rule import Aggregate, Metric
from muster.compiler.values import Path

# Comparisons that a number drawn from events takes; a computed trait that is one takes `between` too.
NUMBER_OPERATORS = ("eq", "neq", "gt", "gte", "lt", "lte")
PICKS: tuple[Aggregate, ...] = ("first", "last")


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """A field of a record, as what an operator tests."""

    field: Field
    origin: Origin | None = None

    def passes(self, test: ValueTest) -> Expr:
        """Say that the field's value passes a test."""
        return FieldTest(self.field, test, self.origin)

    def elements(self, where: Expr, *, every: bool) -> Expr:
        """Say that some, or every, element of the field satisfies a condition."""
        return ElementAtom(self.field, where, every, self.origin)


@dataclass(frozen=True, slots=True)
class MetricTarget:
    """A value drawn from events, as what an operator tests."""

    metric: Metric
    where: Expr
    origin: Origin | None = None

    def passes(self, test: ValueTest) -> Expr:
        """Say that the metric's value passes a test."""
        metric = self.metric
        return EventMetric(
            events_of(metric.events), self.where, window_of(metric.window), reducer_of(metric), test, self.origin
        )

    def elements(self, where: Expr, *, every: bool) -> Expr:
        """Refuse: resolve allows no element condition on a metric."""
        raise AssertionError((where, every))


def reducer_of(metric: Metric) -> Reducer:
    """Give the core reducer of a metric."""
    match metric.agg:
        case "count":
            return Count()
        case "sum" | "avg" | "min" | "max":
            return Reduce(metric.agg, _property(metric))
        case "distinct":
            return Distinct(_property(metric))
        case "first" | "last":
            return Pick(metric.agg, _property(metric))
        case _:
            assert_never(metric.agg)


def _property(metric: Metric) -> Path:
    assert metric.property is not None, metric
    return metric.property
