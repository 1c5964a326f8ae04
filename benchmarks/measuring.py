"""What is measured on an engine: twelve audiences, many at once, lists of members, and memory.

Kept apart from the page. All that is compared in a ratio runs by turns in one process, and what it answers must be
the same; memory is that of a process that did nothing else. It could go wrong by comparing what was warm with what
was cold, so everything runs once before it counts.
"""

from __future__ import annotations

import gc
import resource
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from benchmarks import peer
from benchmarks.audiences import TWELVE, draw
from benchmarks.by_hand import shapes
from benchmarks.data import AS_OF, schema
from benchmarks.places import Opened, opened, tell
from benchmarks.trees import Tree, rule_text
from muster.backends.base import Engine, Limits
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query
from muster.runtime.evaluation import EvaluationBatch, evaluate_many

FEW_RUNS = 3
MUSTER, JSON_TEXT, COLUMNS = "Muster", "peer, JSON", "peer, columns"
MEMBERS_RULE = 'sample 50% of "benchmark"'
LIMITS = {
    "duckdb": Limits(memory_bytes=1_000_000_000),
    "clickhouse": Limits(memory_bytes=1_500_000_000),
    "postgres": Limits(memory_bytes=1_000_000_000),
}
_HASHED = {
    "duckdb": "('0x' || md5('benchmark:' || external_id)[1:8])::UBIGINT",
    "clickhouse": "reinterpretAsUInt32(reverse(substring(MD5(concat('benchmark:', external_id)), 1, 4)))",
}
_CLOCK = to_clock(AS_OF)
Asked = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Compared:
    """The same answer found in several ways: medians in milliseconds."""

    what: str
    answer: int
    times: dict[str, float]


@dataclass(frozen=True, slots=True)
class Used:
    """The most memory that a process held, in bytes."""

    what: str
    memory: int


def twelve(folder: Path, engine: str, runs: int) -> list[Compared]:
    """Compare the counts of twelve audiences with every shape by hand and, on ClickHouse, with the peer's."""
    with opened(folder, engine) as place:
        return compare_twelve(place, engine, runs)


def compare_twelve(place: Opened, engine: str, runs: int) -> list[Compared]:
    """Do so in a database that is open."""
    found = []
    for what, tree in TWELVE.items():
        ways = {MUSTER: _muster(place.engine, tree, LIMITS[engine]), **_by_hand(place, tree, engine)}
        slow = {}
        if engine == "clickhouse":
            slow = {
                JSON_TEXT: _one_number(place, peer.query(tree, columns=False)),
                COLUMNS: _one_number(place, peer.query(tree, columns=True)),
            }
        found.append(_compare(what, ways, slow, runs))
        tell(f"{engine}, {what}: " + ", ".join(f"{way} {ms:.1f}" for way, ms in found[-1].times.items()))
    return found


def many(folder: Path, engine: str, seed: int, count: int, runs: int) -> Compared:
    """Compare many audiences in one statement with as many statements: Muster's, and of each shape by hand."""
    trees = draw(count, seed)
    with opened(folder, engine) as place:
        started = perf_counter()
        batch = _batch(trees, place.engine)
        expected = batch.counts()
        first = (perf_counter() - started) * 1000
        ways: dict[str, list[Asked]] = {MUSTER: [_muster(place.engine, tree, LIMITS[engine]) for tree in trees]}
        for tree in trees:
            for shape, asked in _by_hand(place, tree, engine).items():
                if shape != "events alone":
                    ways.setdefault(shape, []).append(asked)
        for way, asked_of in ways.items():
            assert [asked() for asked in asked_of] == expected, way
        tell(f"{engine}: {count} audiences agree")
        taken: dict[str, list[float]] = {"one statement": [], **{way: [] for way in ways}}
        for _ in range(min(runs, FEW_RUNS)):
            taken["one statement"].append(timed(batch.counts))
            for way, asked_of in ways.items():
                taken[way].append(sum(map(timed, asked_of)))
    times = {way: statistics.median(each) for way, each in taken.items()}
    tell(f"{engine}: " + ", ".join(f"{way} {ms:.0f}" for way, ms in times.items()))
    return Compared(f"{count} audiences", sum(expected), {**times, "first time": first})


def members(folder: Path, engine: str, runs: int) -> Compared:
    """Compare a list of half of the people's ids, as Arrow in Python."""
    with opened(folder, engine) as place:
        compiled = compile_query(MEMBERS_RULE, schema=schema(), as_of=AS_OF)
        sql = f"SELECT external_id FROM profiles WHERE {_HASHED[engine]} % 10000 < 5000 ORDER BY external_id"
        ways: dict[str, Asked] = {
            MUSTER: lambda: len(place.engine.members(compiled.compiled.plan, _CLOCK)),
            "by hand": lambda: place.by_hand(sql).num_rows,
        }
        return _compare("half of the people", ways, {}, runs)


def memory(folder: Path, engine: str, what: str, seed: int, count: int) -> Used:
    """Measure the memory of a process that does only one of these: counts, a batch, members."""
    with opened(folder, engine) as place:
        match what:
            case "counts":
                for tree in TWELVE.values():
                    _muster(place.engine, tree, LIMITS[engine])()
            case "batch":
                _batch(draw(count, seed), place.engine).counts()
            case _:
                place.engine.members(compile_query(MEMBERS_RULE, schema=schema(), as_of=AS_OF).compiled.plan, _CLOCK)
    return Used(what, peak_memory())


def _muster(engine: Engine, tree: Tree, limits: Limits) -> Asked:
    text, known = rule_text(tree), engine.schema

    def ask() -> int:
        compiled = compile_query(text, schema=known, as_of=AS_OF, output="count")
        return engine.count(compiled.compiled.plan, _CLOCK, limits)

    return ask


def _by_hand(place: Opened, tree: Tree, engine: str) -> dict[str, Asked]:
    return {shape: _one_number(place, sql) for shape, sql in shapes(tree, engine).items()}


def _one_number(place: Opened, sql: str) -> Asked:
    return lambda: int(place.by_hand(sql).column(0)[0].as_py())


def _batch(trees: Sequence[Tree], engine: Engine) -> EvaluationBatch:
    return evaluate_many([rule_text(tree) for tree in trees], engine, as_of=AS_OF)


def _compare(what: str, ways: Mapping[str, Asked], slow: Mapping[str, Asked], runs: int) -> Compared:
    """Run all ways by turns, slow ones less often."""
    answers = {way: asked() for way, asked in {**ways, **slow}.items()}
    assert len(set(answers.values())) == 1, (what, answers)
    taken: dict[str, list[float]] = {way: [] for way in answers}
    for turn in range(runs):
        for way, asked in {**ways, **(slow if turn < FEW_RUNS else {})}.items():
            taken[way].append(timed(asked))
    times = {way: statistics.median(each) for way, each in taken.items()}
    return Compared(what, next(iter(answers.values())), times)


def timed(asked: Callable[[], object]) -> float:
    """Give the milliseconds that something takes."""
    gc.disable()  # a collection of all that the libraries hold would fall on whoever comes next
    started = perf_counter()
    asked()
    taken = (perf_counter() - started) * 1000
    gc.enable()
    return taken


def peak_memory() -> int:
    """Give the most memory this process has held, in bytes.

    On Linux from VmHWM: ru_maxrss would still know the size of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
