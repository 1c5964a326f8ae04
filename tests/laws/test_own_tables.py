"""Somebody's own tables, JSON and typed, give the answers of the reference on the rows that they hold.

It could go wrong by comparing little: the share of rules that find some people and not others is asserted, and so is
that few are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muster.backends.base import Backend
from muster.backends.discover import all_backends, get_reader
from muster.compiler.diagnostics import RuleError
from muster.compiler.pipeline import compile_rule
from muster.compiler.resolve import Surroundings
from muster.grammar.format import format_rule
from muster.runtime.own_schema import own_schema
from tests.clickhouse_server import serving
from tests.dice import SeededDice
from tests.differential import reference
from tests.own_databases import Database, clickhouse_database, duckdb_database, postgres_database
from tests.own_worlds import map_of, on_clocks, rows_of, tidy
from tests.people import World
from tests.scenario import scenario

SQL = tuple(backend for backend in all_backends() if backend.dialect is not None)
WORLDS, RULES = 6, 12
_TABLES = {
    "duckdb": ("VARCHAR", "TIMESTAMP", "JSON", ""),
    "postgres": ("text", "timestamp", "jsonb", ""),
    "clickhouse": ("String", "Nullable(DateTime64(6, 'UTC'))", "String", " ENGINE = MergeTree ORDER BY tuple()"),
}


@pytest.fixture(scope="module")
def clickhouse_server() -> Iterator[str]:
    """Give the host and port of a running server."""
    with serving() as where:
        yield where


@contextmanager
def database(backend: Backend, folder: Path, server: str) -> Iterator[Database]:
    """Make an empty database for an engine."""
    made = {
        "duckdb": lambda: duckdb_database(folder),
        "postgres": postgres_database,
        "clickhouse": lambda: clickhouse_database(server),
    }
    with made[backend.name]() as found:
        yield found


def fill(world: World, backend: Backend, made: Database, *, local: bool) -> None:
    """Make the tables of a world."""
    text, time, json, engine = _TABLES[backend.name]
    rows = rows_of(world, local=local)
    made.run(f"CREATE TABLE own_events (id {text}, called {text}, came {time}, mid {text}, held {json}){engine}")
    times = ", ".join(f"{name} {time}" for name in ("first_seen", "last_seen", "created_at"))
    made.run(f"CREATE TABLE own_people (id {text}, {times}, held {json}){engine}")
    made.insert("own_events", rows.events)
    made.insert("own_people", rows.people)
    made.done()


@pytest.mark.parametrize("local", [False, True], ids=["utc", "local"])
@pytest.mark.parametrize("backend", SQL, ids=lambda backend: backend.name)
def test_tables_of_json_give_the_answers_of_the_reference(
    backend: Backend, tmp_path: Path, clickhouse_server: str, *, local: bool
) -> None:
    tried = some = refused = 0
    for number in range(WORLDS):
        made = scenario(SeededDice(f"own:{number}"), RULES)
        world = tidy(made.world, digits=15)
        world = on_clocks(world) if local else world
        with database(backend, tmp_path, clickhouse_server) as theirs:
            fill(world, backend, theirs, local=local)
            schema = own_schema(map_of(world, theirs.namespace, local=local))
            engine = get_reader(backend.name).attach(theirs.location, schema)
            try:
                for rule in made.rules:
                    try:
                        compiled = compile_rule(rule, Surroundings(schema=engine.schema, audiences=made.audiences))
                        found = engine.members(compiled.plan, world.clock).to_pylist()
                    except RuleError:
                        refused += 1
                        continue
                    expected = list(reference(compiled.lowered, world))
                    assert found == expected, f"{number}: {format_rule(rule)}"
                    assert engine.count(compiled.plan, world.clock) == len(expected)
                    tried += 1
                    some += 0 < len(expected) < len(world.profiles)
            finally:
                engine.close()

    assert refused < tried / 10
    assert some > tried / 4
