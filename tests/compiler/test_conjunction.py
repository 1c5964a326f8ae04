from __future__ import annotations

from collections.abc import Hashable

import pytest

from muster.compiler.conjunction import Asking, Subject, merge_conjunction
from muster.compiler.expr import FALSE, TRUE, And, Expr, FieldTest, HasKind, Not, OneOf, Or, Range
from tests.cases import compare, flag, num, text, trait
from tests.small_exprs import BOUGHT, PRO, all_of, any_of, is_in

SEATS = trait("seats")


def merged(group: And | Or, *, total: bool = False) -> Expr:
    """Take every trait for one that holds at most one value, and with `total` a number for everybody."""

    def rough(atom: Expr) -> Hashable:
        return atom.target if isinstance(atom, FieldTest) else None

    def exact(atom: Asking) -> Subject | None:
        return Subject(atom.target, total=total) if isinstance(atom, FieldTest) else None

    return merge_conjunction(group, rough, exact)


def at_least(value: int) -> FieldTest:
    return compare(SEATS, "gte", num(value))


def at_most(value: int) -> FieldTest:
    return compare(SEATS, "lte", num(value))


def test_members_of_one_subject_become_one_where_the_first_stands() -> None:
    assert merged(all_of(PRO, at_least(2), BOUGHT, at_most(9))) == all_of(
        PRO, FieldTest(SEATS, Range("num", num(2), num(9), closed=True)), BOUGHT
    )
    assert merged(all_of(at_least(2), at_most(2))) == compare(SEATS, "eq", num(2))


def test_an_or_is_the_complement_of_an_and_of_complements() -> None:
    between = FieldTest(SEATS, Range("num", num(2), num(9), closed=True))

    assert merged(any_of(Not(at_least(2)), PRO, Not(at_most(9)))) == any_of(Not(between), PRO)
    assert merged(any_of(Not(at_least(9)), Not(at_most(2)))) == TRUE
    assert merged(any_of(at_least(9), at_most(2))) == any_of(at_least(9), at_most(2))


def test_what_denies_nothing_that_is_claimed_goes() -> None:
    assert merged(all_of(at_least(5), Not(at_most(2)))) == at_least(5)
    assert merged(all_of(is_in("a"), Not(is_in("b")))) == is_in("a")
    assert merged(all_of(is_in("a"), Not(is_in("a")))) == FALSE
    assert merged(
        all_of(
            FieldTest(trait("plan"), OneOf("str", ("a", "b"))), Not(FieldTest(trait("plan"), OneOf("str", ("b", "c"))))
        )
    ) == is_in("a")


def test_only_denials_stay_since_the_value_may_be_missing() -> None:
    denials = all_of(Not(compare(SEATS, "gt", num(5))), Not(compare(SEATS, "lt", num(2))))

    assert merged(denials) is denials
    assert merged(denials, total=True) == FieldTest(SEATS, Range("num", num(2), num(5), closed=True))


def test_a_number_that_everybody_has_may_be_denied_by_its_other_side() -> None:
    assert merged(all_of(at_least(2), Not(at_least(5))), total=True) == FieldTest(SEATS, Range("num", num(2), num(5)))
    assert merged(any_of(at_least(5), Not(at_least(2))), total=True) == Not(
        FieldTest(SEATS, Range("num", num(2), num(5)))
    )
    assert merged(any_of(at_least(5), at_least(3)), total=True) == at_least(3)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (is_in("42"), compare(trait("plan"), "gt", num(5))),
        (is_in("TRUE"), compare(trait("plan"), "eq", flag(value=True))),
        (is_in("2024-01-01x"), FieldTest(trait("plan"), HasKind("time"))),
        (compare(trait("plan"), "gt", text("a")), compare(trait("plan"), "gt", num(5))),
    ],
)
def test_texts_that_may_have_another_view_stay(one: FieldTest, other: FieldTest) -> None:
    group = all_of(one, other)

    assert merged(group) is group


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (is_in("a"), compare(trait("plan"), "gt", num(5))),
        (is_in("4"), compare(trait("plan"), "gt", num(5))),
        (is_in("4e1"), compare(trait("plan"), "gt", num(5))),
        (is_in("yes"), compare(trait("plan"), "eq", flag(value=True))),
        (is_in("false"), compare(trait("plan"), "eq", flag(value=True))),
    ],
)
def test_texts_that_have_no_such_view_are_nobody(one: FieldTest, other: FieldTest) -> None:
    assert merged(all_of(one, other)) == FALSE


def test_two_tests_that_no_range_says_stay_as_they_are() -> None:
    group = all_of(compare(SEATS, "gt", num(2)), compare(SEATS, "lt", num(9)))

    assert merged(group) is group
    assert merged(all_of(*group.args, compare(SEATS, "gt", num(1)))) == group


def test_what_is_denied_may_leave_texts_that_read_as_no_number() -> None:
    listed = FieldTest(trait("plan"), OneOf("str", ("a", "42")))

    assert merged(all_of(listed, Not(is_in("42")), compare(trait("plan"), "gt", num(5)))) == FALSE
