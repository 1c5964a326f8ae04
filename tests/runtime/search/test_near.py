"""Values at the edges of tests."""

from __future__ import annotations

from decimal import Decimal
from random import Random

import pytest

from muster.backends.base import Json
from muster.backends.memory.regex_match import matches
from muster.compiler.expr import Compare, ComparePair, Constant, HasKind, Matches, OneOf, Range, TextTest
from muster.compiler.regex import parse_pattern
from muster.runtime.search.near import (
    constants_of,
    instants_near,
    moments_in,
    numbers_near,
    text_of,
    values_near,
    written,
)
from tests.cases import CLOCK, NOW, at, num, text, trait


def test_numbers_are_at_below_above_and_between() -> None:
    found = numbers_near([Decimal(5), Decimal(8)])

    assert {5, 4, 6, Decimal("4.999999999"), Decimal("5.000000001"), Decimal("6.5"), 8} <= set(found)
    assert all(isinstance(number, int) or number != number.to_integral_value() for number in found)


def test_numbers_that_no_data_holds_are_left_out() -> None:
    largest = Decimal(10) ** 18 - 1

    assert set(numbers_near([largest])) >= {10**18 - 1, 10**18 - 2}
    assert max(numbers_near([largest])) < 10**18


def test_instants_are_a_microsecond_off_and_between() -> None:
    assert instants_near([NOW, NOW + 10]) == [NOW, NOW - 1, NOW + 1, NOW + 10, NOW + 9, NOW + 11, NOW + 5]


def test_an_instant_is_written_as_data_has_it() -> None:
    assert written(NOW) == "2024-07-01T12:00:00Z"
    assert written(NOW - 1) == "2024-07-01T11:59:59.999999Z"


def test_values_meet_every_test_of_a_place_and_miss_them() -> None:
    tests = (
        Compare("gt", num(5)),
        OneOf("str", ("pro", "free")),
        Compare("eq", Constant("bool", value=True)),
        Range("time", at(NOW), None),
        HasKind("num"),
    )
    found = values_near(tests, CLOCK)

    wanted: list[Json] = [5, 6, Decimal("5.000000001"), "pro", "free", "PRO", True, written(NOW), written(NOW - 1), ""]
    assert [value for value in wanted if value not in found] == []


def test_texts_are_put_together_of_several_tests() -> None:
    tests = (TextTest("starts_with", "ab"), TextTest("contains", "-"), TextTest("ends_with", "yz"))

    assert "ab-yz" in values_near(tests, CLOCK)


def test_what_is_compared_with_another_place_gets_values_that_may_be_there_too() -> None:
    pair = (ComparePair("lt", trait("other")),)

    assert {1, 2, 0} <= {value for value in values_near(pair, CLOCK) if isinstance(value, int)}


@pytest.mark.parametrize("pattern", ["^[a-c]+@x\\.(com|org)$", "a{2,4}b?", "[^0-9]x*", "\\d\\D.", "(ab|c)+"])
def test_a_text_that_a_pattern_matches(pattern: str) -> None:
    regex = parse_pattern(pattern)

    for seed in range(20):
        assert matches(regex, text_of(regex.root, Random(seed)))  # noqa: S311 (must repeat)
    assert any(matches(regex, value) for value in values_near((Matches(regex),), CLOCK) if isinstance(value, str))


def test_a_text_of_a_pattern_can_be_stored() -> None:
    pattern = parse_pattern("[\\D]{9}[^a]").root
    texts = [text_of(pattern, Random(seed)) for seed in range(200)]  # noqa: S311 (must repeat)

    assert not any("\0" in text for text in texts)
    assert all(text.encode() for text in texts)


def test_constants_and_times_of_a_test() -> None:
    assert constants_of(Range("num", num(1), None)) == (num(1),)
    assert constants_of(TextTest("contains", "a")) == (text("a"),)
    assert constants_of(HasKind("num")) == ()
    assert moments_in(Compare("gt", num(1))) == ()
    assert moments_in(Range("time", at(NOW), None)) == (at(NOW).value,)
