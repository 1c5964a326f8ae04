"""How long a rule takes from text to SQL: cold (nothing cached), cached, and a large one.

CPU time of the one thread there is: on an idle machine the same as the time that passes, on a busy one steadier.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.data import NAMES
from muster.backends.discover import get_backend
from muster.compiler.pipeline import compile_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.schema import Schema
from muster.grammar.text import parse
from muster.runtime.compilation import compile_query

SIX_LEAVES = (
    'plan = "pro" and did feature_used in last 30 days and (country = "US" or ltv > 200) '
    'and did purchase at least 3 times in last 90 days and sum(amount) of purchase where (category = "books") '
    "in last 90 days >= {}"
)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of CPU time of one thing done over and over: median and worst tenth."""

    what: str
    median: float
    p90: float


def many_leaves(count: int) -> str:
    """Make a rule of so many leaves, traits and events by turns, in nested groups."""
    leaves = [
        f'(plan = "p{n}" or did {NAMES[n % len(NAMES)]} at least {n % 5 + 1} times in last {n % 90 + 1} days)'
        for n in range(count // 2)
    ]
    return " and ".join(leaves)


def measure(schema: Schema) -> list[Timing]:
    """Time every way of compiling."""
    small = [SIX_LEAVES.format(number) for number in range(400)]
    large = many_leaves(300)
    compile_query(SIX_LEAVES.format(-1), schema=schema)  # builds the parser, once a process
    return [
        _time("6 leaves, cold: text to SQL", [_cold(text, schema) for text in small]),
        _time("6 leaves, cached", [_cached(small[0], schema)] * 2000),
        _time("300 leaves, cold: text to SQL", [_cold(large, schema)] * 20),
    ]


def _cold(text: str, schema: Schema) -> Callable[[], object]:
    """Compile through the stages themselves, which cache nothing."""
    backend = get_backend("duckdb")

    def run() -> object:
        compiled = compile_rule(parse(text), Surroundings(schema))
        return backend.generate(compiled.plan, schema, "members")

    return run


def _cached(text: str, schema: Schema) -> Callable[[], object]:
    return lambda: compile_query(text, schema=schema, as_of="2026-06-30")


def _time(what: str, runs: list[Callable[[], object]]) -> Timing:
    taken = []
    for run in runs:
        started = time.process_time()
        run()
        taken.append((time.process_time() - started) * 1000)
    return Timing(what, statistics.median(taken), sorted(taken)[len(taken) * 9 // 10])
