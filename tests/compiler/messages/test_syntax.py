"""What clauses and places are called; the tone is tested with the other messages about text."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import Span
from muster.compiler.messages import syntax

PLACE = Span(0, 1)
KINDS = ("where", "within", "same", "count", "nth", "regular", "window")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_clause_has_a_name(kind: str):
    assert syntax._CLAUSES[kind] in syntax.repeated_clause(kind, PLACE).message


@pytest.mark.parametrize("place", ["did", "did not", "a sequence", "then", "did nothing", "never did", "a metric"])
def test_every_place_says_why_a_clause_does_not_belong(place: str):
    assert syntax.misplaced_clause("count", place, PLACE).message.startswith("A number of times ")


def test_an_escape_is_fixed_by_doubling_its_backslash():
    assert syntax.unknown_escape("\\q", PLACE).fix == "\\\\q"


def test_a_time_in_quotes_is_told_to_lose_them():
    assert syntax.not_a_time("2024-01-01", PLACE).hint is not None
    assert syntax.not_a_time(None, PLACE).hint is None
