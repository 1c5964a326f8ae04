"""ClickHouse itself, in this process or on a server: tables, loading, and queries under limits.

Kept apart because it is the only module that runs SQL on ClickHouse. Every query is checked, and runs on a connection
that can only read and has its limits (`sessions.py`). It can go wrong where a failure of the engine is not told apart
from a limit that was passed, where an answer that was cut short is taken for whole, and where half of a load stays
behind: ClickHouse has no transactions, so a table's rows of more than one insert are collected beside the real one and
taken over at the end. Between the tables' last inserts a load can still be cut off, people before events.
https://clickhouse.com/docs/operations/settings/query-complexity
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from itertools import chain
from time import monotonic
from typing import Any
from uuid import uuid4

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlglot import exp

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow, Query
from muster.backends.clickhouse.cluster import (
    as_asked,
    check_engines,
    create_on_cluster,
    engines,
    local_name,
    widen_on_cluster,
)
from muster.backends.clickhouse.ddl import (
    BUCKETS,
    create_table,
    drop,
    insert_all,
    known_settings,
    rows_of_none,
    widen_table,
)
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import Place, open_place, reason
from muster.backends.clickhouse.sessions import Sessions, Settings, reading
from muster.backends.sql.batch import split_members
from muster.backends.sql.check import check_query
from muster.backends.sql.layout import keys, tables
from muster.backends.sql.names import STAGE_TABLE, Sql, identifier
from muster.backends.sql.own_checks import refuse_own
from muster.backends.sql.own_person import read_person
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_batches, profile_batches, stage_table
from muster.backends.tables.chunks import chunks
from muster.compiler.messages import engine as say
from muster.compiler.messages.clickhouse import lacks_columns
from muster.compiler.moments import Clock
from muster.compiler.plan import Batch, Plan
from muster.compiler.schema import Schema

_DIALECT = ClickHouseDialect()
_DEFAULT_LIMITS = Limits()
_RUN_ROWS = 1 << 20  # rows of one insert, which is there as a whole or not at all
_TIMEOUT, _OUT_OF_MEMORY, _TOO_MANY_ROWS = 159, 241, 396


class ClickHouseEngine:
    """An open ClickHouse database that holds the tables of one Schema. Threads may share it."""

    _reading: Settings = ()  # what its queries need beside their limits

    def __init__(self, place: Place, schema: Schema) -> None:
        self._place = place
        self._schema = schema
        # What is asked of a cluster is another schema than what its servers keep.
        self._queries = Queries(schema if place.cluster is None else as_asked(schema), _DIALECT)
        self._sessions = Sessions(place.open_client, bleeds=place.in_process)

    @property
    def schema(self) -> Schema:
        """The schema of its tables."""
        return self._schema

    # --- loading ------------------------------------------------------------------------------------------------
    def prepare(self, schema: Schema) -> None:
        """Make the tables of a schema, and give those there are what they lack."""
        with self._writing() as client:
            found: Any = client.query(_DIALECT.write(engines())).result_rows
            check_engines(found, schema, self._place.cluster, _DIALECT.write)
            buckets = _knows_buckets(client)
            for name, columns in self._layouts(schema).items():
                for change in self._changes(client, name, columns, schema, buckets=buckets):
                    client.command(_DIALECT.write(change))

    def _layouts(self, schema: Schema) -> dict[str, pa.Schema]:
        """Give the columns of each table that is kept."""
        return tables(schema)

    def _create(self, name: str, columns: pa.Schema, schema: Schema, *, buckets: bool) -> exp.Create:
        return create_table(name, columns, schema, durable=self._place.durable, buckets=buckets)

    def _changes(
        self, client: Client, name: str, columns: pa.Schema, schema: Schema, *, buckets: bool
    ) -> Iterator[Sql]:
        """Give the statements that make or widen a table; each is run before the next is asked for."""
        cluster = self._place.cluster
        if cluster is None:
            yield self._create(name, columns, schema, buckets=buckets)
            yield from widen_table(name, columns, _present(client, name), schema)
        else:
            yield from create_on_cluster(name, columns, schema, cluster, buckets=buckets)
            kept, shown = _present(client, local_name(name)), _present(client, name)
            yield from widen_on_cluster(name, columns, schema, cluster, kept=kept, shown=shown)

    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows whose names and kinds the schema knows; after an error in the rows, none of them.

        An engine that stops between the inserts of the tables leaves people whose events are not there.
        """
        refuse_own(self._schema)
        batches = self._batches(profiles, events)
        first: list[tuple[str, pa.Table]] = []
        for run in batches:
            first.append(run)
            if sum(rows.num_rows for _, rows in first) >= _RUN_ROWS:
                break
        rest = next(batches, None)
        with self._writing() as client:
            if rest is None:
                for name, rows in first:
                    _insert(client, name, rows)
            else:
                self._load_beside(client, chain(first, [rest], batches))

    def append(self, name: str, rows: pa.Table) -> None:
        """Append an Arrow table to one of the schema's tables, column by column of the same name."""
        refuse_own(self._schema)
        if name not in tables(self._schema):
            raise EngineError(say.no_such_table(name, tuple(tables(self._schema))))
        required = [each for each in tables(self._schema)[name].names if each in keys(self._schema)]
        if any(each not in rows.column_names or rows.column(each).null_count for each in required):
            raise EngineError(lacks_columns(name, required))  # ClickHouse would make it 0
        with self._writing() as client:
            _insert(client, name, _with_whole_keys(rows, tables(self._schema)[name]))

    def _batches(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> Iterator[tuple[str, pa.Table]]:
        schema = self._schema
        for chunk in chunks(profiles, _RUN_ROWS):
            yield schema.profiles.table, pa.Table.from_batches(profile_batches(chunk, schema))
            if schema.stage_log and any(row.stages for row in chunk):
                yield STAGE_TABLE, stage_table(chunk)
        for run in chunks(event_batches(events, schema), max(1, _RUN_ROWS >> 12)):
            yield schema.events.table, pa.Table.from_batches(run)

    def _load_beside(self, client: Client, runs: Iterable[tuple[str, pa.Table]]) -> None:
        """Collect many inserts in tables of their own, and take those over once all are there."""
        beside = {name: f"{name}_new_{uuid4().hex}" for name in tables(self._schema)}
        layouts = tables(self._schema)
        with ExitStack() as stack:  # drops every one of them, even if dropping one fails
            for name, columns in layouts.items():
                stack.callback(client.command, _DIALECT.write(drop("TABLE", beside[name])))
                client.command(_DIALECT.write(create_table(beside[name], columns, self._schema, like=name)))
            for name, rows in runs:
                _insert(client, beside[name], rows)
            for name, columns in layouts.items():
                client.command(_DIALECT.write(insert_all(name, columns, beside[name])))

    # --- queries ------------------------------------------------------------------------------------------------
    def count(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> int:
        """Count the people that the plan finds."""
        limits = Limits(limits.seconds, limits.memory_bytes)  # one row comes back, however many are counted
        queries = self._queries
        return int(self._run(queries, queries.one(plan, "count"), clock, limits).column(0)[0].as_py())

    def members(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> pa.ChunkedArray:
        """Give the external ids of the people the plan finds, each person once, sorted by code point."""
        queries = self._queries
        found = self._run(queries, queries.one(plan, "members"), clock, limits).column(0).cast(pa.string())
        if limits.rows is not None and len(found) > limits.rows:  # ClickHouse has no limit of no rows
            raise EngineError(say.too_many_rows(limits.rows), limit="rows")
        return found

    def count_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[int]:
        """Count the people that each audience of a batch finds."""
        limits = Limits(limits.seconds, limits.memory_bytes)
        queries = self._queries
        found = self._run(queries, queries.many(batch, "counts"), clock, limits)
        return [int(column[0].as_py()) for column in found.columns]

    def members_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[pa.ChunkedArray]:
        """Give the members of each audience of a batch."""
        queries = self._queries
        query = queries.many(batch, "memberships")
        rows = self._run(queries, query, clock, Limits(limits.seconds, limits.memory_bytes))
        return split_members(rows, len(batch.conditions), limits.rows)

    def person(self, external_id: str) -> tuple[ProfileRow, tuple[EventRow, ...]] | None:
        """Read one person of somebody's own tables, and their events."""
        queries = self._queries
        return read_person(
            external_id,
            self._schema,
            _DIALECT,
            lambda query: [tuple(row.values()) for row in self._run(queries, query, Clock(0), Limits()).to_pylist()],
        )

    def close(self) -> None:
        """Let go of connections, of the folder, and of what was in memory."""
        if self._place.is_lost():
            self._sessions.forget()
            return
        self._sessions.close()
        self._place.close()

    def _run(self, queries: Queries, query: Query, clock: Clock, limits: Limits) -> pa.Table:
        check_query(query.sql, query.output, queries.schema, _DIALECT)
        values = bound(query, clock)
        self._place.check()
        settings = (*self._place.reading, *self._reading, *reading(limits))
        with self._failures(limits), self._seeing(), self._sessions.lend(settings) as client:
            started = monotonic()
            for guard in query.guards:
                guard.check(client.query(guard.sql, parameters=guard.bind()).result_rows[0])
            found: pa.Table = client.query_arrow(query.sql, parameters=values)
            # A query whose time is up at a certain point gives no rows, or fewer, and no error (seen in this process,
            # about once in 1,000 such queries); the engine's clock starts after ours, so such an answer is late.
            if limits.seconds is not None and monotonic() - started >= limits.seconds:
                raise EngineError(say.out_of_time(limits.seconds), limit="seconds")
            return found

    @contextmanager
    def _seeing(self) -> Iterator[None]:
        """Read while nothing is half changed; what is loaded once never is."""
        yield

    @contextmanager
    def _writing(self) -> Iterator[Client]:
        self._place.check()
        with self._failures(), self._sessions.lend(self._place.writing) as client:
            yield client

    @contextmanager
    def _failures(self, limits: Limits = _DEFAULT_LIMITS) -> Iterator[None]:
        """Turn ClickHouse's errors into ours, naming the limit that was passed."""
        try:
            yield
        except ClickHouseError as error:
            code = getattr(error, "code", None)
            if code == _TIMEOUT and limits.seconds is not None:
                raise EngineError(say.out_of_time(limits.seconds), limit="seconds") from error
            if code == _OUT_OF_MEMORY:
                raise EngineError(say.out_of_memory(limits.memory_bytes), limit="memory_bytes") from error
            if code == _TOO_MANY_ROWS and limits.rows is not None:
                raise EngineError(say.too_many_rows(limits.rows), limit="rows") from error
            raise EngineError(say.failed("ClickHouse", reason(error))) from error
        except pa.ArrowException as error:  # an answer that was cut off
            raise EngineError(say.failed("ClickHouse", str(error))) from error


def open_engine(location: str, schema: Schema) -> ClickHouseEngine:
    """Open a place, and make or widen the tables of the schema in it."""
    place = open_place(location)
    engine = ClickHouseEngine(place, schema)
    try:
        engine.prepare(schema)
    except BaseException:
        engine.close()
        raise
    return engine


def _insert(client: Client, name: str, rows: pa.Table) -> None:
    client.insert_arrow(_DIALECT.write(identifier(name)), rows)


def _with_whole_keys(rows: pa.Table, columns: pa.Schema) -> pa.Table:
    """Give numbers their column's type, or fail; ClickHouse takes a key that is too large for another one."""
    for index, each in enumerate(rows.schema):
        if each.name in columns.names and pa.types.is_integer(each.type) and each.type != columns.field(each.name).type:
            rows = rows.set_column(index, each.name, rows.column(index).cast(columns.field(each.name).type))
    return rows


def _knows_buckets(client: Client) -> bool:
    """Tell whether it can spread the keys of maps; an older server answers the same, but slower."""
    return len(client.query(_DIALECT.write(known_settings(BUCKETS))).result_rows) == len(BUCKETS)


def _present(client: Client, name: str) -> pa.Schema:
    found: pa.Table = client.query_arrow(_DIALECT.write(rows_of_none(name)))
    return found.schema


def bound(query: Query, clock: Clock) -> dict[str, object]:
    """Give the parameters of a query as the driver sends them."""
    return {name: _as_parameter(value) for name, value in query.bind(clock).items()}


def _as_parameter(value: object) -> object:
    """Give times as the text that ClickHouse reads; the driver drops leading zeros of a year."""
    match value:
        case datetime():
            return value.isoformat(sep=" ", timespec="microseconds")
        case list():
            return [_as_parameter(item) for item in value]
        case _:
            return value
