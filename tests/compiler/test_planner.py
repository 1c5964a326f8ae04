"""What becomes of people without events, of negation and of broken references when an expression is planned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    ComparePair,
    Const,
    Count,
    Distinct,
    EdgeTime,
    Events,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Ordering,
    Periods,
    Pick,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    ValueTest,
)
from muster.compiler.plan import (
    EventScan,
    Having,
    InScan,
    Plan,
    PlanAnd,
    PlanNot,
    PlanOr,
    SequenceScan,
)
from muster.compiler.planner import plan
from tests.cases import at, compare, metric, num, prop, text, trait, within

PRO = compare(trait("plan"), "eq", text("pro"))
OLD = compare(trait("age"), "gt", num(30))
BUY = Events(("buy",))
SUM = Reduce("sum", ("amount",))
AVG = Reduce("avg", ("amount",))
PERIODS = Periods(of=4, unit="w", calendar=False, minimum=1)
AT_LEAST_ONE = Compare("gte", num(1))


def planned(expr: Expr) -> Plan:
    return plan(expr, expr)


def scan(having: Having | None) -> EventScan:
    return EventScan(BUY, TRUE, EVER, having)


def test_a_plan_keeps_the_rule_as_it_was_lowered() -> None:
    assert plan(Not(Not(PRO)), PRO).expr == Not(Not(PRO))


def test_groups_and_atoms_are_taken_over() -> None:
    assert planned(And((PRO, Or((OLD, TRUE))))).condition == PlanAnd((PRO, PlanOr((OLD, Const(value=True)))))


def test_negation_ends_at_the_atoms() -> None:
    condition = planned(Not(And((PRO, Not(Or((OLD, FALSE))))))).condition

    assert condition == PlanOr((PlanNot(PRO), PlanOr((OLD, Const(value=False)))))


@pytest.mark.parametrize("atom", [Sample("s", Decimal(10)), StageEntered("churned", EVER)])
def test_other_atoms_are_complemented_as_they_are(atom: Expr) -> None:
    assert planned(Not(atom)).condition == PlanNot(atom)  # type: ignore[arg-type]  # both are plan atoms


def test_a_broken_reference_matches_nobody_in_both_polarities() -> None:
    assert planned(Broken("VIP")).condition == Const(value=False)
    assert planned(Not(Broken("VIP"))).condition == Const(value=False)
    assert planned(Not(And((PRO, Broken("VIP"))))).condition == PlanOr((PlanNot(PRO), Const(value=False)))


def test_one_event_is_enough_for_having_done_something() -> None:
    made = planned(metric(Count(), AT_LEAST_ONE))

    assert made.scans == (scan(None),)
    assert made.condition == InScan(0)


@pytest.mark.parametrize(
    ("op", "number", "wanted"),
    [("lt", 1, False), ("lte", 0, False), ("eq", 0, False), ("gt", 0, True), ("gt", "0.5", True), ("gte", "0.1", True)],
)
def test_tests_that_any_count_from_one_on_passes_or_fails_need_no_counting(
    *, op: Ordering, number: int | str, wanted: bool
) -> None:
    made = planned(metric(Count(), Compare(op, num(number))))

    assert made.scans == (scan(None),)
    assert made.condition == (InScan(0) if wanted else PlanNot(InScan(0)))


@pytest.mark.parametrize("reducer", [Count(), SUM, Distinct(("amount",)), PERIODS])
@pytest.mark.parametrize(
    ("test", "zero_passes"),
    [
        (Compare("gte", num(3)), False),
        (Compare("lt", num(3)), True),
        (Compare("eq", num(3)), False),
        (Compare("lte", num(-1)), False),
        (Compare("gt", num(-1)), True),
        (within(num(0), num(2), closed=True), True),
        (within(num(-2), num(0)), False),
        (within(num(-2), num(0), closed=True), True),
        (within(num(2), None), False),
        (within(None, num(2)), True),
        (OneOf("num", (Decimal(1), Decimal(2))), False),
        (OneOf("num", (Decimal(0), Decimal(2))), True),
    ],
)
def test_a_test_that_zero_passes_is_the_complement_of_a_scan(
    *, reducer: Reducer, test: ValueTest, zero_passes: bool
) -> None:
    made = planned(metric(reducer, test))
    negated = planned(Not(metric(reducer, test)))

    assert made.scans == negated.scans == (scan(Having(reducer, test, negated=zero_passes)),)
    assert made.condition == (PlanNot(InScan(0)) if zero_passes else InScan(0))
    assert negated.condition == (InScan(0) if zero_passes else PlanNot(InScan(0)))


@pytest.mark.parametrize(
    ("reducer", "test"),
    [
        (AVG, Compare("lt", num(3))),
        (Reduce("min", ("amount",)), Compare("gte", num(3))),
        (Reduce("max", ("amount",)), within(None, num(3))),
        (Pick("first", ("amount",)), Compare("lt", num(3))),
        (EdgeTime("last"), within(None, at(5))),
    ],
)
def test_what_has_no_value_over_nothing_is_always_a_scan(reducer: Reducer, test: ValueTest) -> None:
    made = planned(metric(reducer, test))

    assert made.scans == (scan(Having(reducer, test)),)
    assert made.condition == InScan(0)
    assert planned(Not(metric(reducer, test))).condition == PlanNot(InScan(0))


def test_a_largest_value_above_a_bound_is_a_scan_for_one_event() -> None:
    dear = compare(prop("amount"), "gt", num(3))
    made = planned(metric(Reduce("max", ("amount",)), Compare("gt", num(3))))

    assert made.scans == (replace(scan(None), where=dear),)
    assert made.scans == planned(metric(Count(), Compare("gte", num(1)), where=dear)).scans
    assert planned(Not(metric(Reduce("max", ("amount",)), Compare("gt", num(3))))).condition == PlanNot(InScan(0))


def test_a_number_never_passes_a_test_of_another_kind() -> None:
    assert planned(metric(Count(), Compare("eq", text("3")))).condition == Const(value=False)
    assert planned(Not(metric(Count(), OneOf("str", ("3",))))).condition == Const(value=True)


def test_a_threshold_of_ones_own_is_compared_with_zero_outside_the_scan() -> None:
    limit = trait("limit")
    made = planned(metric(Count(), ComparePair("lt", limit)))
    zero_passes = FieldTest(limit, Compare("gt", num(0)))

    assert made.scans == (scan(Having(Count(), ComparePair("lt", limit))), scan(None))
    assert made.condition == PlanOr((InScan(0), PlanAnd((PlanNot(InScan(1)), zero_passes))))
    assert planned(Not(metric(Count(), ComparePair("lt", limit)))).condition == PlanAnd(
        (PlanNot(InScan(0)), PlanOr((InScan(1), PlanNot(zero_passes))))
    )


@pytest.mark.parametrize("reducer", [Distinct(("amount",)), PERIODS])
def test_events_without_a_value_leave_a_count_at_zero(reducer: Reducer) -> None:
    made = planned(metric(reducer, ComparePair("eq", trait("limit"))))

    assert made.scans[1] == scan(Having(reducer, AT_LEAST_ONE))


def test_a_threshold_of_ones_own_is_not_met_by_a_missing_value() -> None:
    assert planned(metric(AVG, ComparePair("lt", trait("limit")))).condition == InScan(0)


def test_equal_scans_are_planned_once() -> None:
    often = metric(Count(), Compare("gte", num(3)))
    seldom = metric(Count(), Compare("lt", num("3.0")))
    made = planned(And((often, Or((Not(often), metric(Count(), AT_LEAST_ONE))), seldom)))

    assert [each.having for each in made.scans if isinstance(each, EventScan)] == [
        Having(Count(), Compare("gte", num(3))),
        None,
        Having(Count(), Compare("lt", num(3)), negated=True),
    ]


def test_a_sequence_is_a_scan() -> None:
    steps = (SequenceStep(BUY, TRUE), SequenceStep(BUY, TRUE, within=1))
    sequence = SequenceMatch(steps, EVER, SequenceStep(BUY, TRUE))
    made = planned(Not(sequence))

    assert made.scans == (SequenceScan(steps, EVER, SequenceStep(BUY, TRUE)),)
    assert made.condition == PlanNot(InScan(0))
