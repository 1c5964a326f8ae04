"""A cluster's answers are those of one database: random rules over tables spread by person, on one shard and on three.

Apart from `test_agreement`, whose engines open an empty place each: a cluster needs a server that knows it
(`tests/clickhouse_cluster.py` says how one process is three shards, and what that does not show).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import settings

from muster.backends.base import Engine, Output, Query
from muster.backends.clickhouse import BACKEND
from muster.backends.clickhouse.places import OnServer
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema
from tests.clickhouse_cluster import serving_clusters
from tests.clickhouse_server import address
from tests.dice import SeededDice
from tests.differential import Arena, Trial
from tests.scenario import scenario

WORLDS = max(2, settings().max_examples // 25)
RULES = 10


@dataclass(frozen=True, slots=True)
class OnCluster:
    """A back-end whose every database is a new one on a cluster."""

    where: str
    cluster: str
    name: str = "clickhouse"
    schemes: tuple[str, ...] = ("clickhouse",)
    dialect: str | None = "clickhouse"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Generate what any ClickHouse is asked."""
        return BACKEND.generate(plan, schema, output)

    def connect(self, location: str, schema: Schema) -> Engine:  # noqa: ARG002 (a place of its own each time)
        """Open a new database."""
        database = f"test_{uuid4().hex}"
        client = OnServer(address(self.where, "default")).open_client(())
        client.command(f"CREATE DATABASE {database}")
        client.close()
        return BACKEND.connect(f"{address(self.where, database)}?cluster={self.cluster}", schema)


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


def test_events_on_another_shard_than_their_people_are_noticed() -> None:
    with serving_clusters("--misplaced") as where:
        found = []
        for number in range(WORLDS):
            with tried(where, "three", f"cluster {number}") as trials:
                found += [finding.who for trial in trials for finding in trial.findings]

    assert {"clickhouse", "count by clickhouse", "clickhouse for many", "counts of many by clickhouse"} <= set(found)
