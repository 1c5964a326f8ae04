"""What nests too deep for Python's stack is done all the same, and leaves the limits as they were."""

from __future__ import annotations

import sys
import threading

import pytest

from muster.backends.duckdb.client import open_engine
from muster.backends.sql.check import check_query
from muster.backends.sql.deep import deeply
from muster.compiler.expr import And, ElementTest, Expr, Not, Or
from muster.compiler.planner import plan
from tests.cases import CLOCK, compare, elem, num, text, trait
from tests.sql_text import DIALECT, EVENTS, PEOPLE, SCHEMA, query

LEVELS = 8 * 32


def depth(levels: int) -> int:
    return 0 if levels == 0 else 1 + depth(levels - 1)


def nested(inner: Expr, other: Expr) -> Expr:
    for level in range(LEVELS):
        inner = And((other, inner)) if level % 2 else Or((Not(other), inner))
    return inner


def test_deep_work_is_done_and_the_limits_are_put_back() -> None:
    before = (sys.getrecursionlimit(), threading.stack_size())

    assert deeply(lambda: depth(20_000)) == 20_000
    assert (sys.getrecursionlimit(), threading.stack_size()) == before
    with pytest.raises(RecursionError):
        depth(20_000)


def test_shallow_work_is_done_where_it_is_asked_for() -> None:
    assert deeply(threading.current_thread) is threading.current_thread()


def test_an_error_of_deep_work_is_raised_to_whom_asked() -> None:
    def fail(levels: int) -> None:
        if levels == 0:
            raise ValueError("at the bottom")
        fail(levels - 1)

    with pytest.raises(ValueError, match="at the bottom"):
        deeply(lambda: fail(20_000))


def test_work_without_end_is_still_an_error() -> None:
    def endless() -> None:
        endless()

    with pytest.raises(RecursionError):
        deeply(endless)


@pytest.mark.parametrize(
    "expr",
    [
        nested(compare(trait("age"), "gt", num(1)), compare(trait("plan"), "eq", text("pro"))),
        ElementTest(
            trait("items"), nested(compare(elem("price"), "gt", num(1)), compare(elem("sku"), "eq", text("x")))
        ),
    ],
    ids=["groups", "conditions on elements"],
)
def test_the_deepest_rule_is_generated_checked_laid_out_and_run(expr: Expr) -> None:
    made = query(expr)
    check_query(made.sql, made.output, SCHEMA, DIALECT)
    engine = open_engine("", SCHEMA)
    engine.load(PEOPLE, EVENTS)

    assert made.pretty.count("\n") > LEVELS
    assert engine.members(plan(expr, expr), CLOCK).to_pylist() == ["u1"]
    engine.close()
