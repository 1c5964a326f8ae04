from __future__ import annotations

import sys
from itertools import pairwise

import pytest

from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    Count,
    Expr,
    FieldTest,
    Not,
    Or,
    walk,
)
from muster.compiler.passes import MAX_ROUNDS, PASSES, Pass, run_passes, weight
from muster.compiler.passes.flatten_groups import flatten_groups
from muster.compiler.passes.push_not_down import push_not_down
from tests.cases import metric, num, prop
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in

NAMES = tuple(step.__name__ for step in PASSES)


def test_the_passes_together_settle_what_none_settles_alone() -> None:
    rule = Not(
        any_of(
            all_of(Not(PRO), Broken("Gone")),
            Not(any_of(BOUGHT, is_in("us", key="country"), is_in("ca", key="country"))),
            all_of(ADULT, Not(ADULT)),
            Not(all_of(any_of(ADULT, TRUE), metric(Count(), Compare("gte", num(0))))),
        )
    )

    assert run_passes(all_of(Not(Not(BOUGHT)), Not(Broken("Gone")))) == FALSE
    assert weight(run_passes(rule)) <= weight(rule)
    assert run_passes(all_of(BOUGHT, any_of(PRO, all_of(BOUGHT, FALSE)), PRO)) == all_of(PRO, BOUGHT)


def test_a_result_that_enables_an_earlier_pass_is_taken_up_in_the_next_round() -> None:
    # Joining the two lists makes the two groups equal, which only the next round can see.
    lists = [any_of(is_in("a"), is_in("b")), any_of(is_in("a"), is_in("b"), all_of(is_in("a"), ADULT))]

    assert run_passes(all_of(*lists)) == run_passes(lists[0])


def test_nothing_to_do_takes_one_round_and_gives_the_same_object() -> None:
    runs: list[str] = []
    rule = all_of(PRO, any_of(ADULT, BOUGHT))

    assert run_passes(rule, observe=lambda name, _before, _after: runs.append(name)) is rule
    assert tuple(runs) == NAMES


def test_an_observer_is_told_of_every_run_in_a_chain() -> None:
    told: list[tuple[str, Expr, Expr]] = []
    rule = any_of(all_of(PRO, all_of(ADULT, FALSE)), Not(Not(BOUGHT)))
    result = run_passes(rule, observe=lambda *run: told.append(run))

    assert told[0][1] is rule
    assert told[-1][2] is result
    assert all(earlier[2] is later[1] for earlier, later in pairwise(told))
    assert [name for name, _, _ in told] == list(NAMES) * (len(told) // len(NAMES))


def test_rounds_are_limited() -> None:
    runs: list[str] = []

    def peel(expr: Expr) -> Expr:
        return expr.args[0] if isinstance(expr, Or) else expr

    deep: Expr = PRO
    for _ in range(MAX_ROUNDS + 5):
        deep = any_of(deep, ADULT)
    run_passes(deep, (peel,), observe=lambda name, _before, _after: runs.append(name))

    assert len(runs) == MAX_ROUNDS


def test_a_pass_that_makes_an_expression_larger_is_named() -> None:
    def blow_up(expr: Expr) -> Expr:
        return And((expr, ADULT))

    with pytest.raises(InternalError, match=r"grew from 1 to 3 nodes .*passes.blow_up"):
        run_passes(PRO, (blow_up,))


def test_one_node_more_is_too_many() -> None:
    def widen(expr: Expr) -> Expr:
        return And((*expr.args, PRO)) if isinstance(expr, And) else expr

    with pytest.raises(InternalError, match=r"grew from 3 to 4 nodes .*passes.widen"):
        run_passes(all_of(PRO, ADULT), (widen,))


def test_a_pass_that_puts_a_not_over_a_group_is_named() -> None:
    def pull_not_up(expr: Expr) -> Expr:
        match expr:
            case And((Not(first), Not(second))):
                return Not(any_of(first, second))
            case _:
                return expr

    rule = all_of(Not(PRO), Not(ADULT))

    assert run_passes(rule, (pull_not_up,)) == Not(any_of(PRO, ADULT))
    with pytest.raises(InternalError, match=r"not stands over .*passes.pull_not_up"):
        run_passes(rule, (push_not_down, pull_not_up))


def test_a_pass_that_leaves_a_group_of_one_is_named() -> None:
    def thin_out(expr: Expr) -> Expr:
        match expr:
            case And((first, _)):
                return And((first,))
            case _:
                return expr

    rule = all_of(PRO, ADULT)

    assert run_passes(rule, (thin_out,)) == all_of(PRO)
    with pytest.raises(InternalError, match=r"fewer than two members .*passes.thin_out"):
        run_passes(rule, (flatten_groups, thin_out))


def test_weight_counts_conditions_and_leaves_out_nots() -> None:
    dear = FieldTest(prop("amount"), Compare("gt", num(50)))

    assert weight(Not(all_of(PRO, Not(ADULT)))) == 3
    assert weight(metric(Count(), Compare("gte", num(1)), where=all_of(dear, Not(dear)))) == 4


def leaf(number: int) -> Expr:
    if number % 3 == 0:
        return metric(Count(), Compare("gte", num(number % 7 + 1)), names=(f"event{number % 9}",))
    atom = FieldTest(is_in("", key=f"trait{number % 40}").target, Compare("eq" if number % 2 else "gt", num(number)))
    return Not(atom) if number % 5 == 0 else atom


def alternating(leaves: int, width: int) -> Expr:
    """Nest groups of both kinds, `width` leaves a level."""
    expr = leaf(0)
    for start in range(1, leaves, width):
        group = (And, Or)[start // width % 2]
        expr = group((*map(leaf, range(start, start + width)), expr))
    return expr


def calls(expr: Expr, passes: tuple[Pass, ...] = PASSES) -> int:
    """Count the calls of functions it takes: a measure of work that a busy machine does not change."""
    counted = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        run_passes(expr, passes)
    finally:
        sys.setprofile(before)
    return counted


@pytest.mark.parametrize("width", [1, 3, 300])
def test_ten_times_the_size_takes_ten_times_the_work(width: int) -> None:
    assert calls(alternating(1_500, width)) < 12 * calls(alternating(150, width))


def test_work_that_grows_with_the_square_is_seen() -> None:
    def look_at_every_pair(expr: Expr) -> Expr:
        for part in walk(expr):
            for _ in walk(part):
                pass
        return expr

    passes = (look_at_every_pair,)

    assert calls(alternating(600, 3), passes) > 50 * calls(alternating(60, 3), passes)


def test_a_large_rule_takes_few_calls_a_leaf() -> None:
    assert calls(alternating(300, 12)) < 300 * 250


def test_deep_expressions_need_no_recursion() -> None:
    deep = alternating(900, 1)

    assert weight(run_passes(Not(deep))) <= weight(deep)
