"""A project of a store in DuckDB: a file of its own, changed a step at a time and read meanwhile.

Kept apart from the engine that is loaded once. A step is one transaction, with its number in it; DuckDB has it on disk
when the commit returns, and readers see it whole. Bytes of rows that left stay in the file until all that is left is
copied into a new one, which takes the old one's place (`scrub`); that sorts the events too, as a load does.
https://duckdb.org/docs/stable/operations_manual/footprint_of_duckdb/reclaiming_space

After some failures, of a full disk for one, DuckDB refuses everything until the file is opened again. That is done
here as soon as somebody asks for something, so that who tries again need not know.

Ways to go wrong, each with a test: a step that is taken twice, a row that takes no other's place, a crash between two
files, readers of a file that is gone, a disk that is full for a while.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext

import duckdb
import pyarrow as pa
from sqlglot import exp

from muster.backends.base import Change, EventRow, Leftover, ProfileRow
from muster.backends.duckdb.client import (
    DuckDbEngine,
    configure,
    connect,
    explained,
    limit_memory,
    make_tables,
)
from muster.backends.duckdb.ddl import checkpoint
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.duckdb.project_file import ProjectFile
from muster.backends.duckdb.writer import append
from muster.backends.gate import Gate
from muster.backends.sql import changes
from muster.backends.sql.calls import integer
from muster.backends.sql.layout import tables
from muster.backends.sql.names import Sql, bare, table
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_table, profile_table
from muster.compiler.schema import Schema

_DIALECT = DuckDbDialect()
_READ_ROWS = 4096
# Steps of 3,000 events and people took half as long as with the 16 MB that is usual; a log of this size is read in 1 s.
_LOG_BYTES = "64MB"
_COPY_BYTES = 1_000_000_000  # of memory, in each of both files; what does not fit is sorted on disk


class DuckDbProject(DuckDbEngine):
    """An open project. One caller changes it at a time; threads may read meanwhile."""

    def __init__(self, file: ProjectFile | None, schema: Schema) -> None:
        """Open a project's file, or one in memory."""
        self._file = file
        self._gate = Gate()
        self._is_lost = False  # the connection: the file has to be opened again
        self._applied = 0
        self._rows_left = False
        super().__init__(_open(file, schema), schema)
        try:
            if file is not None:
                file.tidy()
            with explained(), self._cursor() as cursor:
                self._read_step(cursor)
        except BaseException:
            self.close()
            raise

    @property
    def applied(self) -> int:
        """The number of the last step."""
        return self._applied

    def widen(self, schema: Schema) -> None:
        """Add the columns and tables that a wider schema has."""
        with explained(), self._cursor() as cursor:
            make_tables(cursor, schema)
        self._queries = Queries(schema, _DIALECT)

    def close(self) -> None:
        """Let go of the file, once those who read it are done."""
        with self._gate.alone():
            self._is_lost = False
            super().close()

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        if self._is_lost:
            self._open_again()
        with self._gate.inside(), super()._cursor() as cursor:
            try:
                yield cursor
            except duckdb.FatalException:
                self._is_lost = self._file is not None  # what is in memory only has no place to come back from
                raise

    def _open_again(self) -> None:
        with self._gate.alone():
            if self._is_lost:
                self._connection.close()
                self._connection = _open(self._file, self.schema)
                self._memory = None
                self._is_lost = False

    # --- steps --------------------------------------------------------------------------------------------------
    def apply(self, change: Change) -> None:
        """Take a step, in one transaction; the last number is read there, for a commit that fails may still be done."""
        lasting = nullcontext() if self._file is None else self._file.lasting_log()
        with lasting, self._transaction() as cursor:
            self._read_step(cursor)
            if change.number <= self._applied:
                return
            self._remove(cursor, change)
            self._write(cursor, change)
            left = self._rows_left or bool(change.moved or change.gone or change.erased)
            cursor.execute(_DIALECT.write(changes.set_step(integer(change.number), _boolean(value=left))))
        self._applied, self._rows_left = change.number, left

    def _read_step(self, cursor: duckdb.DuckDBPyConnection) -> None:
        ((self._applied, self._rows_left),) = cursor.execute(_DIALECT.write(changes.step_row())).fetchall()

    def _remove(self, cursor: duckdb.DuckDBPyConnection, change: Change) -> None:
        schema = self.schema
        people, events = schema.profiles, schema.events
        if change.moved:
            _run_with(cursor, _moves(change.moved), changes.move_events(schema))
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
        with explained(), self._cursor() as cursor, _beside(cursor, _keys(key, pids)):
            return _event_rows(cursor.sql(_DIALECT.write(select)).to_arrow_table())

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event; who begins to read and does not go on keeps `scrub` waiting."""
        select = _DIALECT.write(changes.read_events(self.schema, None, in_order=False))
        with explained(), self._cursor() as cursor, cursor.sql(select).to_arrow_reader(_READ_ROWS) as reader:
            for batch in reader:
                yield _event_rows(pa.Table.from_batches([batch]))

    # --- bytes --------------------------------------------------------------------------------------------------
    def scrub(self) -> None:
        """Copy what there is into a new file, sorted, and put it in the old one's place.

        Readers go on meanwhile; they wait only while the files change places. A crash leaves one of the two, whole.
        """
        if self._file is None:
            return
        self._file.remove_copy()
        try:
            with explained():
                self._copy_into(str(self._file.copy))
            self._change_files(self._file)
        finally:
            self._file.remove_copy()
        self._rows_left = False

    def _change_files(self, file: ProjectFile) -> None:
        with self._gate.alone(), explained():
            self._is_lost = True  # until one of the files is opened again
            with closing(self._connection):
                self._connection.execute(_DIALECT.write(checkpoint()))  # so that no log is left, or it is said why
            file.put_copy_in_place()
        self._open_again()

    def _copy_into(self, path: str) -> None:
        events, people = self.schema.events, self.schema.profiles
        order = {events.table: (events.event, events.key, events.time), people.table: (people.key,)}
        with closing(connect(path)) as copy:
            limit_memory(copy, _COPY_BYTES)
            make_tables(copy, self.schema)
            with self._cursor() as cursor:
                self._read_step(cursor)  # what is copied holds it, also where a commit was said to have failed
            for name in tables(self.schema):
                rows = exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(name)))
                rows = changes.ordered(rows, order.get(name, ()))
                with self._cursor() as cursor:
                    self._limit_memory(_COPY_BYTES)
                    with cursor.sql(_DIALECT.write(rows)).to_arrow_reader() as reader:
                        append(copy, name, reader, self.schema, is_sorted=True)
            copy.execute(_DIALECT.write(changes.create_steps()))
            copy.execute(_DIALECT.write(changes.first_step(integer(self._applied), _boolean(value=False))))
            copy.execute(_DIALECT.write(checkpoint()))

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for rows of erased people, and whether the file was written anew since rows left it."""
        found = []
        for name, key in {
            self.schema.events.table: self.schema.events.key,
            self.schema.profiles.table: self.schema.profiles.key,
        }.items():
            theirs = exp.In(this=bare(key), query=exp.Subquery(this=_rows(key)))
            count = _DIALECT.write(changes.count_rows(name, theirs))
            with explained(), self._cursor() as cursor, _beside(cursor, _keys(key, pids)):
                ((rows,),) = cursor.execute(count).fetchall()
            found += [Leftover(name, rows)] if rows else []
        if self._rows_left and self._file is not None:
            found.append(Leftover(self._file.path.name, 1))
        return found


def open_project(location: str, namespace: str, schema: Schema) -> DuckDbProject:
    """Open a project's file in a folder, or for "" one in memory."""
    return DuckDbProject(ProjectFile(location, namespace) if location else None, schema)


def drop_project(location: str, namespace: str) -> None:
    """Remove a project's file, and all that stands beside it."""
    if location:
        ProjectFile(location, namespace).remove()


def _open(file: ProjectFile | None, schema: Schema) -> duckdb.DuckDBPyConnection:
    with explained():
        connection = connect("" if file is None else str(file.path))
        try:
            configure(connection, "checkpoint_threshold", _LOG_BYTES)
            make_tables(connection, schema)
            connection.execute(_DIALECT.write(changes.create_steps()))
            if not connection.execute(_DIALECT.write(changes.step_row())).fetchall():
                connection.execute(_DIALECT.write(changes.first_step(integer(0), _boolean(value=False))))
        except BaseException:
            connection.close()
            raise
    return connection


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


def _moves(moved: Mapping[int, int]) -> pa.Table:
    return pa.table(
        {changes.OLD: pa.array(list(moved), pa.uint32()), changes.NEW: pa.array(list(moved.values()), pa.uint32())}
    )


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
