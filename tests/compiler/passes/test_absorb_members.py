from __future__ import annotations

from muster.compiler.expr import FieldTest, Not
from muster.compiler.passes.absorb_members import absorb_members
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes, is_in


def test_a_member_absorbs_the_groups_that_hold_it() -> None:
    assert absorb_members(all_of(PRO, any_of(ADULT, PRO), BOUGHT)) == all_of(PRO, BOUGHT)
    assert absorb_members(any_of(all_of(PRO, ADULT), PRO)) == PRO


def test_a_denied_member_absorbs_too() -> None:
    assert absorb_members(all_of(Not(PRO), any_of(ADULT, Not(PRO)))) == Not(PRO)


def test_members_absorb_a_group_that_holds_them_together() -> None:
    assert absorb_members(all_of(PRO, ADULT, any_of(BOUGHT, all_of(ADULT, PRO)))) == all_of(PRO, ADULT)


def test_a_smaller_group_absorbs_a_wider_one() -> None:
    wider = any_of(BOUGHT, ADULT, PRO)

    assert absorb_members(all_of(wider, any_of(PRO, BOUGHT), is_in("x"))) == all_of(any_of(PRO, BOUGHT), is_in("x"))


def test_of_two_equal_groups_neither_absorbs_the_other() -> None:
    twins = all_of(any_of(PRO, ADULT), any_of(ADULT, PRO))

    assert absorb_members(twins) is twins


def test_a_group_that_only_shares_a_member_stays() -> None:
    overlapping = all_of(any_of(PRO, ADULT), any_of(PRO, BOUGHT))

    assert absorb_members(overlapping) is overlapping
    assert includes(overlapping, {"plan": "pro"})
    assert not includes(overlapping, {"age": 20})


def test_what_is_left_of_an_absorbing_group_joins_its_parent() -> None:
    inner = all_of(any_of(PRO, ADULT), any_of(PRO, ADULT, BOUGHT))

    assert absorb_members(any_of(is_in("x"), inner)) == any_of(is_in("x"), PRO, ADULT)


def test_one_member_absorbs_hundreds_of_groups() -> None:
    wide = all_of(PRO, *(any_of(PRO, is_in(str(number))) for number in range(500)))

    assert absorb_members(wide) == PRO


def test_hundreds_of_groups_are_compared_with_each_other() -> None:
    narrow = [any_of(is_in(str(number)), ADULT) for number in range(200)]
    wide = [any_of(is_in(str(number)), ADULT, BOUGHT) for number in range(200)]

    assert absorb_members(all_of(*wide, *narrow)) == all_of(*narrow)


def test_by_structure_a_range_does_not_absorb_a_narrower_one() -> None:
    older = FieldTest(ADULT.target, ADULT.test)
    both = all_of(any_of(older, PRO), any_of(is_in("19", key="age"), PRO))

    assert absorb_members(both) is both
