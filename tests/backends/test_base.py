from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from muster.backends.base import Parameter, PlainText
from muster.compiler.moments import AS_OF, Clock, FromAsOf, to_micros

CLOCK = Clock(to_micros(datetime(2024, 6, 15, 12, tzinfo=UTC)))


def test_times_are_bound_with_the_clock_as_naive_utc() -> None:
    start = Parameter("p0", "time", FromAsOf(micros=-1))

    assert start.bind(CLOCK) == datetime(2024, 6, 15, 11, 59, 59, 999_999)  # noqa: DTZ001 (naive is the contract)


def test_lists_are_bound_element_by_element() -> None:
    bounds = Parameter("p0", "time", (AS_OF, FromAsOf(months=-1)))

    assert bounds.bind(CLOCK) == [datetime(2024, 6, 15, 12), datetime(2024, 5, 15, 12)]  # noqa: DTZ001 (as above)
    assert Parameter("p1", "num", (Decimal(1), Decimal(2))).bind(CLOCK) == [Decimal(1), Decimal(2)]
    assert Parameter("p2", "str", "x").bind(CLOCK) == "x"


def test_plain_text_is_text() -> None:
    assert PlainText("42") == "42"
