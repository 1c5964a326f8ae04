"""Measure everything in one run and write docs/benchmarks.md.

python -m benchmarks [--people 1000000] [--events 20000000] [--seed 1] [--no-write]
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from benchmarks import compiling, data, evaluating

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def main() -> None:
    """Run every benchmark and print, and by default write, the page."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "benchmark.duckdb"
        print(f"making {arguments.people:,} people and {arguments.events:,} events")
        started = time.perf_counter()
        data.make(path, arguments.people, arguments.events, arguments.seed)
        print(f"made in {time.perf_counter() - started:.0f} s; measuring")
        page = _page(
            arguments,
            compiling.measure(data.schema()),
            evaluating.measure(path),
            evaluating.measure_members(path),
        )
    print(page)
    if not arguments.no_write:
        PAGE.write_text(page, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-write", action="store_true", help="print the page only")
    return parser.parse_args()


def _page(
    arguments: argparse.Namespace,
    timings: Sequence[compiling.Timing],
    counts: Sequence[evaluating.Measured],
    members: evaluating.Measured,
) -> str:
    compiled = [(t.what, f"{t.median:.3g} ms", f"{t.p90:.3g} ms") for t in timings]
    counted = [
        (
            m.what,
            f"{m.answer:,}",
            f"{m.muster_ms:.1f} ms",
            f"{m.by_hand_ms:.1f} ms",
            f"{m.muster_ms / m.by_hand_ms:.2f}",
            f"{m.muster_bytes / 1e6:.0f} MB",
            f"{m.by_hand_bytes / 1e6:.0f} MB",
        )
        for m in counts
    ]
    return _PAGE.format(
        people=arguments.people,
        events=arguments.events,
        seed=arguments.seed,
        machine=f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"DuckDB {version('duckdb')}, sqlglot {version('sqlglot')}",
        compiled=_table(("what", "median", "9 in 10 under"), compiled),
        counted=_table(("audience", "members", "Muster", "by hand", "ratio", "peak memory", "peak by hand"), counted),
        members=members.answer,
        members_ms=members.muster_ms,
        members_by_hand=members.by_hand_ms,
        members_ratio=members.muster_ms / members.by_hand_ms,
        members_memory=members.muster_bytes / 1e6,
    )


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_PAGE = """# Benchmarks

Written by `make bench` (`python -m benchmarks`); run it on your own machine, the ratios are what carries over.
Both sides of a ratio are measured in the same run, each in a process of its own, medians of five.

Last run: {machine}; {people:,} people, {events:,} events, seed {seed}.

## Compiling

{compiled}

Cold goes through every stage from text to SQL and uses no cache; only the grammar's tables are built before.
Cached is `muster.compile` of a text it has seen, bound to an `as_of`. Times are CPU time of one thread.

## Counting, against SQL written by hand

{counted}

Muster's time is compile (cached), checking the SQL, running it and fetching the answer. Peak memory is that of the
whole process, Python and its libraries included, with DuckDB's own limit at 1 GB on both sides.

## Members

{members:,} external ids, sorted, into Python as Arrow: {members_ms:.0f} ms; the same by hand {members_by_hand:.0f} ms
(ratio {members_ratio:.2f}). Peak memory of the process: {members_memory:.0f} MB.
"""


if __name__ == "__main__":
    main()
