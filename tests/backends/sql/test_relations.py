"""Relations get names of their own, in the order in which they can be read."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.sql.calls import integer
from muster.backends.sql.relations import Relations
from muster.compiler.schema import Schema
from tests.sql_text import DIALECT, SCHEMA


def one() -> exp.Select:
    return exp.Select(expressions=[integer(1)])


def test_a_query_without_relations_stays_as_it_is() -> None:
    assert DIALECT.write(Relations(SCHEMA, DIALECT).added_to(one())) == "SELECT 1"


def test_relations_stand_before_the_query_in_the_order_they_were_made() -> None:
    relations = Relations(SCHEMA, DIALECT)

    assert [relations.add_step(one()), relations.add_step(one()), relations.add("people_1", one(), "pid")] == [
        "step_1",
        "step_2",
        "people_1",
    ]
    assert DIALECT.write(relations.added_to(one())) == (
        "WITH step_1 AS (SELECT 1), step_2 AS (SELECT 1), people_1(pid) AS (SELECT 1) SELECT 1"
    )


def test_a_table_is_never_hidden() -> None:
    own = Schema(events=replace(SCHEMA.events, table="Step_1"))

    assert Relations(own, DIALECT).add_step(one()) == "step_1_1"


def test_where_relations_are_written_in_a_step_that_joins_is_kept_and_one_of_events_alone_is_not() -> None:
    dialect = PostgresDialect()
    relations = Relations(SCHEMA, dialect)
    relations.add_step(one())
    grouped = one()
    grouped.set("group", exp.Group(expressions=[exp.Literal.number(1)]))
    relations.add_step(grouped)

    assert dialect.write(relations.added_to(one())) == (
        "WITH step_1 AS (SELECT 1), step_2 AS MATERIALIZED (SELECT 1 GROUP BY 1) SELECT 1"
    )
