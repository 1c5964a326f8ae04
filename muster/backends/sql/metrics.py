"""Event scans: the people whose events, counted, summed or picked from, pass a test.

Kept apart from how the value is measured. It can go wrong at negated tests of a value that may be NULL: no value
must pass neither the test nor its opposite, as the planner counts on both for people without events.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial

from sqlglot import exp

from muster.backends.sql.atoms import OPERATORS, range_test, some_element
from muster.backends.sql.calls import integer
from muster.backends.sql.events import Rows, event_rows, of_groups
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.measures import KEY, Measure, grouped, measure_of, no_value, span
from muster.backends.sql.names import GROUP, TRAITS, Sql, column, named
from muster.backends.sql.params import MANY, before_as_of
from muster.backends.sql.picks import picked
from muster.backends.sql.places import Scope, Views
from muster.compiler.expr import (
    AS_OF,
    EVER,
    Compare,
    ComparePair,
    Constant,
    Distinct,
    OneOf,
    Ordering,
    Periods,
    Pick,
    Range,
    Reduce,
    TimeWindow,
    ValueTest,
)
from muster.compiler.plan import EventScan, Having

Builder = Callable[[], exp.Select]
_OPPOSITE: dict[Ordering, type[exp.NEQ | exp.LT | exp.LTE | exp.GT | exp.GTE]] = {
    "eq": exp.NEQ,
    "lt": exp.GTE,
    "lte": exp.GT,
    "gt": exp.LTE,
    "gte": exp.LT,
}
_TOTAL, _WEIGHT = "total", "weight"


def event_scan(scan: EventScan, scope: Scope) -> Builder | None:
    """Give the SELECT of the people in a scan; None where nobody can be."""
    rows = event_rows(scan.events, scan.where, _read_window(scan), scope)
    having = scan.having
    if rows is None:
        return None
    if having is None:
        return lambda: rows.select(rows.key())
    if isinstance(having.reducer, Pick):
        return picked(having.reducer, having.test, scan, rows)
    measure = measure_of(having.reducer, rows)
    if isinstance(having.test, ComparePair):
        return _against_trait(measure or _nothing(having, rows), having.test, scope)
    if measure is None:
        return None  # the planner has seen to the people whose value is 0
    passed = passes(measure, having.test, scope, negated=having.negated)
    return None if passed is False else lambda: grouped(measure, [measure.key()], passed)


def _read_window(scan: EventScan) -> TimeWindow:
    match scan.having:
        case Having(reducer=Pick()):
            return EVER  # the window is for the event that is picked
        case Having(reducer=Periods() as periods):
            return span(periods)
        case _:
            return scan.window


def _nothing(having: Having, rows: Rows) -> Measure | None:
    """Measure what no event has: a sum and a distinct count are 0 then, the others have no value."""
    match having.reducer:
        case Reduce(agg="sum") | Distinct():
            return no_value(rows)
        case _:
            return None


# --- tests against constants ------------------------------------------------------------------------------------
def passes(measure: Measure, test: ValueTest, scope: Scope, *, negated: bool) -> Condition:
    """Test a person's value; a `negated` test is of the opposite comparison, so that NULL passes neither."""

    def operand(constant: Constant, *, whole: bool = measure.whole) -> Sql:
        if isinstance(constant.value, Decimal):
            value = scope.parameters.number(constant.value, whole=whole)
        else:
            value = scope.parameters.constant(constant)
        return value if measure.weight is None else exp.Mul(this=value, expression=measure.weight())

    match test:
        case Compare(op, constant) if constant.kind == measure.kind:
            compared = _OPPOSITE[op] if negated else OPERATORS[op]
            return Leaf(lambda: compared(this=measure.value(), expression=operand(constant)))
        case Range(measure.kind, low, high, closed):
            high = None if high is not None and _is_as_of(high) else high
            if not negated:
                return range_test(measure.value, low, high, operand, closed=closed)
            above = exp.GT if closed else exp.GTE
            return any_of(
                False if low is None else Leaf(lambda: exp.LT(this=measure.value(), expression=operand(low))),
                False if high is None else Leaf(lambda: above(this=measure.value(), expression=operand(high))),
            )
        case OneOf(measure.kind):
            decimal = partial(operand, whole=False)
            member = Leaf(lambda: _membership(measure, test, decimal, scope), total=True)
            asked = negate(member) if negated else member
            assert isinstance(asked, Leaf)
            return Leaf(asked.build, total=measure.whole)  # no value passes neither the test nor its opposite
        case _:
            return False


def _is_as_of(end: Constant) -> bool:
    """Tell whether a bound of instants says nothing, as only events before as_of are read."""
    return not isinstance(end.value, (str, bool, Decimal)) and before_as_of(end.value) == AS_OF


def _membership(measure: Measure, test: OneOf, operand: Callable[[Constant], Sql], scope: Scope) -> Sql:
    value = scope.dialect.as_number(measure.value()) if measure.kind == "num" else measure.value()
    if len(test.values) > MANY and measure.weight is None:
        array = scope.parameters.values(test.kind, test.values)
        return scope.dialect.is_among(value, array, in_lambda=False)
    return exp.In(this=value, expressions=[operand(Constant(test.kind, value)) for value in test.values])


# --- tests against a trait --------------------------------------------------------------------------------------
def _against_trait(measure: Measure | None, test: ComparePair, scope: Scope) -> Builder | None:
    """Compare each person's value with a trait of theirs."""
    if measure is None:
        return None
    inner = replace(scope, people=TRAITS)
    theirs = inner.place(test.other)
    met = some_element(theirs, inner, lambda views, _: _compared(measure, test.op, views))
    passed = met if met is False else all_of(theirs.guard, met)
    if passed is False:
        return None

    def build() -> exp.Select:
        value = measure.value()
        if measure.zero_if_null:
            value = exp.Coalesce(this=value, expressions=[integer(0)])
        outputs: list[Sql] = [named(measure.key(), KEY), named(value, _TOTAL)]
        if measure.weight is not None:
            outputs.append(named(measure.weight(), _WEIGHT))
        condition = None if passed is True else render(passed)
        return of_groups(grouped(measure, outputs, True), condition, inner, joins_people=True)

    return build


def _compared(measure: Measure, op: Ordering, views: Views) -> Condition:
    kind = measure.kind
    if kind not in views.columns:
        return False

    def compare() -> Sql:
        threshold: Sql = views.view(kind)
        if measure.weight is not None:
            threshold = exp.Mul(this=threshold, expression=column(GROUP, _WEIGHT))
        return OPERATORS[op](this=column(GROUP, _TOTAL), expression=threshold)

    return Leaf(compare)
