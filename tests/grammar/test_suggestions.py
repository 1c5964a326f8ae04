"""Suggestions are whole lines that run."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import RuleError
from muster.grammar.text import parse


def suggestions(text: str) -> list[tuple[str, ...]]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [diagnostic.suggestions for diagnostic in refused.value.diagnostics]


def test_a_line_is_mended_as_a_whole():
    assert suggestions("a == 1 and b = x") == [('a = 1 and b = "x"',)] * 2


def test_only_the_line_of_the_problem_is_shown():
    assert suggestions("a = 1\nand b == 2\nand c = 3") == [("and b = 2",)]


def test_a_fix_may_span_lines():
    assert suggestions("1\n= plan") == [("plan = 1",)]


def test_a_line_with_a_problem_that_has_no_fix_is_not_shown():
    assert suggestions("a == 1 and b = null") == [(), ("b is not set",)]


def test_a_long_line_is_not_repeated():
    assert suggestions("a == '" + "x" * 200 + "'") == [()]


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        (
            "did signup then purchase within 7 days in last 90 days",
            "did signup in last 90 days then purchase within 7 days",
        ),
        ("a = 1 and did b then c today then d", "a = 1 and did b today then c then d"),
        ("did b then c today and did d then e", "did b today then c and did d then e"),
        ("did a where (x = 'did then') then b today", "did a where (x = 'did then') today then b"),
    ],
)
def test_the_window_of_a_sequence_moves_to_its_first_step(text: str, moved: str):
    assert suggestions(text) == [(moved,)]
    assert parse(moved)


def test_a_window_is_not_moved_to_where_another_stands():
    assert suggestions("did a today then b yesterday") == [()]
