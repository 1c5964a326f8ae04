from __future__ import annotations

import pytest

from muster.compiler.expr import (
    Compare,
    ComparePair,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    OneOf,
    Present,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.implied_tests import follows
from muster.compiler.regex import parse_pattern
from tests.cases import num, text, trait

EXACT = Compare("eq", text("pro"))
STARTS, HOLDS = TextTest("starts_with", "pr"), TextTest("contains", "r")


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (Compare("gt", num(5)), Compare("gte", num(5))),
        (Range("num", num(2), num(3)), Compare("lt", num(3))),
        (Compare("gt", num(5)), HasKind("num")),
        (Matches(parse_pattern("a")), HasKind("str")),
        (IsList(), Present()),
        (IsBlank(), Present()),
        (ComparePair("eq", trait("x")), Present()),
        (EXACT, STARTS),
        (OneOf("str", ("pro", "prime")), STARTS),
        (EXACT, TextTest("equals", "PRO", ignore_case=True)),
        (STARTS, HOLDS),
        (TextTest("ends_with", "xr"), HOLDS),
        (TextTest("starts_with", "pro"), STARTS),
        (TextTest("equals", "PRO", ignore_case=True), TextTest("ends_with", "o", ignore_case=True)),
        (TextTest("equals", "pro"), EXACT),
    ],
)
def test_one_test_follows_from_another(given: ValueTest, wanted: ValueTest) -> None:
    assert follows(given, wanted)
    assert not follows(wanted, given) or given == wanted or isinstance(given, TextTest)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (EXACT, Compare("eq", text("Pro"))),
        (Compare("eq", text("42")), HasKind("num")),  # the mapping may say that it is plain text
        (Compare("eq", text("42")), Compare("eq", num(42))),
        (HasKind("str"), HasKind("num")),
        (Present(), HasKind("str")),
        (IsList(), IsBlank()),
        (Compare("eq", text("")), IsBlank()),  # a list may hold an empty text
        (TextTest("equals", "PRO", ignore_case=True), STARTS),
        (HOLDS, STARTS),
        (STARTS, TextTest("ends_with", "pr")),
        (STARTS, TextTest("equals", "pr")),
        (HasKind("str"), HOLDS),
        (Matches(parse_pattern("r")), HOLDS),
        (ComparePair("eq", trait("x")), ComparePair("eq", trait("y"))),
    ],
)
def test_another_test_does_not(given: ValueTest, wanted: ValueTest) -> None:
    assert not follows(given, wanted)
