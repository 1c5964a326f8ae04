"""What keeps a document out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from muster.backends.base import Json, PlainText
from muster.backends.tables.flaws import Flaw, find_flaws, text_flaw
from muster.backends.tables.values import MAX_DEPTH
from tests.documents import DOCUMENTS, deep


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, ()),
        ({"plan": "pro", "n": [1, None, True, {"a": Decimal("0.5")}]}, ()),
        ({"plan": "a\0b"}, (Flaw("nul", ("plan",)),)),
        ({"plan": PlainText("\ud800")}, (Flaw("surrogate", ("plan",)),)),
        ({"a": {"b\0": 1}}, (Flaw("nul", ("a",)),)),
        ({"a": [{"b": float("nan")}]}, (Flaw("number", ("a", "b")),)),
        ({"n": 10**18}, (Flaw("number", ("n",)),)),
        ({"a": deep(MAX_DEPTH)}, ()),
        ({"a": deep(MAX_DEPTH + 1)}, (Flaw("deep", ("a",) * (MAX_DEPTH + 1)),)),
    ],
)
def test_these_flaws_are_found(document: dict[str, Json], expected: tuple[Flaw, ...]) -> None:
    assert find_flaws(document) == expected


def test_a_document_far_too_deep_is_found_without_recursion() -> None:
    assert [flaw.kind for flaw in find_flaws({"a": deep(100_000)})] == ["deep"]


def test_an_astral_character_is_no_flaw() -> None:
    assert text_flaw("🙂") is None


@given(DOCUMENTS)
def test_any_document_can_be_examined(document: dict[str, Json]) -> None:
    assert all(flaw.kind in {"nul", "surrogate", "deep", "number"} for flaw in find_flaws(document))
