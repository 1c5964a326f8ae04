"""Postgres itself: loading, and queries under limits of time and rows.

Kept apart because it is the only module that runs SQL on Postgres. Every query is checked, and runs in a transaction
of its own that can only read. It can go wrong where a failure of the server is not told apart from a limit that was
passed. Postgres limits the memory of each step of a query and not of the whole, so `memory_bytes` is shared out.
https://www.postgresql.org/docs/current/runtime-config-resource.html
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pyarrow as pa
from psycopg import Cursor, capabilities

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow, Query
from muster.backends.postgres.ddl import (
    LONGEST_EVENT,
    analyze,
    create,
    create_namespace,
    indexes,
    lock,
    namespaces,
    relations,
    widen,
)
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import failures
from muster.backends.postgres.places import Place, run
from muster.backends.postgres.present import Present, check_present, read_present
from muster.backends.postgres.writer import append, refuse_longer
from muster.backends.sql.batch import split_members
from muster.backends.sql.check import check_query
from muster.backends.sql.layout import tables
from muster.backends.sql.names import STAGE_TABLE, Sql
from muster.backends.sql.own_checks import refuse_own
from muster.backends.sql.own_person import read_person
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_batches, profile_batches, stage_table
from muster.backends.tables.chunks import chunks
from muster.compiler.messages import engine as say
from muster.compiler.messages import postgres as told
from muster.compiler.moments import Clock
from muster.compiler.plan import Batch, Plan
from muster.compiler.schema import Schema

_DIALECT = PostgresDialect()
_DEFAULT_LIMITS = Limits()
_ANALYZE_FROM = 1_000  # rows; plans for fewer are alike
_STEPS = 4  # of a query that hold much at once
_LEAST_WORK, _MOST_WORK = 64, 1 << 20  # KiB
_LONGEST = (1 << 31) - 1  # milliseconds
_FETCHED = 10_000
_Row = tuple[Any, ...]


class PostgresEngine:
    """An open Postgres database that holds the tables of one Schema. Threads may share it."""

    def __init__(self, place: Place, schema: Schema) -> None:
        self._place = place
        self._queries = Queries(schema, _DIALECT)

    @property
    def schema(self) -> Schema:
        """The schema of its tables."""
        return self._queries.schema

    # --- loading ------------------------------------------------------------------------------------------------
    def prepare(self, schema: Schema) -> None:
        """Make the types and tables of a schema, and give those there are what they lack."""
        with self._writing() as cursor:
            for change in self._changes(cursor, schema):
                run(cursor, change)

    def _changes(self, cursor: Cursor[Any], schema: Schema) -> Iterator[Sql]:
        """Give the statements that make or widen what is not there yet; who may only read can open what is complete.

        The lock is taken first: of two that create one thing at once, one would fail.
        """
        yield lock(self._place.namespace)
        if not _found(cursor, namespaces(self._place.namespace)):
            yield create_namespace(self._place.namespace)
        present = read_present(cursor, self._place.namespace)
        wanted = tuple(relations(schema))
        for relation in wanted:
            check_present(relation, present.get(relation.name))
        for relation in wanted:
            there = present.get(relation.name)
            yield from widen(relation, there) if there is not None else [create(relation)]
        for name, index in indexes(schema).items():
            if name not in present:
                yield index

    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows whose names and kinds the schema knows; all of them or, after an error, none."""
        refuse_own(self.schema)
        schema, loaded = self.schema, 0
        with self._writing() as cursor:
            present = read_present(cursor, self._place.namespace)
            for chunk in chunks(profiles):
                people = pa.Table.from_batches(profile_batches(chunk, schema))
                self._append(cursor, schema.profiles.table, people, present)
                loaded += people.num_rows
                if schema.stage_log:
                    append(cursor, STAGE_TABLE, stage_table(chunk), present)
            for batch in event_batches(events, schema):
                self._append(cursor, schema.events.table, pa.Table.from_batches([batch]), present)
                loaded += batch.num_rows
        if loaded >= _ANALYZE_FROM:
            self._analyze(tables(schema))

    def append(self, name: str, rows: pa.Table) -> None:
        """Append an Arrow table to one of the schema's tables, column by column of the same name."""
        refuse_own(self.schema)
        if name not in tables(self.schema):
            raise EngineError(say.no_such_table(name, tuple(tables(self.schema))))
        with self._writing() as cursor:
            self._append(cursor, name, rows, read_present(cursor, self._place.namespace))
        self._analyze([name])

    def _append(self, cursor: Cursor[Any], name: str, rows: pa.Table, present: Present) -> None:
        events = self.schema.events
        if name == events.table and events.event in rows.column_names:
            refuse_longer(rows[events.event], LONGEST_EVENT)
        append(cursor, name, rows, present)

    def _analyze(self, names: Iterable[str]) -> None:
        """Have the planner look at what was loaded; that is committed, so a failure here is told and no error."""
        try:
            with self._writing() as cursor:
                for name in names:
                    run(cursor, analyze(name))
        except EngineError as error:
            warnings.warn(told.not_analyzed(str(error)), stacklevel=3)

    # --- queries ------------------------------------------------------------------------------------------------
    def count(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> int:
        """Count the people that the plan finds."""
        queries = self._queries
        ((count,),) = self._run(queries, queries.one(plan, "count"), clock, Limits(limits.seconds, limits.memory_bytes))
        return int(count)

    def members(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> pa.ChunkedArray:
        """Give the external ids of the people the plan finds, each person once, sorted by code point."""
        queries = self._queries
        rows = self._run(queries, queries.one(plan, "members"), clock, limits)
        return pa.chunked_array([pa.array([identity for (identity,) in rows], pa.string())])

    def count_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[int]:
        """Count the people that each audience of a batch finds."""
        queries = self._queries
        query = queries.many(batch, "counts")
        (row,) = self._run(queries, query, clock, Limits(limits.seconds, limits.memory_bytes))
        return [int(count) for count in row]

    def members_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[pa.ChunkedArray]:
        """Give the members of each audience of a batch."""
        queries = self._queries
        query = queries.many(batch, "memberships")
        rows = self._run(queries, query, clock, Limits(limits.seconds, limits.memory_bytes))
        columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in batch.conditions]
        words = [pa.array(column, pa.int64()) for column in columns[1:]]
        names = [str(index) for index in range(1 + len(words))]
        found = pa.table([pa.array(columns[0], pa.string()), *words], names)
        return split_members(found, len(batch.conditions), limits.rows)

    def person(self, external_id: str) -> tuple[ProfileRow, tuple[EventRow, ...]] | None:
        """Read one person of somebody's own tables, and their events."""
        queries = self._queries
        return read_person(
            external_id, queries.schema, _DIALECT, lambda query: self._run(queries, query, Clock(0), Limits())
        )

    def close(self) -> None:
        """Let go of the connections, and of what was temporary."""
        self._place.close()

    def _run(self, queries: Queries, query: Query, clock: Clock, limits: Limits) -> list[_Row]:
        check_query(query.sql, query.output, queries.schema, _DIALECT)
        if limits.seconds is not None and limits.seconds <= 0:
            raise EngineError(say.out_of_time(limits.seconds), limit="seconds")
        settings = _settings(limits)
        with (
            failures(limits),
            self._place.connection(steady=True, **settings) as connection,
            connection.cursor() as cursor,
        ):
            started = monotonic()
            for guard in query.guards:
                guard.check(cursor.execute(guard.sql, guard.bind()).fetchall()[0])
            found = _read(cursor, query, clock, limits.rows)
            if limits.seconds is not None and monotonic() - started >= limits.seconds:
                raise EngineError(say.out_of_time(limits.seconds), limit="seconds")  # they count in milliseconds
            return found

    @contextmanager
    def _writing(self) -> Iterator[Cursor[Any]]:
        with failures(), self._place.connection() as connection, connection.cursor() as cursor:
            yield cursor


def open_engine(location: str, schema: Schema) -> PostgresEngine:
    """Open a namespace of a database, and make or widen the tables of the schema in it."""
    with failures():
        place = Place(location)
    engine = PostgresEngine(place, schema)
    try:
        engine.prepare(schema)
    except BaseException:
        engine.close()
        raise
    return engine


def _found(cursor: Cursor[Any], statement: Sql) -> frozenset[str]:
    return frozenset(name for (name,) in run(cursor, statement))


def _read(cursor: Cursor[Any], query: Query, clock: Clock, most: int | None) -> list[_Row]:
    values = query.bind(clock)
    if most is None:
        return cursor.execute(query.sql, values).fetchall()
    found: list[_Row] = []
    at_once = _FETCHED if capabilities.has_stream_chunked() else 1  # before libpq 17 one by one
    for row in cursor.stream(query.sql, values, size=at_once):
        found.append(row)
        if len(found) > most:
            raise EngineError(say.too_many_rows(most), limit="rows")
    return found


def _settings(limits: Limits) -> dict[str, str]:
    """Give the settings of a query's transaction."""
    given = {"transaction_read_only": "on"}
    if limits.seconds is not None:
        given["statement_timeout"] = str(min(max(1, int(limits.seconds * 1000)), _LONGEST))
    if limits.memory_bytes is not None:
        given["work_mem"] = str(min(max(_LEAST_WORK, limits.memory_bytes // 1024 // _STEPS), _MOST_WORK))
    return given
