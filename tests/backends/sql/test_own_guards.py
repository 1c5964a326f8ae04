"""The queries that look at tables count what is not as the map says, run as somebody who got them would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import duckdb
import psycopg
import pytest

from muster.backends.clickhouse.places import open_place
from muster.backends.discover import all_backends
from muster.backends.postgres.throwaway import throwaway
from muster.compiler.own_tables import Column, Member
from muster.compiler.schema import Schema
from muster.compiler.values import Path
from muster.runtime.compilation import CompiledQuery, compile_query
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

DIALECTS = [each.dialect for each in all_backends() if each.dialect is not None]
HOSTILE = "*/ OR 1=1; -- \n \" ' /* $p0 %(p0)s {p0: String}"
JSON = {"duckdb": "JSON", "postgres": "jsonb", "clickhouse": "String"}
Run = Callable[[str], list[tuple[Any, ...]]]


def schema(namespace: str, key: str = "x", *, unchecked: bool = False, alone: bool = False) -> Schema:
    events = EventsTable(
        (namespace, "guarded_log"),
        Column("id", "text"),
        Column("came", "time"),
        name="what",
        order=Column("nr", "text"),
        only={"team": "ours"},
        values={("x",): Member("held", (key,), ("num",))},
    )
    plan: dict[Path, Value] = {("plan",): Column("plan", "text")}
    people = PeopleTable((namespace, "guarded_people"), Column("id", "text"), never_null=alone, values=plan)
    return own_schema(TableMap((events,), people), unchecked=unchecked)


def compiled(rule: str, dialect: str, namespace: str, key: str = "x") -> CompiledQuery:
    return compile_query(rule, dialect, schema=schema(namespace, key), as_of="2024-06-15")


@pytest.fixture(scope="module", params=DIALECTS)
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, str, Run]]:
    """Give a dialect, a namespace and what runs SQL there."""
    match request.param:
        case "duckdb":
            with duckdb.connect() as connection:
                yield "duckdb", "main", lambda text: connection.execute(text).fetchall()
        case "postgres":
            url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as served:

                def run(text: str) -> list[tuple[Any, ...]]:
                    cursor = served.execute(text.encode())
                    return cursor.fetchall() if cursor.description else []

                yield "postgres", "public", run
        case _:
            place = open_place("")
            with closing(place), closing(place.open_client(())) as client:

                def ask(text: str) -> list[tuple[Any, ...]]:
                    if not text.lstrip().startswith("SELECT"):
                        client.command(text)
                        return []
                    return [tuple(row) for row in client.query(text).result_rows]

                (name,) = ask("SELECT currentDatabase()")[0]
                yield "clickhouse", str(name), ask


@pytest.fixture
def filled(database: tuple[str, str, Run]) -> Iterator[tuple[str, str, Run]]:
    dialect, namespace, run = database
    where, engine = f"{namespace}.guarded", " ENGINE = Memory" if dialect == "clickhouse" else ""
    text = "Nullable(String)" if dialect == "clickhouse" else "VARCHAR"
    run(f"CREATE TABLE {where}_people (id {text}, plan {text}){engine}")
    run(
        f"CREATE TABLE {where}_log "
        f"(id {text}, came {'DateTime64(6)' if engine else 'timestamp'}, what {text}, nr {text}, team {text}, "
        f"held {JSON[dialect]}){engine}"
    )
    yield database
    run(f"DROP TABLE {where}_people")
    run(f"DROP TABLE {where}_log")


def test_printed_checks_count_what_the_map_does_not_say(filled: tuple[str, str, Run]) -> None:
    dialect, namespace, run = filled
    checks = compiled('plan = "pro" and sum(x) of buy > 5 and first(x) of buy > 1', dialect, namespace).checks

    def happens(number: str, team: str, x: str) -> None:
        values = f"'u1', '2024-01-01 00:00:00', 'buy', {number}, '{team}', '{{\"x\": {x}}}'"
        run(f"INSERT INTO {namespace}.guarded_log VALUES ({values})")

    def counted() -> list[tuple[int, ...]]:
        return [tuple(map(int, row)) for text in checks for row in run(text)]

    run(f"INSERT INTO {namespace}.guarded_people VALUES ('u1', 'pro'), ('u2', 'pro')")
    happens("'1'", "ours", "1")
    happens("'2'", "others", "[1]")  # rows that the map leaves out are not looked at
    assert counted() == [(0, 0), (0,)]

    run(f"INSERT INTO {namespace}.guarded_people VALUES ('u1', 'free'), ('u1', 'free')")
    happens("NULL", "ours", '"text"')
    assert counted() == [(1, 1), (2,)]


def test_every_column_says_what_it_is_about(filled: tuple[str, str, Run]) -> None:
    dialect, namespace, _ = filled
    query = compiled('plan = "pro" and first(x) of buy > 5', dialect, namespace)
    musts = [check.must for guard in query.query.guards for check in guard.checks]

    assert musts == [
        f"{namespace}.guarded_log.held, x, holds nothing but num",
        f"{namespace}.guarded_log.nr is in every row",
        f"{namespace}.guarded_people has one row a person",
    ]
    assert all(f"/* {must} */" in "".join(query.checks) for must in musts)


def test_no_key_of_json_ends_a_comment_or_is_taken_for_a_parameter(filled: tuple[str, str, Run]) -> None:
    dialect, namespace, run = filled
    query = compiled("sum(x) of buy > 5", dialect, namespace, HOSTILE)

    assert [tuple(map(int, row)) for row in run(query.checks[0])] == [(0,)]
    assert run(query.inline()) == []


def test_what_a_query_does_not_read_is_not_looked_at() -> None:
    known = schema("main", alone=True)
    none, one = (compile_query(rule, schema=known, as_of="2024-06-15") for rule in ("did buy", "sum(x) of buy > 1"))

    assert none.checks == ()
    assert [check.must for guard in one.query.guards for check in guard.checks] == [
        "main.guarded_log.held, x, holds nothing but num"
    ]


def test_without_checks_nothing_is_looked_at() -> None:
    query = compile_query("sum(x) of buy > 1", schema=schema("main", unchecked=True), as_of="2024-06-15")

    assert query.checks == ()
