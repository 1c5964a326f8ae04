"""Statements that SQLite and Postgres spell differently.

Kept apart so that nothing else asks which of the two it is.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, ColumnElement, Connection, Table, any_, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite


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


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
