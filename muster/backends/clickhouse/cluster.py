"""ClickHouse on many servers: tables that each keep a share of the people, and tables over them that show all.

Kept apart from the tables of one server, which these are made from. `<name>_local` holds the rows of a shard,
`<name>` is Distributed over the cluster. A person's rows of every table go to the shard that one hash of their key
says, so a query is answered by each shard from its own tables (`distributed_product_mode`), and only counts, ids and
the words of people's bits travel. It would go wrong, in silence, with tables that are spread by something else, over
other shards than before, or that lie on one server only (so what is there is looked at first), with shards that are
left out when they do not answer, and with inserts that are told of before they have arrived.
https://clickhouse.com/docs/engines/table-engines/special/distributed
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
from sqlglot import exp

from muster.backends.base import EngineError
from muster.backends.clickhouse.ddl import as_needed, column_type, create_table, define_table, widen_table
from muster.backends.sql.calls import Functions
from muster.backends.sql.layout import tables
from muster.backends.sql.names import STAGE_KEY, Sql, bare, identifier, system_table, table
from muster.compiler.messages import clickhouse as say
from muster.compiler.schema import Schema

_call = Functions("Distributed", "ReplicatedMergeTree", "cityHash64", "currentDatabase")

_READING = (
    ("distributed_product_mode", "local"),  # a table in a subquery is the shard's own; by default that is refused
    ("skip_unavailable_shards", "0"),  # no answer without their people, whatever the server's profile says
)
_DEPTH = "max_distributed_depth"
WRITING = (
    ("distributed_foreground_insert", "1"),  # over when the shards have it; by default it is sent later
    ("insert_deduplicate", "0"),  # replicated tables drop an insert like an earlier one, others do not
)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as the servers' configuration names it, the database that all of them have, its shards' weights."""

    name: str
    database: str
    weights: tuple[int, ...]

    @property
    def reading(self) -> tuple[tuple[str, str], ...]:
        """Give the settings of a query.

        A shard that asks all shards in turn is an error. Where it is the only one it asks itself, which the engine
        does not count as local.
        """
        return (*_READING, (_DEPTH, "1" if len(self.weights) > 1 else "0"))

    @property
    def comment(self) -> str:
        """Say how rows were spread; over other shards a person's new rows would not go where the old ones are."""
        return f"by person over shards of weight {', '.join(map(str, self.weights))}"


def local_name(name: str) -> str:
    """Name the table that holds a shard's rows of a table."""
    return f"{name}_local"


def create_on_cluster(
    name: str, columns: pa.Schema, schema: Schema, cluster: Cluster, *, buckets: bool = False
) -> Iterator[exp.Create]:
    """Make the statements that create a table where it is missing: the shards' own, then the one over them."""
    local = local_name(name)
    kept = create_table(local, columns, schema, like=name, engine=_replicated(local, cluster), buckets=buckets)
    said = exp.SchemaCommentProperty(this=exp.Literal.string(cluster.comment))
    kinds = {each.name: column_type(name, each, schema) for each in columns}
    shown = define_table(name, kinds, _distributed(name, schema, cluster), said)
    for made in (kept, shown):
        made.args["properties"].append("expressions", _on(cluster))
        yield made


def widen_on_cluster(
    name: str, columns: pa.Schema, schema: Schema, cluster: Cluster, *, kept: pa.Schema, shown: pa.Schema
) -> Iterator[exp.Alter]:
    """Make the statements that give both tables what they lack; `kept` and `shown` have their columns.

    The table over the shards is changed last. Where it lacks something a change may have ended half-way, on other
    servers than the one that was looked at, so the shards' tables are told again: it does no harm. All changes of a
    table are one statement, as each waits for all servers.
    """
    wanted = as_needed(columns, kept)
    for changed, lacking in ((local_name(name), (kept, shown)), (name, (shown,))):
        actions: list[exp.Expr] = []
        for present in lacking:
            for change in widen_table(name, wanted, present, schema):
                actions += [each for each in change.args["actions"] if each not in actions]
        for action in actions:
            if isinstance(action, exp.ColumnDef):
                action.set("exists", True)
        if actions:
            yield exp.Alter(this=table(changed), kind="TABLE", actions=actions, cluster=_on(cluster))


def as_asked(schema: Schema) -> Schema:
    """Give the schema to generate queries by: every one begins at the people, so that a shard answers all of it.

    A count of an event's people that leaves the people out would bring all of their keys to one server.
    """
    return replace(schema, events=replace(schema.events, known_people=False))


def servers() -> exp.Select:
    """Make the statement that gives each server of each cluster: the cluster, the shard, its weight, who replicates."""
    return _system("clusters", "cluster", "shard_num", "shard_weight", "internal_replication")


def engines() -> exp.Select:
    """Make the statement that gives the name, engine and comment of each table of the database."""
    select = _system("tables", "name", "engine_full", "comment")
    select.set("where", exp.Where(this=exp.EQ(this=bare("database"), expression=_call("currentDatabase"))))
    return select


def cluster_of(name: str, database: str, found: Iterable[tuple[str, int, int, int]]) -> Cluster:
    """Make a cluster from the rows of `servers`; raises EngineError unless it is there and its replicas copy rows."""
    rows = list(found)
    shards = {shard: weight for cluster, shard, weight, _ in rows if cluster == name}
    if not shards:
        raise EngineError(say.no_cluster(name, sorted({cluster for cluster, *_ in rows})))
    written = Counter(shard for cluster, shard, _, replicates in rows if cluster == name and not replicates)
    twice = sorted(shard for shard, replicas in written.items() if replicas > 1)
    if twice:
        raise EngineError(say.written_twice(name, twice))
    return Cluster(name, database, tuple(shards[shard] for shard in sorted(shards)))


def check_engines(
    found: Iterable[tuple[str, str, str]], schema: Schema, cluster: Cluster | None, write: Callable[[Sql], str]
) -> None:
    """Raise EngineError where a table of the rows of `engines` is not spread as it should be; `write` prints SQL."""
    for name, engine, comment in found:
        if name not in tables(schema):
            continue
        if cluster is None:
            if engine.startswith("Distributed("):
                raise EngineError(say.is_spread(name))
        elif _unquoted(engine) != _unquoted(write(_distributed(name, schema, cluster))):
            raise EngineError(say.spread_otherwise(name, cluster.name, engine))
        elif comment != cluster.comment:
            raise EngineError(say.other_shards(name, cluster.name, comment, cluster.comment))


def _distributed(name: str, schema: Schema, cluster: Cluster) -> Sql:
    """Spread by a hash of the person's key, which has one type in all tables."""
    people, events = schema.profiles, schema.events
    key = {people.table: people.key, events.table: events.key}.get(name, STAGE_KEY)
    where = [exp.Literal.string(each) for each in (cluster.name, cluster.database, local_name(name))]
    return _call("Distributed", *where, _call("cityHash64", bare(key)))


def _replicated(local: str, cluster: Cluster) -> Sql:
    """Keep copies of a shard's rows; the path is the same for a server that joins later."""
    path = f"/clickhouse/tables/{cluster.name}/{{shard}}/{cluster.database}/{local}"
    return _call("ReplicatedMergeTree", exp.Literal.string(path), exp.Literal.string("{replica}"))


def _on(cluster: Cluster) -> exp.OnCluster:
    return exp.OnCluster(this=identifier(cluster.name))


def _system(name: str, *columns: str) -> exp.Select:
    source = exp.From(this=system_table(name))
    return exp.Select(expressions=[bare(each) for each in columns], from_=source)


def _unquoted(engine: str) -> str:
    """Drop what a server prints otherwise than we do."""
    return engine.translate(str.maketrans("", "", ' `"\\'))
