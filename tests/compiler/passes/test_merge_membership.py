from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.diagnostics import Span
from muster.compiler.expr import FALSE, Compare, Count, Distinct, Events, FieldTest, Not, OneOf, Pick, Range
from muster.compiler.passes.merge_membership import merge_membership
from tests.cases import at, event, flag, last, metric, num, prop, text, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes, is_in


def plans(*values: str) -> FieldTest:
    return FieldTest(trait("plan"), OneOf("str", values))


def test_values_of_an_or_become_one_list_where_the_first_stands() -> None:
    merged = merge_membership(any_of(ADULT, is_in("pro", at=7), BOUGHT, plans("free", "pro"), is_in("beta")))

    assert merged == any_of(ADULT, plans("beta", "free", "pro"), BOUGHT)
    assert isinstance(merged, type(any_of()))
    assert isinstance(merged.args[1], FieldTest)
    assert merged.args[1].origin == Span(7, 8)


def test_denied_values_of_an_and_become_one_denied_list() -> None:
    assert merge_membership(all_of(Not(is_in("b")), ADULT, Not(plans("a")))) == all_of(Not(plans("a", "b")), ADULT)


def test_a_whole_group_may_become_one_test() -> None:
    assert merge_membership(any_of(is_in("b"), is_in("a"))) == plans("a", "b")


def test_another_field_kind_or_size_is_another_list() -> None:
    apart = any_of(
        is_in("1"),
        FieldTest(trait("plan"), Compare("eq", num(1))),
        FieldTest(trait("plan"), Compare("eq", flag(value=True))),
        is_in("1", key="other"),
        FieldTest(trait("plan", size=True), Compare("eq", num(1))),
        FieldTest(prop("plan"), Compare("eq", num(1))),
    )

    assert merge_membership(apart) is apart


def test_only_equality_is_a_list() -> None:
    target = trait("age")
    apart = any_of(
        FieldTest(target, Compare("gt", num(1))),
        FieldTest(target, Compare("eq", num(1))),
        FieldTest(target, Range("num", num(3), num(4))),
    )

    assert merge_membership(apart) is apart


def test_times_are_not_listed_since_they_are_bound_late() -> None:
    noon, night = (Compare("eq", at(f"2024-01-01T{hour}:00:00+00:00")) for hour in ("12", "00"))
    apart = any_of(FieldTest(trait("born"), noon), FieldTest(trait("born"), night))

    assert merge_membership(apart) is apart


def test_a_value_in_several_lists_is_listed_once() -> None:
    numbers = [
        FieldTest(trait("n"), OneOf("num", (Decimal(2), Decimal(10)))),
        FieldTest(trait("n"), Compare("eq", num("2.0"))),
    ]

    assert merge_membership(any_of(*numbers)) == FieldTest(trait("n"), OneOf("num", (Decimal(2), Decimal(10))))


def test_one_value_that_is_left_is_an_equality() -> None:
    assert merge_membership(any_of(plans("pro"), is_in("pro"))) == PRO


def test_metrics_over_the_same_events_merge() -> None:
    once, twice = (metric(Count(), Compare("eq", num(times))) for times in (1, 2))
    seen = replace(twice, events=replace(twice.events, names=("see",)))

    assert merge_membership(any_of(twice, seen, once)) == any_of(
        metric(Count(), OneOf("num", (Decimal(1), Decimal(2)))), seen
    )


def test_a_picked_value_merges_with_another_test_of_the_same_pick() -> None:
    first, last = (metric(Pick(which, ("x",)), Compare("eq", text("a"))) for which in ("first", "last"))
    other = replace(first, test=Compare("eq", text("b")))

    assert merge_membership(any_of(first, last, other)) == any_of(replace(first, test=OneOf("str", ("a", "b"))), last)


def test_conditions_of_events_merge() -> None:
    euro, dollar = (FieldTest(prop("currency"), Compare("eq", text(name))) for name in ("EUR", "USD"))
    merged = FieldTest(prop("currency"), OneOf("str", ("EUR", "USD")))

    assert merge_membership(metric(Count(), Compare("gte", num(2)), where=any_of(dollar, euro))) == metric(
        Count(), Compare("gte", num(2)), where=merged
    )


def test_intersecting_lists_would_lose_people_with_several_values() -> None:
    both = all_of(plans("a", "x"), plans("b", "x"))
    intersection = is_in("x")

    assert merge_membership(both) is both
    assert includes(both, {"plan": ["a", "b"]})
    assert not includes(intersection, {"plan": ["a", "b"]})
    assert includes(all_of(is_in("a"), is_in("b")), {"plan": ["a", "b"]}) != includes(FALSE)


def test_denied_values_of_an_or_would_lose_people_with_one_of_them() -> None:
    either = any_of(Not(is_in("a")), Not(is_in("b")))

    assert merge_membership(either) is either
    assert includes(either, {"plan": "a"})
    assert not includes(Not(plans("a", "b")), {"plan": "a"})


@pytest.mark.parametrize(
    "change",
    [
        {"window": last(10)},
        {"events": Events(("see",))},
        {"where": PRO},
        {"reducer": Distinct(("x",))},
    ],
)
def test_metrics_over_other_events_stay_apart(change: dict[str, Any]) -> None:
    once = metric(Count(), Compare("eq", num(1)))
    either = any_of(once, replace(once, test=Compare("eq", num(2)), **change))

    assert merge_membership(either) is either


def test_merging_counts_over_different_windows_would_let_others_in() -> None:
    once, twice_lately = metric(Count(), Compare("eq", num(1))), metric(Count(), Compare("eq", num(2)), window=last(10))
    merged = metric(Count(), OneOf("num", (Decimal(1), Decimal(2))))

    assert not includes(any_of(once, twice_lately), {}, event(1), event(2))
    assert includes(merged, {}, event(1), event(2))


def test_plain_members_are_left_alone() -> None:
    plain = any_of(PRO, all_of(ADULT, Not(PRO)), Not(is_in("b")))

    assert merge_membership(plain) is plain
