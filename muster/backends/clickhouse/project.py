"""A project of a store in ClickHouse: a database of its own, changed a step at a time and read meanwhile.

Kept apart from the engine that is loaded once. ClickHouse has no transactions, so a step is a row of actions, each
whole or not at all for one table, in an order in which it can be broken off anywhere and begun again:

1. people are written, as versions of which the last counts (`ReplacingMergeTree`, read with the setting `final`);
2. events are appended, and copies of those that move, all marked with the step's number; then "inserted" is noted;
3. events that moved away or were erased are deleted, people who are gone get a last version that says so;
4. "taken" is noted.

Begun again without "inserted", what is marked with the number is deleted first: the events that move are still where
they were. Readers in this process wait while events are at two people; those of other processes can see that for the
length of a step. https://clickhouse.com/docs/engines/table-engines/mergetree-family/replacingmergetree

Ways to go wrong, each with a test: a step that is broken off anywhere, a version that comes back when another is
removed, rows that are out of sight and still on disk, old parts.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from clickhouse_connect.driver.client import Client
from sqlglot import exp

from muster.backends.base import Change, EngineError, EventRow, Leftover, ProfileRow
from muster.backends.clickhouse.client import ClickHouseEngine
from muster.backends.clickhouse.ddl import (
    IS_DELETED,
    KEPT,
    KEPT_PEOPLE,
    REV,
    STEP,
    apply_deletions,
    copy_events,
    create_steps,
    create_table,
    delete_where,
    drop,
    is_among,
    latest_version,
    merge_all,
    old_parts,
)
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import InProcess, OnServer, Place, open_namespace
from muster.backends.clickhouse.sessions import Settings
from muster.backends.gate import Gate
from muster.backends.sql import changes
from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.layout import tables
from muster.backends.sql.names import bare, identifier, table
from muster.backends.sql.queries import Queries
from muster.backends.tables.arrow import event_table, profile_table
from muster.compiler.messages import clickhouse as say
from muster.compiler.schema import Schema

_DIALECT = ClickHouseDialect()
_call = Functions("argMax", "max")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, without a zone, as they come)
_MICROSECOND = timedelta(microseconds=1)
_READ_ROWS, _KEYS = 4096, 10_000
_STEPS, _KEY, _VERSION, _LEFT = "steps", "id", "rev", "rows_left"
_COLUMNS = pa.schema([(_KEY, pa.uint8()), (_VERSION, pa.uint64()), (_LEFT, pa.uint8())])
_PHASES = 4  # of a step, in the version of the row that notes them
_INSERTED, _TAKEN = 1, 3
_WAIT_SECONDS = 60


class ClickHouseProject(ClickHouseEngine):
    """An open project. One caller changes it at a time; threads may read meanwhile."""

    _reading: Settings = (("final", "1"),)

    def __init__(self, place: Place, schema: Schema) -> None:
        super().__init__(place, schema)
        self._gate = Gate()
        self.prepare(schema)
        with self._writing() as client:
            client.command(_DIALECT.write(create_steps(_STEPS, _COLUMNS, durable=place.durable)))
            ((version, self._rows_left),) = client.query(_DIALECT.write(_noted())).result_rows
        self._version: int = version or 0
        self._is_sure = False  # that nothing of the next step is there

    @property
    def applied(self) -> int:
        """The number of the last step."""
        number, phase = divmod(self._version, _PHASES)
        return number if phase == _TAKEN else max(0, number - 1)

    def widen(self, schema: Schema) -> None:
        """Add the columns and tables that a wider schema has."""
        self.prepare(schema)
        self._schema = schema
        self._queries = Queries(schema, _DIALECT)

    def _layouts(self, schema: Schema) -> dict[str, pa.Schema]:
        layouts = tables(schema)
        for name, fields in {
            schema.profiles.table: [(REV, pa.uint64()), (IS_DELETED, pa.uint8())],
            schema.events.table: [(STEP, pa.uint64())],
        }.items():
            for field in fields:
                layouts[name] = layouts[name].append(pa.field(*field))
        return layouts

    def _create(self, name: str, columns: pa.Schema, schema: Schema, *, buckets: bool) -> exp.Create:
        engine, more = (latest_version(), KEPT_PEOPLE) if name == schema.profiles.table else (None, KEPT)
        return create_table(
            name, columns, schema, durable=self._place.durable, buckets=buckets, engine=engine, more=more
        )

    @contextmanager
    def _seeing(self) -> Iterator[None]:
        with self._gate.inside():
            yield

    # --- steps --------------------------------------------------------------------------------------------------
    def apply(self, change: Change) -> None:
        """Take a step, from where it was broken off if it was."""
        if change.number <= self.applied:
            return
        is_sure, self._is_sure = self._is_sure, False
        left = bool(self._rows_left) or bool(change.moved or change.gone or change.erased)
        if change.moved or change.gone or change.erased:
            with self._gate.alone():
                self._take(change, left=left, is_sure=is_sure)
        else:
            self._take(change, left=left, is_sure=is_sure)
        self._rows_left, self._is_sure = left, True

    def _take(self, change: Change, *, left: bool, is_sure: bool) -> None:
        schema = self._schema
        with self._writing() as client:
            if self._version < change.number * _PHASES + _INSERTED:
                self._insert_people(client, change.profiles, change.number)
                if not is_sure:
                    came = exp.EQ(this=bare(STEP), expression=integer(change.number))
                    client.command(_DIALECT.write(delete_where(schema.events.table, came)))
                if change.moved:
                    client.command(_DIALECT.write(copy_events(schema, change.moved, change.number)))
                if change.events:
                    rows = _with(event_table(change.events, schema), STEP, change.number, pa.uint64())
                    client.insert_arrow(_DIALECT.write(identifier(schema.events.table)), rows)
                self._note(client, change.number * _PHASES + _INSERTED, left=left)
            self._delete_events(client, [*change.moved, *change.erased])
            gone = [ProfileRow(pid, "") for pid in sorted(change.gone | change.erased)]
            self._insert_people(client, gone, change.number, is_deleted=True)
            self._note(client, change.number * _PHASES + _TAKEN, left=left)

    def _insert_people(
        self, client: Client, people: Collection[ProfileRow], number: int, *, is_deleted: bool = False
    ) -> None:
        if people:
            rows = _with(profile_table(people, self._schema), REV, number, pa.uint64())
            rows = _with(rows, IS_DELETED, int(is_deleted), pa.uint8())
            client.insert_arrow(_DIALECT.write(identifier(self._schema.profiles.table)), rows)

    def _delete_events(self, client: Client, pids: list[int]) -> None:
        events = self._schema.events
        for some in _cut(pids):
            client.command(_DIALECT.write(delete_where(events.table, is_among(events.key, some))))

    def _note(self, client: Client, version: int, *, left: bool) -> None:
        row = pa.table([[0], [version], [int(left)]], schema=_COLUMNS)
        client.insert_arrow(_DIALECT.write(identifier(_STEPS)), row)
        self._version = version

    # --- rows ---------------------------------------------------------------------------------------------------
    def events_of(self, pids: Collection[int]) -> list[EventRow]:
        """Give the events of some people."""
        rows: list[EventRow] = []
        for some in _cut(sorted(pids)):
            theirs = is_among(self._schema.events.key, some)
            select = _DIALECT.write(changes.read_events(self._schema, theirs, in_order=True))
            with self._seeing(), self._writing() as client:
                rows += map(_event_row, client.query(select).result_rows)
        return rows

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event."""
        select = _DIALECT.write(changes.read_events(self._schema, None, in_order=False))
        with self._seeing(), self._writing() as client, client.query_row_block_stream(select) as blocks:
            for block in blocks:
                yield list(map(_event_row, block))

    # --- bytes --------------------------------------------------------------------------------------------------
    def scrub(self) -> None:
        """Have every part with rows out of sight, or with versions that do not count, written anew; wait for it."""
        events, people = self._schema.events.table, self._schema.profiles.table
        with self._writing() as client:
            client.command(_DIALECT.write(apply_deletions(events)))
            client.command(_DIALECT.write(merge_all(people)))
            ends = time.monotonic() + _WAIT_SECONDS
            while _old_parts(client):
                if time.monotonic() > ends:
                    raise EngineError(say.parts_stay(_WAIT_SECONDS))
                time.sleep(0.1)
            self._note(client, self._version, left=False)
        self._rows_left = False

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for rows of erased people, those out of sight too, and for parts that are not removed yet."""
        found = []
        schema = self._schema
        with self._writing() as client:
            for name, key in {
                schema.events.table: schema.events.key,
                schema.profiles.table: schema.profiles.key,
            }.items():
                rows = sum(
                    client.query(
                        _DIALECT.write(changes.count_rows(name, is_among(key, some))),
                        settings={"apply_deleted_mask": 0, "final": 0},
                    ).result_rows[0][0]
                    for some in _cut(sorted(pids))
                )
                found += [Leftover(name, rows)] if rows else []
            if parts := _old_parts(client):
                found.append(Leftover("parts that are not removed yet", parts))
        return found


def open_project(location: str, namespace: str, schema: Schema) -> ClickHouseProject:
    """Open a project in a database of its own."""
    place = open_namespace(location, namespace)
    if place.cluster is not None:
        place.close()
        raise EngineError(say.no_projects_on_cluster())
    try:
        return ClickHouseProject(place, schema)
    except BaseException:
        place.close()
        raise


def drop_project(location: str, namespace: str) -> None:
    """Remove a project's database."""
    if not location:
        return
    place = OnServer(location) if location.startswith("//") else InProcess(location, made=False)
    try:
        client = place.open_client(())
        try:
            client.command(_DIALECT.write(drop("DATABASE", namespace)))
        finally:
            client.close()
    finally:
        place.close()


def _noted() -> exp.Select:
    version = bare(_VERSION)
    return exp.Select(
        expressions=[_call("max", version), _call("argMax", bare(_LEFT), version.copy())],
        from_=exp.From(this=table(_STEPS)),
    )


def _old_parts(client: Client) -> int:
    """Count the parts that were replaced and are still on disk."""
    found: Any = client.query(_DIALECT.write(old_parts())).result_rows
    return int(found[0][0])


def _with(rows: pa.Table, name: str, value: int, kind: pa.DataType) -> pa.Table:
    return rows.append_column(name, pa.array([value] * rows.num_rows, kind))


def _cut(pids: list[int]) -> Iterable[list[int]]:
    return (pids[start : start + _KEYS] for start in range(0, len(pids), _KEYS))


def _event_row(row: Sequence[Any]) -> EventRow:
    pid, name, ts, mid, source = row
    return EventRow(pid, name, (ts.replace(tzinfo=None) - _EPOCH) // _MICROSECOND, mid, source=source)
