"""The event is picked from all history; only then are its instant and its value looked at."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import Compare, ComparePair, Expr, Not, Pick, Present, TimeWindow
from muster.compiler.moments import Instant
from muster.compiler.schema import Name, Schema
from tests.cases import last, metric, num, text, trait
from tests.sql_text import SCHEMA, condition

FIRST = Pick("first", ("amount",))
TAGS = Pick("last", ("tags",))


def test_the_value_of_the_first_event_is_tested() -> None:
    assert condition(metric(FIRST, Compare("gt", num(3)))) == (
        "p.pid IN (SELECT m.pid FROM (SELECT e.pid, ARG_MIN_NULL(e.amount__num, (e.ts, e.mid)) AS v__num"
        " FROM events AS e WHERE e.event = $p1 AND e.ts < $p2 GROUP BY e.pid) AS m WHERE m.v__num > $p0)"
    )


@pytest.mark.parametrize("window", [last(5), TimeWindow(None, Instant(9))])
def test_a_window_is_asked_of_the_event_that_was_picked(window: TimeWindow) -> None:
    sql = condition(metric(TAGS, Compare("eq", text("a")), window=window))

    assert "SELECT e.pid, MAX(e.ts) AS ts, ARG_MAX_NULL(e.tags__items, (e.ts, e.mid)) AS v__items" in sql
    assert "AS m WHERE m.ts " in sql
    assert sql.count("e.ts <") == 1
    assert "e.ts >=" not in sql


def test_only_the_columns_that_the_test_reads_are_picked() -> None:
    assert "ARG_MAX_NULL(e.tags__stored, (e.ts, e.mid)) AS v__stored FROM" in condition(metric(TAGS, Present()))
    assert condition(metric(TAGS, Present())).count("ARG_MAX_NULL") == 1


def test_a_picked_value_can_be_compared_with_a_trait() -> None:
    sql = condition(metric(FIRST, ComparePair("eq", trait("limit"))))

    assert sql.endswith("AS m JOIN profiles AS t ON t.pid = m.pid WHERE m.v__num = t.limit__num)")


@pytest.mark.parametrize("never", [metric(FIRST, Compare("eq", text("x"))), metric(Pick("last", ("no",)), Present())])
def test_a_value_that_no_event_can_have_folds_away(never: Expr) -> None:
    assert condition(never) == "FALSE"
    assert condition(Not(never)) == ""


def test_without_an_order_of_equal_instants_nothing_is_picked() -> None:
    unordered = Schema(SCHEMA.profiles, replace(SCHEMA.events, order=None))

    with pytest.raises(RuleError) as caught:
        condition(metric(FIRST, Compare("gt", num(3))), unordered)

    (told,) = caught.value.diagnostics
    assert told.code == "E41"
    assert "`events`" in told.message


def test_picked_columns_cannot_meet_the_key() -> None:
    events = replace(SCHEMA.events, events={"buy": {("amount",): Name({"num": "pid", "str": "ts"})}})

    assert "ARG_MIN_NULL(e.pid, (e.ts, e.mid)) AS v__num" in condition(
        metric(FIRST, Compare("gt", num(3))), Schema(SCHEMA.profiles, events)
    )
