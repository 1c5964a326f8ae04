"""A project of a store in Postgres: a schema of its own, changed a step at a time and read meanwhile.

Kept apart from the engine that is loaded once. A step is one transaction, with its number in it, and on the server's
disk when the commit returns (`synchronous_commit`), unless whoever runs the server has turned `fsync` off. Rows that
left stay in the tables' files until these are written anew (`scrub`), and in the server's log and in copies of it as
long as it keeps those, which is not ours to say. https://www.postgresql.org/docs/current/sql-vacuum.html

Ways to go wrong, each with a test: a step that is taken twice, a row that takes no other's place, columns that are
added while others read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection, Cursor, errors
from sqlglot import exp

from muster.backends.base import Change, EngineError, EventRow, Leftover, Parameter, ProfileRow
from muster.backends.postgres.client import PostgresEngine
from muster.backends.postgres.ddl import checkpoint, drop_namespace, is_among, namespaces, vacuum, with_batch
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import failures
from muster.backends.postgres.places import Place, run
from muster.backends.postgres.present import read_present
from muster.backends.sql import changes
from muster.backends.sql.calls import integer
from muster.backends.sql.layout import tables
from muster.backends.sql.names import Sql
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_table, profile_table
from muster.compiler.messages import postgres as told
from muster.compiler.moments import from_micros
from muster.compiler.schema import Schema

_DIALECT = PostgresDialect()
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, without a zone, as the columns are)
_MICROSECOND = timedelta(microseconds=1)
_READ_ROWS = 4096


class PostgresProject(PostgresEngine):
    """An open project. One caller changes it at a time; threads may read meanwhile."""

    def __init__(self, place: Place, schema: Schema) -> None:
        super().__init__(place, schema)
        self.prepare(schema)
        with self._changing() as cursor:
            self._present = read_present(cursor, place.namespace)
            if changes.STEPS not in self._present:
                run(cursor, changes.create_steps())
                run(cursor, changes.first_step(integer(0), exp.Boolean(this=False)))
            ((number, self._rows_left),) = run(cursor, changes.step_row()).fetchall()
        self._applied: int = number

    @property
    def applied(self) -> int:
        """The number of the last step."""
        return self._applied

    def widen(self, schema: Schema) -> None:
        """Add the columns, types and tables that a wider schema has."""
        self.prepare(schema)
        with self._changing() as cursor:
            self._present = read_present(cursor, self._place.namespace)
        self._queries = Queries(schema, _DIALECT)

    @contextmanager
    def _changing(self) -> Iterator[Cursor[Any]]:
        with failures(), self._place.connection(synchronous_commit="on") as connection, connection.cursor() as cursor:
            yield cursor

    # --- steps --------------------------------------------------------------------------------------------------
    def apply(self, change: Change) -> None:
        """Take a step, in one transaction."""
        if change.number <= self._applied:
            return
        left = self._rows_left or bool(change.moved or change.gone or change.erased)
        with self._changing() as cursor:
            self._remove(cursor, change)
            self._write(cursor, change)
            run(cursor, changes.set_step(integer(change.number), exp.Boolean(this=left)))
        self._applied, self._rows_left = change.number, left

    def _remove(self, cursor: Cursor[Any], change: Change) -> None:
        people, events = self.schema.profiles, self.schema.events
        if change.moved:
            moves = {changes.OLD: list(change.moved), changes.NEW: list(change.moved.values())}
            _run_with(cursor, moves, changes.move_events(self.schema))
        if change.erased:
            _run_with(cursor, {events.key: sorted(change.erased)}, changes.delete_by_key(events.table, events.key))
        replaced = {row.pid for row in change.profiles if row.pid not in change.seen}
        if leaving := change.gone | change.erased | replaced:
            _run_with(cursor, {people.key: sorted(leaving)}, changes.delete_by_key(people.table, people.key))

    def _write(self, cursor: Cursor[Any], change: Change) -> None:
        schema = self.schema
        if replaced := [row for row in change.profiles if row.pid not in change.seen]:
            self._append(cursor, schema.profiles.table, profile_table(replaced, schema), self._present)
        if seen := [row for row in change.profiles if row.pid in change.seen]:
            _run_with(cursor, _seen(seen, schema.profiles.key), changes.see_people(schema))
        if change.events:
            self._append(cursor, schema.events.table, event_table(change.events, schema), self._present)

    # --- rows ---------------------------------------------------------------------------------------------------
    def events_of(self, pids: Collection[int]) -> list[EventRow]:
        """Give the events of some people."""
        theirs = is_among(self.schema.events.key, _KEYS)
        select = changes.read_events(self.schema, theirs, in_order=True)
        with failures(), self._place.connection(steady=True) as connection, connection.cursor() as cursor:
            return list(map(_event_row, cursor.execute(_DIALECT.write(select), {"keys": sorted(pids)})))

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event."""
        select = _DIALECT.write(changes.read_events(self.schema, None, in_order=False))
        with failures(), self._place.connection(steady=True) as connection, connection.cursor("events") as cursor:
            cursor.execute(select, ())
            while rows := cursor.fetchmany(_READ_ROWS):
                yield list(map(_event_row, rows))

    # --- bytes --------------------------------------------------------------------------------------------------
    def scrub(self) -> None:
        """Have the tables written anew, and the server's pages on its disk."""
        with failures(), self._place.outside() as connection:
            for name in tables(self.schema):
                connection.execute(_DIALECT.write(vacuum(name)), ())
            _checkpoint(connection)
        with self._changing() as cursor:
            run(cursor, changes.set_step(integer(self._applied), exp.Boolean(this=False)))
        self._rows_left = False

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for rows of erased people, and whether the tables were written anew since rows left them."""
        found = []
        with failures(), self._place.connection(steady=True) as connection, connection.cursor() as cursor:
            for name, key in _keys_of(self.schema).items():
                count = _DIALECT.write(changes.count_rows(name, is_among(key, _KEYS)))
                ((rows,),) = cursor.execute(count, {"keys": sorted(pids)}).fetchall()
                found += [Leftover(name, rows)] if rows else []
        return [*found, Leftover("the tables' files", 1)] if self._rows_left else found


def open_project(location: str, namespace: str, schema: Schema) -> PostgresProject:
    """Open a project in a schema of its own, or for "" one that ends with this process."""
    with failures():
        place = _place(location, namespace)
        try:
            return PostgresProject(place, schema)
        except BaseException:
            place.close()
            raise


def drop_project(location: str, namespace: str) -> None:
    """Remove a project's schema."""
    if not location:
        return
    with failures():
        place = _place(location, namespace)
        try:
            with place.connection() as connection, connection.cursor() as cursor:
                if run(cursor, namespaces(namespace)).fetchall():
                    run(cursor, drop_namespace(namespace))
        finally:
            place.close()


def _place(location: str, namespace: str) -> Place:
    place = Place(location, namespace=namespace if location else None)
    if place.names_namespace:
        place.close()
        raise EngineError(told.namespace_of_project())
    return place


def _keys_of(schema: Schema) -> dict[str, str]:
    return {schema.events.table: schema.events.key, schema.profiles.table: schema.profiles.key}


def _checkpoint(connection: Connection[Any]) -> None:
    """Have what was written on disk now; who may not ask for it waits until the server does, within minutes."""
    try:
        connection.execute(_DIALECT.write(checkpoint()), ())
    except errors.InsufficientPrivilege:
        return


# --- batches ----------------------------------------------------------------------------------------------------
def _run_with(cursor: Cursor[Any], batch: Mapping[str, list[Any]], statement: exp.Update | exp.Delete) -> None:
    """Run a statement with a batch as a relation before it."""
    arrays = {name: _parameter(name) for name in batch}
    cursor.execute(_DIALECT.write(with_batch(statement, changes.BATCH, arrays)), dict(batch))


def _parameter(name: str) -> Sql:
    return _DIALECT.parameter(Parameter(name, "num", (), many=True))


_KEYS = _parameter("keys")


def _seen(rows: Collection[ProfileRow], key: str) -> dict[str, list[Any]]:
    return {
        key: [row.pid for row in rows],
        "first_seen": [_instant(row.first_seen) for row in rows],
        "last_seen": [_instant(row.last_seen) for row in rows],
    }


def _instant(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros).replace(tzinfo=None)


def _event_row(row: tuple[Any, ...]) -> EventRow:
    pid, name, ts, mid, source = row
    return EventRow(pid, name, (ts - _EPOCH) // _MICROSECOND, mid, source=source)
