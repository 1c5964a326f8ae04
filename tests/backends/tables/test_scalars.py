"""The views of one value: every row of ADR 0009, and the near misses beside it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import PlainText
from muster.backends.tables.scalars import (
    ScalarColumn,
    Views,
    gather,
    has_surrogate,
    nfc,
    read_column,
    time_text_micros,
    views_of,
)
from muster.compiler.diagnostics import InternalError
from muster.compiler.moments import MAX_MICROS, MIN_MICROS
from tests.documents import SCALARS

DAY = 86_400_000_000


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("pro", Views("pro")),
        ("", Views("")),
        ("42", Views("42", Decimal(42))),
        ("02134", Views("02134", Decimal(2134))),
        ("-0", Views("-0", Decimal(0))),
        ("0.123456789", Views("0.123456789", Decimal("0.123456789"))),
        ("999999999999999999", Views("999999999999999999", Decimal(10**18 - 1))),
        ("0.1234567891", Views("0.1234567891")),
        ("1000000000000000000", Views("1000000000000000000")),
        ("+1", Views("+1")),
        ("1.", Views("1.")),
        (".5", Views(".5")),
        ("1e5", Views("1e5")),
        ("1,000", Views("1,000")),
        (" 1", Views(" 1")),
        ("1\n", Views("1\n")),
        ("٣", Views("٣")),
        ("tRuE", Views("tRuE", None, True)),
        ("FALSE", Views("FALSE", None, False)),
        ("yes", Views("yes")),
        ("1970-01-02", Views("1970-01-02", None, None, DAY)),
        ("cafe\u0301", Views("café")),
        (PlainText("42"), Views("42")),
        (PlainText("cafe\u0301"), Views("café")),
        (42, Views(None, Decimal(42))),
        (True, Views(None, None, True)),
        (False, Views(None, None, False)),
        (Decimal("-0.0000000009"), Views(None, Decimal(0))),
        (Decimal("1.9999999999"), Views(None, Decimal("1.999999999"))),
        (Decimal("-1.9999999999"), Views(None, Decimal("-1.999999999"))),
        (Decimal("1E-400"), Views(None, Decimal(0))),
        (Decimal("1E-999999999"), Views(None, Decimal(0))),
        (0.1, Views(None, Decimal("0.1"))),
        (1e17, Views(None, Decimal(10**17))),
        (-0.0, Views(None, Decimal(0))),
        (datetime(1970, 1, 2, tzinfo=UTC), Views(None, None, None, DAY)),
        (datetime(1970, 1, 2), Views(None, None, None, DAY)),  # noqa: DTZ001 (a naive one is UTC)
        (datetime(1970, 1, 2, tzinfo=timezone(timedelta(hours=1))), Views(None, None, None, DAY - 3_600_000_000)),
    ],
)
def test_a_value_has_these_views(value: Any, expected: Views) -> None:
    assert views_of(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        None,
        10**18,
        -(10**18),
        Decimal("1E+18"),
        Decimal("1E+999999"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        float("nan"),
        float("inf"),
        1e18,
        {},
        {"a": 1},
        [],
        "\ud800",
        PlainText("\udfff"),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_a_value_without_views_is_null(value: Any) -> None:
    assert views_of(value) is None


def test_minus_zero_is_zero_to_the_sign() -> None:
    numbers = [views_of(value).number for value in ("-0", "-0.00", -0.0, Decimal("-0.0000000001"))]  # type: ignore[union-attr] # all have views

    assert [str(number).startswith("-") for number in numbers] == [False] * 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", 0),
        ("1970-01-01T00:00", 0),
        ("1970-01-01T00:00Z", 0),
        ("1970-01-01T00:00:01.5", 1_500_000),
        ("1970-01-01T00:00:00.0000019", 1),
        ("1969-12-31T23:59:59.9999999Z", -1),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T00:01:00-23:59", 0),
        ("2000-02-29", 951_782_400_000_000),
        ("0001-01-01", MIN_MICROS),
        ("9999-12-31T23:59:59.999999999", MAX_MICROS),
    ],
)
def test_a_text_of_a_time_is_that_instant(text: str, expected: int) -> None:
    assert time_text_micros(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01 00:00",
        "1970-01-01t00:00",
        "1970-01-01T00:00z",
        "1970-01-01Z",
        "1970-01-01T24:00",
        "1970-01-01T00:60",
        "1970-01-01T00:00:60",
        "1970-01-01T00:00.5",
        "1970-01-01T00:00:00.",
        "1970-01-01T00:00:00,5",
        "1970-01-01T00:00+24:00",
        "1970-01-01T00:00+01:60",
        "1970-01-01T00:00+0100",
        "1970-1-1",
        "1900-02-29",
        "0000-01-01",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "1970-W01-1",
        "٢٠٢٤-01-01",
        " 1970-01-01",
        "1970-01-01\n",
    ],
)
def test_a_near_miss_is_no_time(text: str) -> None:
    assert time_text_micros(text) is None


@given(SCALARS)
def test_the_text_view_has_the_views_of_the_text(value: Any) -> None:
    views = views_of(value)

    if isinstance(value, str) and not isinstance(value, PlainText):
        assert views is not None
        assert views_of(views.text) == views


@given(st.lists(SCALARS, max_size=8))
def test_a_column_holds_what_its_values_hold_one_by_one(values: list[Any]) -> None:
    column = read_column(list(range(len(values))), values) if values else ScalarColumn([])
    single = [(row, views) for row, value in enumerate(values) if (views := views_of(value)) is not None]

    assert column.rows == [row for row, _ in single]
    for index, kind in enumerate(column.kinds):
        expected = [views[index] for _, views in single]
        assert list(kind or [None] * len(single)) == expected


@pytest.mark.parametrize(
    "values",
    [
        [Decimal(1), Decimal("NaN")],
        [1, 10**18],
        ["a", "\ud800", "x" * 100],
        ["a", None],
        [None, None],
        [True, 1, "1"],
    ],
)
def test_a_column_leaves_nulls_out(values: list[Any]) -> None:
    column = read_column(list(range(len(values))), values)

    assert column.rows == [row for row, value in enumerate(values) if views_of(value) is not None]


def test_gathering_nothing_gives_an_empty_column() -> None:
    assert gather([], []) == ScalarColumn([])


def test_a_subclass_is_read_like_its_parent() -> None:
    class Stamp(datetime):
        """As data frames have them."""

    assert views_of(Stamp(1970, 1, 2, tzinfo=UTC)) == Views(micros=DAY)


def test_what_is_not_json_is_our_bug() -> None:
    with pytest.raises(InternalError, match="bytes"):
        views_of(b"x")


def test_a_lone_surrogate_is_found() -> None:
    assert has_surrogate("a\ud800")
    assert not has_surrogate("a🙂")


def test_names_are_put_into_nfc() -> None:
    assert nfc("cafe\u0301") == "café"
