"""Databases that somebody else made, for tests: one on each engine, with tables made and filled as its authors would.

Apart from the engines, which make no such tables; the SQL here is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import psycopg
import pyarrow as pa

from muster.backends.clickhouse.places import OnServer
from muster.backends.postgres.throwaway import throwaway
from tests.clickhouse_server import address

Rows = Sequence[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Database:
    """A database of nobody's: `location` is what an engine is given, `namespace` what its tables lie in.

    `run` runs a statement; `insert` puts rows into a table by its full name; `done` lets others open it.
    """

    location: str
    namespace: str
    run: Callable[[str], object]
    insert: Callable[[str, Rows], object]
    done: Callable[[], None]


@contextmanager
def duckdb_database(folder: Path) -> Iterator[Database]:
    """Make a DuckDB file."""
    path = folder / f"{uuid4().hex}.duckdb"
    connection = duckdb.connect(str(path))

    def insert(table: str, rows: Rows) -> None:
        if rows:
            connection.executemany(f"INSERT INTO {table} VALUES ({_marks('?', rows)})", rows)

    try:
        yield Database(str(path), "main", connection.execute, insert, connection.close)
    finally:
        connection.close()


@contextmanager
def postgres_database() -> Iterator[Database]:
    """Make a schema on the server of this process."""
    url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
    namespace = f"theirs_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE SCHEMA "{namespace}"')
        connection.execute(f'SET search_path = "{namespace}"')

        def insert(table: str, rows: Rows) -> None:
            if rows:
                connection.cursor().executemany(f"INSERT INTO {table} VALUES ({_marks('%s', rows)})", rows)

        try:
            location = url.removeprefix("postgresql:")
            yield Database(location, namespace, connection.execute, insert, lambda: None)
        finally:
            connection.execute(f'DROP SCHEMA "{namespace}" CASCADE')


@contextmanager
def clickhouse_database(where: str) -> Iterator[Database]:
    """Make a database on a server."""
    namespace = f"theirs_{uuid4().hex}"
    with OnServer(address(where, "default")).open_client(()) as maker:
        maker.command(f"CREATE DATABASE {namespace}")
        client = OnServer(address(where, namespace)).open_client(())

        def insert(table: str, rows: Rows) -> None:
            shape = client.query_arrow(f"SELECT * FROM {table} LIMIT 0").schema
            columns = [
                pa.array(list(each), field.type) for each, field in zip(zip(*rows, strict=True), shape, strict=False)
            ]
            if rows:
                client.insert_arrow(table, pa.table(columns, names=shape.names))

        try:
            yield Database(address(where, namespace), namespace, client.command, insert, lambda: None)
        finally:
            client.close()
            maker.command(f"DROP DATABASE {namespace}")


def _marks(mark: str, rows: Rows) -> str:
    return ", ".join(mark for _ in rows[0])
