"""JSON that keeps its numbers."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.runtime.exact_json import decode, encode

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(VALUES)
def test_what_was_written_is_read_back(value: object) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize("text", ["0.1", "1.50", "1E+30", "12345678901234567890123456789012", "-0.0", "1E+999"])
def test_numbers_keep_their_digits(text: str) -> None:
    assert encode(decode(text)) == text
    assert not isinstance(decode(text), float)


@pytest.mark.parametrize("text", ["NaN", "Infinity", '"\\ud800"', "[" * 100_000 + "]" * 100_000, "{", "", "1 2"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode(text)


@pytest.mark.parametrize("value", [object(), "\ud800", {"\ud800": 1}, {None: 1}])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        encode(value)


def test_a_python_float_is_the_number_that_python_shows() -> None:
    assert decode(encode(0.1)) == Decimal("0.1")
    assert decode(encode(float("nan"))) is None
