from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import PlainText
from muster.backends.memory.views import MISSING, look_up
from muster.compiler.diagnostics import InternalError
from tests.cases import micros

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.decimals()
    | st.text()
    | st.datetimes(timezones=st.timezones())
)
DOCUMENTS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("abé"), inner), max_leaves=12
)


def views(value: Any) -> dict[str, Any] | None:
    place = look_up({"x": value}, ("x",))
    return {str(kind): view for kind, view in place.elements[0].views.items()} if place.elements else None


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-02-29", "2024-02-29T00:00:00+00:00"),
        ("2024-01-01T10:00", "2024-01-01T10:00:00+00:00"),
        ("2024-01-01T10:00:05", "2024-01-01T10:00:05+00:00"),
        ("2024-01-01T10:00:05.1", "2024-01-01T10:00:05.100000+00:00"),
        ("2024-01-01T10:00:05.1234567Z", "2024-01-01T10:00:05.123456+00:00"),
        ("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.999999+00:00"),
        ("2024-01-01T10:00+02:30", "2024-01-01T07:30:00+00:00"),
        ("2024-01-01T10:00-23:59", "2024-01-02T09:59:00+00:00"),
        ("2024-01-01T10:00-00:00", "2024-01-01T10:00:00+00:00"),
        ("0001-01-01", "0001-01-01T00:00:00+00:00"),
        ("9999-12-31T23:59:59.999999", "9999-12-31T23:59:59.999999+00:00"),
    ],
)
def test_text_that_is_a_time(text: str, instant: str) -> None:
    assert views(text) == {"str": text, "time": micros(instant)}


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "2024-13-01",
        "2024-00-01",
        "0000-01-01",
        "2024-1-1",
        "20240101",
        "2024-W01-1",
        "2024-01-01 10:00",
        "2024-01-01t10:00",
        "2024-01-01T10:00z",
        "2024-01-01T10",
        "2024-01-01T10:00.5",
        "2024-01-01T10:00:00.",
        "2024-01-01T10:00:00,5",
        "2024-01-01T24:00",
        "2024-01-01T10:60",
        "2024-01-01T10:00:60Z",
        "2024-01-01T10:00+24:00",
        "2024-01-01T10:00+02:60",
        "2024-01-01T10:00+0200",
        "2024-01-01Z",
        "2024-01-01T10:00\n",
        " 2024-01-01",
        "٢٠٢٤-01-01",
        "0001-01-01T00:00+00:01",
        "9999-12-31T23:59:59-00:01",
    ],
)
def test_text_that_is_no_time(text: str) -> None:
    assert "time" not in (views(text) or {"time": None})


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (1, 1),
        (0.1, Fraction(1, 10)),
        (1e17, 10**17),
        (5e-324, 0),
        (Decimal("1E-999999"), 0),
        (Decimal("-0"), 0),
        (Decimal("-1.9999999999"), Fraction(-1_999_999_999, 10**9)),
        (Decimal("999999999999999999.9999999999"), Fraction(10**27 - 1, 10**9)),
    ],
)
def test_numbers_are_exact_and_cut(value: object, number: object) -> None:
    assert views(value) == {"num": number}


@pytest.mark.parametrize(
    "value",
    [
        None,
        10**18,
        -(10**18),
        10**4000,
        1e18,
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        Decimal("1E+999999"),
        datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-1))),
    ],
)
def test_what_counts_as_null(value: object) -> None:
    assert look_up({"x": value}, ("x",)) is MISSING
    assert look_up({"x": [value]}, ("x",)).elements == ()
    assert look_up({"x": [{"y": value}]}, ("x", "y")) is MISSING


def test_datetimes_have_the_time_view_only() -> None:
    aware = datetime(2024, 1, 1, 10, tzinfo=timezone(timedelta(hours=2)))

    assert views(aware) == {"time": micros("2024-01-01T08:00:00+00:00")}
    assert views(aware.replace(tzinfo=None)) == {"time": micros("2024-01-01T10:00:00+00:00")}
    assert views(datetime(1, 1, 1, tzinfo=UTC)) == {"time": micros("0001-01-01T00:00:00+00:00")}


def test_plain_text_has_the_str_view_only() -> None:
    assert [views(PlainText(text)) for text in ("1", "true", "2024-01-01", "e\u0301")] == [
        {"str": "1"},
        {"str": "true"},
        {"str": "2024-01-01"},
        {"str": "é"},
    ]


@pytest.mark.parametrize("value", [b"x", {1, 2}, object()])
def test_what_is_no_json_is_a_bug_of_the_loader(value: object) -> None:
    with pytest.raises(InternalError, match="is not JSON"):
        views(value)


@given(DOCUMENTS, st.lists(st.sampled_from("abé"), min_size=1, max_size=4), st.booleans())
def test_looking_anything_up_in_any_document_never_fails(document: Any, path: list[str], size: Any) -> None:
    place = look_up({"a": document}, tuple(path), size=size)

    assert len(place.elements) == {"missing": 0, "scalar": 1, "object": 1}.get(place.shape, len(place.elements))
    assert all((element.stored is None) == (not element.views) for element in place.elements)
