"""What follows from what; and by a counterexample for each condition, that the law without it is false."""

from __future__ import annotations

import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.expr import (
    FALSE,
    TRUE,
    Broken,
    Compare,
    Count,
    ElementTest,
    Expr,
    FieldTest,
    IsList,
    Not,
    OneOf,
    Present,
    Range,
    Sample,
    StageEntered,
    TimeWindow,
)
from muster.compiler.implication import Oracle, implies
from muster.compiler.moments import FromAsOf, PeriodStart
from tests.cases import CLOCK, DAY, compare, elem, last, metric, num, person, text, trait
from tests.dice import SeededDice
from tests.expr_people import case
from tests.expr_strategies import atom
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes, is_in

AGED_20 = compare(trait("age"), "gte", num(20))
LATELY = metric(Count(), Compare("gte", num(1)), window=last(7 * DAY))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (PRO, PRO),
        (PRO, TRUE),
        (FALSE, PRO),
        (AGED_20, ADULT),
        (Not(ADULT), Not(AGED_20)),
        (LATELY, BOUGHT),
        (Not(BOUGHT), Not(LATELY)),
        (all_of(PRO, AGED_20), ADULT),
        (AGED_20, any_of(PRO, ADULT)),
        (any_of(AGED_20, PRO), any_of(PRO, ADULT)),
        (all_of(AGED_20, PRO), all_of(PRO, ADULT)),
        (ElementTest(trait("items"), TRUE), FieldTest(trait("items"), Present())),
        (ElementTest(trait("items"), compare(elem("p"), "gt", num(5))), ElementTest(trait("items"), TRUE)),
        (Sample("s", num(5).value), Sample("s", num(6).value)),  # type: ignore[arg-type] # a number's value is a number
        (StageEntered("new", last(DAY)), StageEntered("new", last(2 * DAY))),
    ],
)
def test_what_follows(given: Expr, wanted: Expr) -> None:
    assert implies(given, wanted)
    assert Oracle().follows_from(wanted, given)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (ADULT, AGED_20),
        (Not(AGED_20), Not(ADULT)),
        (Not(ADULT), compare(trait("age"), "lt", num(18))),  # a missing age
        (compare(trait("age"), "lt", num(18)), Not(ADULT)),  # a list of ages
        (BOUGHT, LATELY),
        (ADULT, compare(trait("height"), "gte", num(1))),
        (any_of(AGED_20, PRO), ADULT),
        (Broken("Gone"), PRO),
        (Not(Broken("Gone")), Not(PRO)),
        (ElementTest(trait("items"), TRUE, every=True), FieldTest(trait("items"), Present())),
        (ElementTest(trait("items"), TRUE, every=True), ElementTest(trait("items"), TRUE)),
        (FieldTest(trait("items"), IsList()), ElementTest(trait("items"), TRUE)),
        (Sample("s", num(5).value), Sample("t", num(6).value)),  # type: ignore[arg-type] # a number's value is a number
        (StageEntered("new", last(DAY)), StageEntered("active", last(DAY))),
    ],
)
def test_what_does_not_follow(given: Expr, wanted: Expr) -> None:
    assert not implies(given, wanted)


def test_ranges_exclude_each_other_in_single_fields_only() -> None:
    few, many = compare(trait("tags", size=True), "lt", num(2)), compare(trait("tags", size=True), "gt", num(5))
    young = compare(trait("age"), "lt", num(2))

    assert Oracle().exclude(few, many)
    assert not Oracle().exclude(few, few)
    assert not Oracle().exclude(young, ADULT)
    assert includes(all_of(young, ADULT), {"age": [1, 40]})


def test_a_member_and_what_its_complement_gives_cover_everybody() -> None:
    assert Oracle().cover(Not(AGED_20), ADULT)
    assert not Oracle().cover(ADULT, compare(trait("age"), "lt", num(18)))
    assert not includes(any_of(ADULT, compare(trait("age"), "lt", num(18))), {})


def test_a_deleted_audience_keeps_no_law_of_complements() -> None:
    gone = Broken("Gone")

    assert not Oracle().exclude(gone, Not(gone))
    assert not Oracle().cover(gone, Not(gone))


def test_after_so_many_pairs_nothing_is_known() -> None:
    oracle = Oracle(pairs=2)

    assert [oracle.implies(AGED_20, ADULT) for _ in range(3)] == [True, True, False]
    assert oracle.is_spent
    assert not oracle.exclude(LATELY, Not(BOUGHT))
    assert not oracle.cover(Not(LATELY), BOUGHT)


def test_deep_groups_are_not_looked_into() -> None:
    deep: Expr = AGED_20
    for _ in range(2_000):
        deep = all_of(any_of(deep, PRO), PRO)

    assert not implies(deep, ADULT)


def test_which_window_is_longer_may_hang_on_the_clock() -> None:
    month, today = (
        metric(Count(), Compare("gte", num(1)), window=TimeWindow(start))
        for start in (FromAsOf(-1), PeriodStart("day"))
    )
    thirty_days, one_day = (metric(Count(), Compare("gte", num(1)), window=last(days * DAY)) for days in (30, 1))

    assert not implies(thirty_days, month)
    assert not implies(month, thirty_days)
    assert not implies(one_day, today)


def test_an_answer_is_right_for_everybody() -> None:
    answers = 0
    for seed in range(3_000):
        dice = SeededDice(seed)
        tried, people = case(dice, people=4, with_broken=False)
        given, wanted = tried, atom(dice, with_broken=False)
        pairs = [(given, wanted), *((one, other) for one in _args(tried) for other in _args(tried) if one is not other)]
        for one, other in pairs:
            if implies(one, other):
                answers += 1
                for scene in people:
                    assert holds(other, scene) or not holds(one, scene)

    assert answers > 300


def _args(expr: Expr) -> tuple[Expr, ...]:
    return getattr(expr, "args", ())


def test_lists_hold_values_in_different_ranges() -> None:
    between, outside = FieldTest(trait("n"), Range("num", num(0), num(1))), [-1, 2]
    both = all_of(compare(trait("n"), "gte", num(0)), compare(trait("n"), "lt", num(1)))

    assert implies(between, both)
    assert not implies(both, between)
    assert includes(both, {"n": outside})
    assert not includes(between, {"n": outside})


def test_values_follow_from_lists_of_fewer_values() -> None:
    either = FieldTest(trait("plan"), OneOf("str", ("pro", "free")))

    assert implies(PRO, either)
    assert implies(Not(either), Not(is_in("free")))
    assert not implies(either, PRO)
    assert holds(either, Scene(person({"plan": "free"}), (), CLOCK))
    assert implies(compare(trait("plan"), "eq", text("pro")), PRO)
