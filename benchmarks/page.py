"""The page of results: tables of times and ratios, from what the steps measured.

Kept apart from measuring, so that the words can change without a run. It could go wrong by comparing with something
else than the fastest way by hand.
"""

from __future__ import annotations

import math
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from benchmarks.audiences import TWELVE
from benchmarks.compiling import Timing
from benchmarks.measuring import COLUMNS, JSON_TEXT, MUSTER, Compared, Used
from benchmarks.trees import rule_text

TITLES = {"duckdb": "DuckDB", "clickhouse": "ClickHouse, in process"}
_LIBRARIES = ("duckdb", "chdb-core", "sqlglot")
_NOT_BY_HAND = {MUSTER, JSON_TEXT, COLUMNS}


@dataclass(frozen=True, slots=True)
class Results:
    """What was measured on one engine."""

    engine: str
    twelve: list[Compared]
    many: Compared
    members: Compared
    memory: list[Used]


@dataclass(frozen=True, slots=True)
class About:
    """What a run was of."""

    people: int
    events: int
    seed: int
    machine: str


def page(about: About, compiled: Sequence[Timing], results: Sequence[Results]) -> str:
    """Write the page."""
    timings = [(each.what, f"{each.median:.3g} ms", f"{each.p90:.3g} ms") for each in compiled]
    return _PAGE.format(
        about=about,
        compiled=markdown_table(("what", "median", "9 in 10 under"), timings),
        summary=markdown_table(("", *(TITLES[each.engine] for each in results)), _summary(results)),
        twelve="\n\n".join(map(_twelve, results)),
        rules="\n".join(f"- {what}: `{rule_text(tree)}`" for what, tree in TWELVE.items()),
        many=_many(results),
        memory=_memory(results),
    )


def ratios(rows: Sequence[Compared], of: str | None = None) -> list[float]:
    """Compare: the time of one way, or of the fastest by hand, for Muster's."""
    if of is None:
        return [row.times[MUSTER] / _best(row)[1] for row in rows]
    return [row.times[of] / row.times[MUSTER] for row in rows]


def geometric_mean(values: Sequence[float]) -> float:
    """Give the mean of ratios."""
    return math.exp(sum(map(math.log, values)) / len(values))


def _best(row: Compared) -> tuple[str, float]:
    return min(((way, ms) for way, ms in row.times.items() if way not in _NOT_BY_HAND), key=lambda each: each[1])


def _separate(row: Compared) -> tuple[str, float]:
    """Give the fastest way with a statement for each audience, Muster's own among them."""
    return min(((way, ms) for way, ms in row.times.items() if way not in _NOT_SEPARATE), key=lambda each: each[1])


_NOT_SEPARATE = {"one statement", "first time"}


def _summary(results: Sequence[Results]) -> list[Sequence[str]]:
    def each(write: str, values: Iterable[float | None]) -> list[str]:
        return ["–" if value is None else write.format(value) for value in values]

    def against(of: str) -> list[float | None]:
        return [geometric_mean(ratios(r.twelve, of)) if of in r.twelve[0].times else None for r in results]

    return [
        ("Muster / best by hand, geometric mean", *each("{:.2f}", (geometric_mean(ratios(r.twelve)) for r in results))),
        ("Muster / best by hand, worst", *each("{:.2f}", (max(ratios(r.twelve)) for r in results))),
        ("PostHog-shaped with columns / Muster, geometric mean", *each("{:.1f}", against(COLUMNS))),
        ("PostHog-shaped with JSON / Muster, geometric mean", *each("{:.1f}", against(JSON_TEXT))),
        (
            f"{results[0].many.what}: best separate / one statement",
            *each("{:.1f}", (_separate(r.many)[1] / r.many.times["one statement"] for r in results)),
        ),
        ("half of the people's ids into Python", *each("{:.0f} ms", (r.members.times[MUSTER] for r in results))),
        ("peak memory of a process that counts", *each("{:.0f} MB", (r.memory[0].memory / 1e6 for r in results))),
    ]


def _twelve(results: Results) -> str:
    has_peer = JSON_TEXT in results.twelve[0].times
    rows = []
    for row, ratio in zip(results.twelve, ratios(results.twelve), strict=True):
        shape, best = _best(row)
        line = [row.what, f"{row.answer:,}", f"{row.times[MUSTER]:.1f}", f"{best:.1f}", shape, f"{ratio:.2f}"]
        if has_peer:
            line += [f"{row.times[COLUMNS]:.0f}", f"{row.times[JSON_TEXT]:.0f}"]
        rows.append(line)
    heads = ["audience", "members", "Muster, ms", "best by hand, ms", "shape", "ratio"]
    heads += ["PostHog-shaped, columns, ms", "PostHog-shaped, JSON, ms"] if has_peer else []
    return f"### {TITLES[results.engine]}\n\n{markdown_table(heads, rows)}"


def _many(results: Sequence[Results]) -> str:
    ways = results[0].many.times
    rows = [
        [_MANY_NAMES.get(way, f"by hand, {way}"), *(f"{r.many.times[way]:,.0f} ms" for r in results)] for way in ways
    ]
    return markdown_table((results[0].many.what, *(TITLES[each.engine] for each in results)), rows)


_MANY_NAMES = {
    "one statement": "Muster, one statement",
    MUSTER: "Muster, a statement each",
    "first time": "Muster, one statement, the first time: parsing rules, making and checking SQL too",
}


def _memory(results: Sequence[Results]) -> str:
    rows: list[Sequence[str]] = [
        ["ids", *(f"{r.members.answer:,}" for r in results)],
        ["Muster", *(f"{r.members.times[MUSTER]:.0f} ms" for r in results)],
        ["by hand", *(f"{r.members.times['by hand']:.0f} ms" for r in results)],
    ]
    for index, used in enumerate(results[0].memory):
        rows.append([f"peak memory, {used.what}", *(f"{r.memory[index].memory / 1e6:.0f} MB" for r in results)])
    return markdown_table(("", *(TITLES[each.engine] for each in results)), rows)


def machine() -> str:
    """Say what was measured on."""
    libraries = ", ".join(f"{name} {version(name)}" for name in _LIBRARIES)
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {libraries}"


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table, numbers to the right."""
    lines = [heads, ["---", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


_PAGE = """# Benchmarks

Written by `make bench` (`python -m benchmarks`); run it on your own machine, the ratios are what carries over.
What a ratio compares runs by turns in one process, medians; all ways must give the same answer.

Last run: {about.machine}; {about.people:,} people, {about.events:,} events, seed {about.seed}.

{summary}

## Twelve audiences, counted

Muster's time is compile (cached), checking the SQL, running it and fetching the answer. By hand are up to four shapes
on the same tables: sets tested by `IN`, set operators, one pass with conditional aggregates, and where one test of
events is all there is, the events alone (which trusts that every event has its person; Muster looks). The fastest of
the four for each audience, in this run, is what Muster is compared with.

PostHog-shaped are the same people and events in tables and queries of the shape of that product's cohorts: a sub-query
for each condition, joined by set operators; properties read from JSON text, or from columns made of it.

{twelve}

{rules}

## Many audiences at once

{many}

Audiences of one to three tests of events and none to two of traits, drawn by the seed. A statement each is the sum of
one after another.

## Members and memory

{memory}

External ids, sorted, into Python as Arrow. Peak memory is that of a whole process that did nothing else, Python and its
libraries included: the twelve counts, many at once, the list of members.

## Compiling

{compiled}

Cold goes through every stage from text to SQL and uses no cache; only the grammar's tables are built before.
Cached is `muster.compile` of a text it has seen, bound to an `as_of`. Times are CPU time of one thread.
"""
