"""Scans that can be read together, what is read for them, and how each is asked of its own part of it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.backends.sql.logic import negate, render
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.shared import is_shareable, shared_rows
from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    Compare,
    ComparePair,
    Constant,
    Count,
    Distinct,
    EdgeTime,
    Events,
    FieldTest,
    OneOf,
    Pick,
    Range,
    Reduce,
    TimeWindow,
)
from muster.compiler.moments import AS_OF, FromAsOf
from muster.compiler.plan import EventScan, Having
from tests.cases import compare, last, num, prop, trait
from tests.sql_text import DIALECT, SCHEMA

BUY = Events(("buy",))
OFTEN = Having(Count(), Compare("gte", num(3)))
PRICY = compare(prop("amount"), "gt", num(1))


def scope() -> Scope:
    return Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))


@pytest.mark.parametrize(
    ("scan", "expected"),
    [
        (EventScan(BUY, TRUE, EVER), True),
        (EventScan(BUY, PRICY, EVER, OFTEN), True),
        (EventScan(BUY, TRUE, EVER, Having(EdgeTime("first"), Compare("lt", num(1)))), True),
        (EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("amount",)), Compare("gt", num(3)))), True),
        (EventScan(BUY, TRUE, EVER, Having(Reduce("sum", ("tags",)), Compare("gt", num(3)))), True),  # never a number
        (EventScan(BUY, TRUE, EVER, Having(Distinct(("amount",)), Compare("gt", num(3)))), False),
        (EventScan(BUY, TRUE, EVER, Having(Pick("first", ("amount",)), Compare("gt", num(3)))), False),
        (EventScan(BUY, TRUE, EVER, Having(Count(), ComparePair("gt", trait("limit")))), False),
        (EventScan(BUY, FieldTest(prop("amount"), ComparePair("gt", trait("limit"))), EVER), False),
    ],
)
def test_a_scan_is_shareable_if_it_is_one_aggregate_of_the_events_themselves(
    scan: EventScan, *, expected: bool
) -> None:
    assert is_shareable(scan, scope()) == expected


def test_the_longest_window_is_read_and_each_scan_asks_for_its_own() -> None:
    week, month = EventScan(BUY, TRUE, last(7), OFTEN), EventScan(BUY, PRICY, last(30), OFTEN)
    shared = shared_rows([week, month], scope())

    assert shared is not None
    assert shared.window == TimeWindow(FromAsOf(micros=-30), AS_OF)
    assert DIALECT.write(render(shared.passed(week))) == "COUNT(*) FILTER(WHERE e.ts >= $p0) >= $p1"
    assert DIALECT.write(render(shared.passed(month))) == "COUNT(*) FILTER(WHERE e.amount__num > $p2) >= $p1"


@pytest.mark.parametrize(("negated", "test"), [(False, "IN ($p1, $p2)"), (True, "NOT IN ($p1, $p2)")])
def test_a_sum_of_nothing_in_the_window_passes_neither_a_list_nor_its_complement(test: str, *, negated: bool) -> None:
    listed = Having(Reduce("sum", ("amount",)), OneOf("num", (Decimal(5), Decimal(7))), negated)
    scan = EventScan(BUY, TRUE, last(7), listed)
    shared = shared_rows([scan, EventScan(BUY, TRUE, EVER)], scope())

    assert shared is not None
    total = "SUM(e.amount__num) FILTER(WHERE e.ts >= $p0)"
    passed = shared.passed(scan)
    assert DIALECT.write(render(passed)) == f"{total} {test}"
    assert DIALECT.write(render(negate(passed))) == f"NOT COALESCE({total} {test}, FALSE)"


def test_any_first_time_before_now_is_that_of_an_event_that_counts() -> None:
    ever = Having(EdgeTime("first"), Range("time", None, Constant("time", AS_OF)))
    scans = [EventScan(BUY, PRICY, EVER, ever), EventScan(BUY, TRUE, EVER, ever)]
    shared = shared_rows(scans, scope())

    assert shared is not None
    assert DIALECT.write(render(shared.passed(scans[0]))) == "COUNT(*) FILTER(WHERE e.amount__num > $p0) > 0"
    assert shared.passed(scans[1]) is True


def test_a_scan_that_nobody_can_be_in_is_false_and_one_of_all_that_is_read_true() -> None:
    shared = shared_rows([EventScan(BUY, TRUE, EVER), EventScan(BUY, FALSE, EVER)], scope())

    assert shared is not None
    assert shared.passed(EventScan(BUY, FALSE, EVER)) is False
    assert shared.passed(EventScan(BUY, TRUE, EVER)) is True
