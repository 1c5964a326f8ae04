"""YAML is read as JSON would be, and everything has a line."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from muster.api.yaml_text import Document, YamlError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"),
        ("NO", "NO"),
        ("on", "on"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("010", "010"),
        ("0", 0),
        ("-12", -12),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("0.1", Decimal("0.1")),
        ("1e3", Decimal(1000)),
        (".5", ".5"),
        (".inf", ".inf"),
        ("2024-06-01", "2024-06-01"),
        ('"1"', "1"),
        ("{1: a}", {"1": "a"}),
        ("[1, {a: [x]}]", [1, {"a": ["x"]}]),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
    ],
)
def test_plain_words_mean_what_they_mean_in_json(text: str, value: Any) -> None:
    read = Document(text).value

    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3", 3, '"a" stands here for the second time'),
        ("a:\n  - {b: 1, b: 2}", 2, '"b" stands here for the second time'),
        ("a: 1\nb: [1", 2, "no YAML"),
        ("? [1]\n: 2", 1, "A key must be a text"),
        ("\0", 1, "unacceptable character"),
        ("a: 1\nb: !!python/object x", 2, "could not determine a constructor"),
        ("a: 1\n--- \nb: 2", 2, "no YAML"),
        (f"a: 1\nb: {'[' * 20_000}", 2, "nested too deeply"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else str(value),
)
def test_what_is_no_yaml_is_told_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(YamlError, match=words) as wrong:
        Document(text)

    assert wrong.value.line == line


def test_everything_has_a_line_and_steps_that_lead_nowhere_are_left_out() -> None:
    document = Document("a: 1\nb:\n  - x\n  - {c: 2,\n     d: 3}\n")

    assert document.line(()) == 1
    assert document.line(("b",)) == 2
    assert document.line(("b", 1)) == 4
    assert document.line(("b", 1, "d")) == 5
    assert document.line(("b", 1, "z")) == 4
    assert document.known(("b", "list[str]", 1, "dict", "d", "z")) == ("b", 1, "d")
    assert Document("").line(("a",)) == 1
