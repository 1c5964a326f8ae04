"""Somebody's own tables in a ClickHouse database: which there are, and an engine that only reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from clickhouse_connect.driver.exceptions import ClickHouseError

from muster.backends.base import EngineError, FoundColumn, FoundTable
from muster.backends.clickhouse.client import ClickHouseEngine
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import Place, open_place, reason
from muster.backends.sql.names import Sql
from muster.backends.sql.own_checks import all_columns, check_map, found_tables, in_full, sample_of
from muster.compiler.messages.engine import failed
from muster.compiler.own_tables import ColumnHow, Table
from muster.compiler.schema import Schema
from muster.compiler.values import NUMBER_DECIMALS

_DIALECT = ClickHouseDialect()
_EPOCHS: tuple[ColumnHow, ...] = ("epoch_s", "epoch_ms")
_SMALL = ("Int8", "Int16", "Int32", "UInt8", "UInt16", "UInt32")
_HOWS: Mapping[str, tuple[ColumnHow, ...]] = {
    "String": ("text", "spelled"),
    "UUID": ("spelled",),
    "Float32": ("decimal",),
    "Float64": ("decimal",),
    "Bool": ("bool",),
    "Date": ("date",),
    "Date32": ("date",),
    **dict.fromkeys(_SMALL, ("int", "num", "spelled", *_EPOCHS)),
    **dict.fromkeys(("Int64", "UInt64"), ("num", "spelled", *_EPOCHS)),
}
_WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)")
_DECIMAL = re.compile(r"Decimal\(([0-9]+), ([0-9]+)\)")
_DIGITS = 38
_TIME = re.compile(r"DateTime64\(([0-9])(?:, '(.*)')?\)|DateTime(?:\('.*'\))?")
_OF_UTC = frozenset({"DateTime('UTC')"})  # of whole seconds
_MICROS = 6


def inspect(location: str) -> tuple[FoundTable, ...]:
    """Look which tables a database has."""
    place = open_place(location, made=False)
    try:
        return _tables(place)
    finally:
        place.close()


def attach(location: str, schema: Schema) -> ClickHouseEngine:
    """Open a database whose tables are somebody else's."""
    place = open_place(location, made=False)
    try:
        named = in_full(schema, place.database)
        check_map(named, _tables(place))
    except BaseException:
        place.close()
        raise
    return ClickHouseEngine(place, named)


def sample(location: str, table: Table, column: str, most: int) -> list[str]:
    """Give some values of a column as texts."""
    place = open_place(location, made=False)
    try:
        return [text for (text,) in _rows(place, sample_of(table, column, most, _DIALECT.own))]
    finally:
        place.close()


def _tables(place: Place) -> tuple[FoundTable, ...]:
    return found_tables((_column(*row) for row in _rows(place, all_columns())), ())


def _rows(place: Place, asked: Sql) -> Any:
    try:
        client = place.open_client(())
        try:
            return client.query(_DIALECT.write(asked)).result_rows
        finally:
            client.close()
    except ClickHouseError as error:
        raise EngineError(failed("ClickHouse", reason(error))) from error


def _column(namespace: str, name: str, column: str, found: str, nullable: int) -> tuple[str, str, FoundColumn]:
    bare = found
    while wrapped := _WRAPPED.fullmatch(bare):
        bare = wrapped[1]
    return namespace, name, FoundColumn(column, found, _hows(bare), bare == "String", bool(nullable))


def _hows(found: str) -> tuple[ColumnHow, ...]:
    if decimal := _DECIMAL.fullmatch(found):
        precision, scale = map(int, decimal.groups())
        fits = scale <= NUMBER_DECIMALS and precision <= _DIGITS
        return ("num",) if fits else ("decimal",)
    if time := _TIME.fullmatch(found):
        digits = _MICROS if time[1] is None else int(time[1])
        if digits > _MICROS:
            return ()  # it would be rounded
        if found in _OF_UTC or time[2] == "UTC":
            return ("time", "zoned", "local") if digits == _MICROS and found not in _OF_UTC else ("zoned", "local")
        return ("zoned",)
    return ("spelled",) if found.startswith("Enum") else _HOWS.get(found, ())
