"""The databases that are measured: Muster's engine on one, SQL written by hand on the same one, and the copying.

Kept apart because it knows the two engines' drivers. DuckDB lets one process have a file and ClickHouse one process a
folder, so both sides share the connection, or the process, and every step runs in a process of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import clickhouse_connect
import duckdb
import pyarrow as pa
from clickhouse_connect.driver.client import Client

from benchmarks import peer
from benchmarks.data import schema
from muster.backends.base import Engine
from muster.backends.clickhouse.client import ClickHouseEngine, open_engine
from muster.backends.discover import get_backend
from muster.backends.duckdb.client import DuckDbEngine

_BATCH = 1 << 20
Query = Callable[[str], pa.Table]


@dataclass(frozen=True, slots=True)
class Opened:
    """A database with both ways of asking it."""

    engine: Engine
    by_hand: Query


def location(folder: Path, engine: str) -> str:
    """Give where an engine's tables are."""
    return str(folder / ("benchmark.duckdb" if engine == "duckdb" else "clickhouse"))


@contextmanager
def opened(folder: Path, engine: str) -> Iterator[Opened]:
    """Open the tables of an engine for both sides."""
    with closing(get_backend(engine).connect(location(folder, engine), schema())) as muster:
        if isinstance(muster, DuckDbEngine):
            connection: duckdb.DuckDBPyConnection = muster._connection.cursor()  # noqa: SLF001 (one process, one file)
            yield Opened(muster, lambda sql: connection.sql(sql).to_arrow_table())
        else:
            assert isinstance(muster, ClickHouseEngine)
            with closing(_client(folder)) as client:
                yield Opened(muster, client.query_arrow)


def copy(folder: Path) -> None:
    """Copy what DuckDB holds into ClickHouse by Muster's own loading, merged as a server would in time."""
    target = open_engine(location(folder, "clickhouse"), schema())
    with closing(target), duckdb.connect(location(folder, "duckdb"), read_only=True) as source:
        for table in ("profiles", "events"):
            for batch in source.sql(f"SELECT * FROM {table}").to_arrow_reader(_BATCH):
                target.append(table, pa.Table.from_batches([batch]))
            tell(f"copied {table}")
        with closing(_client(folder)) as client:
            for table in ("profiles", "events"):
                client.command(f"OPTIMIZE TABLE {table} FINAL")


def copy_to_peer(folder: Path) -> None:
    """Copy ClickHouse's tables into those of the other shape."""
    with opened(folder, "clickhouse"), closing(_client(folder)) as client:
        for statement in (*peer.TABLES, *peer.FILL):
            started = perf_counter()
            client.command(statement)
            tell(f"{' '.join(statement.split()[:3])}: {perf_counter() - started:.0f} s")


def tell(what: str) -> None:
    """Say how far it is."""
    print(f"  {what}", file=sys.stderr, flush=True)


def _client(folder: Path) -> Client:
    path = location(folder, "clickhouse")
    return clickhouse_connect.get_client(interface="chdb", path=path, database="muster")
