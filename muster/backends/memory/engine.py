"""`memory:`: the reference evaluator as an engine, over rows kept as they came.

Kept apart from the evaluator, which knows one person at a time. It runs `plan.expr`, the expression before any
pass, so that passes are judged too. It can go wrong in what it counts: the universe is the loaded profiles, and
events of nobody in it count for nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from muster.backends.base import EngineError, EventRow, Limits, Output, ProfileRow, ProjectEngine, Query
from muster.backends.memory.evaluate import Scene, external_id, holds
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import Pick
from muster.compiler.messages.engine import tie_order_missing
from muster.compiler.messages.reference import loaded_twice, no_sql, nothing_stored, too_many_rows, too_slow
from muster.compiler.moments import Clock
from muster.compiler.plan import Batch, EventScan, Plan
from muster.compiler.schema import Schema

_NO_LIMITS = Limits()


class MemoryEngine:
    """People and their events in Python objects; Limits.memory_bytes is not watched."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._profiles: dict[int, ProfileRow] = {}
        self._events: dict[int, list[EventRow]] = {}

    @property
    def schema(self) -> Schema:
        """The schema of its tables."""
        return self._schema

    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows; a second profile of one pid is refused."""
        for profile in profiles:
            if profile.pid in self._profiles:
                raise EngineError(loaded_twice(profile.external_id))
            self._profiles[profile.pid] = profile
        for event in events:
            self._events.setdefault(event.pid, []).append(event)

    def count(self, plan: Plan, clock: Clock, limits: Limits = _NO_LIMITS) -> int:
        """Count the people that the plan finds."""
        return sum(1 for _ in self._found(plan, clock, limits))

    def members(self, plan: Plan, clock: Clock, limits: Limits = _NO_LIMITS) -> pa.ChunkedArray:
        """Give the external ids of the people the plan finds, each person once, sorted by code point."""
        found = sorted(external_id(profile) for profile in self._found(plan, clock, limits))
        if limits.rows is not None and len(found) > limits.rows:
            raise EngineError(too_many_rows(limits.rows), limit="rows")
        return pa.chunked_array([pa.array(found, type=pa.string())])

    def count_many(self, batch: Batch, clock: Clock, limits: Limits = _NO_LIMITS) -> list[int]:
        """Count the people that each audience of a batch finds."""
        return [self.count(plan, clock, limits) for plan in _alone(batch)]

    def members_many(self, batch: Batch, clock: Clock, limits: Limits = _NO_LIMITS) -> list[pa.ChunkedArray]:
        """Give the members of each audience of a batch."""
        return [self.members(plan, clock, limits) for plan in _alone(batch)]

    def close(self) -> None:
        """Let go of the rows."""
        self._profiles.clear()
        self._events.clear()

    def _found(self, plan: Plan, clock: Clock, limits: Limits) -> Iterator[ProfileRow]:
        self._refuse_ties(plan)
        single = frozenset(path for path, name in self._schema.profiles.traits.items() if name.single)
        started = time.monotonic()
        for pid, profile in self._profiles.items():
            if limits.seconds is not None and time.monotonic() - started > limits.seconds:
                raise EngineError(too_slow(limits.seconds), limit="seconds")
            if holds(plan.expr, Scene(profile, tuple(self._events.get(pid, ())), clock, single)):
                yield profile

    def _refuse_ties(self, plan: Plan) -> None:
        """Refuse what other engines do: without an order nothing says which of two events of one time is first."""
        if self._schema.events.order is not None:
            return
        for scan in plan.scans:
            if isinstance(scan, EventScan) and scan.having is not None and isinstance(scan.having.reducer, Pick):
                which, table = scan.having.reducer.which, self._schema.events.table
                raise RuleError([tie_order_missing(which, scan.events.names, table, scan.origin)])


def _alone(batch: Batch) -> Iterator[Plan]:
    for condition, expr in zip(batch.conditions, batch.exprs, strict=True):
        yield Plan(condition, batch.scans, expr)


@dataclass(frozen=True, slots=True)
class MemoryBackend:
    """The backend behind `memory:`; it has no SQL."""

    name: str = "memory"
    schemes: tuple[str, ...] = ("memory",)
    dialect: str | None = None

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:  # noqa: ARG002 (the protocol's)
        """Refuse: the reference evaluator runs expressions, not SQL."""
        raise RuleError([no_sql()])

    def connect(self, location: str, schema: Schema) -> MemoryEngine:
        """Open an empty engine; it has no place on disk."""
        _check(location)
        return MemoryEngine(schema)

    def open_project(self, location: str, namespace: str, schema: Schema) -> ProjectEngine:  # noqa: ARG002 (see above)
        """Open an empty project; nobody else sees it."""
        from muster.backends.memory.project import MemoryProject  # noqa: PLC0415 (it is made of the engine above)

        _check(location)
        return MemoryProject(schema)

    def drop_project(self, location: str, namespace: str) -> None:  # noqa: ARG002 (see above)
        """Do nothing: a project is gone when it is closed."""
        _check(location)


def _check(location: str) -> None:
    if location:
        raise EngineError(nothing_stored(location))
