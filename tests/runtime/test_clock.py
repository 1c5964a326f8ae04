from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.moments import from_micros
from muster.runtime.clock import AsOf, to_clock


@pytest.mark.parametrize(
    ("as_of", "timezone", "expected"),
    [
        ("1998-07-01", "UTC", "1998-07-01T00:00:00+00:00"),
        ("1998-07-01", "Europe/Berlin", "1998-06-30T22:00:00+00:00"),
        (date(1998, 7, 1), "Europe/Berlin", "1998-06-30T22:00:00+00:00"),
        ("1998-07-01T10:00:00", "Europe/Berlin", "1998-07-01T08:00:00+00:00"),
        ("1998-07-01T10:00:00Z", "Europe/Berlin", "1998-07-01T10:00:00+00:00"),
        (datetime(2024, 1, 1, tzinfo=UTC), "UTC", "2024-01-01T00:00:00+00:00"),
    ],
)
def test_an_explicit_as_of_is_exact(as_of: AsOf, timezone: str, expected: str) -> None:
    assert from_micros(to_clock(as_of, timezone).as_of).isoformat() == expected


def test_the_default_is_the_next_whole_second() -> None:
    before = datetime.now(UTC)
    as_of = from_micros(to_clock().as_of)

    assert as_of.microsecond == 0
    assert before < as_of <= datetime.now(UTC) + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("as_of", "timezone"),
    [
        ("yesterday", "UTC"),
        ("2023-02-29", "UTC"),
        (datetime(2024, 1, 1), "UTC"),  # noqa: DTZ001 (naive on purpose)
        ("0001-01-01", "UTC"),
        (None, "Europe/Nowhere"),
        (None, "../etc/passwd"),
        (None, ""),
        (None, 5),
        (5, "UTC"),
        (True, "UTC"),
        ([2024], "UTC"),
    ],
)
def test_what_is_no_instant_or_zone_is_refused(as_of: Any, timezone: Any) -> None:
    with pytest.raises(RuleError) as caught:
        to_clock(as_of, timezone)

    assert [found.code for found in caught.value.diagnostics] == ["E36"]


@pytest.mark.parametrize(
    ("as_of", "said"),
    [
        ("x", 'as_of is the text "x"; a date or an instant is expected.'),
        (5, "as_of is the number 5; a date or an instant is expected."),
        (datetime(2024, 1, 1), "as_of is 2024-01-01T00:00:00, a datetime without a zone, which might be local or UTC."),  # noqa: DTZ001 (naive on purpose)
        ("0001-01-01", "as_of is 0001-01-01T00:00:00; its year has to be from 2 to 9998."),
    ],
)
def test_what_was_found_is_said(as_of: Any, said: str) -> None:
    with pytest.raises(RuleError) as caught:
        to_clock(as_of)

    assert caught.value.diagnostics[0].message == said
