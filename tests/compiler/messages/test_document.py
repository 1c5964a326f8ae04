"""The wording of JSON problems: every function says its code, and nothing long or unprintable is repeated."""

from __future__ import annotations

import inspect
import re
from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.diagnostics import Pointer
from muster.compiler.messages import document

AT = Pointer("/all/0/value")
WORDINGS = [
    made
    for _, made in inspect.getmembers(document, inspect.isfunction)
    if made.__module__ == document.__name__ and "Diagnostic" in str(inspect.signature(made).return_annotation)
]


@pytest.mark.parametrize("wording", WORDINGS, ids=lambda wording: wording.__name__)
def test_every_wording_names_its_code_first(wording: Any) -> None:
    codes = re.findall(r"\bE\d\d\b", wording.__doc__ or "")

    assert codes
    assert all(f'"{code}"' in inspect.getsource(wording) for code in codes)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "null"),
        (True, "true"),
        (False, "false"),
        ("pro", 'the text "pro"'),
        (5, "the number 5"),
        (Decimal("1.50"), "the number 1.50"),
        ([], "an empty list"),
        ([1], "a list"),
        ({}, "an object"),
    ],
)
def test_what_was_found_is_named_as_json_names_it(value: Any, said: str) -> None:
    assert document.found(value) == said


def test_long_and_unprintable_texts_are_cut_and_spelled() -> None:
    assert document.shown("x" * 100) == "x" * 40 + "…"
    assert document.shown("a\nb\u202e") == "a\\u000ab\\u202e"
    assert document.shown("東京") == "東京"


def test_words_are_joined_as_a_sentence_does() -> None:
    assert document.listed(["a"]) == "a"
    assert document.listed(["a", "b"]) == "a or b"
    assert document.listed(["a", "b", "c"], "and") == "a, b and c"


def test_null_is_told_by_its_place() -> None:
    assert document.null(AT, is_value=True).code == "E07"
    assert document.null(AT, is_value=False).code == "E19"


def test_today_in_the_place_of_a_time_is_told_how_to_be_written() -> None:
    assert document.not_a_time("today", "before", AT).hint == 'Write {"time": "today"}.'
    assert document.not_a_time("soon", "before", AT).hint is None


def test_a_library_and_a_rule_are_told_apart() -> None:
    assert document.library_instead(AT).expected == ("rule",)
    assert document.rule_instead(AT).expected == ("audiences",)
