"""Somebody's own tables in a Postgres database: which there are, and an engine that only reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from muster.backends.base import FoundColumn, FoundTable
from muster.backends.postgres.client import PostgresEngine
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import failures
from muster.backends.postgres.places import Place, run
from muster.backends.sql.own_checks import all_columns, all_keys, check_map, found_tables, in_full, sample_of
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
    "USER-DEFINED": ("spelled",),  # enums, citext
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
_JSON = frozenset({"json", "jsonb", "text", "character varying"})


def inspect(location: str) -> tuple[FoundTable, ...]:
    """Look which tables a database has."""
    with _opened(location) as place:
        return _tables(place)


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
        named = in_full(schema, place.namespace if place.names_namespace else _PUBLIC)
        check_map(named, _tables(place))
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
        columns: list[Any] = run(cursor, all_columns()).fetchall()
        keys: list[Any] = run(cursor, all_keys()).fetchall()
    return found_tables((_column(*row) for row in columns), keys)


def _column(namespace: str, name: str, column: str, found: str, nullable: str) -> tuple[str, str, FoundColumn]:
    hows = _HOWS.get(found, ())
    return namespace, name, FoundColumn(column, found, hows, found in _JSON, nullable == "YES")
