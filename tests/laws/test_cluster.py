"""A cluster's answers are those of one database: random rules over tables spread by person, on one shard and on three.

Apart from `test_agreement`, whose engines open an empty place each: a cluster needs a server that knows it
(`tests/clickhouse_cluster.py` says how one process is three shards, and what that does not show).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError
from hypothesis import settings
from sqlglot import parse_one
from sqlglot.expressions import table_

from muster.backends.base import Engine, Limits, Output, Query
from muster.backends.clickhouse import BACKEND
from muster.backends.clickhouse.client import bound
from muster.backends.clickhouse.cluster import Cluster, as_asked, create_on_cluster
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import OnServer
from muster.backends.clickhouse.sessions import reading
from muster.backends.sql.batch import generate_batch
from muster.backends.sql.layout import tables
from muster.backends.sql.names import GROUP
from muster.compiler.pipeline import compile_rule
from muster.compiler.plan import Plan
from muster.compiler.planner import plan_many
from muster.compiler.resolve import Surroundings
from muster.compiler.schema import Schema
from tests.clickhouse_cluster import serving_clusters
from tests.clickhouse_server import address
from tests.clickhouse_shards import listening
from tests.dice import SeededDice
from tests.differential import Arena, Trial, reference
from tests.laws.test_decomposition import shards
from tests.scenario import Scenario, scenario

WORLDS = max(2, settings().max_examples // 50)  # each asked on one shard and on three, a second a rule
RULES = 10
_DIALECT = ClickHouseDialect()


@dataclass(frozen=True, slots=True)
class OnCluster:
    """A back-end whose every database is a new one on a cluster."""

    where: str
    cluster: str
    name: str = "clickhouse"
    schemes: tuple[str, ...] = ("clickhouse",)
    dialect: str | None = "clickhouse"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Generate what a cluster is asked."""
        return BACKEND.generate(plan, as_asked(schema), output)

    def connect(self, location: str, schema: Schema) -> Engine:  # noqa: ARG002 (a place of its own each time)
        """Open a new database."""
        database, client = _database(self.where)
        client.close()
        return BACKEND.connect(f"{address(self.where, database)}?cluster={self.cluster}", schema)


def _database(where: str) -> tuple[str, Client]:
    name = f"test_{uuid4().hex}"
    client = OnServer(address(where, "default")).open_client(())
    client.command(f"CREATE DATABASE {name}")
    return name, OnServer(address(where, name)).open_client(())


@pytest.fixture(scope="module")
def where() -> Iterator[str]:
    """Give the host and port of a server that knows clusters."""
    with serving_clusters() as found:
        yield found


@contextmanager
def tried(where: str, cluster: str, seed: str) -> Iterator[Iterator[Trial]]:
    """Load a world into a cluster, and give what trying its rules there gives."""
    made = scenario(SeededDice(seed), RULES)
    with Arena(made.world, [OnCluster(where, cluster)]) as arena:
        yield iter(
            [
                *(arena.judge(rule, made.audiences) for rule in made.rules),
                arena.together(made.rules, made.audiences),
            ]
        )


@pytest.mark.parametrize("number", range(WORLDS))
@pytest.mark.parametrize("cluster", ["one", "three"])
def test_a_cluster_gives_the_answers_of_the_reference(where: str, cluster: str, number: int) -> None:
    with tried(where, cluster, f"cluster {number}") as trials:
        for trial in trials:
            assert trial.findings == []


def test_what_another_server_is_asked_gives_its_share_of_the_answer() -> None:
    """The text that goes over the wire, on shares of people in databases of their own."""
    with ExitStack() as stack:
        (first, asked), (second, _) = (stack.enter_context(listening()) for _ in range(2))
        where = stack.enter_context(serving_clusters(ports=(first, second)))
        for number in range(WORLDS):
            made = scenario(SeededDice(f"asked {number}"), RULES)
            _ask_by_text(where, asked, made)


def _ask_by_text(where: str, asked: SimpleQueue[str], made: Scenario) -> None:
    with Arena(made.world, []) as arena:
        schema = arena.schema
    database, client = _database(where)
    for name, columns in tables(schema).items():
        for statement in create_on_cluster(name, columns, schema, Cluster("remote", database, (1, 1))):
            client.command(_DIALECT.write(statement))
    whole = ("optimize_const_name_size", "-1")  # long constants in the text, not in packets of their own beside it
    remote = OnServer(address(where, database)).open_client(
        (
            whole,
            *Cluster("remote", database, (1, 1)).reading,
            *reading(Limits()),
        )
    )
    parts = []
    for part in shards(made.world):
        own, _ = _database(where)
        engine = BACKEND.connect(address(where, own), schema)
        engine.load(part.profiles, part.events)
        parts.append(own)
        engine.close()

    def asked_of_shards(query: Query) -> list[str]:
        with pytest.raises(DatabaseError, match="noted"):
            remote.query_arrow(query.sql, parameters=bound(query, made.world.clock))
        text = asked.get(timeout=10)
        assert asked.empty()
        assert text.count(f"`{database}`") == len(re.findall(rf"`{database}`\.`\w+_local`", text)), text
        return [re.sub(rf"`{database}`\.`(\w+)_local`", rf"`{own}`.`\1`", text) for own in parts]

    def ask(query: Query) -> list[list[tuple[Any, ...]]]:
        return [[tuple(row) for row in client.query(text).result_rows] for text in asked_of_shards(query)]

    def completed(query: Query) -> list[tuple[Any, ...]]:
        """Do what the server that was asked does with the words of people that came."""
        client.command("DROP TABLE IF EXISTS came")
        for number, text in enumerate(asked_of_shards(query)):
            client.command(f"INSERT INTO came {text}" if number else f"CREATE TABLE came ENGINE Memory AS {text}")
        select = parse_one(query.sql, dialect="clickhouse")
        select.args["from_"].this.replace(table_("came", alias=GROUP))
        select.set("with_", None)
        rest = select.sql(dialect="clickhouse")
        return [tuple(row) for row in client.query(rest, parameters=bound(query, made.world.clock)).result_rows]

    lowered = []
    for rule in made.rules:
        compiled = compile_rule(rule, Surroundings(schema=schema, audiences=made.audiences))
        lowered.append(compiled.lowered)
        expected = list(reference(compiled.lowered, made.world))
        found = ask(BACKEND.generate(compiled.plan, as_asked(schema), "members"))
        counted = ask(BACKEND.generate(compiled.plan, as_asked(schema), "count"))

        assert sorted(str(row[0]) for part in found for row in part) == expected, rule
        assert sum(row[0] for part in counted for row in part) == len(expected), rule
    batch = plan_many([(each, each) for each in lowered])
    (counts,) = completed(generate_batch(batch, as_asked(schema), "counts", _DIALECT))
    flags = completed(generate_batch(batch, as_asked(schema), "memberships", _DIALECT))

    for number, expr in enumerate(lowered):
        expected = list(reference(expr, made.world))
        assert counts[number] == len(expected)
        assert sorted(str(name) for name, word in flags if word >> number & 1) == expected


def test_events_on_another_shard_than_their_people_are_noticed() -> None:
    with serving_clusters("--misplaced") as where:
        found = []
        for number in range(2):
            with tried(where, "three", f"cluster {number}") as trials:
                found += [finding.who for trial in trials for finding in trial.findings]

    assert {"clickhouse", "count by clickhouse", "clickhouse for many", "counts of many by clickhouse"} <= set(found)
