"""A typed Parquet file as the engine's events table: a view with the Schema's columns, made when it is opened.

Kept apart from the rule compiler, which never sees a file: the SQL of a rule reads the table `events`, and does not
change where that is a view. The path and the columns' names are quoted here; a rule has no part in them.

Ways to go wrong, each with a test: a path that DuckDB takes for a pattern or for partitions, a file that changes
between two queries, a column that hides a virtual one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp

from muster.backends.base import EngineError
from muster.backends.duckdb.dialect import file_call
from muster.backends.duckdb.typed_columns import KIND_OF, ColumnRead, value_of
from muster.backends.sql.names import Sql, identifier, named, rows_of, table
from muster.compiler.messages import engine as say
from muster.compiler.schema import EventTable, Schema

ROW = "file_row_number"
_PATTERNS = frozenset("*?[]{}")


@dataclass(frozen=True, slots=True)
class NotExact:
    """Why a file is read by the normaliser instead: because of one column, or (None) of the file."""

    column: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class TypedEvents:
    """An events file whose columns are all read by SQL; `values` by the name of the property.

    `constant` is the event's name where `event` is None; `order` breaks ties of one instant; `message_id` has no
    value twice. `mark` is the file's size and time of change when it was first looked at.
    """

    path: Path
    mark: tuple[int, int]
    id: ColumnRead
    event: ColumnRead | None
    constant: str
    time: ColumnRead
    order: ColumnRead | None
    message_id: ColumnRead | None
    values: Mapping[str, ColumnRead]

    def needed(self) -> tuple[ColumnRead, ...]:
        """Give the columns that no row may lack."""
        reads = (self.id, self.event, self.time, self.order, self.message_id)
        return tuple(read for read in reads if read is not None)

    def check(self) -> None:
        """Refuse to go on with another version of the file."""
        try:
            found = self.path.stat()
        except OSError as error:
            raise EngineError(say.file_changed(self.path.name)) from error
        if (found.st_size, found.st_mtime_ns) != self.mark:
            raise EngineError(say.file_changed(self.path.name))


def is_plain_path(path: Path) -> bool:
    """Tell whether DuckDB takes a path for one file, and can be told of it."""
    text = str(path)
    return _PATTERNS.isdisjoint(text) and "\0" not in text and text.encode(errors="replace").decode() == text


def scan(path: Path, *, with_rows: bool = False) -> exp.Table:
    """Read a file, perhaps each row with its number, and take its folders' names for nothing but names."""
    options = {"hive_partitioning": exp.false()} | ({ROW: exp.true()} if with_rows else {})
    arguments = [exp.Kwarg(this=identifier(name), expression=value) for name, value in options.items()]
    return rows_of(file_call("READ_PARQUET", exp.Literal.string(str(path)), *arguments))


def role_columns(events: TypedEvents, names: EventTable) -> list[Sql]:
    """Give the columns that every event has."""
    name = exp.Literal.string(events.constant) if events.event is None else value_of(events.event)
    columns = [named(value_of(events.id), names.key), named(name, names.event)]
    columns.append(named(value_of(events.time), names.time))
    if events.order is not None:
        columns.append(named(value_of(events.order), names.order or "mid"))
    return columns


def create_view(events: TypedEvents, schema: Schema) -> exp.Create:
    """Make the statement that makes the events table of a schema out of a file."""
    names = schema.events
    found: dict[str, Sql] = {}
    for record in names.events.values():
        for path, name in record.items():
            read = events.values[path[0]]
            column = name.columns[KIND_OF[read.how]]
            assert isinstance(column, str)  # there is room for any number in a view
            found[column] = named(value_of(read), column)
    select = exp.Select(
        expressions=[*role_columns(events, names), *found.values()], from_=exp.From(this=scan(events.path))
    )
    return exp.Create(this=table(names.table), kind="VIEW", expression=select)
