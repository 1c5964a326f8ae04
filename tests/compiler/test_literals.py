"""Lengths, numbers, dates and times as JSON documents write them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler import literals
from muster.compiler.literals import LiteralError
from muster.compiler.values import Duration


@pytest.mark.parametrize(
    ("text", "length"),
    [("30d", Duration(30, "d")), ("0s", Duration(0, "s")), ("00000099999mo", Duration(99_999, "mo"))],
)
def test_lengths_are_read(text: str, length: Duration) -> None:
    assert literals.duration(text) == length


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("5m", "ambiguous_unit"),
        ("30", "not_a_duration"),
        ("30 days", "not_a_duration"),
        ("-3d", "not_a_duration"),
        ("٣d", "not_a_duration"),
        ("3D", "not_a_duration"),
        ("3D\n", "not_a_duration"),
        ("100000d", "duration_too_long"),
        ("1" + "0" * 5000 + "d", "duration_too_long"),
    ],
)
def test_what_is_no_length_is_refused(text: str, flaw: str) -> None:
    with pytest.raises(LiteralError) as caught:
        literals.duration(text)

    assert (caught.value.flaw, caught.value.text) == (flaw, text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.50", "1.5"),
        ("0.10000000000000000000000000000000000000000", "0.1"),
        ("1e3", "1000"),
        ("-0", "0"),
        ("999999999999999999.999999999", "999999999999999999.999999999"),
    ],
)
def test_numbers_are_exact_and_lose_only_zeros(text: str, number: str) -> None:
    assert literals.number(Decimal(text)) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("1000000000000000000", "number_too_large"),
        ("-1e999999999", "number_too_large"),
        ("0.0000000001", "too_many_decimals"),
        ("1e-999999999", "too_many_decimals"),
    ],
)
def test_numbers_that_engines_cannot_hold_are_refused(text: str, flaw: str) -> None:
    with pytest.raises(LiteralError) as caught:
        literals.number(Decimal(text))

    assert caught.value.flaw == flaw


@pytest.mark.parametrize(
    "text",
    [
        "2024-02-29",
        "0001-01-01",
        "2024-01-01T10:00",
        "2024-01-01T10:00:00.123456Z",
        "2024-01-01T23:59:59-23:59",
    ],
)
def test_times_are_kept_as_written(text: str) -> None:
    assert literals.time(text) == text


@pytest.mark.parametrize(
    ("text", "flaw"),
    [
        ("2023-02-29", "no_such_time"),
        ("0000-01-01", "no_such_time"),
        ("2024-13-01", "no_such_time"),
        ("2024-01-01T24:00", "no_such_time"),
        ("2024-01-01T23:60", "no_such_time"),
        ("2024-01-01T23:59:60", "no_such_time"),
        ("2024-01-01T10:00+24:00", "no_such_time"),
        ("2024-01-01T10:00+01:60", "no_such_time"),
        ("2024-1-1", "not_a_time"),
        ("2024-01-01 10:00", "not_a_time"),
        ("2024-01-01T10:00:00.1234567Z", "not_a_time"),
        ("2024-01-01\n", "not_a_time"),
        ("٢٠٢٤-01-01", "not_a_time"),
        ("", "not_a_time"),
    ],
)
def test_what_is_no_time_is_refused(text: str, flaw: str) -> None:
    with pytest.raises(LiteralError) as caught:
        literals.time(text)

    assert caught.value.flaw == flaw
