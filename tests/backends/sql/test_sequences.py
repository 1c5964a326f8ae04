"""One relation a step, each holding every instant at which a chain can end, joined to the nearest one before."""

from __future__ import annotations

import pytest

from muster.compiler.expr import EVER, FALSE, TRUE, And, Events, Expr, Not, SequenceMatch, SequenceStep, TimeWindow
from tests.cases import DAY, MINUTE, last
from tests.sql_text import condition, query

BUY = "FROM events AS e WHERE e.event = $p0 AND e.ts < $p1"
KEYS = "LIST_PREPEND(NULL, LIST_TRANSFORM(e.tags__items, LAMBDA x : x.str))"


def step(name: str, within: int | None = None, same: str | None = None, where: Expr = TRUE) -> SequenceStep:
    return SequenceStep(Events((name,)), where, within, None if same is None else (same,))


def sequence(*steps: SequenceStep, absent: SequenceStep | None = None, window: TimeWindow = EVER) -> SequenceMatch:
    return SequenceMatch(steps, window, absent)


def steps_of(expr: Expr) -> list[str]:
    """Give the relations of a query, and last what stands inside the outermost IN."""
    text = query(expr).sql.removesuffix(" ORDER BY p.external_id")
    relations, _, people = text.partition(" SELECT p.external_id FROM profiles AS p WHERE p.pid IN ")
    found = []
    for number, rest in enumerate(relations.removeprefix("WITH ").split("step_")[1:], start=1):
        if rest.startswith(f"{number} AS ("):
            found.append(rest.removeprefix(f"{number} AS (").rstrip(", ").removesuffix(")"))
        else:
            found[-1] += "step_" + rest
    return [*found, people.removeprefix("(").removesuffix(")")]


def test_without_a_deadline_the_first_event_of_a_step_decides() -> None:
    assert steps_of(sequence(step("buy"), step("see"), window=last(DAY))) == [
        (
            "SELECT e.pid, MIN(e.ts) AS ts FROM events AS e"
            " WHERE e.event = $p0 AND e.ts >= $p1 AND e.ts < $p2 GROUP BY e.pid"
        ),
        (
            "SELECT e.pid FROM events AS e JOIN step_1 AS a ON e.pid = a.pid AND e.ts > a.ts"
            " WHERE e.event = $p3 AND e.ts >= $p1 AND e.ts < $p2"
        ),
    ]


def test_with_a_deadline_every_event_is_kept_and_the_nearest_joined() -> None:
    first, second = steps_of(sequence(step("buy"), step("see", 7 * DAY)))

    assert first == f"SELECT e.pid, e.ts {BUY}"
    assert second == (
        "SELECT e.pid FROM events AS e ASOF JOIN step_1 AS a ON e.pid = a.pid AND e.ts > a.ts"
        " WHERE e.event = $p2 AND e.ts < $p1 AND e.ts <= a.ts + TO_DAYS(7)"
    )


@pytest.mark.parametrize(
    ("within", "length"),
    [
        (DAY, "TO_DAYS(1)"),
        (36 * 60 * MINUTE, "TO_HOURS(36)"),
        (90 * MINUTE, "TO_MINUTES(90)"),
        (MINUTE + 1_000_000, "TO_SECONDS(61)"),
        (1, "TO_MICROSECONDS(1)"),
    ],
)
def test_a_length_is_written_in_its_largest_unit(within: int, length: str) -> None:
    assert f"a.ts + {length}" in query(sequence(step("buy"), step("see", within))).sql


def test_a_shared_value_is_joined_like_the_person() -> None:
    first, second = steps_of(sequence(step("buy"), step("refund", DAY, "code")))

    assert first == f"SELECT e.pid, e.ts, e.code__str AS next_key {BUY}"
    assert "ON e.pid = a.pid AND e.code__str = a.next_key AND e.ts > a.ts" in second


def test_a_shared_value_without_a_deadline_needs_the_first_event_of_each_value() -> None:
    first, second = steps_of(sequence(step("buy"), step("refund", None, "code")))

    assert first == f"SELECT e.pid, MIN(e.ts) AS ts, e.code__str AS next_key {BUY} GROUP BY e.pid, e.code__str"
    assert " JOIN step_1" in second
    assert "ASOF" not in second


def test_lists_are_taken_apart_on_the_side_that_holds_them() -> None:
    first, second = steps_of(sequence(step("buy"), step("refund", DAY, "tags")))

    assert first == f"SELECT e.pid, e.ts, UNNEST({KEYS}) AS next_key {BUY}"
    assert "e.tags__str = a.next_key" in second


def test_a_step_is_left_with_all_its_values_not_only_the_one_it_was_reached_by() -> None:
    _, second, third = steps_of(sequence(step("refund"), step("buy", DAY, "tags"), step("buy", DAY, "tags")))

    assert second.startswith(
        f"SELECT u.pid, u.ts, UNNEST(u.next_keys) AS next_key FROM (SELECT e.pid, e.ts, {KEYS} AS next_keys,"
        f" UNNEST({KEYS}) AS same_key FROM events AS e"
    )
    assert "u.same_key = a.next_key AND u.ts > a.ts" in second
    assert f"UNNEST({KEYS}) AS same_key FROM events AS e" in third


@pytest.mark.parametrize(
    "impossible",
    [
        sequence(step("buy", where=FALSE), step("see")),
        sequence(step("buy"), step("see", where=FALSE)),
        sequence(step("buy"), step("see", same="page")),
        sequence(step("buy"), step("see", same="page"), absent=step("refund")),
    ],
)
def test_a_sequence_with_an_impossible_step_folds_away(impossible: Expr) -> None:
    assert condition(impossible) == "FALSE"
    assert condition(Not(impossible)) == ""


# --- a final not ------------------------------------------------------------------------------------------------
def test_without_a_deadline_the_last_events_are_compared() -> None:
    assert steps_of(sequence(step("buy"), absent=step("see"))) == [
        f"SELECT e.pid, MAX(e.ts) AS ts {BUY} GROUP BY e.pid",
        (
            "SELECT a.pid FROM step_1 AS a LEFT JOIN (SELECT e.pid, MAX(e.ts) AS ts FROM events AS e"
            " WHERE e.event = $p2 AND e.ts < $p1 GROUP BY e.pid) AS b"
            " ON a.pid = b.pid AND a.ts < b.ts WHERE b.ts IS NULL"
        ),
    ]


def test_with_a_deadline_time_must_be_up_and_nothing_have_come() -> None:
    assert steps_of(sequence(step("buy"), absent=step("see", DAY))) == [
        f"SELECT e.pid, e.ts {BUY}",
        (
            "SELECT a.pid FROM step_1 AS a ASOF LEFT JOIN (SELECT e.pid, e.ts FROM events AS e"
            " WHERE e.event = $p2 AND e.ts < $p1) AS b ON a.pid = b.pid AND a.ts < b.ts"
            " WHERE a.ts < $p3 AND (b.ts IS NULL OR b.ts > a.ts + TO_DAYS(1))"
        ),
    ]


def test_an_event_that_shares_a_value_is_asked_for_by_the_value() -> None:
    first, second = steps_of(sequence(step("buy"), absent=step("refund", DAY, "code")))

    assert first.startswith("SELECT e.pid, e.ts, e.code__str AS next_key")
    assert "ON a.pid = b.pid AND a.next_key = b.same_key AND a.ts < b.ts" in second


@pytest.mark.parametrize(("within", "blocked"), [(DAY, "b.ts <= a.ts + TO_DAYS(1)"), (None, "b.ts IS NOT NULL")])
def test_an_event_with_several_values_is_free_only_if_none_of_them_is_blocked(within: int | None, blocked: str) -> None:
    first, second = steps_of(sequence(step("buy"), absent=step("refund", within, "tags")))

    assert first == f"SELECT e.pid, e.ts, {KEYS} AS next_keys {BUY}"
    assert "(SELECT a.pid, a.ts, a.next_keys, UNNEST(a.next_keys) AS next_key FROM step_1 AS a) AS a" in second
    assert second.endswith(f"GROUP BY a.pid, a.ts, a.next_keys HAVING COUNT(*) FILTER(WHERE {blocked}) = 0")


@pytest.mark.parametrize(
    ("absent", "rest"),
    [
        (step("see", DAY, "page"), " WHERE a.ts < $p2"),
        (step("see", None, "page"), ""),
        (step("see", where=FALSE), ""),
    ],
)
def test_what_cannot_come_blocks_nobody_but_the_time_must_still_be_up(absent: SequenceStep, rest: str) -> None:
    assert steps_of(sequence(step("buy"), absent=absent))[-1] == f"SELECT a.pid FROM step_1 AS a{rest}"


def test_sequences_of_one_query_number_their_steps_on() -> None:
    sql = query(And((sequence(step("buy"), step("see")), Not(sequence(step("see"), step("buy")))))).sql

    assert sql.startswith("WITH step_1 AS (")
    assert "), step_2 AS (" in sql
    assert "p.pid NOT IN (SELECT e.pid FROM events AS e JOIN step_2 AS a" in sql
