"""DuckDB itself: a hardened connection, loading, and queries under limits of time, memory and rows.

Kept apart because it is the only module that runs SQL on DuckDB. Every query is checked, runs on a cursor of its own
(so threads do not meet), and is interrupted when its time is up. It can go wrong where a failure of the engine is
not told apart from a limit that was passed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Lock, Thread
from time import monotonic
from typing import TypeVar
from uuid import uuid4

import duckdb
import pyarrow as pa
from sqlglot import exp

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow, Query
from muster.backends.duckdb.ddl import create_keyed_table, create_table, widen_table
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.duckdb.typed_file import TypedEvents, create_view
from muster.backends.duckdb.writer import append
from muster.backends.sql.batch import split_members
from muster.backends.sql.calls import integer
from muster.backends.sql.check import check_query
from muster.backends.sql.layout import keys, tables
from muster.backends.sql.names import STAGE_TABLE, Sql, bare, table
from muster.backends.sql.own_checks import refuse_own
from muster.backends.sql.own_person import read_person
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_batches, profile_table, stage_table
from muster.backends.tables.chunks import chunks
from muster.compiler.messages import engine as say
from muster.compiler.moments import Clock
from muster.compiler.plan import Batch, Plan
from muster.compiler.schema import Schema

_T = TypeVar("_T")
_DIALECT = DuckDbDialect()
_SETTINGS = {
    "allow_community_extensions": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",  # a table name never means a Python variable
}
# No files, no network; DuckDB refuses to turn it on again. Files that are allowed must be named before.
_NO_ACCESS = {"enable_external_access": "false"}
_ALL_MEMORY = "80%"
_DEFAULT_LIMITS = Limits()
_NO_LIMITS = Limits(seconds=None, memory_bytes=None)
_RUN_ROWS = 1 << 20  # events are sorted within as many
_NUDGE_SECONDS = 0.05


class DuckDbEngine:
    """An open DuckDB database that holds the tables of one Schema. Threads may share it.

    With `in_place` the events are a file's: a person's key is the id itself, and only people are loaded.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema: Schema, in_place: TypedEvents | None = None
    ) -> None:
        self._connection = connection
        self._queries = Queries(schema, _DIALECT)
        self._in_place = in_place
        self._memory_lock = Lock()
        self._memory: int | None = None

    @property
    def schema(self) -> Schema:
        """The schema of its tables."""
        return self._queries.schema

    # --- loading ------------------------------------------------------------------------------------------------
    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows whose names and kinds the schema knows; all of them or, after an error, none."""
        refuse_own(self.schema)
        with self._transaction() as cursor:
            for batch in chunks(profiles):
                append(cursor, self.schema.profiles.table, self._people(batch), self.schema)
                if self.schema.stage_log:
                    append(cursor, STAGE_TABLE, stage_table(batch), self.schema)
            for run in _runs(event_batches(events, self.schema)):
                append(cursor, self.schema.events.table, run, self.schema)

    def _people(self, batch: list[ProfileRow]) -> pa.Table:
        people = profile_table(batch, self.schema)
        return people if self._in_place is None else people.drop_columns([self.schema.profiles.key])

    def append(self, name: str, rows: pa.Table) -> None:
        """Append an Arrow table to one of the schema's tables, column by column of the same name."""
        refuse_own(self.schema)
        if name not in tables(self.schema):
            raise EngineError(say.no_such_table(name, tuple(tables(self.schema))))
        with self._transaction() as cursor:
            append(cursor, name, rows, self.schema)

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with explained(), self._cursor() as cursor:
            self._limit_memory(None)
            cursor.begin()
            try:
                yield cursor
            except BaseException:
                with suppress(duckdb.Error):  # where the failure has ended the transaction; it is told, not this
                    cursor.rollback()
                raise
            cursor.commit()

    # --- queries ------------------------------------------------------------------------------------------------
    def count(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> int:
        """Count the people that the plan finds."""

        def read(found: duckdb.DuckDBPyRelation) -> int:
            return int(found.to_arrow_table().column(0)[0].as_py())

        queries = self._queries
        return self._run(queries, queries.one(plan, "count"), clock, limits, read)

    def members(self, plan: Plan, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> pa.ChunkedArray:
        """Give the external ids of the people the plan finds, each person once, sorted by code point."""

        def read(found: duckdb.DuckDBPyRelation) -> pa.ChunkedArray:
            if limits.rows is None:
                return found.to_arrow_table().column(0)
            batches, total = [], 0
            with found.to_arrow_reader() as reader:
                for batch in reader:
                    total += batch.num_rows
                    if total > limits.rows:
                        raise EngineError(say.too_many_rows(limits.rows), limit="rows")
                    batches.append(batch.column(0))
            return pa.chunked_array(batches, pa.string())

        queries = self._queries
        return self._run(queries, queries.one(plan, "members"), clock, limits, read)

    def count_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[int]:
        """Count the people that each audience of a batch finds."""
        queries = self._queries
        query = queries.many(batch, "counts")
        (row,) = self._run(queries, query, clock, limits, lambda found: found.fetchall())
        return [int(count) for count in row]

    def members_many(self, batch: Batch, clock: Clock, limits: Limits = _DEFAULT_LIMITS) -> list[pa.ChunkedArray]:
        """Give the members of each audience of a batch."""
        queries = self._queries
        query = queries.many(batch, "memberships")
        rows = self._run(queries, query, clock, limits, lambda found: found.to_arrow_table())
        return split_members(rows, len(batch.conditions), limits.rows)

    def person(self, external_id: str) -> tuple[ProfileRow, tuple[EventRow, ...]] | None:
        """Read one person of somebody's own tables, and their events."""
        queries = self._queries
        return read_person(
            external_id,
            queries.schema,
            _DIALECT,
            lambda query: self._run(queries, query, Clock(0), Limits(), lambda found: found.fetchall()),
        )

    def close(self) -> None:
        """Let go of the file and of memory."""
        self._connection.close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with closing(self._connection.cursor()) as cursor:
            yield cursor

    def _run(
        self,
        queries: Queries,
        query: Query,
        clock: Clock,
        limits: Limits,
        read: Callable[[duckdb.DuckDBPyRelation], _T],
    ) -> _T:
        check_query(query.sql, query.output, queries.schema, _DIALECT)
        out_of_time = Event()
        with _explained(limits, out_of_time), self._cursor() as cursor, _unchanged(self._in_place):
            self._limit_memory(limits.memory_bytes)
            with _stopped_after(limits.seconds, cursor, out_of_time):
                for guard in query.guards:
                    guard.check(cursor.execute(guard.sql, guard.bind()).fetchall()[0])
                return read(cursor.sql(query.sql, params=query.bind(clock)))

    def _limit_memory(self, memory_bytes: int | None) -> None:
        """Set the memory limit; DuckDB has one for all connections, so the last caller's holds."""
        with self._memory_lock:
            if memory_bytes == self._memory:
                return
            with closing(self._connection.cursor()) as cursor:
                limit_memory(cursor, memory_bytes)
            self._memory = memory_bytes


def open_engine(location: str, schema: Schema) -> DuckDbEngine:
    """Open a file, or for "" a database in memory, and make or widen the tables of the schema in it."""
    with explained():
        connection = connect(location)
        with _closed_on_failure(connection):
            make_tables(connection, schema)
    return DuckDbEngine(connection, schema)


def connect(location: str) -> duckdb.DuckDBPyConnection:
    """Open a file, or for "" a database in memory; it reads no other files, and no network."""
    return duckdb.connect(location or ":memory:", config=_settings(location) | _NO_ACCESS)


def make_tables(connection: duckdb.DuckDBPyConnection, schema: Schema) -> None:
    """Make the tables of a schema, and give those there are what they lack."""
    for name, columns in tables(schema).items():
        connection.execute(_DIALECT.write(create_table(name, columns, keys(schema))))
        for change in widen_table(name, columns, _present(connection, name)):
            connection.execute(_DIALECT.write(change))


def limit_memory(connection: duckdb.DuckDBPyConnection, memory_bytes: int | None) -> None:
    """Limit the memory of a database; None: most of what the machine has."""
    configure(connection, "memory_limit", _ALL_MEMORY if memory_bytes is None else f"{memory_bytes}B")


def configure(connection: duckdb.DuckDBPyConnection, setting: str, value: str) -> None:
    """Change a setting of a database."""
    connection.execute(_DIALECT.write(_set(setting, value)))


def open_to_read(location: str) -> duckdb.DuckDBPyConnection:
    """Open a file that others may read at the same time, and change nothing."""
    return duckdb.connect(location, read_only=True, config=_settings(location) | _NO_ACCESS)


def open_in_place(events: TypedEvents, schema: Schema) -> DuckDbEngine:
    """Open a database in memory whose events are those of a file; people are loaded."""
    with explained():
        connection = open_on_file(events.path)
        with _closed_on_failure(connection):
            people = schema.profiles
            columns = tables(schema)[people.table]
            connection.execute(_DIALECT.write(create_keyed_table(people, columns, keys(schema))))
            connection.execute(_DIALECT.write(create_view(events, schema)))
    return DuckDbEngine(connection, schema, events)


def open_on_file(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a database in memory that can read one file and no other."""
    with explained():
        connection = duckdb.connect(":memory:", config=_settings(""))
        with _closed_on_failure(connection):
            allowed = exp.Array(expressions=[exp.Literal.string(str(path))])
            connection.execute(_DIALECT.write(_set("allowed_paths", allowed)))
            for name, value in _NO_ACCESS.items():
                connection.execute(_DIALECT.write(_set(name, value)))
    return connection


def _settings(location: str) -> dict[str, str | bool | int | float | list[str]]:
    if location:
        return {**_SETTINGS}
    return {**_SETTINGS, "temp_directory": str(Path(tempfile.gettempdir()) / f"muster-{uuid4().hex}")}


def _set(name: str, value: Sql | str) -> exp.Set:
    given = exp.Literal.string(value) if isinstance(value, str) else value
    return exp.Set(expressions=[exp.SetItem(this=exp.EQ(this=bare(name), expression=given))])


@contextmanager
def _closed_on_failure(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        connection.close()
        raise


@contextmanager
def _unchanged(file: TypedEvents | None) -> Iterator[None]:
    """Refuse an answer from a file that is another than the one that was looked at."""
    if file is None:
        yield
        return
    file.check()
    yield
    file.check()


def _present(connection: duckdb.DuckDBPyConnection, name: str) -> pa.Schema:
    nothing = exp.Select(
        expressions=[exp.Star()], from_=exp.From(this=table(name)), limit=exp.Limit(expression=integer(0))
    )
    return connection.sql(_DIALECT.write(nothing)).to_arrow_table().schema


def _runs(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Join batches into tables of about _RUN_ROWS rows."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        if sum(each.num_rows for each in held) >= _RUN_ROWS:
            yield pa.Table.from_batches(held)
            held = []
    if held:
        yield pa.Table.from_batches(held)


@contextmanager
def _stopped_after(seconds: float | None, cursor: duckdb.DuckDBPyConnection, out_of_time: Event) -> Iterator[None]:
    """Interrupt what a cursor runs once the time is up, and again until it is over; refuse an answer that is late."""
    if seconds is None:
        yield
        return
    ends = monotonic() + seconds
    if seconds <= 0:
        raise EngineError(say.out_of_time(seconds), limit="seconds")
    over = Event()

    def watch() -> None:
        if over.wait(seconds):
            return
        out_of_time.set()
        while not over.wait(_NUDGE_SECONDS):  # an interrupt between two steps of DuckDB is lost
            cursor.interrupt()

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    if monotonic() > ends:  # over before the first interrupt reached it
        raise EngineError(say.out_of_time(seconds), limit="seconds")


def explained() -> AbstractContextManager[None]:
    """Turn DuckDB's errors into ours where nothing is limited."""
    return _explained(_NO_LIMITS, Event())


@contextmanager
def _explained(limits: Limits, out_of_time: Event) -> Iterator[None]:
    """Turn DuckDB's errors into ours, naming the limit that was passed."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise EngineError(say.out_of_memory(limits.memory_bytes), limit="memory_bytes") from error
    except duckdb.Error as error:
        if out_of_time.is_set():
            assert limits.seconds is not None
            raise EngineError(say.out_of_time(limits.seconds), limit="seconds") from error
        raise EngineError(say.failed("DuckDB", str(error))) from error
