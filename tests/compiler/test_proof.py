"""What is proven of two rules; that proofs are true is tried in tests/laws/test_proofs.py."""

from __future__ import annotations

import pytest

from muster.compiler.expr import FALSE, TRUE, Broken, Compare, Expr, FieldTest, Not
from muster.compiler.facts import Facts
from muster.compiler.proof import MAX_CASES, _cases, disjointness_law, equivalence_law, subset_law
from tests.cases import num, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in

GONE = Broken("Gone")
UNDER_10 = FieldTest(trait("age"), Compare("lt", num(10)))


@pytest.mark.parametrize(
    ("first", "second", "law"),
    [
        (all_of(PRO, ADULT), all_of(ADULT, PRO), "same"),
        (all_of(PRO, ADULT), ADULT, "implied"),
        (FALSE, PRO, "implied"),
        (PRO, TRUE, "implied"),
        (all_of(any_of(PRO, ADULT), BOUGHT), any_of(all_of(PRO, BOUGHT), ADULT), "nobody"),
        (all_of(any_of(PRO, ADULT), Not(ADULT)), PRO, "nobody"),
        (GONE, PRO, "implied"),
        (Not(GONE), PRO, "implied"),
        (ADULT, all_of(ADULT, PRO), None),
        (PRO, GONE, None),
        (PRO, Not(GONE), None),  # nobody is in it, and nobody is outside of it who could be told
    ],
)
def test_everybody_in_the_first_is_in_the_second(first: Expr, second: Expr, law: str | None) -> None:
    assert subset_law(first, second) == law


def test_two_rules_have_the_same_members_if_each_is_in_the_other() -> None:
    one = all_of(any_of(PRO, ADULT), any_of(PRO, BOUGHT))

    assert equivalence_law(one, any_of(PRO, all_of(ADULT, BOUGHT))) == "same"
    assert equivalence_law(any_of(PRO, all_of(Not(PRO), ADULT)), any_of(PRO, ADULT)) is not None
    assert equivalence_law(all_of(PRO, ADULT), ADULT) is None
    assert equivalence_law(ADULT, all_of(PRO, ADULT)) is None


def test_nobody_is_in_both() -> None:
    assert disjointness_law(PRO, Not(PRO)) == "nobody"
    assert disjointness_law(any_of(all_of(PRO, ADULT), all_of(BOUGHT, ADULT)), all_of(Not(ADULT), BOUGHT)) == "nobody"
    assert disjointness_law(PRO, is_in("free")) is None  # a list of both
    assert disjointness_law(GONE, Not(GONE)) == "nobody"


def test_what_is_declared_of_the_data_counts() -> None:
    single = Facts(frozenset({("age",)}))

    assert disjointness_law(ADULT, UNDER_10) is None  # a list of ages
    assert disjointness_law(ADULT, UNDER_10, single) == "nobody"
    assert subset_law(ADULT, Not(UNDER_10), single) == "nobody"


def test_cases_are_looked_at_one_by_one_unless_they_are_too_many() -> None:
    # If so then this, if not then that: no two conditions of it exclude each other.
    chosen = (any_of(PRO, ADULT), any_of(Not(PRO), BOUGHT))
    either = any_of(all_of(PRO, BOUGHT), all_of(Not(PRO), ADULT))
    others = tuple(any_of(is_in("a", key=f"k{n}"), is_in("b", key=f"l{n}")) for n in range(8))

    assert subset_law(all_of(*chosen), either) == "nobody"
    assert subset_law(all_of(*chosen, *others[:2]), either) == "nobody"
    assert len(_cases(all_of(*others[:7]))) == 2**7 == MAX_CASES
    assert _cases(all_of(*others)) == [(all_of(*others),)]
