"""Arrow tables become rows of COPY: the lists of a row arrays of tuples, which the driver spells as composites.

Kept apart from the client because every value passes here. It can go wrong where a text holds what Postgres cannot
keep, which is a NUL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
from psycopg import Cursor

from muster.backends.postgres.ddl import copy_into
from muster.backends.postgres.dialect import PostgresDialect

_DIALECT = PostgresDialect()
_BATCH_ROWS = 1 << 14
_Read = Callable[[Any], Any]


def append(cursor: Cursor[Any], name: str, rows: pa.Table) -> None:
    """Append an Arrow table to a table, column by column of the same name."""
    with cursor.copy(_DIALECT.write(copy_into(name, rows.schema))) as copy:
        for row in _rows(rows):
            copy.write_row(row)


def _rows(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    reads = [_reader(field.type) for field in rows.schema]
    for batch in rows.to_batches(_BATCH_ROWS):
        columns = [
            column.to_pylist()
            if read is None
            else [None if value is None else read(value) for value in column.to_pylist()]
            for column, read in zip(batch.columns, reads, strict=True)
        ]
        yield from zip(*columns, strict=True)


def _reader(kind: pa.DataType) -> _Read | None:
    """Make what turns a Python value of Arrow's into one that the driver spells; None where it is one."""
    if pa.types.is_map(kind):
        return list
    if pa.types.is_list(kind):
        read = _reader(kind.value_type)
        return None if read is None else lambda items: [read(item) for item in items]
    if pa.types.is_struct(kind):
        fields = [(field.name, _reader(field.type)) for field in kind]

        def read_item(item: dict[str, Any]) -> tuple[Any, ...]:
            return tuple(
                value if (value := item[name]) is None or read is None else read(value) for name, read in fields
            )

        return read_item
    return None
