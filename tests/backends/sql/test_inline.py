"""The text for people finds whom the query finds, whatever stands in its values."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from muster.backends.base import Parameter, Query
from muster.backends.duckdb.client import open_engine
from muster.backends.sql.inline import inline
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import And, Compare, Count, Expr, FieldTest, Not, OneOf, Periods, TextTest
from muster.compiler.moments import Clock, to_micros
from muster.compiler.planner import plan
from tests.cases import CLOCK, compare, metric, num, text, trait
from tests.sql_text import DIALECT, EVENTS, PEOPLE, SCHEMA, query

CONNECTION = duckdb.connect()
TEXTS = st.text(max_size=8).filter(lambda value: "\0" not in value)


def made(sql: str, *parameters: Parameter, dialect: str = "duckdb") -> Query:
    return Query(
        dialect, "members", sql, parameters, lambda _: sql, lambda value: DIALECT.literal(value).sql(dialect=dialect)
    )


def spelled(value: object) -> str:
    return DIALECT.write(DIALECT.literal(value))


def value_of(value: object) -> object:
    row = CONNECTION.execute(f"SELECT {spelled(value)}").fetchone()
    assert row is not None
    return row[0]


@given(TEXTS)
@example("'; DROP TABLE x; --")
@example("\\' $p0 {p0:String} %(p0)s \n\t\r \x01")
@example("__SQLGLOT__LB__")
def test_a_text_comes_back_as_it_was(value: str) -> None:
    assert value_of(value) == value


@given(st.decimals(min_value=-(10**18) + 1, max_value=10**18 - 1, places=9))
def test_a_number_comes_back_as_it_was(value: Decimal) -> None:
    assert Decimal(str(value_of(value))) == value


@given(st.datetimes())
def test_a_time_comes_back_as_it_was(value: datetime) -> None:
    assert value_of(value) == value


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_a_list_comes_back_as_it_was(values: list[str]) -> None:
    assert value_of(values) == values


def test_a_boolean_is_a_word() -> None:
    assert spelled(True) == "TRUE"


def test_a_value_of_another_type_is_our_bug() -> None:
    with pytest.raises(InternalError, match="bytes"):
        spelled(b"x")


def test_only_parameters_are_replaced() -> None:
    parameters = (Parameter("p0", "str", "A"), Parameter("p1", "num", Decimal(1)), Parameter("p10", "bool", True))
    shown = inline(made('SELECT "$p0", "a""$p0", $p0, $p10, $p1', *parameters), CLOCK)

    assert shown == """SELECT "$p0", "a""$p0", 'A', TRUE, 1"""


def test_a_value_that_looks_like_a_parameter_is_not_replaced_again() -> None:
    parameters = (Parameter("p0", "str", "$p1"), Parameter("p1", "str", "$p0"))

    assert inline(made("SELECT $p0, $p1", *parameters), CLOCK) == "SELECT '$p1', '$p0'"


@pytest.mark.parametrize(
    ("dialect", "sql", "shown"),
    [
        ("clickhouse", "SELECT `{p0:String}`, {p0:String}", r"SELECT `{p0:String}`, 'a\\b'"),
        ("postgres", 'SELECT "%(p0)s", %(p0)s', r"""SELECT "%(p0)s", 'a\b'"""),
    ],
)
def test_other_engines_spell_their_parameters_otherwise(dialect: str, sql: str, shown: str) -> None:
    assert inline(made(sql, Parameter("p0", "str", "a\\b"), dialect=dialect), CLOCK) == shown


@pytest.mark.parametrize(
    "expr",
    [
        compare(trait("plan"), "eq", text("pro")),
        And((Not(compare(trait("age"), "gt", num("50.5"))), metric(Count(), Compare("gte", num(1))))),
        FieldTest(trait("mixed"), OneOf("str", tuple(f"it's {number}" for number in range(101)))),
        FieldTest(trait("plan"), TextTest("contains", "PR", ignore_case=True)),
        metric(Periods(of=20, unit="mo", calendar=True, minimum=1), Compare("lt", num(1))),
    ],
    ids=str,
)
def test_the_text_finds_whom_the_query_finds(expr: Expr) -> None:
    rule = plan(expr, expr)
    clock = Clock(to_micros(datetime(2024, 6, 1, tzinfo=UTC)), "Europe/Berlin")
    engine = open_engine("", SCHEMA)
    engine.load(PEOPLE, EVENTS)
    rows = engine._connection.execute(inline(query(expr), clock)).fetchall()

    assert [external_id for (external_id,) in rows] == engine.members(rule, clock).to_pylist()
    engine.close()
