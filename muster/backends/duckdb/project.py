"""A project of a store in DuckDB: a file of its own, changed a step at a time and read meanwhile.

Kept apart from the engine that is loaded once. A step is one transaction, with its number in it; DuckDB has it on disk
when the commit returns, and readers see it whole. Bytes of rows that left stay in the file until all that is left is
copied into a new one, which takes the old one's place (`scrub`); that sorts the events too, as a load does.
https://duckdb.org/docs/stable/operations_manual/footprint_of_duckdb/reclaiming_space

Ways to go wrong, each with a test: a step that is taken twice, a row that takes no other's place, a crash between two
files, readers of a file that is gone.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
from sqlglot import exp

from muster.backends.base import Change, EngineError, EventRow, Leftover, ProfileRow
from muster.backends.duckdb.client import DuckDbEngine, connect, explained, make_tables
from muster.backends.duckdb.ddl import checkpoint
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.duckdb.writer import append
from muster.backends.gate import Gate
from muster.backends.sql import changes
from muster.backends.sql.calls import integer
from muster.backends.sql.layout import tables
from muster.backends.sql.names import Sql, bare, table
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_table, profile_table
from muster.compiler.messages import engine as say
from muster.compiler.schema import Schema

_DIALECT = DuckDbDialect()
_READ_ROWS = 4096
_NEW = ".new"


class DuckDbProject(DuckDbEngine):
    """An open project. One caller changes it at a time; threads may read meanwhile."""

    def __init__(self, path: Path | None, schema: Schema) -> None:
        """Open a project's file, or one in memory."""
        self._path = path
        self._gate = Gate()
        if path is not None:
            path.with_name(path.name + _NEW).unlink(missing_ok=True)  # of a copy that was not finished
        super().__init__(_open(path, schema), schema)
        with self._cursor() as cursor, explained():
            ((number, self._rows_left),) = cursor.execute(_DIALECT.write(changes.step_row())).fetchall()
        self._applied: int = number

    @property
    def applied(self) -> int:
        """The number of the last step."""
        return self._applied

    def widen(self, schema: Schema) -> None:
        """Add the columns and tables that a wider schema has."""
        with self._cursor() as cursor, explained():
            make_tables(cursor, schema)
        self._queries = Queries(schema, _DIALECT)

    def close(self) -> None:
        """Let go of the file, once those who read it are done."""
        with self._gate.alone():
            super().close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._gate.inside(), super()._cursor() as cursor:
            yield cursor

    # --- steps --------------------------------------------------------------------------------------------------
    def apply(self, change: Change) -> None:
        """Take a step, in one transaction."""
        if change.number <= self._applied:
            return
        left = self._rows_left or bool(change.moved or change.gone or change.erased)
        with self._transaction() as cursor:
            self._remove(cursor, change)
            self._write(cursor, change)
            step = changes.set_step(integer(change.number), _boolean(value=left))
            cursor.execute(_DIALECT.write(step))
        self._applied, self._rows_left = change.number, left

    def _remove(self, cursor: duckdb.DuckDBPyConnection, change: Change) -> None:
        schema = self.schema
        people, events = schema.profiles, schema.events
        if change.moved:
            moves = pa.table({changes.OLD: list(change.moved), changes.NEW: list(change.moved.values())})
            _run_with(cursor, moves, changes.move_events(schema))
        if change.erased:
            _run_with(cursor, _keys(events.key, change.erased), changes.delete_by_key(events.table, events.key))
        replaced = {row.pid for row in change.profiles if row.pid not in change.seen}
        if leaving := change.gone | change.erased | replaced:
            _run_with(cursor, _keys(people.key, leaving), changes.delete_by_key(people.table, people.key))

    def _write(self, cursor: duckdb.DuckDBPyConnection, change: Change) -> None:
        schema = self.schema
        replaced = [row for row in change.profiles if row.pid not in change.seen]
        if replaced:
            append(cursor, schema.profiles.table, profile_table(replaced, schema), schema)
        if seen := [row for row in change.profiles if row.pid in change.seen]:
            _run_with(cursor, _seen(seen, schema), changes.see_people(schema))
        if change.events:
            append(cursor, schema.events.table, event_table(change.events, schema), schema)

    # --- rows ---------------------------------------------------------------------------------------------------
    def events_of(self, pids: Collection[int]) -> list[EventRow]:
        """Give the events of some people."""
        key = self.schema.events.key
        theirs = exp.In(this=bare(key), query=exp.Subquery(this=_rows(key)))
        select = changes.read_events(self.schema, theirs, in_order=True)
        with self._cursor() as cursor, explained(), _beside(cursor, _keys(key, pids)):
            return _event_rows(cursor.sql(_DIALECT.write(select)).to_arrow_table())

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event."""
        select = changes.read_events(self.schema, None, in_order=False)
        with self._cursor() as cursor, explained():
            for batch in cursor.sql(_DIALECT.write(select)).to_arrow_reader(_READ_ROWS):
                yield _event_rows(pa.Table.from_batches([batch]))

    # --- bytes --------------------------------------------------------------------------------------------------
    def scrub(self) -> None:
        """Copy what there is into a new file, sorted, and put it in the old one's place; readers go on meanwhile."""
        if self._path is None:
            return
        fresh = self._path.with_name(self._path.name + _NEW)
        fresh.unlink(missing_ok=True)
        with explained():
            copy = connect(str(fresh))
            try:
                make_tables(copy, self.schema)
                self._copy_into(copy)
                copy.execute(_DIALECT.write(checkpoint()))
            finally:
                copy.close()
        _sync(fresh)
        with self._gate.alone(), explained():
            self._connection.close()  # which empties its log too
            fresh.replace(self._path)
            _sync(self._path.parent)
            self._connection = _open(self._path, self.schema)
            self._memory = None
        self._rows_left = False

    def _copy_into(self, copy: duckdb.DuckDBPyConnection) -> None:
        events, people = self.schema.events, self.schema.profiles
        order = {events.table: (events.event, events.key, events.time), people.table: (people.key,)}
        for name in tables(self.schema):
            rows = exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(name)))
            with self._cursor() as cursor:
                reader = cursor.sql(_DIALECT.write(changes.ordered(rows, order.get(name, ())))).to_arrow_reader()
                append(copy, name, reader, self.schema, is_sorted=True)
        copy.execute(_DIALECT.write(changes.create_steps()))
        copy.execute(_DIALECT.write(changes.first_step(integer(self._applied), _boolean(value=False))))

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for rows of erased people, and whether the file was written anew since rows left it."""
        found = []
        for name, key in {
            self.schema.events.table: self.schema.events.key,
            self.schema.profiles.table: self.schema.profiles.key,
        }.items():
            theirs = exp.In(this=bare(key), query=exp.Subquery(this=_rows(key)))
            count = _DIALECT.write(changes.count_rows(name, theirs))
            with self._cursor() as cursor, explained(), _beside(cursor, _keys(key, pids)):
                ((rows,),) = cursor.execute(count).fetchall()
            found += [Leftover(name, rows)] if rows else []
        if self._rows_left and self._path is not None:
            found.append(Leftover(str(self._path.name), 1))
        return found


def open_project(location: str, namespace: str, schema: Schema) -> DuckDbProject:
    """Open a project's file in a folder, or for "" one in memory."""
    return DuckDbProject(_file(location, namespace) if location else None, schema)


def drop_project(location: str, namespace: str) -> None:
    """Remove a project's file, and all that stands beside it."""
    if not location:
        return
    path = _file(location, namespace)
    for each in (path, path.with_name(path.name + ".wal"), path.with_name(path.name + _NEW)):
        each.unlink(missing_ok=True)


def _file(location: str, namespace: str) -> Path:
    folder = Path(location)
    if not folder.is_dir():
        raise EngineError(say.no_folder_for_projects(location))
    return folder / f"{namespace}.duckdb"


def _open(path: Path | None, schema: Schema) -> duckdb.DuckDBPyConnection:
    with explained():
        connection = connect("" if path is None else str(path))
        try:
            make_tables(connection, schema)
            connection.execute(_DIALECT.write(changes.create_steps()))
            if not connection.execute(_DIALECT.write(changes.step_row())).fetchall():
                connection.execute(_DIALECT.write(changes.first_step(integer(0), _boolean(value=False))))
        except BaseException:
            connection.close()
            raise
    return connection


def _sync(path: Path) -> None:
    """Have a file or folder on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# --- batches ----------------------------------------------------------------------------------------------------
@contextmanager
def _beside(cursor: duckdb.DuckDBPyConnection, batch: pa.Table) -> Iterator[None]:
    cursor.register(changes.BATCH, batch)
    try:
        yield
    finally:
        cursor.unregister(changes.BATCH)


def _run_with(cursor: duckdb.DuckDBPyConnection, batch: pa.Table, statement: Sql) -> None:
    with _beside(cursor, batch):
        cursor.execute(_DIALECT.write(statement))


def _rows(key: str) -> exp.Select:
    return exp.Select(expressions=[bare(key)], from_=exp.From(this=table(changes.BATCH)))


def _keys(name: str, pids: Iterable[int]) -> pa.Table:
    return pa.table({name: pa.array(sorted(pids), pa.uint32())})


def _seen(rows: Collection[ProfileRow], schema: Schema) -> pa.Table:
    times = pa.timestamp("us")
    return pa.table(
        {
            schema.profiles.key: pa.array([row.pid for row in rows], pa.uint32()),
            "first_seen": pa.array([row.first_seen for row in rows], times),
            "last_seen": pa.array([row.last_seen for row in rows], times),
        }
    )


def _event_rows(rows: pa.Table) -> list[EventRow]:
    pids, names, times, mids, sources = (column.to_pylist() for column in _with_micros(rows).columns)
    return [
        EventRow(pid, name, ts, mid, source=source)
        for pid, name, ts, mid, source in zip(pids, names, times, mids, sources, strict=True)
    ]


def _with_micros(rows: pa.Table) -> pa.Table:
    return rows.set_column(2, "ts", rows.column(2).cast(pa.int64()))


def _boolean(*, value: bool) -> Sql:
    return exp.Boolean(this=value)
