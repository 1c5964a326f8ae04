"""Each way to say a test becomes the operator that it stands for."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.operators import FIELD_OPERATORS
from muster.compiler.rule import Test
from muster.compiler.values import Duration, Number, Param, Text, TimeLiteral
from muster.grammar.text import parse

ONE, TWO = Number(Decimal(1)), Number(Decimal(2))
DAY = TimeLiteral("2024-01-01")

SPELLINGS: dict[str, tuple[str, object]] = {
    "= 1": ("eq", ONE),
    "is 1": ("eq", ONE),
    "!= 1": ("neq", ONE),
    "is not 1": ("neq", ONE),
    "> 1": ("gt", ONE),
    ">= 1": ("gte", ONE),
    "< 1": ("lt", ONE),
    "<= 1": ("lte", ONE),
    "between 1 and 2": ("between", (ONE, TWO)),
    "in (1, 2)": ("in", (ONE, TWO)),
    "in ()": ("in", ()),
    "not in (1)": ("not_in", (ONE,)),
    'contains "a"': ("contains", Text("a")),
    'does not contain "a"': ("not_contains", Text("a")),
    'starts with "a"': ("starts_with", Text("a")),
    'does not start with "a"': ("not_starts_with", Text("a")),
    'ends with "a"': ("ends_with", Text("a")),
    'does not end with "a"': ("not_ends_with", Text("a")),
    'matches "a"': ("matches", Text("a")),
    'does not match "a"': ("not_matches", Text("a")),
    "has 1": ("has", ONE),
    "has any of (1, 2)": ("has_any", (ONE, TWO)),
    "has all of ()": ("has_all", ()),
    "has none of (1)": ("has_none", (ONE,)),
    "is set": ("exists", None),
    "is not set": ("not_exists", None),
    "is empty": ("empty", None),
    "is not empty": ("not_empty", None),
    "is a number": ("is_type", Text("number")),
    "is not an list": ("is_not_type", Text("list")),
    "before 2024-01-01": ("before", DAY),
    "after 2024-01-01": ("after", DAY),
    "on 2024-01-01": ("on", DAY),
    "in last 30 days": ("in_last", Duration(30, "d")),
    "in the last 30d": ("in_last", Duration(30, "d")),
    "less than 30 days ago": ("in_last", Duration(30, "d")),
    "not in last 30 days": ("not_in_last", Duration(30, "d")),
    "in next $n": ("in_next", Param("n")),
    "more than 2 weeks ago": ("older_than", Duration(2, "w")),
}
QUANTIFIED = {
    "any x where (y = 1)": "any_where",
    "all x where (y = 1)": "all_where",
    "no x where (y = 1)": "none_where",
}


def condition_of(text: str) -> Test:
    condition = parse(text).condition
    assert isinstance(condition, Test)
    return condition


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_spelling(spelling: str):
    test = condition_of(f"x {spelling}")

    assert (test.op, test.value) == SPELLINGS[spelling]


@pytest.mark.parametrize("text", QUANTIFIED)
def test_quantifiers(text: str):
    assert condition_of(text).op == QUANTIFIED[text]


def test_every_operator_of_the_registry_has_a_spelling():
    assert {op for op, _ in SPELLINGS.values()} | set(QUANTIFIED.values()) == FIELD_OPERATORS.keys()


@pytest.mark.parametrize(
    "spelling", ['= "a"', 'is not "a"', 'in ("a")', 'contains "a"', 'does not end with "a"', 'has "a"']
)
def test_case_is_ignored_where_that_is_said(spelling: str):
    assert condition_of(f"x {spelling} IGNORING  case").ignore_case
    assert not condition_of(f"x {spelling}").ignore_case


def test_a_computed_trait_takes_every_test():
    for spelling, (op, value) in SPELLINGS.items():
        test = condition_of(f"computed x {spelling}")

        assert (test.subject.kind, test.op, test.value) == ("computed", op, value)
