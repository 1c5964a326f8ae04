from __future__ import annotations

from decimal import Decimal
from typing import get_args

from muster.compiler.expr import (
    EVER,
    TRUE,
    Atom,
    Broken,
    Compare,
    ElementTest,
    Events,
    FieldTest,
    Not,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
)
from muster.compiler.passes.order_by_cost import _COST, order_by_cost
from tests.cases import elem, num, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in

SMALL = FieldTest(elem("price"), Compare("lt", num(5)))
ITEMS = ElementTest(trait("items"), SMALL)
STEPS = SequenceMatch((SequenceStep(Events(("a",)), TRUE), SequenceStep(Events(("b",)), TRUE)), EVER)
ENTERED = StageEntered("churned", EVER)
SHARE = Sample("salt", Decimal(5))


def test_the_four_classes_stand_in_order() -> None:
    assert order_by_cost(all_of(STEPS, BOUGHT, ITEMS, PRO)) == all_of(PRO, ITEMS, BOUGHT, STEPS)
    assert order_by_cost(any_of(STEPS, Not(BOUGHT), Not(ITEMS), Not(PRO))) == any_of(
        Not(PRO), Not(ITEMS), Not(BOUGHT), STEPS
    )


def test_the_authors_order_stays_within_a_class() -> None:
    assert order_by_cost(all_of(BOUGHT, SHARE, ADULT, ENTERED, Broken("Gone"), PRO)) == all_of(
        SHARE, ADULT, Broken("Gone"), PRO, BOUGHT, ENTERED
    )


def test_a_group_is_as_dear_as_its_dearest_member() -> None:
    assert order_by_cost(all_of(any_of(PRO, BOUGHT), ITEMS, any_of(PRO, ADULT))) == all_of(
        any_of(PRO, ADULT), ITEMS, any_of(PRO, BOUGHT)
    )


def test_conditions_inside_atoms_are_ordered() -> None:
    inner = ElementTest(elem("tags"), SMALL)

    assert order_by_cost(ElementTest(trait("items"), all_of(inner, SMALL))) == ElementTest(
        trait("items"), all_of(SMALL, inner)
    )


def test_an_empty_group_costs_nothing() -> None:
    assert order_by_cost(all_of(BOUGHT, any_of())) == all_of(any_of(), BOUGHT)


def test_every_atom_has_a_cost() -> None:
    assert set(get_args(Atom)) <= set(_COST)


def test_what_is_in_order_stays_the_same_object() -> None:
    ordered = all_of(is_in("a"), any_of(PRO, ADULT), BOUGHT)

    assert order_by_cost(ordered) is ordered
