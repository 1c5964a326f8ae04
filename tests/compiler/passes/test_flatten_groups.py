from __future__ import annotations

import pytest

from muster.compiler.expr import FALSE, TRUE, And, Compare, Count, Expr, FieldTest, Not, Or
from muster.compiler.passes.flatten_groups import flatten_groups
from tests.cases import metric, num, prop
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes


def test_groups_in_groups_of_their_kind_are_opened() -> None:
    nested = all_of(all_of(PRO, all_of(ADULT)), any_of(BOUGHT, any_of(PRO, ADULT)))

    assert flatten_groups(nested) == all_of(PRO, ADULT, any_of(BOUGHT, PRO, ADULT))


def test_a_group_of_one_is_its_member() -> None:
    assert flatten_groups(any_of(all_of(Not(PRO)))) == Not(PRO)


def test_a_group_of_one_lets_its_member_join_the_group_around() -> None:
    assert flatten_groups(all_of(any_of(all_of(PRO, ADULT)), BOUGHT)) == all_of(PRO, ADULT, BOUGHT)


def test_empty_groups_are_everyone_and_nobody() -> None:
    assert flatten_groups(all_of()) == TRUE
    assert flatten_groups(any_of()) == FALSE


def test_conditions_of_events_are_flat_too() -> None:
    dear = FieldTest(prop("amount"), Compare("gt", num(50)))
    bought = metric(Count(), Compare("gte", num(1)), where=all_of(all_of(dear), all_of(dear, Not(dear))))

    assert flatten_groups(bought) == metric(Count(), Compare("gte", num(1)), where=all_of(dear, dear, Not(dear)))


def test_a_long_chain_needs_no_recursion() -> None:
    chain: Expr = PRO
    for _ in range(5_000):
        chain = And((PRO, chain))

    assert flatten_groups(chain) == And((PRO,) * 5_001)


def test_each_group_of_a_chain_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    original = And.__init__

    def counted(self: And, args: tuple[Expr, ...]) -> None:
        made.append(len(args))
        original(self, args)

    chain: Expr = PRO
    for _ in range(300):
        chain = And((PRO, chain))
    monkeypatch.setattr(And, "__init__", counted)
    flatten_groups(Not(Or((chain, ADULT))))

    assert made == [301]


def test_a_group_of_one_inside_others_is_seen_through() -> None:
    assert flatten_groups(And((PRO, Or((And((ADULT, Or((BOUGHT,)))),))))) == And((PRO, ADULT, BOUGHT))
    assert flatten_groups(And((PRO, And(())))) == And((PRO, TRUE))
    assert flatten_groups(Not(Or((And((PRO,)),)))) == Not(PRO)


def test_opening_a_group_of_the_other_kind_would_change_who_is_in() -> None:
    either = all_of(any_of(PRO, ADULT), BOUGHT)
    opened = all_of(PRO, ADULT, BOUGHT)

    assert flatten_groups(either) is either
    assert includes(any_of(PRO, ADULT), {"plan": "pro"}) != includes(all_of(PRO, ADULT), {"plan": "pro"})
    assert flatten_groups(opened) is opened
