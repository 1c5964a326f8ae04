"""The whole query: who is selected, what is named, and that equal plans make equal SQL."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError, Span
from muster.compiler.expr import (
    EVER,
    TRUE,
    And,
    Compare,
    Const,
    Count,
    Events,
    Expr,
    Not,
    Or,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    TimeWindow,
)
from muster.compiler.moments import AS_OF, Clock, FromAsOf
from muster.compiler.schema import EventTable, ProfileTable, Schema
from tests.cases import at, compare, last, metric, num, profile_field, text, trait
from tests.sql_text import SCHEMA, condition, query

BOUGHT = metric(Count(), Compare("gte", num(1)))
OFTEN = metric(Count(), Compare("gte", num(3)))
PRO = compare(trait("plan"), "eq", text("pro"))
US_OR_CA = Or((compare(trait("plan"), "eq", text("US")), compare(trait("plan"), "eq", text("CA"))))


def test_members_are_ids_in_order_and_a_count_is_a_number() -> None:
    assert query(PRO).sql == "SELECT p.external_id FROM profiles AS p WHERE p.plan__str = $p0 ORDER BY p.external_id"
    assert query(PRO, output="count").sql == "SELECT COUNT(*) FROM profiles AS p WHERE p.plan__str = $p0"


def test_people_of_one_scan_are_counted_without_a_look_at_the_profiles() -> None:
    assert query(BOUGHT, output="count").sql == (
        "SELECT COUNT(*) FROM (SELECT DISTINCT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1) AS m"
    )
    assert query(OFTEN, output="count").sql == (
        "SELECT COUNT(*) FROM (SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1 GROUP BY e.pid"
        " HAVING COUNT(*) >= $p2) AS m"
    )


def test_profiles_are_looked_at_where_an_event_may_have_none() -> None:
    strangers = replace(SCHEMA, events=replace(SCHEMA.events, known_people=False))

    assert query(BOUGHT, strangers, "count").sql.startswith("SELECT COUNT(*) FROM profiles AS p WHERE p.pid IN (")


@pytest.mark.parametrize("expr", [Not(BOUGHT), And((BOUGHT, PRO)), Or((BOUGHT, Not(OFTEN)))])
def test_profiles_are_looked_at_for_more_than_one_scan(expr: Expr) -> None:
    assert " FROM profiles AS p" in query(expr, output="count").sql


@pytest.mark.parametrize(("value", "rest"), [(True, ""), (False, " WHERE FALSE")])
def test_everyone_and_nobody(rest: str, *, value: bool) -> None:
    assert query(Const(value=value), output="count").sql == f"SELECT COUNT(*) FROM profiles AS p{rest}"


def test_the_rule_of_the_brief_reads_as_an_analyst_would_write_it() -> None:
    made = query(And((PRO, metric(Count(), Compare("gte", num(1)), names=("feature_used",), window=last(5)), US_OR_CA)))

    assert made.sql == (
        "SELECT p.external_id FROM profiles AS p WHERE p.plan__str = $p0 AND p.pid IN (SELECT e.pid FROM events AS e"
        " WHERE e.event = $p1 AND e.ts >= $p2 AND e.ts < $p3) AND (p.plan__str = $p4 OR p.plan__str = $p5)"
        " ORDER BY p.external_id"
    )
    assert [each.value for each in made.parameters] == ["pro", "feature_used", FromAsOf(micros=-5), AS_OF, "US", "CA"]
    assert made.dialect == "duckdb"


def test_no_value_stands_in_the_text() -> None:
    made = query(And((compare(trait("plan"), "eq", text("' OR 1=1 --")), Sample("salt", Decimal("12.5")))))

    assert "'" not in made.sql
    assert "salt" not in made.sql
    assert made.bind(Clock(0))["p0"] == "' OR 1=1 --"


def test_a_scan_that_is_used_twice_is_named() -> None:
    made = query(Or((And((BOUGHT, PRO)), And((Not(BOUGHT), OFTEN)))))

    assert made.sql == (
        "WITH people_1(pid) AS (SELECT e.pid FROM events AS e WHERE e.event = $p0 AND e.ts < $p1)"
        " SELECT p.external_id FROM profiles AS p WHERE (p.pid IN (SELECT pid FROM people_1) AND p.plan__str = $p2)"
        " OR (p.pid NOT IN (SELECT pid FROM people_1) AND p.pid IN (SELECT e.pid FROM events AS e"
        " WHERE e.event = $p0 AND e.ts < $p1 GROUP BY e.pid HAVING COUNT(*) >= $p3)) ORDER BY p.external_id"
    )


def test_a_named_sequence_follows_the_steps_it_reads() -> None:
    steps = (SequenceStep(Events(("buy",)), TRUE), SequenceStep(Events(("see",)), TRUE))
    found = SequenceMatch(steps, EVER)
    sql = query(Or((And((found, PRO)), And((Not(found), OFTEN))))).sql

    assert sql.startswith("WITH step_1 AS (")
    assert sql.index("step_1 AS (") < sql.index("people_1(pid) AS (")
    assert sql.count("JOIN step_1") == 1


def test_a_scan_whose_other_use_folds_away_is_not_named() -> None:
    assert "WITH" not in query(Or((BOUGHT, And((Not(BOUGHT), compare(trait("no"), "eq", text("x"))))))).sql


def test_what_folds_away_leaves_no_parameter() -> None:
    made = query(
        And((Or((compare(trait("no"), "eq", text("gone")), PRO)), Not(compare(trait("age"), "eq", text("x")))))
    )

    assert [each.value for each in made.parameters] == ["pro"]


def test_equal_plans_make_equal_sql() -> None:
    expr = And((BOUGHT, OFTEN, US_OR_CA))

    assert query(expr) == query(expr)


def test_a_query_for_people_is_laid_out_on_lines() -> None:
    assert query(PRO).pretty == (
        "SELECT\n  p.external_id\nFROM profiles AS p\nWHERE\n  p.plan__str = $p0\nORDER BY\n  p.external_id"
    )


def test_five_hundred_leaves_stay_flat() -> None:
    sql = query(Or(tuple(compare(trait("age"), "eq", num(number)) for number in range(500)))).sql

    assert "(" not in sql
    assert sql.count(" OR ") == 499


# --- samples and stages -----------------------------------------------------------------------------------------
def test_a_sample_is_taken_by_the_id_that_members_yields() -> None:
    made = query(Sample("salt", Decimal("12.5")))

    assert condition(Sample("salt", Decimal("12.5"))) == (
        "CAST(CONCAT($p1, SUBSTRING(MD5(CONCAT($p0, p.external_id)), 1, 8)) AS UBIGINT) % 10000 < $p2"
    )
    assert [each.value for each in made.parameters] == ["salt:", "0x", Decimal(1250)]


@pytest.mark.parametrize(("percent", "everyone"), [(0, False), (100, True)])
def test_a_sample_of_none_or_all_needs_no_hash(percent: int, *, everyone: bool) -> None:
    assert condition(Sample("s", Decimal(percent))) == ("" if everyone else "FALSE")


def test_entering_a_stage_is_looked_up_in_the_log() -> None:
    entered = StageEntered("churned", TimeWindow(FromAsOf(micros=-5)))

    assert condition(Not(entered)) == (
        "p.pid NOT IN (SELECT s.pid FROM stage_log AS s WHERE s.stage = $p0 AND s.ts >= $p1 AND s.ts < $p2)"
    )


@pytest.mark.parametrize(
    "expr", [StageEntered("churned", EVER, Span(3, 9)), Not(StageEntered("churned", EVER, Span(3, 9)))]
)
def test_without_a_log_of_stages_the_construct_and_the_schema_are_named(expr: Expr) -> None:
    silent = replace(SCHEMA, stage_log=False)

    with pytest.raises(RuleError) as caught:
        query(expr, silent)

    (told,) = caught.value.diagnostics
    assert (told.code, told.origin) == ("E40", Span(3, 9))
    assert "entered lifecycle churned" in told.message
    assert "this schema" in told.message


# --- an analyst's own tables ------------------------------------------------------------------------------------
def test_tables_and_columns_of_any_name_are_quoted_and_never_hidden() -> None:
    profiles = ProfileTable("step_1", "user", 'the "id"', {}, {("plan",): SCHEMA.trait(("plan",))})
    events = EventTable("Order Events", "user", "name", "time", None, {"buy": {}})
    steps = (SequenceStep(Events(("buy",)), TRUE), SequenceStep(Events(("see",)), TRUE))
    sql = query(And((PRO, SequenceMatch(steps, EVER))), Schema(profiles, events)).sql

    assert sql == (
        'WITH step_1_1 AS (SELECT e."user" AS pid, MIN(e.time) AS ts FROM "Order Events" AS e'
        ' WHERE e."name" = $p1 AND e.time < $p2 GROUP BY e."user")'
        ' SELECT p."the ""id""" FROM step_1 AS p WHERE p.plan__str = $p0 AND p."user" IN (SELECT e."user"'
        ' FROM "Order Events" AS e JOIN step_1_1 AS a ON e."user" = a.pid AND e.time > a.ts'
        ' WHERE e."name" = $p3 AND e.time < $p2) ORDER BY p."the ""id"""'
    )


def test_a_field_that_an_own_table_lacks_is_missing() -> None:
    bare = Schema(ProfileTable("profiles", "id", "id", {}, {}), SCHEMA.events)

    assert query(compare(profile_field("last_seen"), "lt", at(5)), bare, "count").sql == (
        "SELECT COUNT(*) FROM profiles AS p WHERE FALSE"
    )
