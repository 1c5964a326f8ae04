"""What objects, lists and paths through them mean: ADR 0009, worked out by hand and as laws."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import Json
from muster.backends.tables.scalars import Views
from muster.backends.tables.values import MAX_DEPTH, Cell, Nested, Record, Shaped, normalise, normalise_all
from muster.compiler.values import Path
from tests.documents import DOCUMENTS, deep


def text(value: str) -> Views:
    return Views(value)


def num(value: int) -> Views:
    return Views(None, Decimal(value))


def of(*elements: Any) -> Shaped:
    return Shaped("list", elements)


def an_object(record: Record) -> Shaped:
    return Shaped("object", (record,))


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({}, {}),
        ({"plan": "pro"}, {("plan",): text("pro")}),
        ({"plan": None}, {}),
        ({"a.b": 1}, {("a.b",): num(1)}),
        ({"x": []}, {("x",): of()}),
        ({"x": [None, 10**18]}, {("x",): of()}),
        ({"x": ["a", None, 1]}, {("x",): of(text("a"), num(1))}),
        ({"x": [["a"], []]}, {("x",): of(Nested.LIST, Nested.LIST)}),
        ({"x": {}}, {("x",): an_object({})}),
        ({"x": {"a": None}}, {("x",): an_object({})}),
        ({"x": {"a": 1}}, {("x",): an_object({("a",): num(1)}), ("x", "a"): num(1)}),
        (
            {"x": {"a": {"b": 1}}},
            {
                ("x",): an_object({("a",): an_object({("b",): num(1)}), ("a", "b"): num(1)}),
                ("x", "a"): an_object({("b",): num(1)}),
                ("x", "a", "b"): num(1),
            },
        ),
        ({"x": [{"p": 1}, {}]}, {("x",): of({("p",): num(1)}, {}), ("x", "p"): of(num(1))}),
        ({"x": [{"p": None}]}, {("x",): of({})}),
        ({"x": ["p", ["p"], {"p": 1}]}, {("x",): of(text("p"), Nested.LIST, {("p",): num(1)}), ("x", "p"): of(num(1))}),
        (
            {"x": [{"t": ["a"]}, {"t": []}]},
            {("x",): of({("t",): of(text("a"))}, {("t",): of()}), ("x", "t"): of(text("a"))},
        ),
        ({"x": [{"t": []}]}, {("x",): of({("t",): of()}), ("x", "t"): of()}),
        (
            {"x": [{"t": [["a"]]}, {"t": 1}]},
            {
                ("x",): of({("t",): of(Nested.LIST)}, {("t",): num(1)}),
                ("x", "t"): of(Nested.LIST, num(1)),
            },
        ),
        (
            {"x": [{"o": {"w": 1}}]},
            {
                ("x",): of({("o",): an_object({("w",): num(1)}), ("o", "w"): num(1)}),
                ("x", "o"): of({("w",): num(1)}),
                ("x", "o", "w"): of(num(1)),
            },
        ),
        ({"é": 1, "e\u0301": 2}, {("é",): num(2)}),
        ({"é": 1, "e\u0301": None}, {}),
        ({"x": {"é": 1, "e\u0301": None}}, {("x",): an_object({})}),
    ],
)
def test_a_document_has_these_places(document: dict[str, Json], expected: Record) -> None:
    assert normalise(document) == expected


def test_a_value_as_deep_as_allowed_is_read_to_its_end() -> None:
    assert normalise({"a": deep(MAX_DEPTH)})[("a",) * (MAX_DEPTH + 1)] == num(1)


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 5000])
def test_what_lies_deeper_is_missing(levels: int) -> None:
    paths = normalise({"a": deep(levels)})

    assert max(map(len, paths)) == MAX_DEPTH


def test_lists_count_as_levels() -> None:
    value: Json = []
    for _ in range(MAX_DEPTH - 1):
        value = [{"a": value}] if isinstance(value, list) else [value]

    assert normalise({"x": value})[("x",)] != of()


@given(DOCUMENTS)
def test_any_document_can_be_normalised(document: dict[str, Json]) -> None:
    for path, cell in normalise(document).items():
        assert path
        assert isinstance(cell, (Views, Shaped))


@given(DOCUMENTS)
def test_views_of_views_are_the_same_views(document: dict[str, Json]) -> None:
    """Writing what was read, and reading that, changes nothing: for text views in top-level scalars."""
    cells = {path: cell for path, cell in normalise(document).items() if len(path) == 1 and isinstance(cell, Views)}
    texts = {path[0]: cell.text for path, cell in cells.items() if cell.text is not None}

    again = normalise(texts)

    assert {path: cell.text for path, cell in again.items() if isinstance(cell, Views)} == {
        (key,): value for key, value in texts.items()
    }


@given(DOCUMENTS)
def test_an_object_holds_what_its_paths_hold(document: dict[str, Json]) -> None:
    record = normalise(document)

    for path, cell in record.items():
        if isinstance(cell, Shaped) and cell.stored == "object":
            (element,) = cell.elements
            assert isinstance(element, dict)
            below = {other[len(path) :]: held for other, held in record.items() if _lies_below(path, other)}
            assert below == element


def _lies_below(path: Path, other: Path) -> bool:
    return len(other) > len(path) and other[: len(path)] == path


@given(st.lists(DOCUMENTS, max_size=6))
def test_many_documents_at_once_are_the_same_as_one_by_one(documents: list[dict[str, Json]]) -> None:
    together: list[dict[Path, Cell]] = [{} for _ in documents]
    for path, column in normalise_all(documents).items():
        scalars = column.scalars
        for position, row in enumerate(scalars.rows):
            together[row][path] = Views(*(None if kind is None else kind[position] for kind in scalars.kinds))
        for row, cell in zip(column.shaped_rows, column.shaped, strict=True):
            together[row][path] = cell

    assert together == [normalise(document) for document in documents]
