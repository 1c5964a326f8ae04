"""Only events of the names, in the window and before as_of are read."""

from __future__ import annotations

import pytest
from sqlglot import exp

from muster.backends.sql.events import event_rows, in_window, of_groups
from muster.backends.sql.logic import render
from muster.compiler.expr import EVER, FALSE, TRUE, ComparePair, Events, Expr, FieldTest, TimeWindow
from muster.compiler.moments import Capped, FromAsOf, Instant
from tests.cases import compare, num, prop, text, trait
from tests.sql_text import DIALECT, scope, shown


def selected(names: tuple[str, ...], where: Expr = TRUE, window: TimeWindow = EVER) -> str:
    rows = event_rows(Events(names), where, window, scope())
    assert rows is not None
    return DIALECT.write(rows.select(rows.key()))


@pytest.mark.parametrize(
    ("names", "sql"),
    [
        (("buy",), "WHERE e.event = $p0 AND e.ts < $p1"),
        (("buy", "see"), "WHERE e.event IN ($p0, $p1) AND e.ts < $p2"),
        ((), "WHERE e.ts < $p0"),
        (("never seen",), "WHERE e.event = $p0 AND e.ts < $p1"),
        (tuple(f"e{number}" for number in range(101)), "WHERE e.event = ANY($p0) AND e.ts < $p1"),
    ],
)
def test_events_are_read_by_name(names: tuple[str, ...], sql: str) -> None:
    assert selected(names) == f"SELECT e.pid FROM events AS e {sql}"


def test_a_condition_on_the_event_follows_its_window() -> None:
    window = TimeWindow(FromAsOf(micros=-5), FromAsOf(micros=-1))

    assert selected(("buy",), compare(prop("amount"), "gt", num(3)), window).endswith(
        "WHERE e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2 AND e.amount__num > $p3"
    )


def test_a_window_that_may_end_after_as_of_is_capped() -> None:
    window_scope = scope()

    assert shown(in_window("e", "ts", TimeWindow(None, Instant(9)), window_scope)) == "e.ts < $p0"
    assert window_scope.parameters.found[0].value == Capped(Instant(9))


def test_people_are_joined_under_another_alias_when_their_traits_are_compared() -> None:
    assert selected(("buy",), FieldTest(prop("amount"), ComparePair("gt", trait("limit")))) == (
        "SELECT e.pid FROM events AS e JOIN profiles AS t ON t.pid = e.pid"
        " WHERE e.event = $p0 AND e.ts < $p1 AND e.amount__num > t.limit__num"
    )


@pytest.mark.parametrize(
    "where", [FALSE, compare(prop("page"), "eq", text("x")), compare(prop("amount"), "eq", text("x"))]
)
def test_no_event_is_read_where_none_can_satisfy_the_condition(where: Expr) -> None:
    assert event_rows(Events(("buy",)), where, EVER, scope()) is None


def test_the_same_property_of_another_event_is_no_reason_to_read_none() -> None:
    assert event_rows(Events(("buy", "see")), compare(prop("page"), "eq", text("x")), EVER, scope()) is not None


def grouped() -> exp.Select:
    rows = event_rows(Events(()), TRUE, EVER, scope())
    assert rows is not None
    return rows.select(rows.key())


def test_groups_are_selected_with_or_without_their_people() -> None:
    plain = DIALECT.write(of_groups(grouped(), None, scope(), joins_people=False))
    joined = DIALECT.write(of_groups(grouped(), render(True), scope(), joins_people=True))

    assert plain == "SELECT m.pid FROM (SELECT e.pid FROM events AS e WHERE e.ts < $p0) AS m"
    assert joined == f"{plain} JOIN profiles AS t ON t.pid = m.pid WHERE TRUE"
