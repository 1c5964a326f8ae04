"""What reads somebody's own tables: their own names where nothing is to be read anew, else relations."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from muster.backends.discover import all_backends
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.check import check_query
from muster.backends.sql.own import settled
from muster.backends.sql.query import generate
from muster.compiler.diagnostics import InternalError
from muster.compiler.own_tables import Column, Member
from muster.compiler.schema import Schema
from muster.runtime.compilation import compile_query
from muster.runtime.own_schema import own_schema
from muster.runtime.standing import standing
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap

DIALECTS = [backend.dialect for backend in all_backends() if backend.dialect is not None]
EVENTS = EventsTable(
    ("shop", "log"),
    Column("user_id", "text"),
    Column("at", "time"),
    name="what",
    never_null=True,
    values={("kind",): Column("kind", "text")},
)
PEOPLE = PeopleTable(
    ("shop", "people"), Column("id", "text"), never_null=True, values={("plan",): Column("Plan Name", "text")}
)
SEVERAL = "did see in last 2 days then buy and (did see before today or did buy at least 1 times in last 1 days)"
RULE = 'plan = "pro" and did buy where (kind = "book") in last 30 days'


def sql(mapped: TableMap, rule: str = RULE, dialect: str = "duckdb") -> str:
    return compile_query(rule, dialect, schema=own_schema(mapped), as_of="2024-06-15").pretty


@pytest.mark.parametrize("dialect", DIALECTS)
def test_tables_that_are_as_ours_are_read_under_their_own_names(dialect: str) -> None:
    managed = compile_query(RULE, dialect, as_of="2024-06-15").sql
    theirs = compile_query(RULE, dialect, schema=own_schema(TableMap((EVENTS,), PEOPLE)), as_of="2024-06-15").sql

    def quoted(name: str) -> str:
        return ".".join(f'"{part}"' for part in name.split("."))

    renamed = {
        f"FROM {quoted('shop.people')}": "FROM profiles",
        f"FROM {quoted('shop.log')}": "FROM events",
        f"p.{quoted('Plan Name')}": "p.plan__str",
        f"e.{quoted('kind')}": "e.kind__str",
        f"e.{quoted('user_id')}": "e.pid",
        f"e.{quoted('what')}": "e.event",
        f"e.{quoted('at')}": "e.ts",
        f"SELECT p.{quoted('id')}": "SELECT p.external_id",
        f"p.{quoted('id')} IN": "p.pid IN",
        f"ORDER BY p.{quoted('id')}": "ORDER BY p.external_id",
        ' COLLATE "C"': "",
    }
    for own, ours in renamed.items():
        theirs = theirs.replace(own, ours)

    assert theirs == managed


def test_of_a_table_for_each_event_only_those_that_are_asked_for_are_read() -> None:
    tables = tuple(
        EventsTable(("shop", name), EVENTS.id, EVENTS.time, constant=name) for name in ("buy", "sell", "see")
    )
    mapped = TableMap(tables, PEOPLE)

    assert sql(mapped, "did buy and not did sell").count("UNION ALL") == 1
    assert sql(mapped, "did nothing in last 7 days").count("UNION ALL") == 2
    assert sql(mapped, "did buy").count("UNION ALL") == 0


def test_without_a_table_of_people_whoever_has_an_event_is_there() -> None:
    found = sql(TableMap((EVENTS,)), "everyone")

    assert "CAST(u.pid AS TEXT) AS external_id" in found
    assert "GROUP BY\n    u.pid" in found


def schema_with_json() -> Schema:
    member = Member("held", ("x",), ("num",))
    events = EventsTable(EVENTS.table, EVENTS.id, EVENTS.time, name="what", values={("x",): member})
    return own_schema(TableMap((events,), PEOPLE))


TAMPERED = {
    "another table": ('"shop"."log"', '"shop"."secrets"'),
    "another namespace": ('"shop"."log"', '"other"."log"'),
    "a table without one": ('"shop"."log"', '"log"'),
    "a function": ("JSON_TYPE(", "READ_TEXT("),
    "a literal": ('r."at" IS NOT NULL', "r.\"at\" <> 'x'"),
    "own words outside": ("SUM(e.x__num)", "SUM(TRY_CAST(e.x__num AS DECIMAL(38, 9)))"),
    "a union with people": ('FROM "shop"."log"', 'FROM "shop"."log" UNION ALL SELECT * FROM pg_shadow'),
}


@pytest.mark.parametrize("how", TAMPERED)
def test_what_was_tampered_with_does_not_pass_the_check(how: str) -> None:
    schema, dialect = schema_with_json(), DuckDbDialect()
    made = compile_query("sum(x) of buy > 1", "duckdb", schema=schema, as_of="2024-06-15")
    query = generate(made.compiled.plan, schema, "members", dialect)
    check_query(query.sql, query.output, schema, dialect)
    before, after = TAMPERED[how]

    assert before in query.sql
    with pytest.raises(InternalError, match="so it is not run"):
        check_query(query.sql.replace(before, after), query.output, schema, dialect)


def test_settling_says_what_is_left_to_read() -> None:
    schema = settled(schema_with_json(), DuckDbDialect())

    assert schema.own is not None
    assert schema.own.settled == {"profiles"}
    assert schema.profiles.namespace == "shop"


@pytest.mark.parametrize("dialect", [each.name for each in all_backends() if each.dialect is not None])
@pytest.mark.parametrize("name", ["bounds", "clock", "people_1", "step_1", "leaves_1", "Events", "profiles", "BOUNDS"])
def test_no_relation_of_ours_hides_a_table_that_is_called_alike(dialect: str, name: str) -> None:
    log = EventsTable((name,), EVENTS.id, EVENTS.time, name="what")
    for people in (None, PeopleTable((name,), PEOPLE.id, values=PEOPLE.values)):
        for table in (log, replace(log, never_null=True)):
            compiled = compile_query(SEVERAL, dialect, schema=own_schema(TableMap((table,), people)))
            for text in (compiled.inline(), standing(compiled, "cte", "audience")):
                tree = sqlglot.parse_one(text, read=dialect)
                relations = {each.alias.lower() for each in tree.find_all(exp.CTE)}
                read = {each.name for each in tree.find_all(exp.Table)}

                assert name in read
                assert name.lower() not in relations


def test_sql_reads_tables_that_are_called_as_relations_of_ours() -> None:
    tables = TableMap(
        (
            EventsTable(("bounds",), Column("id", "text"), Column("came", "time"), name="what"),
            EventsTable(("step_1",), Column("id", "text"), Column("came", "time"), constant="buy"),
        ),
        PeopleTable(("people_1",), Column("id", "text")),
    )
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE bounds (id VARCHAR, came TIMESTAMP, what VARCHAR)")
        connection.execute("CREATE TABLE step_1 (id VARCHAR, came TIMESTAMP)")
        connection.execute("CREATE TABLE people_1 AS SELECT unnest(['a', 'b', 'c']) AS id")
        connection.execute("INSERT INTO bounds VALUES ('a', now()::TIMESTAMP - INTERVAL 2 HOUR, 'see')")
        connection.execute("INSERT INTO step_1 SELECT id, now()::TIMESTAMP - INTERVAL 1 HOUR FROM people_1")
        compiled = compile_query(SEVERAL, "duckdb", schema=own_schema(tables))
        found = connection.execute(standing(compiled, "cte", "audience")).fetchall()

    assert found == [("a",)]
