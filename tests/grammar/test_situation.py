"""What stands around the place where a parser stopped."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic, Span
from muster.grammar.situation import NOTHING, Finding, Situation, lexemes_of, situation


def here(text: str, at: int | None, accepts: frozenset[str] = frozenset(), reach: int = 0) -> Situation:
    return situation(text, at, accepts, lambda _: reach)


def test_a_text_is_cut_into_words_literals_and_marks():
    text = "a.b_1 >= -3.5 # note\nand `c d` = 'x' $p \"open\n~"
    kinds = [(lexeme.kind, lexeme.text) for lexeme in lexemes_of(text)]

    assert kinds == [
        ("word", "a"),
        ("other", "."),
        ("word", "b_1"),
        ("compare", ">="),
        ("other", "-"),
        ("number", "3.5"),
        ("word", "and"),
        ("word", "`c d`"),
        ("compare", "="),
        ("string", "'x'"),
        ("param", "$p"),
        ("broken", '"open'),
        ("other", "~"),
    ]


def test_the_words_around():
    place = here("a = pro or b", 4)

    assert (place.previous.text, place.at.text, place.following.text) == ("=", "pro", "or")
    assert here("a", 0).previous == here("a", 0).following == NOTHING


def test_the_end_lies_after_the_last_word():
    place = here("a and # note\n", None)

    assert (place.at.kind, place.at.span) == ("end", Span(5, 5))
    assert place.previous.text == "and"
    assert here("", None).at.span == Span(0, 0)


def test_a_value_is_wanted_where_a_name_is_not_possible():
    assert here("a", 0, frozenset({"STRING", "DATE"})).wants_value
    assert not here("a", 0, frozenset({"STRING", "NAME", "DATE"})).wants_value
    assert not here("a", 0, frozenset({"STRING"})).wants_value


def test_a_replacement_helps_if_the_parser_gets_past_the_next_word():
    text = "a == b or c"

    assert here(text, 3, reach=6).helps(Span(3, 4), "")
    assert not here(text, 3, reach=4).helps(Span(3, 4), "")
    assert here("a == ", 3, reach=6).helps(Span(3, 4), "")
    assert not here("a == ", 3, reach=4).helps(Span(3, 4), "")


def test_a_finding_is_repaired_by_its_fix():
    assert Finding.fixed(Diagnostic("E01", "", fix="x")).repair == "x"
    assert Finding.fixed(Diagnostic("E01", "")).repair is None
