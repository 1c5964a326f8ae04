"""Kinds that all texts of a column agree on, and columns that agree but for a few."""

from __future__ import annotations

import pytest

from muster.runtime.kind_guess import KindGuess
from muster.runtime.mapping import FileKind


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (["1", "-2.50", "0"], "num"),
        (["1", None, "2"], "num"),
        (["02134", "10001"], "str"),
        (["1", "n/a"], "str"),
        (["1e5"], "str"),
        (["1" * 19], "str"),
        (["true", "False"], "bool"),
        (["true", "1"], "str"),
        (["2024-01-31", "2024-01-31 12:00:00"], "time"),
        (["2024-01-31", "31/01/2024"], "str"),
        ([None, None], "str"),
        ([], "str"),
    ],
)
def test_a_column_has_the_kind_that_all_its_texts_have(texts: list[str | None], kind: FileKind) -> None:
    guess = KindGuess()
    for text in texts:
        guess.narrow([text], [2])

    assert guess.kind == kind


@pytest.mark.parametrize(("texts", "expected"), [(["1", "20"], True), (["1.5"], False), (["a"], False), ([], False)])
def test_whole_numbers_are_noticed(texts: list[str], expected: bool) -> None:  # noqa: FBT001 (an expectation)
    guess = KindGuess()
    guess.narrow(texts, range(2, 2 + len(texts)))

    assert guess.is_integer is expected


def guessed(texts: list[str | None]) -> KindGuess:
    guess = KindGuess()
    for start in range(0, len(texts), 4):  # in chunks, as files come
        chunk = texts[start : start + 4]
        guess.narrow(chunk, range(2 + start, 2 + start + len(chunk)))
    return guess


def test_the_first_value_that_makes_a_column_text_is_told_with_its_row() -> None:
    texts: list[str | None] = ["10", "20", None, "30", "40", "n/a", "-", "50", "n/a"]
    nearly = guessed(texts).nearly

    assert nearly is not None
    assert (nearly.kind, nearly.first, nearly.odd, nearly.odd_rows) == ("num", ("n/a", 7), {"n/a", "-"}, 3)


@pytest.mark.parametrize(
    "texts",
    [
        ["10", "20", "30"],
        ["free", "pro", "free"],
        ["1", "n/a"],  # as many of the one as of the other
        ["1", "2", "3", "4", "5", "a", "b", "c", "d"],  # too many to be slips
        [],
    ],
)
def test_a_column_that_is_not_nearly_of_a_kind_is_plainly_text_or_of_the_kind(texts: list[str | None]) -> None:
    assert guessed(texts).nearly is None


def test_times_are_nearly_times_too() -> None:
    nearly = guessed(["2024-01-31", "2024-02-01", "never", "2024-02-02"]).nearly

    assert nearly is not None
    assert (nearly.kind, nearly.first) == ("time", ("never", 4))
