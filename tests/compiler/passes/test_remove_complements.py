from __future__ import annotations

from muster.compiler.expr import FALSE, TRUE, Broken, Compare, ElementTest, FieldTest, Not
from muster.compiler.passes.remove_complements import remove_complements
from tests.cases import elem, num, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes


def test_an_atom_and_its_complement_are_nobody() -> None:
    assert remove_complements(all_of(PRO, ADULT, Not(PRO))) == FALSE


def test_an_atom_or_its_complement_is_everyone() -> None:
    assert remove_complements(any_of(Not(BOUGHT), ADULT, BOUGHT)) == TRUE


def test_they_are_found_in_nested_groups() -> None:
    assert remove_complements(any_of(PRO, all_of(ADULT, Not(ADULT)))) == any_of(PRO, FALSE)


def test_in_different_groups_they_are_no_contradiction() -> None:
    apart = any_of(all_of(PRO, ADULT), all_of(Not(PRO), BOUGHT))

    assert remove_complements(apart) is apart


def test_a_condition_on_elements_may_be_true_of_all_elements() -> None:
    small = FieldTest(elem("price"), Compare("lt", num(5)))
    some = ElementTest(trait("items"), any_of(small, Not(small)))

    assert remove_complements(some) == ElementTest(trait("items"), TRUE)


def test_a_deleted_audience_or_its_complement_is_not_everyone() -> None:
    gone = any_of(Broken("Gone"), Not(Broken("Gone")))

    assert remove_complements(gone) is gone
    assert not includes(gone)
    assert includes(TRUE)


def test_two_opposite_orderings_are_no_complements() -> None:
    young = FieldTest(ADULT.target, Compare("lt", num(18)))

    assert remove_complements(any_of(ADULT, young)) == any_of(ADULT, young)
    assert not includes(any_of(ADULT, young), {})
    assert includes(all_of(ADULT, young), {"age": [10, 20]})
