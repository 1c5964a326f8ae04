"""Appending Arrow tables to DuckDB's, in the order that makes audience queries fast.

Kept apart from reading. Rows of events are sorted by (event, person, instant) within each append: DuckDB keeps the
order it is given, and skips blocks by it. It could go wrong by matching columns by position instead of by name.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa
from sqlglot import exp

from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.names import bare, table
from muster.compiler.schema import Schema

_BATCH = "batch"
_DIALECT = DuckDbDialect()


def append(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    rows: pa.Table | pa.RecordBatchReader,
    schema: Schema,
    *,
    is_sorted: bool = False,
) -> None:
    """Append rows to a table, column by column of the same name; columns the rows lack become NULL."""
    events = schema.events
    order = (events.event, events.key, events.time) if name == events.table and not is_sorted else ()
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=table(_BATCH)))
    if order:
        select.set("order", exp.Order(expressions=[exp.Ordered(this=bare(each), nulls_first=False) for each in order]))
    insert = exp.Insert(this=table(name), expression=select, by_name=True)
    connection.register(_BATCH, rows)
    try:
        connection.execute(_DIALECT.write(insert))
    finally:
        connection.unregister(_BATCH)
