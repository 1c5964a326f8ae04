from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.expr import (
    FALSE,
    TRUE,
    Compare,
    ComparePair,
    Count,
    Distinct,
    EdgeTime,
    EventMetric,
    Events,
    Expr,
    Not,
    OneOf,
    Ordering,
    Periods,
    Pick,
    Range,
    Reduce,
    Reducer,
)
from muster.compiler.passes.merge_counts import merge_counts
from tests.cases import DAY, at, event, last, metric, num, trait, within
from tests.small_exprs import PRO, all_of, any_of, includes


def count(op: Ordering, value: int, reducer: Reducer | None = None) -> EventMetric:
    return metric(reducer or Count(), Compare(op, num(value)))


@pytest.mark.parametrize("reducer", [Count(), Distinct(("p",)), Periods(4, "w", calendar=False, minimum=1)])
def test_tests_of_one_number_become_one(reducer: Reducer) -> None:
    between = metric(reducer, within(num(2), num(5), closed=True))

    assert merge_counts(all_of(count("gte", 2, reducer), PRO, count("lte", 5, reducer))) == all_of(between, PRO)
    assert merge_counts(all_of(count("gt", 1, reducer), count("lt", 3, reducer))) == count("eq", 2, reducer)
    assert merge_counts(all_of(count("lt", 2, reducer), count("gt", 1, reducer))) == FALSE
    assert merge_counts(any_of(count("lt", 2, reducer), count("gt", 1, reducer))) == TRUE
    assert merge_counts(any_of(count("gte", 2, reducer), count("gte", 5, reducer))) == count("gte", 2, reducer)
    assert merge_counts(all_of(count("lte", 4, reducer), count("lt", 9, reducer))) == count("lte", 4, reducer)


def test_listed_counts_lose_what_is_out_of_range() -> None:
    listed = metric(Count(), OneOf("num", (Decimal(1), Decimal(2), Decimal(7))))

    assert merge_counts(all_of(listed, count("gte", 2), Not(count("eq", 7)))) == count("eq", 2)


def test_numbers_that_may_be_missing_are_joined_as_they_are() -> None:
    average = Reduce("avg", ("p",))

    assert merge_counts(all_of(count("gte", 2, average), count("lte", 5, average))) == metric(
        average, within(num(2), num(5), closed=True)
    )
    assert merge_counts(all_of(count("gt", 7, average), Not(count("lt", 5, average)))) == count("gt", 7, average)


def test_an_average_over_nothing_is_on_neither_side() -> None:
    # What holds for sums, which everybody has, is false for averages.
    for agg, everybody in (("avg", False), ("sum", True)):
        number = Reduce(agg, ("p",))  # type: ignore[arg-type] # one of its words
        either = any_of(count("gte", 5, number), count("lt", 5, number))

        assert includes(either) is everybody
        assert merge_counts(either) == (TRUE if everybody else either)


@pytest.mark.parametrize(
    "change",
    [
        {"window": last(10)},
        {"events": Events(("see",))},
        {"where": PRO},
        {"reducer": Distinct(("x",))},
        {"test": ComparePair("lte", trait("limit"))},
    ],
)
def test_other_numbers_stay(change: dict[str, Any]) -> None:
    both = all_of(count("gte", 2), replace(count("lte", 1), **change))

    assert merge_counts(both) is both


def test_counts_over_two_windows_are_two_numbers() -> None:
    both = all_of(count("gte", 2), replace(count("lte", 1), window=last(DAY)))

    assert includes(both, None, event(1), event(2))
    assert merge_counts(both) != FALSE


def test_picked_values_and_instants_stay() -> None:
    picked = all_of(*(metric(Pick("first", ("p",)), Compare(op, num(5))) for op in ("lt", "gt")))
    edges: list[Expr] = [metric(EdgeTime("first"), Range("time", low, None)) for low in (at(1), at(2))]

    assert merge_counts(picked) is picked
    assert includes(picked, None, event(1, {"p": [1, 9]}))
    assert merge_counts(all_of(*edges)) == all_of(*edges)
