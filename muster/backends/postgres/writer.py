"""Arrow tables become rows of COPY: the lists of a row arrays of tuples, which the driver spells as composites.

Kept apart from the client because every value passes here. A tuple's values go by their place, so they are put in the
order that the type has in the database, which is the order it was widened in. It can go wrong where a text holds what
Postgres cannot keep, which is a NUL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import Cursor

from muster.backends.base import EngineError
from muster.backends.postgres.ddl import copy_into, type_name
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.present import Present
from muster.compiler.messages import postgres as told

_DIALECT = PostgresDialect()
_BATCH_ROWS = 1 << 14
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (UTC, without a zone, as the columns are)
_CYCLE = 146_097 * 86_400_000_000
_Read = Callable[[Any], Any]


def append(cursor: Cursor[Any], name: str, rows: pa.Table, present: Present) -> None:
    """Append an Arrow table to a table, column by column of the same name; `present` is what the namespace holds."""
    reads = [_reader(field.type, f"{name}_{field.name}", present) for field in rows.schema]
    statement = _DIALECT.write(copy_into(name, rows.schema)).replace("%%", "%")  # it has no parameters, not even none
    with cursor.copy(statement) as copy:
        for row in _rows(rows, reads):
            copy.write_row(row)


def refuse_longer(texts: pa.ChunkedArray, most: int) -> None:
    """Raise EngineError if a text has more bytes than an index can hold."""
    too_long = texts.filter(pc.greater(pc.binary_length(texts), most))
    if len(too_long):
        first = too_long[0].as_py()
        raise EngineError(told.event_too_long(first, len(first.encode()), most))


def _rows(rows: pa.Table, reads: Sequence[_Read | None]) -> Iterator[tuple[Any, ...]]:
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


def _reader(kind: pa.DataType, path: str, present: Present) -> _Read | None:
    """Make what turns a Python value of Arrow's into one that the driver spells; None where it is one."""
    if pa.types.is_map(kind):
        read_entry = _item_reader(pa.struct([("key", kind.key_type), ("value", kind.item_type)]), path, present)
        return lambda entries: [read_entry({"key": key, "value": value}) for key, value in entries]
    if pa.types.is_list(kind):
        read_item = _item_reader(kind.value_type, path, present)
        return lambda items: [read_item(item) for item in items]
    return None


def _item_reader(kind: pa.StructType, path: str, present: Present) -> Callable[[dict[str, Any]], tuple[Any, ...]]:
    """Make what gives an item's values in the order of its type, NULL for what only the type knows."""
    name = type_name(path)
    attributes = present.get(name, {})
    reads = {field.name: _reader(field.type, f"{path}_{field.name}", present) for field in kind}
    if lost := [each for each in reads if each not in attributes]:
        raise EngineError(told.changed_since(name, lost[0]))
    ordered = [(each, reads.get(each)) for each in attributes]

    def read_item(item: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(
            value if (value := item.get(name)) is None or read is None else read(value) for name, read in ordered
        )

    return read_item
