from __future__ import annotations

from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    And,
    Compare,
    Count,
    ElementTest,
    Events,
    Expr,
    FieldTest,
    Not,
    SequenceMatch,
    SequenceStep,
    inner_conditions,
)
from muster.compiler.rewriting import (
    Numbers,
    branches_of,
    join,
    parts_of,
    rewrite,
    rewrite_groups,
    rewrite_opened,
    with_conditions,
)
from tests.cases import elem, metric, num, prop, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in

DEAR = FieldTest(prop("amount"), Compare("gt", num(50)))
DEAR_BUY = metric(Count(), Compare("gte", num(1)), where=all_of(DEAR, Not(DEAR)))
ITEMS = ElementTest(trait("items"), FieldTest(elem("x"), Compare("eq", num(1))))
STEPS = SequenceMatch(
    (SequenceStep(Events(("a",)), DEAR), SequenceStep(Events(("b",)), TRUE)), EVER, SequenceStep(Events(("c",)), DEAR)
)


def same(part: Expr) -> Expr:
    return part


def denied(part: Expr) -> Expr:
    return FALSE if part == DEAR else part


def test_an_expression_that_does_not_change_stays_the_same_object() -> None:
    whole = all_of(PRO, Not(any_of(ADULT, DEAR_BUY)), ITEMS, STEPS)

    assert rewrite(whole, same) is whole
    assert rewrite_groups(whole, same) is whole


def test_what_does_not_change_is_shared_with_the_old_expression() -> None:
    kept = any_of(ADULT, BOUGHT)
    changed = rewrite(all_of(PRO, kept), lambda part: is_in("free") if part == PRO else part)

    assert changed == all_of(is_in("free"), kept)
    assert isinstance(changed, And)
    assert changed.args[1] is kept


def test_parts_are_changed_from_the_leaves_up() -> None:
    seen: list[Expr] = []

    def note(part: Expr) -> Expr:
        seen.append(part)
        return part

    rewrite(Not(all_of(PRO, DEAR_BUY)), note)
    where = all_of(DEAR, Not(DEAR))

    order: list[Expr] = [DEAR, Not(DEAR), where, DEAR_BUY, PRO, all_of(PRO, DEAR_BUY), Not(all_of(PRO, DEAR_BUY))]
    assert sorted(map(repr, seen)) == sorted(map(repr, [DEAR, *order]))
    assert [seen.index(part) for part in order[3:]] == sorted(seen.index(part) for part in order[3:])
    assert seen.index(where) < seen.index(DEAR_BUY)


def test_conditions_of_every_atom_are_changed() -> None:
    assert rewrite(DEAR_BUY, denied) == metric(Count(), Compare("gte", num(1)), where=all_of(FALSE, Not(FALSE)))
    assert rewrite(ElementTest(trait("items"), DEAR), denied) == ElementTest(trait("items"), FALSE)
    assert inner_conditions(rewrite(STEPS, denied)) == (FALSE, TRUE, FALSE)


def test_the_same_object_in_two_places_is_changed_in_both() -> None:
    assert rewrite(all_of(any_of(DEAR, PRO), any_of(ADULT, DEAR)), denied) == all_of(
        any_of(FALSE, PRO), any_of(ADULT, FALSE)
    )


def test_a_group_takes_in_members_that_became_of_its_kind() -> None:
    def second(group: Expr) -> Expr:
        return group.args[1] if isinstance(group, type(any_of())) else group

    assert rewrite_groups(all_of(PRO, any_of(ADULT, all_of(BOUGHT, ITEMS))), second) == all_of(PRO, BOUGHT, ITEMS)


def test_only_groups_are_handed_to_a_change_of_groups() -> None:
    seen: list[Expr] = []

    def note(group: Expr) -> Expr:
        seen.append(group)
        return group

    rewrite_groups(Not(all_of(PRO, DEAR_BUY)), note)

    assert seen == [DEAR_BUY.where, all_of(PRO, DEAR_BUY)]


def test_parts_come_before_what_is_inside_them() -> None:
    assert parts_of(all_of(PRO, DEAR_BUY)) == [
        all_of(PRO, DEAR_BUY),
        PRO,
        DEAR_BUY,
        DEAR_BUY.where,
        DEAR,
        Not(DEAR),
        DEAR,
    ]


def test_branches_leave_out_what_has_only_a_constant_inside() -> None:
    assert branches_of(all_of(PRO, BOUGHT, DEAR_BUY)) == [
        all_of(PRO, BOUGHT, DEAR_BUY),
        DEAR_BUY,
        DEAR_BUY.where,
        Not(DEAR),
    ]
    assert branches_of(PRO) == [PRO]


def test_a_group_that_already_stood_in_its_kind_is_left_to_flattening() -> None:
    kept = all_of(PRO, BOUGHT)
    changed = rewrite(all_of(ADULT, kept), lambda part: is_in("free") if part == ADULT else part)

    assert changed == all_of(is_in("free"), kept)


def test_a_change_at_the_end_of_a_chain_copies_no_level_into_the_next() -> None:
    chain: Expr = DEAR
    for _ in range(200):
        chain = And((PRO, chain))

    groups = [part for part in parts_of(rewrite(chain, denied)) if isinstance(part, And)]

    assert [len(group.args) for group in groups] == [2] * 200


def test_parts_are_opened_before_what_is_inside_them() -> None:
    seen: list[Expr] = []

    def note(part: Expr) -> Expr:
        seen.append(part)
        return part.arg if isinstance(part, Not) and part.arg != DEAR else part

    where = all_of(DEAR, Not(DEAR))

    assert rewrite_opened(all_of(PRO, DEAR_BUY, Not(ITEMS)), note) == all_of(PRO, DEAR_BUY, ITEMS)
    assert seen == [all_of(PRO, DEAR_BUY, Not(ITEMS)), DEAR_BUY, Not(ITEMS), where, Not(DEAR)]


def test_opening_what_does_not_change_gives_the_same_object() -> None:
    whole = all_of(PRO, Not(any_of(ADULT, DEAR_BUY)), ITEMS, STEPS)

    assert rewrite_opened(whole, same) is whole


def test_joining_makes_no_group_of_one_or_none() -> None:
    assert join(And, [PRO, ADULT]) == all_of(PRO, ADULT)
    assert join(And, [any_of(PRO, ADULT)]) == any_of(PRO, ADULT)
    assert join(And, []) == TRUE
    assert join(type(any_of()), []) == FALSE


def test_other_parts_have_no_conditions_to_replace() -> None:
    assert with_conditions(PRO, []) is PRO


def test_equal_expressions_share_a_number() -> None:
    numbers = Numbers()

    assert numbers.of(PRO) == numbers.of(is_in("pro", at=99))
    assert numbers.of(PRO) != numbers.of(Not(PRO))
    assert numbers.of(Not(PRO)) == numbers.of(Not(is_in("pro")))
    assert numbers.of(all_of(PRO, ADULT)) == numbers.of(all_of(ADULT, PRO, ADULT))
    assert numbers.of(all_of(PRO, ADULT)) != numbers.of(any_of(PRO, ADULT))


def test_numbers_outlive_the_expressions_they_were_asked_about() -> None:
    numbers = Numbers()
    given = {numbers.of(is_in(str(number))) for number in range(1_000)}

    assert len(given) == 1_000
