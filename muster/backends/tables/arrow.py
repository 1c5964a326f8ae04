"""Rows become Arrow tables in the layout of a Schema, and a Schema the Arrow schemas that DDL is made from.

Kept apart so that every engine loads the same columns: what Arrow holds is what SQL sees. Made in batches, so
that more rows than fit in memory can pass.

Ways to go wrong, each with a test: columns in another order than the schema says, rows lost between batches, ids
and event names in another Unicode form than rules are in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables.chunks import chunks
from muster.backends.tables.columns import RecordColumns
from muster.backends.tables.fields import KEY, NUM, TIME, record_fields
from muster.backends.tables.scalars import nfc
from muster.backends.tables.values import normalise_all
from muster.compiler.schema import EventTable, Name, ProfileTable, Schema
from muster.compiler.values import Path

STAGES = pa.schema([("pid", KEY), ("stage", pa.string()), ("ts", TIME)])

_FIELD_TYPES: Mapping[str, pa.DataType] = {
    "external_id": pa.string(),
    "is_anonymous": pa.bool_(),
    "first_seen": TIME,
    "last_seen": TIME,
    "created_at": TIME,
    "lifecycle_stage": pa.string(),
}


@dataclass(frozen=True, slots=True)
class ArrowSchemas:
    """The columns of both tables, in order."""

    profiles: pa.Schema
    events: pa.Schema


def arrow_schema(schema: Schema) -> ArrowSchemas:
    """Give names and types of every column that the tables of a schema have."""
    return ArrowSchemas(
        profiles=pa.schema(_profile_fields(schema.profiles) + record_fields(schema.profiles.traits)),
        events=pa.schema(_event_fields(schema.events) + record_fields(_all_properties(schema))),
    )


def profile_table(rows: Iterable[ProfileRow], schema: Schema) -> pa.Table:
    """Make the profiles table of some people."""
    return pa.Table.from_batches(profile_batches(rows, schema), arrow_schema(schema).profiles)


def event_table(rows: Iterable[EventRow], schema: Schema) -> pa.Table:
    """Make the events table of some events."""
    return pa.Table.from_batches(event_batches(rows, schema), arrow_schema(schema).events)


def stage_table(rows: Iterable[ProfileRow]) -> pa.Table:
    """Make the table of stage changes of some people: (pid, stage, ts)."""
    entries = [(row.pid, stage, micros) for row in rows for stage, micros in row.stages]
    columns = zip(*entries, strict=True) if entries else ((), (), ())
    return pa.table([pa.array(column, kind) for column, kind in zip(columns, STAGES.types, strict=True)], STAGES)


def profile_batches(rows: Iterable[ProfileRow], schema: Schema) -> Iterator[pa.RecordBatch]:
    """Make the profiles table in batches of BATCH_ROWS, for more people than fit in memory."""
    layout = arrow_schema(schema).profiles
    built_in = tuple(column for column in schema.profiles.fields if column != "external_id")
    for chunk in chunks(rows):
        traits = RecordColumns(schema.profiles.traits)
        traits.add_all(normalise_all([row.traits for row in chunk]))
        columns: list[list[Any]] = [[row.pid for row in chunk], [nfc(row.external_id) for row in chunk]]
        columns.extend([_built_in(row, field) for row in chunk] for field in built_in)
        arrays = [pa.array(column, kind) for column, kind in zip(columns, layout.types, strict=False)]
        yield pa.RecordBatch.from_arrays(arrays + traits.arrays(len(chunk)), schema=layout)


def event_batches(rows: Iterable[EventRow], schema: Schema) -> Iterator[pa.RecordBatch]:
    """Make the events table in batches of BATCH_ROWS, for more events than fit in memory."""
    layout = arrow_schema(schema).events
    names = _all_properties(schema)
    for chunk in chunks(rows):
        properties = RecordColumns(names)
        properties.add_all(normalise_all([row.properties for row in chunk]))
        columns: list[list[Any]] = [
            [row.pid for row in chunk],
            [nfc(row.event) for row in chunk],
            [row.ts for row in chunk],
            [row.mid for row in chunk],
        ]
        if schema.events.source is not None:
            columns.append([row.source for row in chunk])
        arrays = [pa.array(column, kind) for column, kind in zip(columns, layout.types, strict=False)]
        yield pa.RecordBatch.from_arrays(arrays + properties.arrays(len(chunk)), schema=layout)


def _built_in(row: ProfileRow, field: str) -> Any:
    match field:
        case "is_anonymous":
            return row.is_anonymous
        case "first_seen":
            return row.first_seen
        case "last_seen":
            return row.last_seen
        case "created_at":
            return row.created_at
        case _:
            return row.fields.get(field)


def _all_properties(schema: Schema) -> dict[Path, Name]:
    paths = {path: None for record in schema.events.events.values() for path in record}
    return {path: schema.property((), path) for path in paths}


def _profile_fields(table: ProfileTable) -> list[pa.Field]:
    fields = [pa.field(table.key, KEY), pa.field(table.external_id, pa.string())]
    fields += [
        pa.field(column, _FIELD_TYPES.get(field, NUM))
        for field, column in table.fields.items()
        if field != "external_id"
    ]
    return fields


def _event_fields(table: EventTable) -> list[pa.Field]:
    fields = [
        pa.field(table.key, KEY),
        pa.field(table.event, pa.string()),
        pa.field(table.time, TIME),
        pa.field(table.order or "mid", pa.string()),
    ]
    return fields if table.source is None else [*fields, pa.field(table.source, pa.string())]
