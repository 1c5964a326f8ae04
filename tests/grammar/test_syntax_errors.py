"""All problems of a text are found, at their places in the text as it was sent, and each fix is one that parses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.diagnostics import MAX_DIAGNOSTICS, Diagnostic, RuleError, Span
from muster.compiler.render import render
from muster.grammar import syntax_errors
from muster.grammar.text import parse, parse_library

SENTENCES = (Path(__file__).parent / "sentences_accepted.txt").read_text(encoding="utf-8").splitlines()
_WORD = re.compile(r'"[^"]*"|\'[^\']*\'|`[^`]*`|[\w$]+|\s+|.', re.DOTALL)
_STRANGE = (
    *("==", "null", '"', "'", "`", "$", "m", "5m", "once", "and", "or", "not", "then", "where", "(", ")", ",", ";"),
    *("#", "\n", "“", "1e5", "2024-1-1", "none", "trait", "in", "of", "~", "&&", "is", "\\", "\u00a0", ":", ".", "%"),
    *("\U0001f600", "\u0301", "K_AND", "{p:String}", "''", "3x", "let", "audience"),
)


def problems(text: str) -> tuple[Diagnostic, ...]:
    try:
        parse(text)
    except RuleError as error:
        return error.diagnostics
    return ()


@st.composite
def broken_rules(draw: st.DrawFn) -> str:
    """Give a rule with some words left out, put in, exchanged or swapped."""
    words = _WORD.findall(draw(st.sampled_from(SENTENCES)))
    pool = st.sampled_from(_STRANGE) | st.sampled_from(SENTENCES).map(lambda text: _WORD.findall(text)[0])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(words)))
        match draw(st.sampled_from(("leave out", "put in", "exchange", "swap"))):
            case "leave out":
                del words[at : at + 1]
            case "put in":
                words.insert(at, draw(pool | pool.map(lambda word: f" {word} ")))
            case "exchange":
                words[at : at + 1] = [draw(pool)]
            case _:
                words = [*words[:at], *words[at : at + 2][::-1], *words[at + 2 :]]
    return "".join(words)


@given(broken_rules())
def test_any_broken_rule_is_explained_at_places_that_it_has(text: str):
    found = problems(text)
    for diagnostic in found:
        assert re.fullmatch(r"E\d\d", diagnostic.code)
        assert isinstance(diagnostic.origin, Span)
        assert 0 <= diagnostic.origin.start <= diagnostic.origin.end <= len(text)
    assert render(found).count("-->") == len(found) <= MAX_DIAGNOSTICS


@given(broken_rules())
def test_fixes_for_all_problems_make_a_rule(text: str):
    found = problems(text)
    if any(diagnostic.fix is None for diagnostic in found):
        return
    mended = text
    for diagnostic in sorted(found, key=lambda diagnostic: -_start(diagnostic)):
        assert isinstance(diagnostic.origin, Span)
        mended = mended[: diagnostic.origin.start] + (diagnostic.fix or "") + mended[diagnostic.origin.end :]

    assert problems(mended) == ()


def test_several_problems_are_found_at_once():
    text = 'plan == "pro" and country = US\nand did a 2 times and phone = null and x = "\\q" and y < 0.12345678901'
    found = problems(text)

    assert [d.code for d in found] == ["E01", "E02", "E03", "E07", "E14", "E21"]
    assert [_slice(text, d) for d in found] == ["=", "US", "2 times", "null", "\\q", "0.12345678901"]


def test_problems_of_later_statements_are_found_after_one_that_cannot_be_mended():
    text = "let a = ; let b == 2; x == 3"

    assert [(d.code, _start(d)) for d in problems(text)] == [("E13", 8), ("E01", 17), ("E01", 25)]


def test_each_audience_of_a_library_is_looked_at():
    text = "audience a: x + 1; audience b: y == 2;\naudience c: did a 3 times; audience d: z = 1;"
    with pytest.raises(RuleError) as refused:
        parse_library(text)

    assert [(d.code, _slice(text, d)) for d in refused.value.diagnostics] == [
        ("E13", "+"),
        ("E01", "="),
        ("E03", "3 times"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plan + 3 and seats ! and a == 1", ["+", "!", "="]),
        ("x between ! and trait y and a == 1", ["!", "="]),
        ("x between 1 and ! and did a 3 times", ["!", "3 times"]),
        ("did a where (b + 1 and c == 2) and d == 3", ["+", "=", "="]),
        ("any of (a + 1, b == 2) or not (c + 3) or d = US", ["+", "=", "+", "US"]),
        ("in audience 3 and b == 1", ["3", "="]),
        ("x in (1, !, 3) and b == 1", ["!", "="]),
        ("(did a within 3) and b == 1", [")", "="]),
        ("x in ('\\q', 1) + 1 and b == 1", ["\\q", "+", "="]),
        ("a + 1\n# why\nand b == 1", ["+", "="]),
        ("a == 1 + 1 and b == 1", ["=", "+", "="]),
        ("a + 1 and b c d", ["+", "c"]),
    ],
)
def test_problems_of_later_conditions_are_found_after_one_that_cannot_be_mended(text: str, expected: list[str]):
    assert [_slice(text, d) for d in problems(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        "x between ! and 5",
        "x between ! and trait y",
        "did a between ! and 5 times and c = 3",
        "x in (1, !, 3)",
        "a + 1 and b = 2",
        "sum(x) of a ! where (b = 1 and c = 2) > 3",
        "did a then + within 3 days and b = 2",
        "did a in at least ! of the last 4 weeks or b = 2",
        "in audience ! or b = 2",
    ],
)
def test_nothing_is_told_that_only_a_skipped_condition_brought_about(text: str):
    assert [(d.code, _slice(text, d)) for d in problems(text)] == [("E13", "+" if "+" in text else "!")]


def test_a_statement_left_open_is_closed():
    with pytest.raises(RuleError) as refused:
        parse_library("audience a: x = 1")

    assert [(d.code, d.fix) for d in refused.value.diagnostics] == [("E06", ";")]


def test_what_only_a_repair_brought_about_is_not_told():
    (found,) = problems("sum(x) of a 3 times > 1")

    assert (found.code, found.fix) == ("E03", None)


def test_an_end_that_follows_from_another_problem_is_not_told():
    assert [d.code for d in problems("first(x) of a between 10 and 20")] == ["E15"]


def test_fixes_keep_apart_from_their_neighbours():
    assert [d.fix for d in problems("a = 1&&b = 2")] == [" and "]
    assert [d.fix for d in problems("did any of (a)3today")] == ["at least 3 times "]


def test_there_is_an_end_to_the_number_of_problems():
    assert len(problems(" and ".join(["a == 1"] * 50))) == MAX_DIAGNOSTICS


@pytest.mark.parametrize("budget", [0, 20, 60, 120])
def test_the_search_ends_when_it_has_parsed_enough(budget: int, monkeypatch: pytest.MonkeyPatch):
    text = "let x = ; let y == 2; plan == pro and city = (Bern"
    everything = [d.code for d in problems(text)]
    monkeypatch.setattr(syntax_errors, "_BUDGET", budget)
    found = [d.code for d in problems(text)]

    assert found
    assert found == everything[: len(found)]
    assert len(found) < len(everything)


def _start(diagnostic: Diagnostic) -> int:
    assert isinstance(diagnostic.origin, Span)
    return diagnostic.origin.start


def _slice(text: str, diagnostic: Diagnostic) -> str:
    assert isinstance(diagnostic.origin, Span)
    return text[diagnostic.origin.start : diagnostic.origin.end]
