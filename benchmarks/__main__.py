"""Measure everything in one run and write docs/benchmarks.md.

python -m benchmarks [--people 1000000] [--events 20000000] [--seed 1] [--engines duckdb,clickhouse]
    [--many 100] [--runs 7] [--no-write]
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks.compiling import Timing
from benchmarks.measuring import Compared, Used
from benchmarks.page import About, Results, machine, page
from benchmarks.steps import run

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"
ENGINES = ("duckdb", "clickhouse")
_MEMORY = ("counts", "batch", "members")


def main() -> None:
    """Run every benchmark and print, and by default write, the page."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        run(folder, "make", arguments.people, arguments.events, arguments.seed)
        if "clickhouse" in arguments.engines:
            run(folder, "copy")
            run(folder, "copy to peer")
        written = page(
            About(arguments.people, arguments.events, arguments.seed, machine()),
            [Timing(**each) for each in run(folder, "compiling")],
            [_results(folder, engine, arguments) for engine in arguments.engines],
        )
    print(written)
    if not arguments.no_write:
        PAGE.write_text(written, encoding="utf-8")


def _results(folder: Path, engine: str, asked: argparse.Namespace) -> Results:
    return Results(
        engine,
        [Compared(**each) for each in run(folder, "twelve", engine, asked.runs)],
        Compared(**run(folder, "many", engine, asked.seed, asked.many, asked.runs)),
        Compared(**run(folder, "members", engine, asked.runs)),
        [Used(**run(folder, "memory", engine, what, asked.seed, asked.many)) for what in _MEMORY],
    )


def _engines(text: str) -> tuple[str, ...]:
    chosen = tuple(text.split(","))
    if not set(chosen) <= set(ENGINES):
        raise argparse.ArgumentTypeError(f"engines are {', '.join(ENGINES)}")
    return chosen


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--events", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engines", type=_engines, default=ENGINES, help="some of duckdb,clickhouse")
    parser.add_argument("--many", type=int, default=100, help="audiences in one statement")
    parser.add_argument("--runs", type=int, default=7, help="of which the median is taken")
    parser.add_argument("--no-write", action="store_true", help="print the page only")
    return parser.parse_args()


if __name__ == "__main__":
    main()
