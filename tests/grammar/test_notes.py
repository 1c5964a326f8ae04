"""Whole-line comments belong to the condition that follows, and print back there."""

from __future__ import annotations

import pytest

from muster.compiler.rule import Condition, Library, Rule, walk
from muster.grammar.format import format_condition, format_library, format_rule
from muster.grammar.notes import lift, lost
from muster.grammar.text import parse, parse_library


def noted(rule: Rule) -> dict[str, str]:
    """Give each note by the condition it belongs to, the condition written without notes."""
    found = {}
    for node in walk(rule.condition):
        if node.note is not None:
            lines = format_condition(node).split("\n")
            found[" ".join(line.strip() for line in lines if not line.lstrip().startswith("#"))] = node.note
    return found


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("# why\na = 1", {"a = 1": "why"}),
        ("#why", {}),
        ("  #   indented\na = 1", {"a = 1": "  indented"}),
        ("# two\n#\n\n# lines\na = 1", {"a = 1": "two\n\nlines"}),
        ("#\na = 1", {"a = 1": ""}),
        ("a = 1 # beside\nand b = 2", {}),
        ("a = 1 # beside\n# above\nand b = 2", {"b = 2": "above"}),
        ("a = 1\nand # beside\n  # above\nb = 2", {"b = 2": "above"}),
        ("# first of several\na = 1 and b = 2", {"a = 1": "first of several"}),
        ("# all of it\n(a = 1 and b = 2)", {"(a = 1 and b = 2)": "all of it"}),
        ("# all of it\nall of (a = 1, b = 2)", {"(a = 1 and b = 2)": "all of it"}),
        ("# outer\n((a = 1 and b = 2) or c = 3)", {"((a = 1 and b = 2) or c = 3)": "outer"}),
        ("(# beside\n# inner\n(a = 1 and b = 2) or c = 3)", {"(a = 1 and b = 2)": "inner"}),
        ("# outer\n(\n# inner\na = 1)", {"a = 1": "outer\ninner"}),
        ("(\n# inner\na = 1) and b = 2", {"a = 1": "inner"}),
        ("((\n# inner\na = 1)) and b = 2", {"a = 1": "inner"}),
        ("(\n# inner\n(a = 1 and b = 2))", {"(a = 1 and b = 2)": "inner"}),
        ("(\n# inner\na = 1 and b = 2)", {"a = 1": "inner"}),
        ("# the negation\nnot a = 1", {"not a = 1": "the negation"}),
        ("not\n# the member\na = 1", {"a = 1": "the member"}),
        ("did x\n# in the middle\nin last 3 days and b = 2", {"b = 2": "in the middle"}),
        ("did x where (\n# inner\ny = 1)", {"y = 1": "inner"}),
        ("did x then y where (\n# inner\nz = 1)", {"z = 1": "inner"}),
        ("sum(x) of y where (\n# inner\nz = 1) > 3", {"z = 1": "inner"}),
        ("any x where (\n# inner\nz = 1)", {"z = 1": "inner"}),
        ("a = \"\\n# no note\" and b = '# none'\n# note\nand c = 3", {"c = 3": "note"}),
        ("# windows\r\na = 1\r\n", {"a = 1": "windows"}),
        ("# a\rb\na = 1", {"a = 1": "a\rb"}),
        ("let x = 1;\n# note\na = 1", {"a = 1": "note"}),
        ("a = 1\n# after all", {}),
    ],
)
def test_a_note_belongs_to_the_operand_that_starts_next(text: str, notes: dict[str, str]):
    if text == "#why":
        text += "\n\na = 1"
        notes = {"a = 1": "why"}

    assert noted(parse(text)) == notes


@pytest.mark.parametrize("note", ["", " ", "x", "two\nlines", "ends\r", "\r", "a\rb", "# #", "\u2028", '"'])
def test_any_note_prints_back(note: str):
    (condition,) = (node for node in walk(parse("# x\na = 1").condition))
    rule = Rule(condition=_with_note(condition, note))

    assert parse(format_rule(rule)) == rule


def test_notes_inside_a_library_and_its_computed_traits():
    text = "computed c = count of a where (\n# one\nx = 1);\naudience v:\n# two\ny = 2;"
    library = parse_library(text)

    where = library.computed[0][1].where
    assert where is not None
    assert where.note == "one"
    assert library.audiences[0][1].note == "two"
    assert parse_library(format_library(library)) == _without_source(library)


def _with_note(condition: Condition, note: str) -> Condition:
    return condition.__class__(**{name: getattr(condition, name) for name in _fields(condition)}, note=note)


def _fields(condition: Condition) -> list[str]:
    return [name for name in condition.__dataclass_fields__ if name != "note"]


def _without_source(library: Library) -> Library:
    return Library(audiences=library.audiences, let=library.let, params=library.params, computed=library.computed)


@pytest.mark.parametrize(
    ("text", "lifted"),
    [
        ("a = 1 # why", "# why\na = 1"),
        ("a = 1\n  and b = 2# here\r\n", "a = 1\n  # here\r\n  and b = 2\n"),
        ("# above\na = '# none' # beside", "# above\n# beside\na = '# none'"),
        ("a = 1", "a = 1"),
        ("# above\n  # in\na = 1\n#", "# above\n  # in\na = 1\n#"),
        ("", ""),
    ],
)
def test_a_comment_beside_a_line_gets_a_line_of_its_own(text: str, lifted: str):
    assert lift(text) == lifted
    assert lift(lifted) == lifted


def test_a_comment_that_is_gone_is_told_with_its_line():
    assert lost("# a\nx = 1 # b\n# a\n# c", "# a\n#b\nx = 1") == [(3, "# a"), (4, "# c")]
    assert lost("x = '# a' # a", "# a\nx = '# a'") == []
