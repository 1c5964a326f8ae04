"""What a person's events add up to: the aggregate, and a row for each value where an event holds several."""

from __future__ import annotations

import pytest

from muster.backends.sql.events import Rows, event_rows
from muster.backends.sql.measures import grouped, measure_of, no_value, span
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    EVER,
    TRUE,
    Count,
    Distinct,
    EdgeTime,
    Events,
    Periods,
    Pick,
    Reduce,
    Reducer,
    TimeWindow,
)
from muster.compiler.moments import AS_OF, FromAsOf, PeriodStart
from tests.sql_text import DIALECT, scope

BUY = ("buy",)
TAGS = "UNNEST(LIST_PREPEND({}, LIST_TRANSFORM(e.tags__items, LAMBDA x : x.str))) AS v__str"


def rows_of(*names: str) -> Rows:
    rows = event_rows(Events(names), TRUE, EVER, scope())
    assert rows is not None
    return rows


def value(reducer: Reducer, *names: str) -> str:
    measure = measure_of(reducer, rows_of(*names))
    assert measure is not None
    return DIALECT.write(measure.value())


def select(reducer: Reducer, *names: str) -> str:
    measure = measure_of(reducer, rows_of(*names))
    assert measure is not None
    return DIALECT.write(grouped(measure, [measure.key()], True))


@pytest.mark.parametrize(
    ("reducer", "names", "sql"),
    [
        (Count(), BUY, "COUNT(*)"),
        (Reduce("sum", ("amount",)), BUY, "SUM(e.amount__num)"),
        (Reduce("min", ("amount",)), BUY, "MIN(e.amount__num)"),
        (Reduce("max", ("amount",)), BUY, "MAX(e.amount__num)"),
        (Reduce("avg", ("amount",)), BUY, "SUM(e.amount__num)"),
        (EdgeTime("first"), BUY, "MIN(e.ts)"),
        (EdgeTime("last"), BUY, "MAX(e.ts)"),
        (Distinct(("currency",)), BUY, "COUNT(DISTINCT e.currency__str)"),
        (
            Distinct(("amount",)),
            (),
            "COUNT(DISTINCT e.amount__str) + COUNT(DISTINCT e.amount__num) FILTER(WHERE e.amount__str IS NULL)",
        ),
        (Distinct(("at",)), BUY, "COUNT(DISTINCT e.at__bool)"),
        (Reduce("sum", ("lines", "price")), BUY, "SUM(u.v__num)"),
        (Distinct(("tags",)), (), "COUNT(DISTINCT u.v__str)"),
    ],
)
def test_each_reducer_is_an_aggregate(reducer: Reducer, names: tuple[str, ...], sql: str) -> None:
    assert value(reducer, *names) == sql


def test_an_average_is_a_sum_with_the_count_as_its_weight() -> None:
    measure = measure_of(Reduce("avg", ("amount",)), rows_of("buy"))

    assert measure is not None
    assert measure.weight is not None
    assert DIALECT.write(measure.weight()) == "COUNT(e.amount__num)"
    assert not measure.zero_if_null


def test_only_a_sum_of_nothing_is_zero() -> None:
    nothing = [measure_of(Reduce(agg, ("amount",)), rows_of("buy")) for agg in ("sum", "min", "max", "avg")]

    assert [measure is not None and measure.zero_if_null for measure in nothing] == [True, False, False, False]


@pytest.mark.parametrize(
    "reducer", [Reduce("sum", ("currency",)), Reduce("max", ("page",)), Distinct(("page",)), Reduce("avg", ("no",))]
)
def test_a_property_without_values_of_the_kind_measures_nothing(reducer: Reducer) -> None:
    assert measure_of(reducer, rows_of("buy")) is None


def test_nothing_measured_is_zero_for_everyone_with_an_event() -> None:
    measure = no_value(rows_of("buy"))

    assert DIALECT.write(measure.value()) == "0"
    assert DIALECT.write(measure.select(measure.key())).startswith("SELECT e.pid FROM events")


def test_lists_are_taken_apart_beside_the_scalars_of_other_events() -> None:
    assert select(Distinct(("tags",)), "buy") == (
        f"SELECT u.pid FROM (SELECT e.pid, {TAGS.format('NULL')} FROM events AS e"
        " WHERE e.event = $p0 AND e.ts < $p1) AS u GROUP BY u.pid"
    )
    assert TAGS.format("e.tags__str") in select(Distinct(("tags",)))


def test_periods_of_one_length_are_numbered_back_from_as_of() -> None:
    assert select(Periods(of=4, unit="w", calendar=False, minimum=2), "buy") == (
        "SELECT u.pid FROM (SELECT e.pid FROM events AS e WHERE e.event = $p1 AND e.ts < $p0"
        " GROUP BY e.pid, (EPOCH_US($p0) - EPOCH_US(e.ts) - 1) // 604800000000 HAVING COUNT(*) >= 2) AS u"
        " GROUP BY u.pid"
    )


def test_a_few_calendar_periods_are_counted_side_by_side() -> None:
    assert value(Periods(of=2, unit="d", calendar=True, minimum=3), "buy") == (
        "CASE WHEN COUNT(*) FILTER(WHERE e.ts >= $p0 AND e.ts < $p1) >= 3 THEN 1 ELSE 0 END"
        " + CASE WHEN COUNT(*) FILTER(WHERE e.ts >= $p1 AND e.ts < $p2) >= 3 THEN 1 ELSE 0 END"
    )


def test_many_calendar_periods_are_joined_by_their_starts() -> None:
    sql = select(Periods(of=13, unit="mo", calendar=False, minimum=1), "buy")

    assert "ASOF JOIN (SELECT UNNEST($p0) AS nth_period) AS u ON e.ts >= u.nth_period" in sql
    assert "GROUP BY e.pid, u.nth_period) AS u GROUP BY u.pid" in sql


def test_only_events_inside_the_periods_are_read() -> None:
    rolling = Periods(of=4, unit="w", calendar=False, minimum=1)
    calendar = Periods(of=4, unit="mo", calendar=True, minimum=1)

    assert span(rolling) == TimeWindow(FromAsOf(micros=-4 * 604_800_000_000), AS_OF)
    assert span(calendar) == TimeWindow(PeriodStart("month", -4), PeriodStart("month"))


def test_a_picked_value_is_no_aggregate() -> None:
    with pytest.raises(InternalError):
        measure_of(Pick("first", ("amount",)), rows_of("buy"))
