"""Copying a ledger into another, row by row, from SQLite to Postgres or any other way.

Kept apart from engines. Every table is copied, in one transaction that reads and one that writes, and what was written
is read again and compared. A number that was given once is never given again in the copy either, so what the ledger
counts up goes on from where it was.

What a copy makes on the engine before there is a ledger for it is noted in the target's, so that it is found again and
removed if the copy is broken off.

Ways to go wrong, each with a test: a table that is forgotten, a number that is given twice, a row that one database
keeps otherwise than the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import REGCLASS

from muster.compiler.messages import copying as say
from muster.runtime.errors import StoreError
from muster.runtime.ledger.projects import new_namespace, now
from muster.runtime.ledger.statements import insert_all
from muster.runtime.ledger.tables import copies, metadata, organisations, projects
from muster.runtime.row_digest import RowDigest

_ROWS = 2000
_counted = Table("sqlite_sequence", MetaData(), Column("name", Text), Column("seq", BigInteger))  # SQLite's own


def is_new(connection: Connection) -> bool:
    """Tell whether a ledger holds nothing; whatever there is belongs to an organisation."""
    return not connection.scalar(select(exists().select_from(organisations)))


def broken_off(connection: Connection) -> list[str]:
    """List what copies into this ledger were making on the engine when they were broken off."""
    return list(connection.execute(select(copies.c.namespace).order_by(copies.c.namespace)).scalars())


def begin_copy(connection: Connection, project_ids: Iterable[int]) -> dict[int, str]:
    """Give each project a namespace in its copy, and note that they are being made; what was noted before is not."""
    made = {each: new_namespace() for each in project_ids}
    connection.execute(delete(copies))
    if made:
        connection.execute(insert(copies), [{"namespace": each, "begun": now()} for each in made.values()])
    return made


def copy_ledger(
    source: Connection, target: Connection, namespaces: Mapping[int, str], progress: Callable[[str, int], None]
) -> None:
    """Copy all that a ledger holds into one that holds nothing, and end the copy that was begun there.

    `namespaces`: what the copy calls the projects. Raises StoreError if it is not the same, or something else is
    copied there meanwhile.
    """
    if set(broken_off(target)) != set(namespaces.values()):
        raise StoreError(say.two_copies())
    target.execute(delete(copies))
    for table in (each for each in metadata.sorted_tables if each is not copies):
        names = table.columns.keys()
        read = RowDigest()
        for rows in _parts(source, table):
            insert_all(target, table, names, read.over(rows))
            progress(f"ledger, {table.name}", read.rows)
        written = RowDigest()
        for rows in _parts(target, table):
            written.over(rows)
        if written != read:
            raise StoreError(say.differs(f"the ledger's {table.name}", read.rows, written.rows))
        column = table.autoincrement_column
        if column is not None:
            _count_on(target, table, column, _last(source, table, column))
    for project_id, namespace in namespaces.items():
        target.execute(update(projects).where(projects.c.id == project_id).values(namespace=namespace))


def _parts(connection: Connection, table: Table) -> Iterator[list[tuple[Any, ...]]]:
    found = connection.execute(select(table).execution_options(yield_per=_ROWS))
    for rows in found.partitions():
        yield [tuple(row) for row in rows]


def _last(connection: Connection, table: Table, column: Column[Any]) -> int:
    """Give the greatest number that was ever given; 0 before the first."""
    if connection.dialect.name == "sqlite":
        counted = connection.scalar(select(_counted.c.seq).where(_counted.c.name == table.name))
    else:
        sequence = func.pg_get_serial_sequence(table.name, column.name).cast(REGCLASS)
        counted = connection.scalar(select(func.pg_sequence_last_value(sequence)))
    return max(counted or 0, connection.scalar(select(func.max(column))) or 0)


def _count_on(connection: Connection, table: Table, column: Column[Any], last: int) -> None:
    """Have the next number be greater than one."""
    if last == 0:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.setval(func.pg_get_serial_sequence(table.name, column.name), last)))
    elif table.dialect_options["sqlite"]["autoincrement"]:
        connection.execute(delete(_counted).where(_counted.c.name == table.name))
        connection.execute(insert(_counted).values(name=table.name, seq=last))
