"""Event scans: bare where one event is enough, grouped where not, and never true of a value that is not there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.expr import (
    Compare,
    ComparePair,
    Count,
    Distinct,
    EdgeTime,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Periods,
    Reduce,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import Instant
from tests.cases import at, compare, last, metric, num, profile_field, prop, text, trait, within
from tests.sql_text import condition

BUY = "SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1"
RECENT = "SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2"
SUM = Reduce("sum", ("amount",))
AVG = Reduce("avg", ("amount",))


def inside(expr: Expr) -> str:
    text_ = condition(expr)
    assert text_.startswith(("p.pid IN (", "p.pid NOT IN (")), text_
    return text_


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (metric(Count(), Compare("gte", num(1))), f"p.pid IN ({BUY})"),
        (Not(metric(Count(), Compare("gte", num(1)))), f"p.pid NOT IN ({BUY})"),
        (metric(Count(), Compare("eq", num(0))), f"p.pid NOT IN ({BUY})"),
        (
            metric(Count(), Compare("gte", num(3)), window=last(5)),
            f"p.pid IN ({RECENT} GROUP BY e.pid HAVING COUNT(*) >= $p3)",
        ),
        (
            metric(Count(), Compare("gte", num(1)), window=TimeWindow(Instant(3), Instant(9))),
            f"p.pid IN ({RECENT})",
        ),
    ],
)
def test_counting_is_done_only_where_it_matters(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


@pytest.mark.parametrize(
    ("test", "sql"),
    [
        (Compare("gt", num(3)), "IN|SUM(e.amount__num) > $p2"),
        (Compare("eq", num(3)), "IN|SUM(e.amount__num) = $p2"),
        (Compare("lt", num(3)), "NOT IN|SUM(e.amount__num) >= $p2"),
        (Compare("lte", num(3)), "NOT IN|SUM(e.amount__num) > $p2"),
        (Compare("eq", num(0)), "NOT IN|SUM(e.amount__num) <> $p2"),
        (Compare("gt", num(-3)), "NOT IN|SUM(e.amount__num) <= $p2"),
        (Compare("gte", num(0)), "NOT IN|SUM(e.amount__num) < $p2"),
        (within(num(1), num(3)), "IN|SUM(e.amount__num) >= $p2 AND SUM(e.amount__num) < $p3"),
        (within(num(1), num(3), closed=True), "IN|SUM(e.amount__num) BETWEEN $p2 AND $p3"),
        (within(num(0), num(3)), "NOT IN|SUM(e.amount__num) < $p2 OR SUM(e.amount__num) >= $p3"),
        (within(num(0), num(3), closed=True), "NOT IN|SUM(e.amount__num) < $p2 OR SUM(e.amount__num) > $p3"),
        (within(None, num(3)), "NOT IN|SUM(e.amount__num) >= $p2"),
        (OneOf("num", (Decimal(1), Decimal(2))), "IN|SUM(e.amount__num) IN ($p2, $p3)"),
        (OneOf("num", (Decimal(0), Decimal(2))), "NOT IN|SUM(e.amount__num) NOT IN ($p2, $p3)"),
        (OneOf("num", tuple(Decimal(n) for n in range(1, 102))), "IN|SUM(e.amount__num) = ANY($p2)"),
    ],
)
def test_a_negated_test_is_of_the_opposite_comparison(test: ValueTest, sql: str) -> None:
    word, _, having = sql.partition("|")

    assert condition(metric(SUM, test)) == f"p.pid {word} ({BUY} GROUP BY e.pid HAVING {having})"


@pytest.mark.parametrize(
    ("test", "having"),
    [
        (Compare("gt", num(3)), "SUM(e.amount__num) > $p2 * COUNT(e.amount__num)"),
        (
            within(num(1), num(2)),
            "SUM(e.amount__num) >= $p2 * COUNT(e.amount__num) AND SUM(e.amount__num) < $p3 * COUNT(e.amount__num)",
        ),
        (
            OneOf("num", (Decimal(1), Decimal(2))),
            "SUM(e.amount__num) IN ($p2 * COUNT(e.amount__num), $p3 * COUNT(e.amount__num))",
        ),
    ],
)
def test_an_average_is_compared_without_division(test: ValueTest, having: str) -> None:
    assert condition(metric(AVG, test)) == f"p.pid IN ({BUY} GROUP BY e.pid HAVING {having})"


def test_the_first_and_last_instant_are_tested_after_all_history_is_read() -> None:
    assert condition(metric(EdgeTime("first"), within(at(3), at(5)))) == (
        f"p.pid IN ({BUY} GROUP BY e.pid HAVING MIN(e.ts) >= $p2 AND MIN(e.ts) < $p3)"
    )


def test_periods_bound_what_is_read() -> None:
    sql = inside(metric(Periods(of=2, unit="d", calendar=True, minimum=1), Compare("gte", num(2))))

    assert "WHERE e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2 GROUP BY e.pid HAVING CASE WHEN" in sql


@pytest.mark.parametrize(
    "nobody",
    [
        metric(Count(), Compare("gte", num(1)), where=compare(prop("page"), "eq", text("x"))),
        metric(Reduce("max", ("page",)), Compare("gt", num(3))),
        metric(Reduce("sum", ("page",)), Compare("gt", num(3))),
        metric(Reduce("max", ("page",)), ComparePair("gt", trait("limit"))),
        metric(Count(), ComparePair("gt", trait("plan"))),
        metric(EdgeTime("last"), Compare("eq", num(3))),
    ],
)
def test_a_scan_that_can_find_nobody_folds_away(nobody: Expr) -> None:
    assert condition(nobody) == "FALSE"
    assert condition(Not(nobody)) == ""


def test_a_sum_that_nobody_can_have_is_zero_for_all() -> None:
    assert condition(metric(Reduce("sum", ("page",)), Compare("lt", num(3)))) == ""


def threshold(grouped: str, passed: str) -> str:
    return f"SELECT m.pid FROM ({grouped} GROUP BY e.pid) AS m JOIN profiles AS t ON t.pid = m.pid WHERE {passed}"


def test_a_threshold_of_ones_own_is_joined() -> None:
    counted = BUY.replace("e.pid FROM", "e.pid, COUNT(*) AS total FROM")

    assert condition(metric(Count(), ComparePair("gt", trait("limit")))) == (
        f"p.pid IN ({threshold(counted, 'm.total > t.limit__num')}) OR (p.pid NOT IN ({BUY}) AND p.limit__num < $p2)"
    )


def test_a_sum_of_nothing_is_compared_as_zero() -> None:
    summed = BUY.replace("e.pid FROM", "e.pid, COALESCE(SUM(e.amount__num), 0) AS total FROM")
    nothing = BUY.replace("e.pid FROM", "e.pid, 0 AS total FROM")
    passed = "m.total > t.limit__num"

    assert threshold(summed, passed) in condition(metric(SUM, ComparePair("gt", trait("limit"))))
    assert threshold(nothing, passed) in condition(metric(Reduce("sum", ("page",)), ComparePair("gt", trait("limit"))))


def test_an_average_is_compared_with_each_of_several_thresholds() -> None:
    averaged = BUY.replace("e.pid FROM", "e.pid, SUM(e.amount__num) AS total, COUNT(e.amount__num) AS weight FROM")
    passed = "LEN(LIST_FILTER(t.limits__items, LAMBDA x : m.total > x.num * m.weight)) > 0"

    assert condition(metric(AVG, ComparePair("gt", trait("limits")))) == f"p.pid IN ({threshold(averaged, passed)})"


def test_distinct_values_are_asked_again_for_those_who_have_none() -> None:
    sql = condition(metric(Distinct(("currency",)), ComparePair("gt", trait("limit"))))

    assert "p.pid NOT IN (" in sql
    assert "HAVING COUNT(DISTINCT e.currency__str) >= $p2) AND p.limit__num < $p3" in sql


def test_a_condition_may_compare_an_event_with_its_person() -> None:
    where = FieldTest(prop("amount"), ComparePair("gt", profile_field("p_return")))

    assert "JOIN profiles AS t ON t.pid = e.pid" in condition(metric(Count(), Compare("gte", num(1)), where=where))
