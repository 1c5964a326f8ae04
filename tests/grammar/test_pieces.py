"""What is told of the parse under way belongs to that parse alone."""

from __future__ import annotations

import pytest
from lark import Token

from muster.compiler.diagnostics import Diagnostic, RuleError, Span
from muster.compiler.values import Now
from muster.grammar.limits import MAX_LEAVES
from muster.grammar.pieces import (
    count_leaf,
    end_of,
    next_rule,
    nfc,
    note_parentheses,
    reading,
    report,
    span,
    start_of,
    token_span,
)

PLACE = Span(0, 1)
A = Diagnostic("E13", "a")
B = Diagnostic("E13", "b")


def test_problems_belong_to_the_innermost_parse():
    with reading() as outer:
        with reading() as inner:
            report(B)
        report(A)

    assert (outer.problems, inner.problems) == ([A], [B])


def test_reporting_outside_a_parse_fails():
    with pytest.raises(LookupError):
        report(A)


def test_one_leaf_too_many_ends_the_parse():
    with reading():
        for _ in range(MAX_LEAVES):
            count_leaf(PLACE)
        with pytest.raises(RuleError):
            count_leaf(PLACE)
        next_rule()
        count_leaf(PLACE)


def test_conditions_in_parentheses_are_remembered():
    with reading() as told:
        note_parentheses(Span(1, 2), Span(0, 3))

    assert told.parentheses == [(Span(1, 2), Span(0, 3))]


def test_places_of_tokens_and_pieces():
    token = Token("NAME", "abc", start_pos=4, end_pos=7)

    assert (start_of(token), end_of(token)) == (4, 7)
    assert span([token, Now(Span(9, 12))]) == Span(4, 12)
    assert token_span(token) == Span(4, 7)


def test_text_is_composed():
    assert nfc("e\u0301") == "\u00e9"
    assert nfc("plain") == "plain"
