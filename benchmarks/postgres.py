"""Measure twelve audiences on Postgres against SQL written by hand, and write docs/benchmarks-postgres.md.

python -m benchmarks.postgres [--people 200000] [--events 4000000] [--seed 1] [--runs 5] [--no-write]

A server of its own is started, filled by Muster's own loading and vacuumed, so that both sides find the same tables.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Sequence
from contextlib import closing
from math import prod
from pathlib import Path

import duckdb
import psycopg
import pyarrow as pa

from benchmarks import data
from benchmarks.measuring import LIMITS, MUSTER, Compared, compare_twelve
from benchmarks.page import machine, markdown_table
from benchmarks.places import Opened, location, tell
from muster.backends.postgres.client import PostgresEngine, open_engine

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-postgres.md"
_BATCH = 1 << 18
_STEPS = 4  # among which Muster shares the memory of a query


def main() -> None:
    """Fill a server, compare, and print, and by default write, the page."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as made, closing(open_engine("", data.schema())) as engine:
        source = location(Path(made), "duckdb")
        data.make(Path(source), asked.people, asked.events, asked.seed)
        _fill(engine, source)
        with engine._place.connection() as connection:  # noqa: SLF001 (the same server and namespace)
            _settle(connection, engine._place.namespace)  # noqa: SLF001 (see above)
            found = compare_twelve(Opened(engine, lambda sql: _table(connection, sql)), "postgres", asked.runs)
    written = _page(found, asked)
    print(written)
    if not asked.no_write:
        PAGE.write_text(written, encoding="utf-8")


def _fill(engine: PostgresEngine, source: str) -> None:
    with duckdb.connect(source, read_only=True) as held:
        for table in ("profiles", "events"):
            for batch in held.sql(f"SELECT * FROM {table}").to_arrow_reader(_BATCH):
                engine.append(table, pa.Table.from_batches([batch]))
            tell(f"copied {table}")


def _settle(connection: psycopg.Connection[tuple[object, ...]], namespace: str) -> None:
    """Do what a server would in time, and give the other side the settings that Muster takes for a query."""
    connection.commit()
    connection.autocommit = True
    connection.execute(f'SET search_path = "{namespace}"'.encode())
    connection.execute("SET jit = off")
    connection.execute("VACUUM ANALYZE profiles")
    connection.execute("VACUUM ANALYZE events")
    memory = LIMITS["postgres"].memory_bytes
    assert memory is not None
    connection.execute(f"SET work_mem = '{memory // 1024 // _STEPS}kB'".encode())


def _table(connection: psycopg.Connection[tuple[object, ...]], sql: str) -> pa.Table:
    (row,) = connection.execute(sql.encode()).fetchall()
    return pa.table({"count": [row[0]]})


def _page(found: Sequence[Compared], asked: argparse.Namespace) -> str:
    rows, ratios = [], []
    for each in found:
        best = min((way for way in each.times if way != MUSTER), key=lambda way: each.times[way])
        ratios.append(each.times[MUSTER] / each.times[best])
        rows.append(
            (
                each.what,
                f"{each.answer:,}",
                f"{each.times[MUSTER]:.1f}",
                f"{each.times[best]:.1f}",
                best,
                f"{ratios[-1]:.2f}",
            )
        )
    mean = prod(ratios) ** (1 / len(ratios))
    heads = ("audience", "members", "Muster, ms", "best by hand, ms", "which", "ratio")
    return _TEXT.format(
        machine=machine(),
        people=asked.people,
        events=asked.events,
        table=markdown_table(heads, rows),
        mean=mean,
        worst=max(ratios),
        median=statistics.median(ratios),
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.postgres", description=__doc__)
    parser.add_argument("--people", type=int, default=200_000)
    parser.add_argument("--events", type=int, default=4_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--no-write", action="store_true", help="print the page only")
    return parser.parse_args()


_TEXT = """# Benchmarks of Postgres

Written by `python -m benchmarks.postgres`; run it on your own machine, the ratios are what carries over.

Last run: {machine}; {people:,} people, {events:,} events.

The twelve audiences of [the other benchmarks](benchmarks.md), counted on the tables that Muster loads, against several
shapes of SQL that an analyst would write: sets tested by IN, set operators, one pass over the events, the events alone.
All must give the same number; the fastest of them is what Muster is compared with. Both run by turns on one server,
with the same memory for a query; times are medians.

{table}

Geometric mean of the ratios {mean:.2f}, median {median:.2f}, worst {worst:.2f}.
"""


if __name__ == "__main__":
    main()
