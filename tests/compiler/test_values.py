from __future__ import annotations

from muster.compiler.values import Duration, TimeLiteral, path_text


def test_exact_lengths_have_microseconds_and_calendar_lengths_months() -> None:
    assert [(str(d), d.is_exact, d.micros, d.months) for d in (Duration(2, "min"), Duration(3, "q"))] == [
        ("2min", True, 120_000_000, 0),
        ("3q", False, 0, 9),
    ]


def test_a_date_is_told_from_a_datetime() -> None:
    assert TimeLiteral("2024-01-01").is_date
    assert not TimeLiteral("2024-01-01T10:00").is_date


def test_paths_are_spelled_with_dots() -> None:
    assert path_text(("address", "city")) == "address.city"
