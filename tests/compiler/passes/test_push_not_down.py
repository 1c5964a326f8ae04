from __future__ import annotations

from dataclasses import replace

from muster.compiler.expr import FALSE, TRUE, Broken, Compare, ElementTest, Expr, FieldTest, Not
from muster.compiler.passes.push_not_down import push_not_down
from tests.cases import elem, num, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes


def test_a_not_over_a_group_goes_to_its_members() -> None:
    assert push_not_down(Not(all_of(PRO, any_of(ADULT, BOUGHT)))) == any_of(Not(PRO), all_of(Not(ADULT), Not(BOUGHT)))


def test_two_nots_are_none() -> None:
    assert push_not_down(Not(Not(PRO))) == PRO
    assert push_not_down(Not(Not(Not(all_of(PRO, Not(ADULT)))))) == any_of(Not(PRO), ADULT)


def test_not_everyone_is_nobody() -> None:
    assert push_not_down(all_of(Not(TRUE), Not(FALSE))) == all_of(FALSE, TRUE)


def test_empty_groups_turn_round() -> None:
    assert push_not_down(Not(all_of())) == any_of()


def test_a_not_over_a_deleted_audience_goes() -> None:
    gone = Broken("Gone")

    assert push_not_down(Not(gone)) == gone
    assert push_not_down(Not(all_of(PRO, gone))) == any_of(Not(PRO), gone)


def test_conditions_inside_atoms_start_afresh() -> None:
    small = FieldTest(elem("price"), Compare("lt", num(5)))
    some = ElementTest(trait("items"), Not(all_of(small, Not(Not(small)))))

    assert push_not_down(Not(some)) == Not(replace(some, where=any_of(Not(small), Not(small))))


def test_what_is_settled_stays_the_same_object() -> None:
    settled = all_of(PRO, any_of(Not(ADULT), BOUGHT))

    assert push_not_down(settled) is settled


def test_a_deep_chain_of_nots_needs_no_recursion() -> None:
    deep: Expr = PRO
    for _ in range(5_001):
        deep = Not(deep)

    assert push_not_down(deep) == Not(PRO)


def test_turning_an_ordering_round_would_lose_people_without_a_value() -> None:
    turned = replace(ADULT, test=Compare("lt", num(18)))

    assert includes(Not(ADULT), {})
    assert not includes(turned, {})
