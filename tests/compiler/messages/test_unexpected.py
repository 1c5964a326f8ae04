"""The tone of what is said about broken text; what is said where stands in tests/diagnostics."""

from __future__ import annotations

import inspect
import re

import pytest

from muster.compiler.diagnostics import Diagnostic, Span
from muster.compiler.messages import syntax, unexpected

PLACE = Span(0, 1)
FUNCTIONS = {
    name: function
    for module in (syntax, unexpected)
    for name, function in inspect.getmembers(module, inspect.isfunction)
    if function.__module__ == module.__name__ and not name.startswith("_")
}
SAMPLES = {
    "origin": PLACE,
    "extra": PLACE,
    "expected": ("a value",),
    "meant": ("contains",),
    "mended": ("x", "y"),
    "place": "then",
    "kind": "window",
    "earlier": "count",
    "later": "nth",
    "limit": 32,
    "size": 70_000,
    "fix": "x",
    "nul": True,
    "certain": True,
    "negative": True,
    "too_many_decimals": False,
}


def said(name: str) -> Diagnostic:
    function = FUNCTIONS[name]
    arguments = {key: SAMPLES.get(key, "x" * 100) for key in inspect.signature(function).parameters}
    diagnostic = function(**arguments)
    assert isinstance(diagnostic, Diagnostic)
    return diagnostic


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_a_message_is_a_sentence_that_blames_nobody(name: str):
    diagnostic = said(name)
    for text in filter(None, (diagnostic.message, diagnostic.hint)):
        assert text[-1] in ".?"
        assert text[0].isupper() or text[0] in '`"0123456789'
        plain = text.replace("Did you mean", "")
        assert re.search(r"\b(you|your|invalid|syntax|token|parse)\b", plain, re.IGNORECASE) is None


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_what_is_repeated_from_a_rule_is_cut(name: str):
    assert len(said(name).message) < 300


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_the_code_is_the_one_that_the_function_is_about(name: str):
    assert (FUNCTIONS[name].__doc__ or "").startswith(f"{said(name).code}: ")


def test_one_phrase_is_explained_and_several_are_not():
    assert "(text in quotes" in unexpected.unfinished("=", ["a value"], PLACE).message
    assert unexpected.unfinished("x", ["a unit", "`calendar`"], PLACE).message.endswith(
        "a unit or `calendar` is expected."
    )
    assert unexpected.unexpected("x", [], PLACE).message.endswith("nothing more is expected.")
