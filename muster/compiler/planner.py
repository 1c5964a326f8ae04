"""From an expression to a plan: negation pushed to the atoms, every event leaf a scan, equal scans planned once.

Kept apart from the generators because all of it is engine-free: which people without events pass, which scan has
to be complemented for that, and what a broken reference becomes. It can go wrong at zero: someone without events
is in no scan, so a test that 0 passes must be planned as the complement of a scan with the negated test.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import assert_never

from muster.compiler.expr import (
    And,
    Broken,
    Compare,
    ComparePair,
    Conditions,
    Const,
    Constant,
    Count,
    Distinct,
    EdgeTime,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Ordering,
    Periods,
    Pick,
    Range,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    StageEntered,
    ValueTest,
)
from muster.compiler.extrema import as_existence
from muster.compiler.plan import (
    Batch,
    EventScan,
    Having,
    InScan,
    Plan,
    PlanAnd,
    PlanCondition,
    PlanNot,
    PlanOr,
    Scan,
    SequenceScan,
)

NumberTest = Compare | Range | OneOf

_ZERO = Decimal(0)
_ONE = Decimal(1)
_NOBODY = Const(value=False)
_AT_LEAST_ONE = Compare("gte", Constant("num", _ONE))
_TURNED: dict[Ordering, Ordering] = {"eq": "eq", "lt": "gt", "lte": "gte", "gt": "lt", "gte": "lte"}


def plan(lowered: Expr, optimised: Expr) -> Plan:
    """Plan what the passes made of a rule; the plan keeps the rule as it was lowered."""
    scans: dict[Scan, int] = {}
    condition = _condition(optimised, scans, wanted=True)
    return Plan(condition, tuple(scans), lowered)


def plan_many(rules: Sequence[tuple[Expr, Expr]]) -> Batch:
    """Plan many rules, each as lowered and as optimised; a scan that several need is planned once."""
    scans: dict[Scan, int] = {}
    conditions = tuple(_condition(optimised, scans, wanted=True) for _, optimised in rules)
    return Batch(conditions, tuple(scans), tuple(lowered for lowered, _ in rules))


def _condition(expr: Expr, scans: dict[Scan, int], *, wanted: bool) -> PlanCondition:
    """Plan an expression, or for not `wanted` its complement."""
    match expr:
        case Const(value):
            return Const(value=value is wanted)
        case Not(arg):
            return _condition(arg, scans, wanted=not wanted)
        case And(args) | Or(args):
            inner = tuple(_condition(arg, scans, wanted=wanted) for arg in args)
            return PlanAnd(inner) if isinstance(expr, And) is wanted else PlanOr(inner)
        case Broken():
            return _NOBODY  # in both polarities: a deleted audience must never widen a set
        case FieldTest() | ElementTest() | Sample() | StageEntered():
            return expr if wanted else PlanNot(expr)
        case SequenceMatch(steps=steps, window=window, absent=absent):
            found = _in_scan(SequenceScan(steps, window, absent), scans, expr.conditions)
            return found if wanted else PlanNot(found)
        case EventMetric():
            return _metric(as_existence(expr), scans, wanted=wanted)
        case _:
            assert_never(expr)


def _in_scan(scan: Scan, scans: dict[Scan, int], conditions: Conditions) -> InScan:
    return InScan(scans.setdefault(scan, len(scans)), conditions)


def _metric(metric: EventMetric, scans: dict[Scan, int], *, wanted: bool) -> PlanCondition:
    test = metric.test
    if isinstance(test, ComparePair):
        planned = _pair(metric, test, scans)
        return planned if wanted else _complement(planned)
    if not _is_total(metric.reducer):
        found = _in_scan(_scan(metric, Having(metric.reducer, test)), scans, metric.conditions)
        return found if wanted else PlanNot(found)
    number_test = _number_test(test)
    if number_test is None:
        return Const(value=not wanted)  # the value is a number, and a number has no other view
    passes_at_zero = _number_passes(number_test, _ZERO)
    having = Having(metric.reducer, test, negated=passes_at_zero)
    found = _in_scan(_scan(metric, None if _is_any(having) else having), scans, metric.conditions)
    return found if passes_at_zero is not wanted else PlanNot(found)


def _scan(metric: EventMetric, having: Having | None) -> EventScan:
    return EventScan(metric.events, metric.where, metric.window, having, metric.origin)


def _is_total(reducer: Reducer) -> bool:
    """Tell whether a reducer has a value, 0, for a person without events."""
    match reducer:
        case Count() | Distinct() | Periods():
            return True
        case Reduce(agg=agg):
            return agg == "sum"
        case Pick() | EdgeTime():
            return False
        case _:
            assert_never(reducer)


def _pair(metric: EventMetric, test: ComparePair, scans: dict[Scan, int]) -> PlanCondition:
    """Plan a threshold that each person has for themselves: inside the scan, or 0 against it for those outside."""
    found = _in_scan(_scan(metric, Having(metric.reducer, test)), scans, metric.conditions)
    if not _is_total(metric.reducer):
        return found
    # A count is 0 outside a scan for 1 and more; a sum may be 0 inside it too, where the first scan has compared it.
    counted = isinstance(metric.reducer, (Distinct, Periods))
    some = _in_scan(_scan(metric, Having(metric.reducer, _AT_LEAST_ONE) if counted else None), scans, ())
    zero_passes = FieldTest(test.other, Compare(_TURNED[test.op], Constant("num", _ZERO)), metric.origin)
    return PlanOr((found, PlanAnd((PlanNot(some), zero_passes))))


def _complement(condition: PlanCondition) -> PlanCondition:
    match condition:
        case PlanAnd(args):
            return PlanOr(tuple(_complement(arg) for arg in args))
        case PlanOr(args):
            return PlanAnd(tuple(_complement(arg) for arg in args))
        case PlanNot(arg):
            return arg
        case _:
            return PlanNot(condition)


def _number_test(test: ValueTest) -> NumberTest | None:
    match test:
        case Compare(operand=Constant(kind="num")) | Range(kind="num") | OneOf(kind="num"):
            return test
        case _:
            return None


def _number_passes(test: NumberTest, number: Decimal) -> bool:
    match test:
        case Compare(op, operand):
            return _stands(number, op, _decimal(operand))
        case Range(low=low, high=high, closed=closed):
            return (low is None or _stands(number, "gte", _decimal(low))) and (
                high is None or _stands(number, "lte" if closed else "lt", _decimal(high))
            )
        case OneOf(values=values):
            return number in values
        case _:
            assert_never(test)


def _decimal(constant: Constant) -> Decimal:
    assert isinstance(constant.value, Decimal)
    return constant.value


def _stands(left: Decimal, op: Ordering, right: Decimal) -> bool:
    match op:
        case "eq":
            return left == right
        case "lt":
            return left < right
        case "lte":
            return left <= right
        case "gt":
            return left > right
        case "gte":
            return left >= right
        case _:
            assert_never(op)


def _is_any(having: Having) -> bool:
    """Tell whether every count from 1 on passes, so that one event is enough."""
    if having.reducer != Count():
        return False
    match having.test, having.negated:
        case Compare("gte", Constant(value=Decimal() as least)), False:
            return least <= _ONE
        case Compare("gt", Constant(value=Decimal() as below)), False:
            return below < _ONE
        case Compare("lt", Constant(value=Decimal() as least)), True:
            return least <= _ONE
        case Compare("lte", Constant(value=Decimal() as below)), True:
            return below < _ONE
        case Compare("eq", Constant(value=Decimal() as only)), True:
            return only == _ZERO
        case _:
            return False
