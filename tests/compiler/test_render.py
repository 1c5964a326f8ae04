"""Diagnostics as readers and programs get them: carets under the place, nothing that could harm a terminal."""

from __future__ import annotations

import json

import pytest

from muster.compiler.diagnostics import Diagnostic, Origin, Pointer, Span
from muster.compiler.render import render, to_json


def problem(source: str | None, origin: Origin | None, message: str = "Wrong.") -> Diagnostic:
    return Diagnostic("E13", message, origin=origin, source=source)


def drawn(source: str, start: int, end: int) -> tuple[str, str]:
    """Give the source line and the caret line, without their margins."""
    lines = render([problem(source, Span(start, end))]).split("\n")
    return lines[2].partition("| ")[2], lines[3].partition("| ")[2]


def test_a_diagnostic_has_code_place_line_carets_and_help():
    diagnostic = Diagnostic(
        "E05",
        "Ambiguous.",
        severity="warning",
        origin=Span(6, 8),
        suggestions=("5min", "5mo"),
        hint="Say which.",
        source="x in\n5m",
    )

    assert render([diagnostic]).split("\n") == [
        "warning[E05]: Ambiguous.",
        " --> rule:2:2",
        "2 | 5m",
        "  |  ^",
        "  = hint: Say which.",
        "  = try: 5min",
        "  = try: 5mo",
    ]


def test_several_diagnostics_stand_apart_under_the_name_of_their_file():
    text = render([problem("a", Span(0, 1)), problem("a", None)], "vip.rule")

    assert text == "error[E13]: Wrong.\n --> vip.rule:1:1\n1 | a\n  | ^\n\nerror[E13]: Wrong."


@pytest.mark.parametrize(
    ("source", "start", "end", "carets"),
    [
        ("ab = c", 5, 6, "     ^"),
        ("東京 = c", 5, 6, "       ^"),
        ("a = 東京", 4, 6, "    ^^^^"),
        ("cafe\u0301 = c", 8, 9, "       ^"),
        ("\U0001f600 = c", 4, 5, "     ^"),
        ("a\u200d = c", 5, 6, "    ^"),
        ("\ta = c", 5, 6, "        ^"),
        ("a and", 5, 5, "     ^"),
        ("", 0, 0, "^"),
        ("a\nb", 0, 3, "^"),
        ("a\nb", 1, 1, " ^"),
        ("a = b\r\nc", 4, 7, "    ^"),
    ],
)
def test_carets_stand_under_the_place(source: str, start: int, end: int, carets: str):
    assert drawn(source, start, end)[1] == carets


def test_characters_that_steer_a_terminal_are_spelled_out():
    line, carets = drawn("a = '\x1b[31m\u202e' or ~", 16, 17)

    assert line == "a = '<U+001B>[31m<U+202E>' or ~"
    assert carets.index("^") == line.index("~")
    assert "\x1b" not in render([problem("a", None, "Found \x1b.")], "\x1b")


def test_a_long_line_is_cut_around_the_place():
    source = "x" * 5000 + "HERE" + "y" * 5000
    line, carets = drawn(source, 5000, 5004)

    assert len(line) <= 102
    assert line[carets.index("^") :].startswith("HERE")
    assert carets.strip() == "^^^^"
    assert line.startswith("…")
    assert line.endswith("…")


def test_a_long_place_is_cut_itself():
    line, carets = drawn("a = '" + "x" * 5000 + "'", 4, 5006)

    assert len(line) <= 110
    assert len(carets) <= 110


def test_a_line_is_cut_on_one_side_only_where_that_is_enough():
    assert drawn("HERE" + "y" * 500, 0, 4)[0].startswith("HEREy")
    assert drawn("x" * 500 + "HERE", 500, 504)[0].endswith("xHERE")


def test_places_without_a_line_are_named():
    assert render([problem(None, Pointer("/all/0/op"))]).endswith("\n --> rule: /all/0/op")
    assert render([problem(None, Pointer(""))]).endswith("\n --> rule: the whole document")
    assert render([problem(None, Span(3, 5))]).endswith("\n --> rule: characters 3 to 5")


def test_json_has_the_same_fields():
    diagnostic = Diagnostic(
        "E02",
        "Unquoted.",
        origin=Span(6, 9),
        expected=("text",),
        suggestions=('a = "pro"',),
        hint="Quote it.",
        fix='"pro"',
        source="a\n and pro",
    )

    assert to_json(diagnostic) == {
        "code": "E02",
        "severity": "error",
        "message": "Unquoted.",
        "span": {"start": 6, "end": 9, "line": 2, "column": 5, "end_line": 2, "end_column": 8},
        "expected": ["text"],
        "suggestions": ['a = "pro"'],
        "hint": "Quote it.",
        "fix": '"pro"',
    }
    assert json.loads(json.dumps(to_json(diagnostic))) == to_json(diagnostic)


def test_json_leaves_out_what_is_not_known():
    assert to_json(problem(None, Pointer("/all"))) == {
        "code": "E13",
        "severity": "error",
        "message": "Wrong.",
        "pointer": "/all",
    }
    assert to_json(problem(None, Span(1, 2)))["span"] == {"start": 1, "end": 2}
    assert "span" not in to_json(problem(None, None))
    assert to_json(Diagnostic("E01", "x", fix=""))["fix"] == ""


def test_names_that_fit_in_json_are_in_the_hint_alone():
    diagnostic = Diagnostic(
        "E29", "Wrong.", origin=Pointer("/op"), suggestions=("eq",), hint="Did you mean `eq`?", source="{}"
    )

    assert render([diagnostic]) == "error[E29]: Wrong.\n --> rule: /op\n  = hint: Did you mean `eq`?"
