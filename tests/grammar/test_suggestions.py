"""Suggestions are whole rules, or statements of a library, that run."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import RuleError
from muster.grammar.text import parse, parse_library


def suggestions(text: str) -> list[tuple[str, ...]]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return [diagnostic.suggestions for diagnostic in refused.value.diagnostics]


def test_a_rule_is_mended_as_a_whole():
    assert suggestions("a == 1 and b = x") == [('a = 1 and b = "x"',)] * 2


def test_a_rule_on_several_lines_is_shown_on_one():
    assert suggestions("a = 1\n  and b == 2\n\nand c = 3\n") == [("a = 1 and b = 2 and c = 3",)]


def test_a_rule_with_comments_is_not_shown_on_one_line():
    assert suggestions("# why\na == 1") == [()]


def test_of_a_library_the_statement_of_the_problem_is_shown():
    with pytest.raises(RuleError) as refused:
        parse_library('let a == 1; audience "B":\n  b == 2;\naudience C: c = 3;')

    assert [found.suggestions for found in refused.value.diagnostics] == [
        ("let a = 1;",),
        ('audience "B": b = 2;',),
    ]


def test_what_a_rule_could_mean_is_shown_as_whole_rules():
    assert suggestions("a = 1 and did b in last 5m") == [
        ("a = 1 and did b in last 5min", "a = 1 and did b in last 5mo")
    ]
    assert suggestions("did b in last 5m and c + 1") == [(), ()]


def test_a_fix_may_span_lines():
    assert suggestions("1\n= plan") == [("plan = 1",)]


def test_a_rule_with_a_problem_that_has_no_fix_is_not_shown():
    assert suggestions("a == 1 and b = null") == [(), ("a = 1 and b is not set",)]
    assert suggestions("a == 1\nand b = null") == [(), ()]


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
