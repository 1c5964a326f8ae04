from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    Compare,
    ComparePair,
    Count,
    Distinct,
    EdgeTime,
    ElementTest,
    Events,
    Expr,
    Field,
    FieldTest,
    IsBlank,
    Not,
    OneOf,
    Periods,
    Pick,
    Present,
    Range,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    ValueTest,
)
from muster.compiler.moments import FromAsOf
from muster.compiler.passes.fold_constants import fold_constants
from tests.cases import at, compare, elem, event, metric, num, prop, text, trait, within
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes, is_in

COUNT = Count()
DISTINCT = Distinct(("sku",))
SUM = Reduce("sum", ("amount",))
WEEKS = Periods(of=4, unit="w", calendar=False, minimum=1)


def numbers(*values: str | int) -> OneOf:
    return OneOf("num", tuple(Decimal(value) for value in values))


# --- groups ---------------------------------------------------------------------------------------------------
def test_constants_leave_a_group_or_decide_it() -> None:
    assert fold_constants(all_of(PRO, TRUE, ADULT)) == all_of(PRO, ADULT)
    assert fold_constants(all_of(PRO, FALSE)) == FALSE
    assert fold_constants(any_of(PRO, FALSE, ADULT)) == any_of(PRO, ADULT)
    assert fold_constants(any_of(PRO, TRUE)) == TRUE
    assert fold_constants(all_of(TRUE, TRUE)) == TRUE
    assert fold_constants(any_of(FALSE, FALSE)) == FALSE
    assert fold_constants(all_of(PRO, TRUE)) == PRO


def test_constants_go_up_through_groups_and_nots() -> None:
    assert fold_constants(any_of(PRO, all_of(ADULT, Not(any_of(BOUGHT, TRUE))))) == PRO


def test_a_group_that_is_left_joins_the_one_around_it() -> None:
    assert fold_constants(any_of(PRO, all_of(TRUE, any_of(ADULT, BOUGHT)))) == any_of(PRO, ADULT, BOUGHT)


def test_what_holds_no_constant_stays_the_same_object() -> None:
    whole = any_of(PRO, all_of(Not(ADULT), BOUGHT), StageEntered("new", EVER))

    assert fold_constants(whole) is whole


# --- counts ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("reducer", [COUNT, DISTINCT, WEEKS])
@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (Compare("gte", num(0)), TRUE),
        (Compare("gt", num(-1)), TRUE),
        (Compare("gte", num("-0.5")), TRUE),
        (within(num(0), None), TRUE),
        (within(num(-3), None), TRUE),
        (Compare("lt", num(0)), FALSE),
        (Compare("lte", num(-1)), FALSE),
        (Compare("eq", num(-1)), FALSE),
        (Compare("eq", num("1.5")), FALSE),
        (within(num("1.1"), num("1.9"), closed=True), FALSE),
        (within(num(-5), num(0)), FALSE),
        (within(num(3), num(2), closed=True), FALSE),
        (numbers("0.5", -2), FALSE),
    ],
)
def test_a_count_is_decided_over_the_whole_numbers(reducer: Reducer, test: ValueTest, expected: Expr) -> None:
    assert fold_constants(metric(reducer, test)) == expected


@pytest.mark.parametrize(
    "test",
    [
        Compare("gte", num("0.5")),
        Compare("gt", num(0)),
        Compare("lt", num(1)),
        Compare("lte", num(0)),
        Compare("eq", num(0)),
        within(num(0), num(0), closed=True),
        within(num("0.5"), num("1.5")),
        within(None, num(3)),
        numbers(0, "0.5"),
        ComparePair("gte", trait("goal")),
    ],
)
def test_a_count_that_hangs_on_the_data_stays(test: ValueTest) -> None:
    undecided = metric(COUNT, test)

    assert fold_constants(undecided) is undecided


def test_periods_are_counted_up_to_their_number() -> None:
    assert fold_constants(metric(WEEKS, Compare("lte", num(4)))) == TRUE
    assert fold_constants(metric(WEEKS, within(num(0), num(5)))) == TRUE
    assert fold_constants(metric(WEEKS, numbers(0, 1, 2, 3, 4))) == TRUE
    assert fold_constants(metric(WEEKS, Compare("gt", num(4)))) == FALSE
    assert fold_constants(metric(WEEKS, Compare("gte", num(4)))) == metric(WEEKS, Compare("gte", num(4)))
    assert fold_constants(metric(COUNT, Compare("lte", num(4)))) == metric(COUNT, Compare("lte", num(4)))


def test_a_sum_is_no_count_because_of_refunds() -> None:
    never_negative = metric(SUM, Compare("gte", num(0)))

    assert fold_constants(never_negative) is never_negative
    assert not includes(never_negative, {}, event(1, {"amount": -5}))


def test_a_size_is_missing_without_a_list() -> None:
    sized = compare(trait("tags", size=True), "gte", num(0))

    assert fold_constants(sized) is sized
    assert not includes(sized, {"tags": "x"})
    assert fold_constants(compare(trait("tags", size=True), "lt", num(0))) == FALSE
    assert fold_constants(compare(trait("tags"), "lt", num(0))) == compare(trait("tags"), "lt", num(0))


def test_a_long_list_of_counts_is_decided_quickly() -> None:
    halves = OneOf("num", tuple(Decimal(number) + Decimal("0.5") for number in range(10_000)))

    assert fold_constants(metric(COUNT, halves)) == FALSE


# --- conditions that are nobody -------------------------------------------------------------------------------
@pytest.mark.parametrize("reducer", [COUNT, DISTINCT, SUM, WEEKS])
def test_a_count_or_sum_of_no_events_is_0(reducer: Reducer) -> None:
    none = metric(reducer, Compare("lt", num(1)), where=FALSE)
    some = metric(reducer, Compare("gt", num(0)), where=FALSE)

    assert fold_constants(none) == TRUE
    assert fold_constants(some) == FALSE


def test_periods_that_need_no_event_are_all_full() -> None:
    idle = replace(WEEKS, minimum=0)

    assert fold_constants(metric(idle, Compare("eq", num(4)), where=FALSE)) == TRUE


def test_other_metrics_of_no_events_pass_no_test() -> None:
    for reducer in (Reduce("avg", ("amount",)), Reduce("min", ("amount",)), Reduce("max", ("amount",))):
        assert fold_constants(metric(reducer, Compare("lt", num(1)), where=FALSE)) == FALSE
    assert fold_constants(metric(Pick("first", ("x",)), IsBlank(), where=FALSE)) == FALSE
    assert fold_constants(metric(Pick("last", ("x",)), Present(), where=FALSE)) == FALSE
    since = Range("time", at(0), None)
    assert fold_constants(metric(EdgeTime("first"), since, where=FALSE)) == FALSE


def test_a_count_of_no_events_against_a_trait_hangs_on_the_trait() -> None:
    below_goal = metric(COUNT, ComparePair("lt", trait("goal")), where=FALSE)

    assert fold_constants(below_goal) is below_goal
    assert includes(below_goal, {"goal": 1})
    assert not includes(below_goal, {})


def test_conditions_are_folded_before_the_atom_around_them() -> None:
    never = FieldTest(prop("amount"), within(num(9), num(1), closed=True))
    bought = metric(COUNT, Compare("gte", num(1)), where=all_of(FieldTest(prop("sku"), Present()), never))

    assert fold_constants(bought) == FALSE
    assert fold_constants(replace(bought, where=any_of(never, TRUE))) == replace(bought, where=TRUE)


def test_no_element_passes_a_condition_that_is_nobody() -> None:
    some = ElementTest(trait("items"), FALSE)

    assert fold_constants(some) == FALSE
    assert fold_constants(Not(some)) == TRUE


def test_each_of_no_elements_passes_a_condition_that_is_nobody() -> None:
    each = ElementTest(trait("items"), FALSE, every=True)

    assert fold_constants(each) is each
    assert includes(each, {})
    assert not includes(each, {"items": [{}]})


def test_some_element_does_not_exist_for_everyone() -> None:
    some = ElementTest(trait("items"), TRUE)
    each = ElementTest(trait("items"), TRUE, every=True)

    assert fold_constants(some) is some
    assert not includes(some, {})
    assert fold_constants(each) is each
    assert not includes(each, {"items": [["nested"]]})


def test_a_sequence_with_an_impossible_step_never_happens() -> None:
    first, second = SequenceStep(Events(("a",)), TRUE), SequenceStep(Events(("b",)), FALSE)

    assert fold_constants(SequenceMatch((first, second), EVER)) == FALSE


def test_an_impossible_final_not_still_waits_for_its_time_to_run_out() -> None:
    first = SequenceStep(Events(("buy",)), TRUE)
    absent = SequenceStep(Events(("see",)), FALSE, within=10)
    waiting = SequenceMatch((first,), EVER, absent)

    assert fold_constants(waiting) is waiting
    assert includes(waiting, {}, event(1))
    assert not includes(replace(waiting, absent=replace(absent, within=10**18)), {}, event(1))


# --- impossible tests -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "test",
    [
        within(num(9), num(1), closed=True),
        within(num(1), num(1)),
        within(text("b"), text("a"), closed=True),
        within(text("a"), text("a")),
        within(at(2), at(1), closed=True),
        within(at(1), at(1)),
        OneOf("str", ()),
    ],
)
def test_bounds_that_nothing_meets_are_nobody(test: ValueTest) -> None:
    assert fold_constants(FieldTest(trait("x"), test)) == FALSE
    assert fold_constants(metric(Pick("first", ("x",)), test)) == FALSE
    assert fold_constants(metric(Reduce("avg", ("x",)), test)) == FALSE


@pytest.mark.parametrize(
    "test",
    [
        within(num(1), num(1), closed=True),
        within(text("a"), text("a"), closed=True),
        within(text("Z"), text("a")),
        within(num(1), None),
        Range("time", at(5), replace(at(5), value=FromAsOf())),
        Range("time", replace(at(5), value=FromAsOf()), at(5)),
    ],
)
def test_bounds_that_something_may_meet_stay(test: ValueTest) -> None:
    atom = FieldTest(trait("x"), test)

    assert fold_constants(atom) is atom


def test_two_tests_that_exclude_each_other_may_be_met_by_two_elements() -> None:
    apart = all_of(compare(trait("x"), "gt", num(9)), compare(trait("x"), "lt", num(1)))

    assert fold_constants(apart) is apart
    assert includes(apart, {"x": [0, 10]})
    assert not includes(FieldTest(trait("x"), within(num(9), num(1))), {"x": [0, 10]})


# --- lists and samples ----------------------------------------------------------------------------------------
def test_values_that_stand_twice_are_dropped() -> None:
    assert fold_constants(FieldTest(trait("x"), numbers(2, 1, "2.0"))) == FieldTest(trait("x"), numbers(2, 1))
    assert fold_constants(metric(COUNT, numbers(2, 1, 2))) == metric(COUNT, numbers(2, 1))


def test_a_list_of_one_value_is_an_equality() -> None:
    assert fold_constants(FieldTest(trait("plan"), OneOf("str", ("pro", "pro")))) == is_in("pro")
    assert fold_constants(metric(COUNT, numbers(2))) == metric(COUNT, Compare("eq", num(2)))


@pytest.mark.parametrize(
    ("percent", "expected"),
    [("0", FALSE), ("100", TRUE), ("99.995", TRUE)],
)
def test_a_sample_of_none_or_all_is_decided(percent: str, expected: Expr) -> None:
    assert fold_constants(Sample("salt", Decimal(percent))) == expected


@pytest.mark.parametrize("percent", ["0.001", "12.5", "99.99"])
def test_a_sample_of_some_stays(percent: str) -> None:
    some = Sample("salt", Decimal(percent))

    assert fold_constants(some) is some


def test_element_conditions_are_folded_inside() -> None:
    never = FieldTest(elem("price"), OneOf("num", ()))

    assert fold_constants(ElementTest(Field("trait", ("items",)), any_of(never, PRO))) == ElementTest(
        Field("trait", ("items",)), PRO
    )
