"""Somebody's own tables in a Postgres database: which there are, and an engine that only reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from muster.backends.base import FoundColumn, FoundTable
from muster.backends.postgres.client import PostgresEngine
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import failures
from muster.backends.postgres.own_catalog import catalog_columns, catalog_keys
from muster.backends.postgres.places import Place, run
from muster.backends.sql.own_checks import check_map, found_tables, in_full, in_namespace, sample_of
from muster.compiler.own_tables import ColumnHow, Table
from muster.compiler.schema import Schema

_DIALECT = PostgresDialect()
_PUBLIC = "public"
_EPOCHS: tuple[ColumnHow, ...] = ("epoch_s", "epoch_ms")
_HOWS: Mapping[str, tuple[ColumnHow, ...]] = {
    "text": ("text", "spelled"),
    "character varying": ("text", "spelled"),
    "name": ("text", "spelled"),
    "character": ("spelled",),
    "uuid": ("spelled",),
    "smallint": ("int", "num", "spelled"),
    "integer": ("int", "num", "spelled", *_EPOCHS),
    "bigint": ("num", "spelled", *_EPOCHS),
    "numeric": ("num",),
    "real": ("decimal",),
    "double precision": ("decimal",),
    "boolean": ("bool",),
    "timestamp without time zone": ("time", "local"),
    "timestamp with time zone": ("zoned",),
    "date": ("date",),
}
_SPELLED: tuple[ColumnHow, ...] = ("spelled",)
_JSON = frozenset({"json", "jsonb", "text", "character varying"})


def inspect(location: str) -> tuple[FoundTable, ...]:
    """Look which tables a database has; raises EngineError for a namespace in the address without any."""
    with _opened(location) as place:
        found = _tables(place)
        return in_namespace(place.namespace, found) if place.names_namespace else found


def sample(location: str, table: Table, column: str, most: int) -> list[str]:
    """Give some values of a column as texts."""
    asked = sample_of(table, column, most, _DIALECT.own)
    with _opened(location) as place, failures(), place.connection() as connection:
        return [text for (text,) in run(connection.cursor(), asked).fetchall()]


def attach(location: str, schema: Schema) -> PostgresEngine:
    """Open a database whose tables are somebody else's."""
    with failures():
        place = Place(location)
    try:
        named, found = in_full(schema, place.namespace if place.names_namespace else _PUBLIC), _tables(place)
        if place.names_namespace:
            in_namespace(place.namespace, found)
        check_map(named, found)
    except BaseException:
        place.close()
        raise
    return PostgresEngine(place, named)


@contextmanager
def _opened(location: str) -> Iterator[Place]:
    with failures():
        place = Place(location)
    try:
        yield place
    finally:
        place.close()


def _tables(place: Place) -> tuple[FoundTable, ...]:
    with failures(), place.connection() as connection, connection.cursor() as cursor:
        columns: list[Any] = run(cursor, catalog_columns()).fetchall()
        keys: list[Any] = run(cursor, catalog_keys()).fetchall()
    return found_tables(map(_column, columns), keys)


def _column(row: tuple[str, str, str, str, bool, bool, bool]) -> tuple[str, str, FoundColumn]:
    namespace, name, column, found, is_builtin, is_array, not_null = row
    hows = () if is_array else _HOWS.get(found, ()) if is_builtin else _SPELLED  # of enums, citext
    return namespace, name, FoundColumn(column, found, hows, is_builtin and found in _JSON, not not_null)
