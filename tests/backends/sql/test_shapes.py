"""Which scans are read together, and which of a few people only: seen in the SQL, and told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.backends.sql.query import generate
from muster.compiler.expr import (
    EVER,
    TRUE,
    And,
    Compare,
    Count,
    Events,
    Expr,
    Not,
    Or,
    SequenceMatch,
    SequenceStep,
    TimeWindow,
)
from muster.compiler.moments import FromAsOf
from muster.compiler.planner import plan
from muster.compiler.schema import NameStats, Schema, Stats
from tests.cases import compare, last, metric, num, prop, text, trait
from tests.sql_text import DIALECT, SCHEMA, condition, query

OFTEN = metric(Count(), Compare("gte", num(3)))
LATELY = metric(Count(), Compare("gte", num(1)), window=last(9))
SAW = metric(Count(), Compare("gte", num(1)), names=("see",))
PRO = compare(trait("plan"), "eq", text("pro"))
FEW = replace(
    SCHEMA, stats=Stats(profiles=10_000, traits={("plan",): NameStats(9_000, {"str": 9_000}, 0, {"pro": 100}, 2)})
)
SETS = "p.pid IN (SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1 GROUP BY e.pid HAVING "
OUT = SETS.replace(" IN ", " NOT IN ")
RECENT, MANY = "MAX(e.ts) >= $p{}", "COUNT(*) >= $p{}"


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (And((OFTEN, LATELY)), f"{SETS}{MANY} AND {RECENT})"),
        (Or((OFTEN, LATELY)), f"{SETS}{MANY} OR {RECENT})"),
        (And((OFTEN, Not(LATELY))), f"{SETS}{MANY} AND NOT COALESCE({RECENT}, FALSE))"),
        (And((Not(OFTEN), Not(LATELY))), f"{OUT}{MANY} OR {RECENT})"),
        (Or((OFTEN, Not(LATELY))), f"{OUT}NOT COALESCE({MANY}, FALSE) AND {RECENT})"),
        (Or((Not(OFTEN), Not(LATELY))), f"{OUT}{MANY} AND {RECENT})"),
    ],
)
def test_tests_of_the_same_events_are_one_set(expr: Expr, expected: str) -> None:
    assert condition(expr) == expected.format(2, 3)
    assert query(expr).notes == ("2 tests of buy read its events once",)


def test_what_all_ask_of_an_event_is_asked_once() -> None:
    pricy = compare(prop("amount"), "gt", num(1))
    both = And((replace(OFTEN, where=pricy), replace(LATELY, where=pricy)))

    assert " AND e.amount__num > $p2 GROUP BY e.pid HAVING COUNT(*) >= $p3 AND MAX(e.ts) >= $p4)" in condition(both)


@pytest.mark.parametrize(
    "expr",
    [
        And((OFTEN, SAW)),
        And((OFTEN, replace(LATELY, window=TimeWindow(None, FromAsOf(micros=-9))))),  # which reads other events
        And((Or((OFTEN, PRO)), Or((LATELY, PRO)))),
        Or((And((OFTEN, LATELY)), And((OFTEN, PRO)))),  # OFTEN is a relation of its own, read by both
    ],
)
def test_other_tests_are_sets_of_their_own(expr: Expr) -> None:
    assert query(expr).notes == ()


def told(expr: Expr, schema: Schema = FEW) -> tuple[str, tuple[str, ...]]:
    made = generate(plan(expr, expr), schema, "count", DIALECT)
    return made.sql, made.notes


def test_beside_a_test_that_few_people_pass_only_their_events_are_read() -> None:
    sql, notes = told(And((PRO, OFTEN)))

    assert sql == (
        "SELECT COUNT(*) FROM profiles AS p WHERE p.plan__str = $p0 AND p.pid IN (SELECT e.pid FROM events AS e WHERE"
        " e.event = $p1 AND e.ts < $p2 AND e.pid IN (SELECT p.pid FROM profiles AS p WHERE p.plan__str = $p0)"
        " GROUP BY e.pid HAVING COUNT(*) >= $p3)"
    )
    assert notes == ("scan 1 reads the events of about 1.00% of people only",)


@pytest.mark.parametrize(
    "expr",
    [
        And((PRO, Not(OFTEN))),
        And((PRO, Or((OFTEN, compare(trait("age"), "gt", num(1)))))),
        And(
            (PRO, SequenceMatch((SequenceStep(Events(("buy",)), TRUE), SequenceStep(Events(("see",)), TRUE, 5)), EVER))
        ),
        And((PRO, OFTEN, LATELY)),
    ],
)
def test_wherever_those_people_are_asked_for(expr: Expr) -> None:
    assert "only" in told(expr)[1][-1]


@pytest.mark.parametrize(
    "expr",
    [
        Or((PRO, OFTEN)),
        And((Or((PRO, compare(trait("age"), "gt", num(1)))), OFTEN)),
        And((Not(PRO), OFTEN)),
        And((PRO, SAW)),  # a set alone is as fast as it is
        Or((And((PRO, OFTEN)), And((OFTEN, compare(trait("age"), "gt", num(1)))))),  # read for others too
    ],
)
def test_where_others_may_pass_all_events_are_read(expr: Expr) -> None:
    assert told(expr)[1] == ()


@pytest.mark.parametrize("stats", [Stats(), replace(FEW.stats, profiles=9_999)])
def test_without_counts_or_among_few_all_events_are_read(stats: Stats) -> None:
    assert told(And((PRO, OFTEN)), replace(SCHEMA, stats=stats))[1] == ()
