from __future__ import annotations

from decimal import Decimal
from itertools import product

import pytest

from muster.compiler.expr import Compare, Constant, HasKind, OneOf, Ordering, Range, TextTest, ValueTest
from muster.compiler.moments import FromAsOf
from muster.compiler.value_sets import (
    Interval,
    Listed,
    ValueSet,
    apart,
    complement,
    counts_of,
    holds_value,
    is_empty,
    meet,
    spelled,
    values_of,
    within,
)
from tests.cases import DAY, at, num, text

ENDS = tuple(map(Decimal, ("-1", "0", "1", "1.5", "2")))
TRIED = (*ENDS, *map(Decimal, ("-0.5", "0.5", "1.2", "3", "-2")))
ORDERINGS: tuple[Ordering, ...] = ("eq", "lt", "lte", "gt", "gte")
TESTS: list[ValueTest] = [
    *(Compare(op, Constant("num", end)) for op in ORDERINGS for end in ENDS),
    *(
        Range("num", Constant("num", low), Constant("num", high), closed)
        for low, high, closed in product(ENDS, ENDS, (True, False))
    ),
    OneOf("num", (Decimal(1), Decimal(2))),
    OneOf("num", (Decimal("1.5"), Decimal(-1))),
]
SETS = [values for test in TESTS if (values := values_of(test)) is not None]


def held(values: ValueSet, tried: tuple[Decimal, ...] = TRIED) -> set[Decimal]:
    return {number for number in tried if holds_value(values, number)}


def test_what_is_said_of_two_sets_is_so() -> None:
    for one, other in product(SETS, SETS):
        common = meet(one, other)
        assert common is not None
        assert held(common) == held(one) & held(other)
        assert not within(one, other) or held(one) <= held(other)
        assert not apart(one, other) or not held(one) & held(other)
    assert sum(within(one, other) for one, other in product(SETS, SETS)) > 400
    assert sum(apart(one, other) for one, other in product(SETS, SETS)) > 400


@pytest.mark.parametrize("values", SETS)
def test_a_set_is_written_as_tests_that_say_it(values: ValueSet) -> None:
    if is_empty(values):
        assert held(values) == set()
        return
    said = [values_of(test) for test in spelled(values)]

    assert set.intersection(*(held(each) for each in said if each is not None)) == held(values)


@pytest.mark.parametrize("test", TESTS)
def test_counts_are_whole_and_not_negative(test: ValueTest) -> None:
    counts, values = counts_of(test), values_of(test)
    whole = tuple(map(Decimal, range(5)))

    assert counts is not None
    assert values is not None
    assert held(counts, whole) == held(values, whole)
    other = complement(counts, whole=True)
    assert other is None or held(other, whole) == set(whole) - held(counts, whole)


def test_the_rest_of_an_open_interval_is_one_too() -> None:
    assert complement(Interval("num", Decimal(5), above=True), whole=False) == Interval("num", None, Decimal(5))
    assert complement(Interval("num", None, Decimal(5)), whole=False) == Interval("num", Decimal(5), above=True)
    assert complement(Interval("num", Decimal(1), Decimal(5)), whole=False) is None
    assert complement(Listed("num", frozenset({Decimal(1)})), whole=True) is None


def test_texts_are_ordered_by_code_point_and_equal_without_folding_only() -> None:
    upper, lower = values_of(Compare("eq", text("B"))), values_of(Compare("lt", text("a")))

    assert upper is not None
    assert lower is not None
    assert within(upper, lower)
    assert values_of(TextTest("equals", "a")) == Listed("str", frozenset({"a"}))
    assert values_of(TextTest("equals", "a", ignore_case=True)) is None
    assert values_of(HasKind("num")) is None


def test_sets_of_different_kinds_say_nothing_of_each_other() -> None:
    numbers, texts = values_of(Compare("eq", num(1))), values_of(Compare("eq", text("1")))

    assert numbers is not None
    assert texts is not None
    assert not within(numbers, texts)
    assert not apart(numbers, texts)


def test_times_that_are_bound_late_are_not_known_to_be_in_order() -> None:
    month, days = (Interval("time", moment) for moment in (FromAsOf(-1), FromAsOf(micros=-30 * DAY)))
    week = Interval("time", FromAsOf(micros=-7 * DAY))

    assert meet(month, days) is None
    assert meet(month, week) == week
    assert within(week, month)
    assert not within(days, month)
    assert not apart(month, days)
    assert is_empty(Interval("time", at(5).value, at(5).value, below=True))
    assert not is_empty(Interval("time", at(5).value, at(5).value))
    assert not is_empty(Interval("time", at(6).value, at(5).value))  # closed ends: equal or not is not asked
