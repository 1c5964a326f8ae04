"""Which sequences are read once, in an engine that can, and that all others are joined step by step."""

from __future__ import annotations

import pytest
from sqlglot import exp

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.sql.check import check_query
from muster.backends.sql.query import generate
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    EVER,
    TRUE,
    ComparePair,
    Events,
    Expr,
    FieldTest,
    SequenceMatch,
    SequenceStep,
    TimeWindow,
)
from muster.compiler.moments import FromAsOf
from muster.compiler.planner import plan
from tests.cases import compare, last, num, prop, trait
from tests.sql_text import DIALECT, SCHEMA, query

CLICKHOUSE = ClickHouseDialect()
BUY = SequenceStep(Events(("buy",)), TRUE)
PRICY = compare(prop("amount"), "gt", num(1))


def refunded(within: int | None = 5, where: Expr = TRUE, same: str | None = None, *names: str) -> SequenceStep:
    return SequenceStep(Events(names or ("refund",)), where, within, None if same is None else (same,))


def written(expr: Expr) -> str:
    made = generate(plan(expr, expr), SCHEMA, "count", CLICKHOUSE)
    check_query(made.sql, "count", SCHEMA, CLICKHOUSE)
    return made.sql


def test_two_steps_within_a_length_are_read_once() -> None:
    assert written(SequenceMatch((BUY, refunded()), last(9))) == (
        "SELECT COUNT(*) FROM (SELECT e.pid FROM events AS e WHERE e.event IN ({p0: String}, {p1: String})"
        " AND e.ts >= {p2: DateTime64(6, 'UTC')} AND e.ts < {p3: DateTime64(6, 'UTC')} GROUP BY e.pid"
        " HAVING windowFunnel(9)(toUInt64(toUnixTimestamp64Micro(e.ts) * 2 + 2305843009213693952"
        " + (e.event = {p0: String})), e.event = {p0: String}, e.event = {p1: String}) = 2) AS m"
    )


@pytest.mark.parametrize(
    "sequence",
    [
        SequenceMatch((BUY, refunded(5, PRICY)), EVER),
        SequenceMatch((BUY, refunded()), TimeWindow(None, FromAsOf(micros=-9))),
    ],
)
def test_steps_that_differ_have_conditions_of_their_own(sequence: SequenceMatch) -> None:
    assert " WHERE (e.event = {p0: String} AND " in written(sequence)
    assert ") OR (e.event = {p1: String} AND " in written(sequence)


@pytest.mark.parametrize(
    "sequence",
    [
        SequenceMatch((BUY, refunded(None)), EVER),
        SequenceMatch((BUY, refunded(0)), EVER),
        SequenceMatch((BUY, refunded(), SequenceStep(Events(("see",)), TRUE, 5)), EVER),
        SequenceMatch((BUY, refunded()), EVER, SequenceStep(Events(("see",)), TRUE, 5)),
        SequenceMatch((BUY, refunded(5, TRUE, "order")), EVER),
        SequenceMatch((BUY, refunded(5, TRUE, None, "buy", "refund")), EVER),
        SequenceMatch((SequenceStep(Events(()), TRUE), refunded()), EVER),
        SequenceMatch((BUY, refunded(5, FieldTest(prop("amount"), ComparePair("gt", trait("age"))))), EVER),
    ],
)
def test_other_sequences_are_joined(sequence: SequenceMatch) -> None:
    assert "windowFunnel" not in written(sequence)
    assert " JOIN " in written(sequence)


def test_an_engine_without_such_an_aggregate_joins() -> None:
    assert " ASOF JOIN " in query(SequenceMatch((BUY, refunded()), EVER)).sql
    with pytest.raises(InternalError, match="no aggregate for two steps"):
        DIALECT.followed(exp.true(), exp.true(), exp.true(), 5)


def test_no_other_parametric_aggregate_passes_the_check() -> None:
    sql = written(SequenceMatch((BUY, refunded()), EVER))

    with pytest.raises(InternalError, match="the function sequenceNextNode"):
        check_query(sql.replace("windowFunnel", "sequenceNextNode"), "count", SCHEMA, CLICKHOUSE)
