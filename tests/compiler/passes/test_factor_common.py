from __future__ import annotations

from muster.compiler.expr import Expr, Not
from muster.compiler.passes import weight
from muster.compiler.passes.factor_common import factor_common
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in

A, B, C, D = (is_in(key, key=key) for key in "abcd")


def test_what_groups_have_in_common_is_taken_out() -> None:
    assert factor_common(any_of(all_of(PRO, A), all_of(B, PRO))) == all_of(PRO, any_of(A, B))
    assert factor_common(all_of(any_of(PRO, A), any_of(B, PRO))) == any_of(PRO, all_of(A, B))
    assert factor_common(any_of(all_of(Not(PRO), A), all_of(B, Not(PRO)), C)) == any_of(
        all_of(Not(PRO), any_of(A, B)), C
    )


def test_all_that_is_common_goes_at_once() -> None:
    assert factor_common(any_of(all_of(PRO, ADULT, A), all_of(B, ADULT, PRO))) == all_of(PRO, ADULT, any_of(A, B))


def test_what_most_groups_share_goes_first_whatever_the_order() -> None:
    groups = [all_of(PRO, A), all_of(PRO, B), all_of(PRO, C, ADULT), all_of(ADULT, D)]
    expected = any_of(all_of(PRO, any_of(A, B, all_of(C, ADULT))), all_of(ADULT, D))

    assert factor_common(any_of(*groups)) == expected
    assert weight(factor_common(any_of(*reversed(groups)))) == weight(expected)


def test_what_is_left_is_factored_too() -> None:
    groups = [all_of(PRO, ADULT, A), all_of(PRO, ADULT, B), all_of(PRO, C)]

    assert factor_common(any_of(*groups)) == all_of(PRO, any_of(all_of(ADULT, any_of(A, B)), C))


def test_a_rest_that_is_a_group_joins_its_kind() -> None:
    assert factor_common(any_of(all_of(PRO, any_of(A, B)), all_of(PRO, C))) == all_of(PRO, any_of(A, B, C))


def test_nothing_is_taken_out_that_costs_more_than_it_saves() -> None:
    # Two rests of two want two new groups, for one member saved.
    dear: Expr = any_of(all_of(PRO, A, B), all_of(PRO, C, D), ADULT)
    factored: Expr = any_of(all_of(PRO, any_of(all_of(A, B), all_of(C, D))), ADULT)

    assert factor_common(dear) is dear
    assert weight(factored) > weight(dear)


def test_a_group_that_is_all_common_is_left_to_absorption() -> None:
    group = any_of(all_of(PRO, A), all_of(PRO, A, B))

    assert factor_common(group) is group


def test_groups_without_common_members_stay() -> None:
    group = any_of(all_of(PRO, A), all_of(BOUGHT, B), C)

    assert factor_common(group) is group


def test_one_group_written_twice_is_one() -> None:
    twice = all_of(PRO, A)

    assert weight(factor_common(any_of(twice, twice, all_of(PRO, B)))) < 10
