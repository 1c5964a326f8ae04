"""Measure what many property names cost, and write docs/benchmarks-names.md.

python -m benchmarks.names [--rows 50000] [--names 20,300,2000] [--engines duckdb,clickhouse] [--columns 64]
    [--no-write]
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.layouts import BATCH, COLUMNS, LAYOUTS, MAPS, TABLES, Measured
from benchmarks.page import TITLES, machine, markdown_table
from benchmarks.steps import run

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks-names.md"


def main() -> None:
    """Run every layout and print, and by default write, the page."""
    asked = _arguments()
    results = {engine: _results(engine, asked) for engine in asked.engines}
    written = _PAGE.format(
        machine=machine(),
        rows=asked.rows,
        columns=asked.columns,
        batch=BATCH,
        engines="\n\n".join(f"## {TITLES[engine]}\n\n{_figures(found)}" for engine, found in results.items()),
        ratios="\n\n".join(f"### {TITLES[engine]}\n\n{_ratios(found)}" for engine, found in results.items()),
    )
    print(written)
    if not asked.no_write:
        PAGE.write_text(written, encoding="utf-8")


def _results(engine: str, asked: argparse.Namespace) -> list[Measured]:
    found = []
    for names in asked.names:
        of_these = []
        for layout in LAYOUTS:
            with tempfile.TemporaryDirectory() as folder:
                made = run(Path(folder), "layout", engine, layout, names, asked.rows, asked.columns)
            of_these.append(Measured(**made))
        assert len({tuple(each.answers) for each in of_these if not each.failure}) == 1, of_these
        found += of_these
    return found


def _figures(found: Sequence[Measured]) -> str:
    heads = ("names", "layout", "load, rows/s", f"{BATCH:,} rows, ms", "rows/s in Python", "memory, MB", "disk, MB")
    rows = [(f"{each.names:,}", each.layout, *_row(each)) for each in found]
    return markdown_table((*heads, "used name, ms", "rare name, ms"), rows) + "".join(
        f"\n\n{each.layout.capitalize()} at {each.names:,} names: {each.failure.rpartition(': ')[2]}"
        for each in found
        if each.failure
    )


def _row(each: Measured) -> tuple[str, ...]:
    if each.failure:
        return ("fails", *["–"] * 6)
    return (
        f"{each.load:,.0f}",
        f"{each.batch:.1f}",
        f"{each.arrow:,.0f}",
        f"{each.memory / 1e6:,.0f}",
        f"{each.disk / 1e6:.1f}",
        f"{each.asked['used']:.1f}",
        f"{each.asked['rare']:.1f}",
    )


def _ratios(found: Sequence[Measured]) -> str:
    by_layout = {(each.names, each.layout): each for each in found}
    rows = []
    for names in dict.fromkeys(each.names for each in found):
        whole = by_layout[names, COLUMNS]
        for layout in (MAPS, TABLES):
            other = by_layout[names, layout]
            if whole.failure or other.failure:
                continue
            pairs = [
                (whole.load, other.load),
                (other.batch, whole.batch),
                (other.memory, whole.memory),
                (other.disk, whole.disk),
                (other.asked["used"], whole.asked["used"]),
                (other.asked["rare"], whole.asked["rare"]),
            ]
            rows.append((f"{names:,}", layout, *(f"{above / below:.2f}" for above, below in pairs)))
    heads = ("names", "layout", "load", f"{BATCH:,} rows", "memory", "disk", "used name", "rare name")
    return markdown_table(heads, rows)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.names", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--names", type=lambda text: list(map(int, text.split(","))), default=[20, 300, 2_000])
    parser.add_argument("--engines", type=lambda text: text.split(","), default=list(TITLES))
    parser.add_argument("--columns", type=int, default=64, help="columns beside the maps")
    parser.add_argument("--no-write", action="store_true", help="print the page only")
    return parser.parse_args()


_PAGE = """# Benchmarks of many names

Written by `python -m benchmarks.names`; run it on your own machine, the ratios are what carries over.

Last run: {machine}; {rows:,} rows.

Ten events by a 1/rank law, each with a tenth of the names; a row fills up to 12 of its event's names, the first far
more often than the last. Three layouts: *a column each* in one table of events; *columns and maps*, {columns} columns
for the used name and the most filled ones, the rest in a map for each kind; *a table for each event* with a column
for each of its names. Every layout is filled and asked in a process of its own, and all must give the same answers.

- *load*: rows a second that the engine takes, 20,000 an insert; *rows/s in Python* is what making Arrow of them adds.
- *{batch:,} rows*: one insert of as many, as they come in one by one; the median.
- *memory*: the most that the process held; *disk*: what the tables take.
- *used name*, *rare name*: people who did an event with a number of at least 500 at a name, counted; the median. The
  used name has a column in every layout, the rare one is in a map where there are maps.

{engines}

## Against a column each

Times, memory and disk of the other layouts, divided by those of a column each: below 1 is better. At 20 names the first
two layouts are the same, so how far their ratio is from 1 is how far the machine was from quiet.

{ratios}
"""


if __name__ == "__main__":
    main()
