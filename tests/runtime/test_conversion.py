"""Cells of files as values: by declared kind, and by what all values of a column agree on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import PlainText
from muster.backends.tables.scalars import time_text_micros
from muster.runtime.conversion import (
    UnfitError,
    convert_column,
    file_time_micros,
    parse_json,
    reader,
    sortable,
    to_micros,
    to_text,
)
from muster.runtime.mapping import FileKind

NOON = datetime(2024, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("str", "12", "12"),
        ("str", Decimal("12.50"), "12.5"),
        ("str", 17850.0, "17850"),
        ("str", 10**18 - 1, "9" * 18),
        ("str", Decimal("-1E+3"), "-1000"),
        ("str", -0.0, "0"),
        ("str", 1e-9, "0.000000001"),
        ("str", Decimal("1.5000000000000"), "1.5"),
        ("str", True, "true"),
        ("str", PlainText("12"), "12"),
        ("text", "12", PlainText("12")),
        ("num", "-012.50", Decimal("-12.50")),
        ("num", "1e3", Decimal(1000)),
        ("num", 5, 5),
        ("num", 0.1, Decimal("0.1")),
        ("decimal", 0.1, Decimal("0.1")),
        ("bool", "TRUE", True),
        ("bool", False, False),
        ("json", '{"a": [1.5, null]}', {"a": [Decimal("1.5"), None]}),
        ("json", ["kept"], ["kept"]),
        ("time", "2024-01-31", datetime(2024, 1, 31, tzinfo=UTC)),
        ("time", "2024-01-31 12:00", NOON),
        ("time", "2024-01-31 13:00:00+01", NOON),
        ("time", "2024-01-31 13:00:00.000 +0100", NOON),
        ("time", "2024-01-31T12:00:00Z", NOON),
        ("time", "2024-01-31 12:00:00 UTC", NOON),
        ("time", NOON, NOON),
        ("time", NOON.astimezone(timezone(timedelta(hours=5))), NOON),
        ("epoch_s", "1706702400", NOON),
        ("epoch_s", Decimal("1706702400.5"), NOON + timedelta(seconds=0.5)),
        ("epoch_ms", 1706702400000, NOON),
    ],
)
def test_a_cell_is_read_as_its_kind(kind: FileKind, cell: Any, expected: Any) -> None:
    found = reader(kind, "UTC")(cell)

    assert found == expected
    assert type(found) is type(expected)


@pytest.mark.parametrize(
    ("kind", "cell", "message"),
    [
        ("str", ["a"], 'found "["a"]", expected text.'),
        ("str", float("nan"), 'found "NaN", expected text.'),
        ("str", 1e300, 'found "1e+300", expected text, or a number below 10^18 with at most 9 decimals.'),
        ("num", "1,5", 'found "1,5", expected a number such as 12.50, below 10^18.'),
        ("num", "1e18", 'found "1e18", expected a number such as 12.50, below 10^18.'),
        ("num", True, 'found "true", expected a number such as 12.50, below 10^18.'),
        ("bool", "yes", 'found "yes", expected true or false.'),
        ("bool", 1, 'found "1", expected true or false.'),
        ("json", "{", "expected JSON; expecting property name enclosed in double quotes at character 2."),
        ("json", "[" * 100_000, "expected JSON; it is nested too deeply."),
        ("json", "1" * 5000, "expected JSON; a number has too many digits."),
        (
            "time",
            "31/01/2024",
            'found "31/01/2024", expected a time such as 2024-01-31 or 2024-01-31T09:30:00Z.',
        ),
        ("time", "2024-02-30", 'found "2024-02-30", expected a time such as 2024-01-31 or 2024-01-31T09:30:00Z.'),
        ("epoch_s", "soon", 'found "soon", expected seconds since 1970-01-01.'),
        ("epoch_s", "1e17", 'found "1e17", expected seconds since 1970-01-01.'),
        ("epoch_ms", "NaN", 'found "NaN", expected milliseconds since 1970-01-01.'),
    ],
)
def test_a_cell_of_another_kind_is_told(kind: FileKind, cell: Any, message: str) -> None:
    with pytest.raises(UnfitError) as caught:
        reader(kind, "UTC")(cell)

    assert caught.value.diagnostic.message == message


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "1e18", "0.0000000001"])
def test_a_number_that_rules_do_not_know_is_no_text(number: str) -> None:
    with pytest.raises(UnfitError, match="a number below 10"):
        to_text(parse_json(number))


def test_a_long_cell_is_told_shortened() -> None:
    with pytest.raises(UnfitError) as caught:
        reader("num", "UTC")("x" * 1000)

    assert "(1000 characters)" in caught.value.diagnostic.message
    assert len(caught.value.diagnostic.message) < 150


def test_a_number_for_a_time_comes_with_the_line_to_write() -> None:
    with pytest.raises(UnfitError) as caught:
        to_micros("1706702400", "time", "UTC")

    assert caught.value.diagnostic.hint is not None
    assert 'as = "epoch_s"' in caught.value.diagnostic.hint


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2024-07-01 12:00", "2024-07-01T11:00"),
        ("2024-01-01", "2024-01-01T00:00"),
        ("2024-07-01", "2024-06-30T23:00"),
        ("2024-07-01T12:00Z", "2024-07-01T12:00"),
        ("2024-03-31 01:30", "2024-03-31T01:30"),  # in the gap: the offset before the change
        ("2024-10-27 01:30", "2024-10-27T00:30"),  # twice: the first
    ],
)
def test_a_time_without_an_offset_is_local(text: str, utc: str) -> None:
    assert file_time_micros(text, "Europe/London") == time_text_micros(utc)
    assert to_micros(text, "time", "Europe/London") == time_text_micros(utc)


def test_a_naive_datetime_is_local() -> None:
    naive = datetime(2024, 7, 1, 12)  # noqa: DTZ001 (local by intent)

    assert to_micros(naive, "time", "Europe/London") == time_text_micros("2024-07-01T11:00")


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_time_that_a_text_view_has_is_read_the_same(instant: datetime) -> None:
    text = instant.isoformat()

    assert file_time_micros(text) == time_text_micros(text)
    assert file_time_micros(text.replace("T", " ")) == time_text_micros(text)


def test_unfit_cells_are_told_with_their_index_and_the_others_kept() -> None:
    values, unfit = convert_column(["1", None, "x", "2"], reader("num", "UTC"))

    assert list(values) == [1, None, None, 2]
    assert [index for index, _ in unfit] == [2]


def test_one_and_true_are_not_confused_by_the_memo() -> None:
    values, unfit = convert_column([1, True, Decimal(1)], to_text)

    assert (list(values), unfit) == (["1", "true", "1"], [])


@given(st.lists(st.integers(-(10**17), 10**17)))
def test_sortable_texts_sort_as_the_numbers_do(numbers: list[int]) -> None:
    assert [sortable(number) for number in sorted(numbers)] == sorted(sortable(str(number)) for number in numbers)


@pytest.mark.parametrize("value", ["a", True, 1.5, 10**18, None])
def test_what_is_no_whole_number_does_not_sort(value: Any) -> None:
    with pytest.raises(UnfitError):
        sortable(value)


def test_json_keeps_decimals_exact() -> None:
    assert parse_json(b"0.1") == Decimal("0.1")
    assert parse_json("NaN").is_nan()
