"""Somebody's own tables in a DuckDB file: which there are, and an engine that only reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from muster.backends.base import EngineError, FoundColumn, FoundTable
from muster.backends.duckdb.client import DuckDbEngine, explained, open_to_read
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.own_checks import all_columns, all_keys, check_map, found_tables, in_full, sample_of
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import ColumnHow, Table
from muster.compiler.schema import Schema
from muster.compiler.values import NUMBER_DECIMALS

_DIALECT = DuckDbDialect()
_MAIN = "main"
_EPOCHS: tuple[ColumnHow, ...] = ("epoch_s", "epoch_ms")
_SMALL = frozenset({"TINYINT", "SMALLINT", "INTEGER", "UTINYINT", "USMALLINT"})
_LARGE = frozenset({"UINTEGER", "BIGINT", "UBIGINT", "HUGEINT"})
_HOWS: Mapping[str, tuple[ColumnHow, ...]] = {
    "VARCHAR": ("text", "spelled"),
    "UUID": ("spelled",),
    "FLOAT": ("decimal",),
    "DOUBLE": ("decimal",),
    "BOOLEAN": ("bool",),
    "TIMESTAMP": ("time", "local"),
    "TIMESTAMP WITH TIME ZONE": ("zoned",),
    "DATE": ("date",),
    **dict.fromkeys(_SMALL, ("int", "num", "spelled", *_EPOCHS)),
    **dict.fromkeys(_LARGE, ("num", "spelled", *_EPOCHS)),
}
_DECIMAL = re.compile(r"DECIMAL\([0-9]+,([0-9]+)\)")


def inspect(location: str) -> tuple[FoundTable, ...]:
    """Look which tables a file has."""
    with explained():
        connection = _open(location)
        try:
            return _tables(connection)
        finally:
            connection.close()


def sample(location: str, table: Table, column: str, most: int) -> list[str]:
    """Give some values of a column as texts."""
    with explained():
        connection = _open(location)
        try:
            rows = connection.sql(_DIALECT.write(sample_of(table, column, most, _DIALECT.own))).fetchall()
        finally:
            connection.close()
    return [text for (text,) in rows]


def attach(location: str, schema: Schema) -> DuckDbEngine:
    """Open a file whose tables are somebody else's."""
    with explained():
        connection = _open(location)
        try:
            named = in_full(schema, _MAIN)
            check_map(named, _tables(connection))
        except BaseException:
            connection.close()
            raise
    return DuckDbEngine(connection, named)


def _open(location: str) -> duckdb.DuckDBPyConnection:
    if not Path(location).is_file():  # or it would be made
        raise EngineError(say.no_file(location))
    return open_to_read(location)


def _tables(connection: duckdb.DuckDBPyConnection) -> tuple[FoundTable, ...]:
    columns: list[Any] = connection.sql(_DIALECT.write(all_columns())).fetchall()
    keys: list[Any] = connection.sql(_DIALECT.write(all_keys())).fetchall()
    return found_tables((_column(*row) for row in columns), keys)


def _column(namespace: str, name: str, column: str, found: str, nullable: str) -> tuple[str, str, FoundColumn]:
    return namespace, name, FoundColumn(column, found, _hows(found), found in {"JSON", "VARCHAR"}, nullable == "YES")


def _hows(found: str) -> tuple[ColumnHow, ...]:
    if decimal := _DECIMAL.fullmatch(found):
        return ("num",) if int(decimal[1]) <= NUMBER_DECIMALS else ("decimal",)
    return ("spelled",) if found.startswith("ENUM(") else _HOWS.get(found, ())
