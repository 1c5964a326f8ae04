from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    Count,
    ElementTest,
    EventMetric,
    Events,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Present,
    SequenceMatch,
    SequenceStep,
    canonical_key,
)
from muster.compiler.normal_form import fingerprint, is_everyone, is_nobody, normalise
from muster.compiler.passes import run_passes
from tests.cases import elem, metric, num, prop, text, trait
from tests.dice import Dice, DrawnDice, SeededDice, between, chance, pick, sample
from tests.expr_people import case, cases
from tests.expr_strategies import expr as random_expr
from tests.expr_strategies import exprs
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in


# --- rules that differ in their writing only ------------------------------------------------------------------
def disguised(dice: Dice, expr: Expr) -> Expr:
    """Write an expression another way: members in another order, repeated or nested, and negations moved."""
    match expr:
        case And(args) | Or(args):
            members = [disguised(dice, arg) for arg in args]
            if members and chance(dice, 30):
                members.append(disguised(dice, pick(dice, args)))
            written = _regrouped(dice, type(expr), sample(dice, members, len(members)))
        case Not(arg):
            written = Not(disguised(dice, arg))
        case ElementTest(where=where):
            written = replace(expr, where=disguised(dice, where), origin=None)
        case EventMetric(where=where, events=events, test=test):
            shuffled = Events(sample(dice, events.names, len(events.names)))
            written = replace(expr, where=disguised(dice, where), events=shuffled, test=_reordered(dice, test))
        case FieldTest(test=test):
            written = replace(expr, test=_reordered(dice, test))
        case SequenceMatch(steps=steps):
            written = replace(expr, steps=tuple(replace(step, where=disguised(dice, step.where)) for step in steps))
        case _:
            written = expr
    return Not(Not(written)) if chance(dice, 10) else written


def _regrouped(dice: Dice, kind: type[And | Or], members: tuple[Expr, ...]) -> Expr:
    if len(members) > 2 and chance(dice, 40):
        cut = between(dice, 1, len(members) - 1)
        members = (_regrouped(dice, kind, members[:cut]), *members[cut:])
    if chance(dice, 15):
        members = (kind(members),)
    if chance(dice, 20):
        opposite = Or if kind is And else And
        return Not(opposite(tuple(map(Not, members))))
    return kind(members)


def _reordered(dice: Dice, test: Any) -> Any:
    if not isinstance(test, OneOf):
        return test
    again = sample(dice, test.values, 1)
    return OneOf(test.kind, sample(dice, (*test.values, *again), len(test.values) + 1))


@st.composite
def disguises(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Expr, Expr]:
    dice = DrawnDice(draw)
    written = random_expr(dice)
    return written, disguised(dice, written)


@given(disguises())
def test_order_repetition_nesting_and_negation_do_not_change_the_fingerprint(pair: tuple[Expr, Expr]) -> None:
    written, otherwise = pair

    assert normalise(otherwise) == normalise(written)
    assert fingerprint(otherwise) == fingerprint(written)


def test_no_disguise_of_many_changes_the_fingerprint() -> None:
    for seed in range(500):
        dice = SeededDice(seed)
        written = random_expr(dice)

        assert fingerprint(disguised(dice, written)) == fingerprint(written), seed


def test_the_passes_alone_would_not_see_through_every_disguise() -> None:
    differing = 0
    for seed in range(500):
        dice = SeededDice(seed)
        written = random_expr(dice)
        differing += run_passes(disguised(dice, written)) != run_passes(written)

    assert differing > 100


@given(cases())
def test_the_normal_form_means_the_same(case: tuple[Expr, list[Scene]]) -> None:
    written, people = case

    for scene in people:
        assert holds(normalise(written), scene) == holds(written, scene)


@given(exprs())
def test_a_normal_form_is_its_own(written: Expr) -> None:
    once = normalise(written)

    assert normalise(once) == once


def test_equal_fingerprints_mean_equal_audiences() -> None:
    by_fingerprint: dict[str, list[Expr]] = {}
    for seed in range(1_500):
        written = random_expr(SeededDice(seed))
        by_fingerprint.setdefault(fingerprint(written), []).append(written)
    shared = [group for group in by_fingerprint.values() if len(group) > 1]
    people = [scene for seed in range(20) for scene in case(SeededDice(seed), people=2)[1]]

    assert len(shared) > 1
    for group in shared:
        for scene in people:
            assert len({holds(written, scene) for written in group[:5]}) == 1


# --- single cases ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("one", "other"),
    [
        (all_of(PRO, ADULT), all_of(ADULT, PRO, ADULT)),
        (all_of(all_of(PRO, ADULT), BOUGHT), all_of(PRO, all_of(ADULT, BOUGHT))),
        (Not(all_of(PRO, ADULT)), any_of(Not(PRO), Not(ADULT))),
        (Not(Not(PRO)), PRO),
        (any_of(is_in("a"), is_in("b")), FieldTest(trait("plan"), OneOf("str", ("b", "a", "b")))),
        (FieldTest(trait("plan"), OneOf("str", ("pro",))), PRO),
        (
            metric(Count(), Compare("gte", num(1)), names=("a", "b")),
            metric(Count(), Compare("gte", num("1.0")), names=("b", "a", "a")),
        ),
        (FieldTest(trait("age"), Compare("gt", num("-0"))), FieldTest(trait("age"), Compare("gt", num("0.00")))),
        (all_of(PRO, any_of(PRO, BOUGHT)), PRO),
        (any_of(PRO, Broken("Gone")), PRO),
    ],
)
def test_two_ways_to_write_one_audience(one: Expr, other: Expr) -> None:
    assert normalise(one) == normalise(other)
    assert fingerprint(one) == fingerprint(other)


def test_conditions_inside_atoms_are_compared_in_order_before_their_groups() -> None:
    # Each side needs the order inside `where` first: only then are the two events one member.
    euro, dear = (
        FieldTest(prop("currency"), Compare("eq", text("EUR"))),
        FieldTest(prop("amount"), Compare("gt", num(5))),
    )
    one = metric(Count(), Compare("eq", num(1)), where=all_of(euro, dear))
    other = metric(Count(), Compare("eq", num(1)), where=all_of(dear, euro))
    two = metric(Count(), Compare("eq", num(2)), where=all_of(euro, dear))

    assert normalise(any_of(two, one, all_of(other, PRO))) == normalise(any_of(one, two))


def test_steps_of_sequences_are_put_in_order_inside_and_kept_in_order_outside() -> None:
    euro, dear = FieldTest(prop("currency"), Present()), FieldTest(prop("amount"), Compare("gt", num(5)))
    first = SequenceStep(Events(("b", "a")), all_of(euro, dear))
    second = SequenceStep(Events(("c",)), TRUE, within=5)
    written = SequenceMatch((first, second), EVER, replace(first, within=7))
    otherwise = SequenceMatch(
        (replace(first, events=Events(("a", "b")), where=all_of(dear, euro)), second), EVER, replace(first, within=7)
    )

    assert fingerprint(written) == fingerprint(otherwise)
    assert fingerprint(written) != fingerprint(replace(written, steps=(second, first)))


def test_different_audiences_have_different_fingerprints() -> None:
    different: list[Expr] = [
        PRO,
        Not(PRO),
        is_in("Pro"),
        is_in("pro", key="Plan"),
        FieldTest(trait("plan", size=True), Compare("eq", num(1))),
        FieldTest(trait("plan"), Compare("eq", num(1))),
        FieldTest(trait("plan"), Compare("eq", text("1"))),
        FieldTest(elem("plan"), Compare("eq", text("pro"))),
        all_of(PRO, ADULT),
        any_of(PRO, ADULT),
        ElementTest(trait("plan"), TRUE),
        ElementTest(trait("plan"), TRUE, every=True),
        TRUE,
        FALSE,
    ]

    assert len({fingerprint(expr) for expr in different}) == len(different)


def test_a_fingerprint_never_changes() -> None:
    # Stored beside audiences: a change here is a change of format, and wants a decision record.
    assert fingerprint(all_of(PRO, any_of(ADULT, Not(BOUGHT)))) == (
        "6538ea7f4cfc32ad4c92f479acecf3cedfc3764af3efc9b3312b45f63cbccbde"
    )


def test_a_fingerprint_is_the_key_of_the_normal_form() -> None:
    assert fingerprint(Not(Not(PRO))) == canonical_key(PRO)


def test_places_do_not_count() -> None:
    assert fingerprint(is_in("pro", at=5)) == fingerprint(is_in("pro", at=9))


def test_everyone_and_nobody_are_seen() -> None:
    never = metric(Count(), Compare("lt", num(0)))

    assert is_everyone(any_of(PRO, Not(PRO)))
    assert is_everyone(Not(all_of(BOUGHT, never)))
    assert is_nobody(all_of(ADULT, never))
    assert is_nobody(Broken("Gone"))
    assert is_nobody(Not(Broken("Gone")))
    assert not is_everyone(PRO)
    assert not is_nobody(PRO)
    assert not is_everyone(any_of(ADULT, FieldTest(ADULT.target, Compare("lt", num(18)))))


def test_everyone_in_another_order_is_seen() -> None:
    euro, dear = FieldTest(prop("currency"), Present()), FieldTest(prop("amount"), Compare("gt", num(5)))
    one, other = (
        SequenceMatch((SequenceStep(Events(("buy",)), where), SequenceStep(Events(("see",)), TRUE)), EVER)
        for where in (all_of(euro, dear), all_of(dear, euro))
    )

    assert is_everyone(any_of(one, Not(other)))
    assert run_passes(any_of(one, Not(other))) != TRUE
