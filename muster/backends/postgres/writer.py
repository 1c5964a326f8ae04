"""Arrow tables become rows of COPY: the lists of a row arrays of tuples, which the driver spells as composites.

Kept apart from the client because every value passes here. It can go wrong where a text holds what Postgres cannot
keep, which is a NUL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
from psycopg import Cursor

from muster.backends.postgres.ddl import copy_into
from muster.backends.postgres.dialect import PostgresDialect

_DIALECT = PostgresDialect()
_BATCH_ROWS = 1 << 14
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, without a zone, as the columns are)
_CYCLE = 146_097 * 86_400_000_000
_Read = Callable[[Any], Any]


def append(cursor: Cursor[Any], name: str, rows: pa.Table) -> None:
    """Append an Arrow table to a table, column by column of the same name."""
    with cursor.copy(_DIALECT.write(copy_into(name, rows.schema))) as copy:
        for row in _rows(rows):
            copy.write_row(row)


def _rows(rows: pa.Table) -> Iterator[tuple[Any, ...]]:
    reads = [_reader(field.type) for field in rows.schema]
    for batch in rows.to_batches(_BATCH_ROWS):
        columns = [_values(column, read) for column, read in zip(batch.columns, reads, strict=True)]
        yield from zip(*columns, strict=True)


def _values(column: pa.Array, read: _Read | None) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return [None if micros is None else _instant(micros) for micros in column.cast(pa.int64()).to_pylist()]
    values: list[Any] = column.to_pylist()
    return values if read is None else [None if value is None else read(value) for value in values]


def _instant(micros: int) -> datetime | str:
    """Give an instant; in a year that Python does not have, as Postgres spells it. Calendars repeat every 400 years."""
    try:
        return _EPOCH + timedelta(microseconds=micros)
    except OverflowError:
        cycles, rest = divmod(micros, _CYCLE)
        inside = _EPOCH + timedelta(microseconds=rest)
        year = inside.year + 400 * cycles
        shown = f"{year:04}" if year > 0 else f"{1 - year:04}"
        return f"{shown}-{inside:%m-%d %H:%M:%S.%f}{'' if year > 0 else ' BC'}"


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
