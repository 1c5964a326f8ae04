"""Statements that SQLite and Postgres spell differently.

Kept apart so that nothing else asks which of the two it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg as psycopg_dialect
from sqlalchemy.sql.compiler import SQLCompiler


def among(connection: Connection, column: Column[Any], values: Collection[str | int]) -> ColumnElement[bool]:
    """Test a column for being one of some values, however many: one parameter, and one text for any number of them."""
    if connection.dialect.name == "sqlite":
        given = msgspec.json.encode(list(values)).decode()
        return column.in_(select(func.json_each(given).table_valued("value").c.value))
    return column == any_(bindparam(None, list(values), type_=postgresql.ARRAY(column.type)))


def new_rows(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Begin an insert that leaves out rows that are there already."""
    return _insert(connection, table).on_conflict_do_nothing()


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, each in the place of the one with its key if there is one."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def insert_all(connection: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows, each with the values of the columns of these names, with no work for each of them but the driver's.

    Values go to the driver as they are, so they are of types that it knows itself.
    """
    if not rows:
        return
    compiled = _compiled(connection.dialect.name, table, tuple(names))
    if compiled.positional:
        places = [names.index(name) for name in compiled.positiontup or ()]
        ordered = rows if places == list(range(len(names))) else [tuple(row[at] for at in places) for row in rows]
        connection.exec_driver_sql(str(compiled), ordered)
    else:
        connection.exec_driver_sql(str(compiled), [dict(zip(names, row, strict=True)) for row in rows])


@lru_cache(maxsize=64)
def _compiled(dialect: str, table: Table, names: tuple[str, ...]) -> SQLCompiler:
    spelled = sqlite.dialect() if dialect == "sqlite" else psycopg_dialect()  # type: ignore[no-untyped-call] # theirs
    compiled = table.insert().compile(dialect=spelled, column_keys=list(names))
    assert isinstance(compiled, SQLCompiler)
    return compiled


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
