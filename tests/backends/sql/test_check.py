"""The query check: every query that is generated passes, and every query that was tampered with does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlglot import exp

from muster.backends.duckdb.dialect import call
from muster.backends.sql.check import _check_text, check_query
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    EVER,
    TRUE,
    And,
    Compare,
    Count,
    ElementTest,
    Events,
    Expr,
    Not,
    Or,
    SequenceMatch,
    SequenceStep,
)
from tests import metric_cases, people_cases, sequence_cases, value_cases
from tests.cases import Case, compare, elem, metric, num, text, trait
from tests.sql_text import DIALECT, SCHEMA, query, schema_of

CASES = [*value_cases.CASES, *metric_cases.CASES, *sequence_cases.CASES, *people_cases.CASES]
PRICY = compare(elem("price"), "gt", num(1))
GOOD = And(
    (
        compare(trait("plan"), "eq", text("pro")),
        Or(
            (metric(Count(), Compare("gte", num(3))), ElementTest(trait("items"), compare(elem("price"), "gt", num(1))))
        ),
        Not(SequenceMatch((SequenceStep(Events(("buy",)), TRUE), SequenceStep(Events(("see",)), TRUE, 5)), EVER)),
    )
)


def check(sql: str) -> None:
    check_query(sql, "count" if sql.startswith("SELECT COUNT") else "members", SCHEMA, DIALECT)


@pytest.mark.parametrize("output", ["members", "count"])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_every_generated_query_passes(case: Case, output: str) -> None:
    schema = schema_of((case.profile,), case.events)
    made = query(case.expr, schema, "members" if output == "members" else "count")

    check_query(made.sql, made.output, schema, DIALECT)


@pytest.mark.parametrize("name", sorted(call.names))
def test_every_function_of_the_generator_is_allowed(name: str) -> None:
    arguments = 3 if name in {"SUBSTRING", "TRANSLATE"} else 2
    arguments = 1 if name.startswith(("TO_", "LEN", "MD5", "EPOCH", "UNNEST", "BIT_OR", "COUNT_IF")) else arguments
    called = call(name, *(exp.Placeholder(this=f"p{number}") for number in range(arguments)))

    check(f"SELECT COUNT(*) FROM profiles AS p WHERE p.x = {DIALECT.write(called)}")


# --- mutants ----------------------------------------------------------------------------------------------------
def good(expr: Expr = GOOD) -> str:
    sql = query(expr).sql
    check(sql)
    return sql


def replaced(old: str, new: str) -> Callable[[], str]:
    def mutate() -> str:
        sql = good()
        assert old in sql, old
        return sql.replace(old, new, 1)

    return mutate


MUTANTS: dict[str, Callable[[], str]] = {
    "another table": replaced("FROM profiles AS p", "FROM secrets AS p"),
    "another schema's table": replaced("FROM profiles AS p", "FROM other.profiles AS p"),
    "another database's table": replaced("FROM events AS e", "FROM other.main.events AS e"),
    "a system table": replaced("FROM profiles AS p", "FROM duckdb_settings() AS p"),
    "information schema": replaced("FROM profiles AS p", "FROM information_schema.tables AS p"),
    "a file": replaced("FROM events AS e", "FROM 'events.csv' AS e"),
    "a quoted file": replaced("FROM events AS e", 'FROM "events.csv" AS e'),
    "a file reader": replaced("FROM events AS e", "FROM READ_CSV($p0) AS e"),
    "a parquet reader": replaced("FROM events AS e", "FROM READ_PARQUET($p0) AS e"),
    "a range": replaced("FROM events AS e", "FROM RANGE(10) AS e"),
    "values": replaced("FROM events AS e", "FROM (VALUES (1)) AS e(pid)"),
    "a second table by comma": replaced("FROM profiles AS p", "FROM profiles AS p, secrets AS s"),
    "one of ours by comma": replaced("FROM profiles AS p", "FROM profiles AS p, events AS s"),
    "a join on nothing": replaced(" ON e.pid = a.pid AND e.ts > a.ts", ""),
    "a joined table": replaced("FROM profiles AS p", "FROM profiles AS p JOIN secrets AS s ON TRUE"),
    "a cross join": replaced("FROM profiles AS p", "FROM profiles AS p CROSS JOIN events AS s"),
    "a natural join": replaced("FROM profiles AS p", "FROM profiles AS p NATURAL JOIN events AS s"),
    "a right join": replaced(" ASOF JOIN step_1", " RIGHT JOIN step_1"),
    "a full join": replaced(" ASOF JOIN step_1", " FULL JOIN step_1"),
    "a join by columns": replaced("ON e.pid = a.pid AND e.ts > a.ts", "USING (pid)"),
    "a lateral join": replaced("FROM profiles AS p", "FROM profiles AS p, LATERAL (SELECT 1) AS s"),
    "a union": lambda: f"{good()} UNION SELECT p.external_id FROM profiles AS p",
    "a union inside": replaced("(SELECT e.pid FROM", "(SELECT p.pid FROM profiles AS p UNION SELECT e.pid FROM"),
    "an except": lambda: f"{good()} EXCEPT SELECT p.external_id FROM profiles AS p",
    "two statements": lambda: f"{good()}; SELECT 1",
    "a statement before": lambda: f"SELECT 1; {good()}",
    "only a semicolon more": lambda: f"{good()};;",
    "a NUL": replaced(" AND ", " \0AND "),
    "a comment": replaced(" AND ", " /* hint */ AND "),
    "a line comment": lambda: f"{good()} -- rest",
    "a text literal": replaced("$p0", "'pro'"),
    "an escaped text literal": replaced("$p0", "E'pro'"),
    "a dollar text": replaced("$p0", "$$pro$$"),
    "a fraction": replaced("$p0", "1.5"),
    "a positional parameter": replaced("$p0", "?"),
    "a numbered parameter": replaced("$p0", "$1"),
    "a parameter of another name": replaced("$p0", "$secret"),
    "an interval": replaced("TO_MICROSECONDS(5)", "INTERVAL 5 MICROSECONDS"),
    "another function": replaced("COUNT(*) >=", "GETENV($p0) >="),
    "a setting": replaced("COUNT(*) >=", "CURRENT_SETTING($p0) >="),
    "a user": replaced("p.plan__str = $p", "CURRENT_USER = $p"),
    "the clock": replaced("e.ts < $p", "e.ts < NOW() OR e.ts < $p"),
    "another cast": replaced("p.plan__str = $p", "CAST(p.plan__str AS INT) = $p"),
    "a like": replaced("p.plan__str = $p", "p.plan__str LIKE $p"),
    "a scalar subquery over another table": replaced("p.plan__str = $p", "(SELECT MAX(s.x) FROM secrets AS s) = $p"),
    "an exists": replaced("p.plan__str = $p", "EXISTS(SELECT 1 FROM secrets) AND p.plan__str = $p"),
    "another column": replaced("SELECT p.external_id", "SELECT p.plan__str"),
    "another column too": replaced("SELECT p.external_id", "SELECT p.external_id, p.plan__str"),
    "no column of the people": lambda: "SELECT COUNT(p.pid) FROM profiles AS p",
    "the events themselves": lambda: "SELECT e.external_id FROM events AS e",
    "groups of people": lambda: "SELECT COUNT(*) FROM profiles AS p GROUP BY p.plan__str",
    "nobody's rows": lambda: "SELECT COUNT(*)",
    "people from inside, some left out": lambda: (
        "SELECT p.external_id FROM (SELECT s.external_id FROM profiles AS s WHERE s.pid = $p0) AS p"
    ),
    "people from inside, grouped": lambda: (
        "SELECT p.external_id FROM (SELECT s.external_id FROM profiles AS s GROUP BY s.external_id) AS p"
    ),
    "people from inside, once each": lambda: (
        "SELECT p.external_id FROM (SELECT DISTINCT s.external_id FROM profiles AS s) AS p"
    ),
    "people from inside, joined": lambda: (
        "SELECT p.external_id FROM (SELECT s.external_id FROM profiles AS s JOIN events AS e ON e.pid = s.pid) AS p"
    ),
    "people from inside, beside others": lambda: (
        "SELECT p.external_id FROM (SELECT s.external_id FROM profiles AS s) AS p LEFT JOIN step_1 AS q ON q.x = p.x"
    ),
    "people from further inside": lambda: (
        "SELECT p.external_id FROM (SELECT q.external_id FROM (SELECT s.external_id FROM profiles AS s) AS q) AS p"
    ),
    "events from inside": lambda: "SELECT p.external_id FROM (SELECT s.external_id FROM events AS s) AS p",
    "another column from inside": lambda: (
        "SELECT p.external_id FROM (SELECT s.plan__str AS external_id FROM profiles AS s) AS p"
    ),
    "a star": replaced("SELECT p.external_id", "SELECT *"),
    "a star of a table": replaced("SELECT p.external_id", "SELECT p.*"),
    "a star without a column": replaced("SELECT p.external_id", "SELECT * EXCLUDE (pid)"),
    "a select into": replaced(" FROM profiles AS p", " INTO stolen FROM profiles AS p"),
    "a distinct": replaced("SELECT p.external_id", "SELECT DISTINCT p.external_id"),
    "a limit": lambda: f"{good()} LIMIT 1",
    "an offset": lambda: f"{good()} OFFSET 1",
    "a sample": lambda: f"{good()} USING SAMPLE 1",
    "a table sample": replaced("FROM profiles AS p", "FROM profiles AS p TABLESAMPLE 1"),
    "a qualify": replaced(" ORDER BY", " QUALIFY ROW_NUMBER() OVER () = 1 ORDER BY"),
    "a window": replaced("COUNT(*) >=", "COUNT(*) OVER () >="),
    "a pivot": replaced("FROM profiles AS p", "FROM profiles AS p PIVOT (COUNT(*) FOR plan IN ('a'))"),
    "order by all": replaced("ORDER BY p.external_id", "ORDER BY ALL"),
    "a relation that hides a table": replaced("WITH step_1 AS", "WITH events AS"),
    "a relation that hides a table in capitals": replaced("WITH step_1 AS", "WITH EVENTS AS"),
    "a relation of another name": replaced("WITH step_1 AS", "WITH step AS"),
    "two relations of one name": replaced(
        "WITH step_1 AS", "WITH step_1 AS (SELECT e.pid FROM events AS e), step_1 AS"
    ),
    "a recursive relation": replaced("WITH step_1 AS", "WITH RECURSIVE step_1 AS"),
    "a materialised relation": replaced("WITH step_1 AS", "WITH step_1 AS MATERIALIZED"),
    "a relation inside": replaced("(SELECT e.pid FROM", "(WITH step_2 AS (SELECT 1) SELECT e.pid FROM"),
    "a lambda on a table": replaced("LAMBDA x :", "LAMBDA (x, i) : (SELECT 1) = 1 OR"),
    "parse failure": replaced("SELECT", "SELEC"),
    "deep brackets": lambda: f"SELECT {'(' * 3000}1{')' * 3000}",
    "nothing": lambda: "",
    "an update": lambda: "UPDATE profiles SET external_id = NULL",
    "a delete": lambda: "DELETE FROM profiles",
    "an insert": lambda: "INSERT INTO profiles SELECT * FROM profiles",
    "a drop": lambda: "DROP TABLE profiles",
    "a create": lambda: "CREATE TABLE stolen AS SELECT * FROM profiles",
    "an attach": lambda: "ATTACH 'other.db'",
    "a copy": lambda: "COPY profiles TO 'out.csv'",
    "a set": lambda: "SET memory_limit = '1GB'",
    "a pragma": lambda: "PRAGMA database_list",
    "an install": lambda: "INSTALL httpfs",
    "a call": lambda: "CALL pragma_version()",
    "a show": lambda: "SHOW TABLES",
    "an explain": lambda: f"EXPLAIN {good()}",
    "from first": lambda: "FROM profiles",
}


_SOME = "SELECT COUNT(*) FROM (SELECT DISTINCT e.pid FROM events AS e WHERE e.event = $p0) AS m"
SOME_MUTANTS = {
    "of members": "SELECT m.external_id FROM (SELECT DISTINCT e.pid FROM events AS e) AS m",
    "a row an event": _SOME.replace("DISTINCT ", ""),
    "another column": _SOME.replace("e.pid", "e.mid"),
    "two columns": _SOME.replace("e.pid", "e.pid, e.mid"),
    "a group by more": _SOME.replace("DISTINCT ", "").replace(") AS m", " GROUP BY e.pid, e.mid) AS m"),
    "a condition outside": f"{_SOME} WHERE m.pid > $p0",
    "a join outside": f"{_SOME} LEFT JOIN profiles AS p ON p.pid = m.pid",
    "a distinct on": _SOME.replace("DISTINCT", "DISTINCT ON (e.mid)"),
    "events alone": "SELECT COUNT(*) FROM events AS e",
}


def test_people_of_a_scan_may_be_counted_alone_where_all_are_known() -> None:
    check(_SOME)
    check(_SOME.replace("DISTINCT ", "").replace(") AS m", " GROUP BY e.pid) AS m"))
    strangers = replace(SCHEMA, events=replace(SCHEMA.events, known_people=False))
    with pytest.raises(InternalError, match="another result"):
        check_query(_SOME, "count", strangers, DIALECT)


@pytest.mark.parametrize("name", SOME_MUTANTS)
def test_nothing_else_is_counted_in_that_way(name: str) -> None:
    with pytest.raises(InternalError, match="query check"):
        check(SOME_MUTANTS[name])


@pytest.mark.parametrize("name", MUTANTS)
def test_a_query_that_was_tampered_with_is_refused(name: str) -> None:
    sql = MUTANTS[name]()

    with pytest.raises(InternalError, match="query check"):
        check(sql)


def test_there_are_mutants_enough() -> None:
    assert len({mutate() for mutate in MUTANTS.values()}) == len(MUTANTS) >= 30


def test_the_log_of_stages_may_be_read_only_where_there_is_one() -> None:
    sql = "SELECT COUNT(*) FROM profiles AS p WHERE p.pid IN (SELECT s.pid FROM stage_log AS s)"
    check(sql)

    with pytest.raises(InternalError, match="stage_log"):
        check_query(sql, "count", type(SCHEMA)(SCHEMA.profiles, SCHEMA.events), DIALECT)


def test_a_text_is_judged_once_for_one_schema() -> None:
    _check_text.cache_clear()
    check(good())
    check(good())

    assert _check_text.cache_info().misses == 1
