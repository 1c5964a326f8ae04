"""How long counts and member lists take, and how much memory, against SQL written by hand for the same tables.

Both sides run in processes of their own, in turns, so that the peak memory of one is not the other's; ratios are
between medians of one run of the benchmark.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from benchmarks.data import AS_OF, schema
from muster.backends.base import Limits
from muster.backends.discover import get_backend
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query

RUNS = 5
_DAYS = "TIMESTAMP '2026-06-30' - INTERVAL {} DAY"
_EVENT = "SELECT pid FROM events WHERE event = '{}' AND ts < TIMESTAMP '2026-06-30'"


def _did(event: str, days: int, more: str = "") -> str:
    return f"pid IN ({_EVENT.format(event)} AND ts >= {_DAYS.format(days)}{more})"


# Name -> (rule, the condition over profiles that an analyst would write).
CASES: dict[str, tuple[str, str]] = {
    "plan is pro": ('plan = "pro"', "plan__str = 'pro'"),
    "pro, US or CA, used a feature in 30 d": (
        'plan = "pro" and did feature_used in last 30 days and country in ("US", "CA")',
        f"plan__str = 'pro' AND country__str IN ('US', 'CA') AND {_did('feature_used', 30)}",
    ),
    "3 purchases in 90 d": (
        "did purchase at least 3 times in last 90 days",
        _did("purchase", 90, " GROUP BY pid HAVING count(*) >= 3"),
    ),
    "no sign-in in 30 d": ("did not signin in last 30 days", f"NOT {_did('signin', 30)}"),
    "spent 500 in 90 d": (
        "sum(amount) of purchase in last 90 days >= 500",
        _did("purchase", 90, " GROUP BY pid HAVING sum(amount__num) >= 500"),
    ),
    "anything in 180 d": (
        "did anything in last 180 days",
        f"pid IN (SELECT pid FROM events WHERE ts < TIMESTAMP '2026-06-30' AND ts >= {_DAYS.format(180)})",
    ),
}
MEMBERS_CASE = "half of the people"
MEMBERS_RULE = 'sample 50% of "benchmark"'


@dataclass(frozen=True, slots=True)
class Measured:
    """One case: milliseconds (medians), peak memory in bytes of a process that did nothing else, and the answer."""

    what: str
    muster_ms: float
    by_hand_ms: float
    muster_bytes: float
    by_hand_bytes: float
    answer: int


def measure(path: Path) -> list[Measured]:
    """Measure every count; raises AssertionError if the two sides disagree."""
    found = []
    for what in CASES:
        ours, theirs = _child(path, "muster", what), _child(path, "by hand", what)
        assert ours["answer"] == theirs["answer"], (what, ours, theirs)
        found.append(Measured(what, ours["ms"], theirs["ms"], ours["bytes"], theirs["bytes"], int(ours["answer"])))
    return found


def measure_members(path: Path) -> Measured:
    """Measure how long it takes to have half of the people's ids as Arrow in Python."""
    ours = _child(path, "members", MEMBERS_CASE)
    theirs = _child(path, "members by hand", MEMBERS_CASE)
    return Measured(MEMBERS_CASE, ours["ms"], theirs["ms"], ours["bytes"], theirs["bytes"], int(ours["answer"]))


def _child(path: Path, side: str, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.evaluating", str(path), side, what]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 (our own interpreter)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _run(path: str, side: str, what: str) -> dict[str, float]:
    taken, answer = [], 0
    run = {"muster": _muster, "by hand": _by_hand, "members": _members, "members by hand": _members_by_hand}[side]
    step = run(path, what)
    for _ in range(RUNS):
        started = time.perf_counter()
        answer = step()
        taken.append((time.perf_counter() - started) * 1000)
    return {"ms": statistics.median(taken), "bytes": _peak_memory(), "answer": answer}


def _peak_memory() -> int:
    """Give the most memory this process has held, in bytes.

    On Linux from VmHWM: ru_maxrss would still know the size of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _muster(path: str, what: str) -> Callable[[], int]:
    known = schema()
    engine = get_backend("duckdb").connect(path, known)
    clock, limits = to_clock(AS_OF), Limits(memory_bytes=1_000_000_000)

    def step() -> int:
        compiled = compile_query(CASES[what][0], schema=known, as_of=AS_OF, output="count")
        return engine.count(compiled.compiled.plan, clock, limits)

    return step


def _by_hand(path: str, what: str) -> Callable[[], int]:
    connection = duckdb.connect(path, read_only=True)
    connection.execute("SET memory_limit = '1GB'")
    sql = f"SELECT count(*) FROM profiles WHERE {CASES[what][1]}"
    return lambda: int(connection.execute(sql).fetchall()[0][0])


def _members(path: str, what: str) -> Callable[[], int]:
    del what
    known = schema()
    engine = get_backend("duckdb").connect(path, known)
    clock = to_clock(AS_OF)

    def step() -> int:
        compiled = compile_query(MEMBERS_RULE, schema=known, as_of=AS_OF)
        return len(engine.members(compiled.compiled.plan, clock))

    return step


def _members_by_hand(path: str, what: str) -> Callable[[], int]:
    del what
    connection = duckdb.connect(path, read_only=True)
    sql = (
        "SELECT external_id FROM profiles WHERE "
        "(md5_number_upper('benchmark:' || external_id) >> 32) % 10000 < 5000 ORDER BY external_id"
    )
    return lambda: connection.execute(sql).to_arrow_table().num_rows  # type: ignore[union-attr]  # a SELECT has a result


if __name__ == "__main__":
    print(json.dumps(_run(*sys.argv[1:4])))
