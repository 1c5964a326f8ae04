"""Statements that make, widen, fill and drop ClickHouse's databases and tables, as trees.

Kept apart from running them, so that a table exists, with every column it needs, before a row does. Events lie by
month, and within it by event, person and instant: audiences read one event in a window, and a person's rows lie
together. It can go wrong where an array's tuple has grown a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
from sqlglot import exp

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.types import type_of
from muster.backends.sql.calls import Functions
from muster.backends.sql.layout import keys
from muster.backends.sql.names import STAGE_KEY, STAGE_TIME, Sql, bare, identifier, table
from muster.compiler.schema import Schema

_DIALECT = ClickHouseDialect()
_call = Functions("Atomic", "MergeTree", "toYYYYMM")


def create_database(name: str) -> exp.Create:
    """Make the statement that creates a database where it is missing."""
    engine = exp.Properties(expressions=[exp.EngineProperty(this=_call("Atomic"))])
    return exp.Create(this=table(name), kind="DATABASE", exists=True, properties=engine)


def drop(kind: str, name: str) -> exp.Drop:
    """Make the statement that drops a TABLE or DATABASE if it is there."""
    return exp.Drop(tables=[table(name)], kind=kind, exists=True)


def describe(name: str) -> exp.Describe:
    """Make the statement that gives a row for each column of a table: its name, its type, and more."""
    return exp.Describe(this=table(name), kind="TABLE")


def create_table(name: str, columns: pa.Schema, schema: Schema, *, like: str | None = None) -> exp.Create:
    """Make the statement that creates a table where it is missing; with `like` one laid out as that one."""
    laid_out = like or name
    definitions = [exp.ColumnDef(this=identifier(each.name), kind=column_type(each, schema)) for each in columns]
    properties: list[exp.Expr] = [exp.EngineProperty(this=_call("MergeTree"))]
    if laid_out == schema.events.table:
        properties.append(exp.PartitionedByProperty(this=_call("toYYYYMM", bare(schema.events.time))))
    order = exp.Tuple(expressions=[bare(key) for key in _order(laid_out, schema)])
    properties.append(exp.Order(expressions=[exp.Ordered(this=order, nulls_first=False)]))
    return exp.Create(
        this=exp.Schema(this=table(name), expressions=definitions),
        kind="TABLE",
        exists=True,
        properties=exp.Properties(expressions=properties),
    )


def widen_table(name: str, columns: pa.Schema, present: Mapping[str, str], schema: Schema) -> Iterable[Sql]:
    """Make the statements that give a table the columns, and the fields of tuples, that it lacks.

    `present` has the type of each column as the server describes it.
    """
    for column in columns:
        kind = column_type(column, schema)
        if column.name not in present:
            action: Sql = exp.ColumnDef(this=identifier(column.name), kind=kind)
        elif _squeezed(present[column.name]) != _squeezed(_DIALECT.write(kind)):
            action = exp.AlterColumn(this=identifier(column.name), dtype=kind)
        else:
            continue
        yield exp.Alter(this=table(name), kind="TABLE", actions=[action])


def insert_all(name: str, columns: pa.Schema, source: str) -> exp.Insert:
    """Make the statement that appends all rows of one table to another."""
    rows = exp.Select(expressions=[bare(each) for each in columns.names], from_=exp.From(this=table(source)))
    into = exp.Schema(this=table(name), expressions=[identifier(each) for each in columns.names])
    return exp.Insert(this=into, expression=rows)


def column_type(column: pa.Field, schema: Schema) -> exp.DataType:
    """Give the type of a column; the few names of events are kept once each."""
    events = schema.events
    required = keys(schema) | {events.event, events.order or "mid", STAGE_KEY, STAGE_TIME}
    kind = type_of(column.type, nullable=column.name not in required)
    if column.name == events.event:
        return exp.DataType(this=exp.DType.LOWCARDINALITY, expressions=[kind], nested=True, nullable=False)
    return kind


def _squeezed(kind: str) -> str:
    return "".join(kind.split())


def _order(name: str, schema: Schema) -> tuple[str, ...]:
    """Give the columns that a table is sorted by; none of them is ever NULL."""
    profiles, events = schema.profiles, schema.events
    if name == profiles.table:
        return (profiles.key,)
    if name == events.table:
        return (events.event, events.key, events.time)
    return (STAGE_KEY, STAGE_TIME)
