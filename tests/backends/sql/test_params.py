"""Values are bound, never printed; one value is one parameter."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.backends.base import Parameter
from muster.backends.sql.params import Parameters, before_as_of, never_after_as_of
from muster.compiler.moments import AS_OF, Capped, Clock, DayStart, FromAsOf, Instant, Moment, PeriodStart
from tests.cases import num, text
from tests.sql_text import DIALECT

DAY = DayStart("2024-01-01")


def test_parameters_count_up_in_the_order_of_the_sql() -> None:
    parameters = Parameters(DIALECT.parameter)
    placed = [
        DIALECT.write(each)
        for each in (parameters.constant(text("a")), parameters.time(AS_OF), parameters.values("num", (Decimal(1),)))
    ]

    assert placed == ["$p0", "$p1", "$p2"]
    assert parameters.found == (
        Parameter("p0", "str", "a"),
        Parameter("p1", "time", AS_OF),
        Parameter("p2", "num", (Decimal(1),), many=True),
    )


def test_a_value_that_occurs_twice_is_one_parameter() -> None:
    parameters = Parameters(DIALECT.parameter)
    placed = [DIALECT.write(parameters.constant(num(value))) for value in ("1", "1.0", "2")]

    assert placed == ["$p0", "$p0", "$p1"]


def test_equal_values_of_two_kinds_are_two_parameters() -> None:
    parameters = Parameters(DIALECT.parameter)
    for kind, value in (("num", Decimal(1)), ("bool", True), ("str", "1")):
        parameters.value(kind, value)  # type: ignore[arg-type]  # a Kind and a value of it

    assert [each.value for each in parameters.found] == [Decimal(1), True, "1"]


def test_a_number_of_negative_scale_is_written_out() -> None:
    parameters = Parameters(DIALECT.parameter)
    parameters.value("num", Decimal("1E+2"))

    assert parameters.found[0].value == Decimal(100)
    assert str(parameters.found[0].bind(Clock(0))) == "100"


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (AS_OF, AS_OF),
        (FromAsOf(micros=-1), FromAsOf(micros=-1)),
        (FromAsOf(months=-1), FromAsOf(months=-1)),
        (FromAsOf(micros=5), AS_OF),
        (FromAsOf(months=1, micros=-5), Capped(FromAsOf(months=1, micros=-5))),
        (PeriodStart("week"), PeriodStart("week")),
        (PeriodStart("week", 1), Capped(PeriodStart("week", 1))),
        (DAY, Capped(DAY)),
        (Capped(DAY), Capped(DAY)),
        (Instant(5), Capped(Instant(5))),
    ],
)
def test_no_window_reaches_past_as_of(moment: Moment, expected: Moment) -> None:
    assert before_as_of(moment) == expected
    assert never_after_as_of(before_as_of(moment))
