"""Local times that clocks are put forward past, wherever in a rule they stand."""

from __future__ import annotations

import pytest

from muster.compiler.moments import Clock
from muster.compiler.pipeline import compile_rule
from muster.compiler.skipped_times import skipped_times
from muster.grammar.text import parse


def told(source: str, timezone: str = "Europe/Berlin") -> list[str]:
    found = skipped_times(compile_rule(parse(source)).lowered, Clock(0, timezone))
    assert {(each.code, each.severity) for each in found} <= {("L211", "info")}
    return [each.message for each in found]


@pytest.mark.parametrize(
    "source",
    [
        "born after 2024-03-31T02:30:00",
        "not born between 2024-03-31T02:30:00 and 2025-01-01T00:00:00",
        "did buy before 2024-03-31T02:30:00",
        "did buy where (paid > 2024-03-31T02:30:00) in last 3 days",
        "any items where (sold before 2024-03-31T02:30:00)",
        "did buy where (paid > 2024-03-31T02:30:00) then sell within 3 days",
        "born = 2024-03-31T02:30:00 or born = 2024-03-31T02:30:00",
    ],
)
def test_a_time_that_the_zone_skips_is_told_once(source: str) -> None:
    (message,) = told(source)

    assert message == (
        "Clocks in Europe/Berlin never show 2024-03-31T02:30:00, as they are put forward past it;"
        " it is read as 2024-03-31T03:30."
    )
    assert told(source, "UTC") == told(source, "Asia/Tokyo") == []


@pytest.mark.parametrize(
    "source",
    [
        "born after 2024-03-31T01:59:59",
        "born after 2024-03-31T03:00:00",
        "born after 2024-10-27T02:30:00",  # which is twice: the first counts
        "born after 2024-03-31T02:30:00Z",
        "born after 0001-01-01T00:00:00 and born before 9999-12-31T23:59:59",
        "born on 2024-03-31",
    ],
)
def test_a_time_that_the_zone_has_is_not_told(source: str) -> None:
    assert told(source) == []
    assert told(source, "America/New_York") == []
