"""A project of a store in Python objects: what every other engine's is judged by, and the store of first tries.

Kept apart from the engine that is loaded once. It could go wrong by a step that fails in the middle: everything that
can fail is made first, and what is kept is replaced at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from threading import RLock

from muster.backends.base import Change, EventRow, Leftover, Limits, ProfileRow
from muster.backends.memory.engine import MemoryEngine
from muster.compiler.moments import Clock
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema

_LISTED = 4096
_NO_LIMITS = Limits()


class MemoryProject(MemoryEngine):
    """The people and events of a project; gone when it is closed. Threads take turns."""

    def __init__(self, schema: Schema) -> None:
        super().__init__(schema)
        self._turn = RLock()
        self._applied = 0

    @property
    def applied(self) -> int:
        """The number of the last step."""
        return self._applied

    def widen(self, schema: Schema) -> None:
        """Take up a wider schema; rows are kept as they came, so nothing has to be made."""
        with self._turn:
            self._schema = schema

    def load(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow]) -> None:
        """Append rows."""
        with self._turn:
            super().load(profiles, events)

    def apply(self, change: Change) -> None:
        """Take a step; one that is taken already changes nothing."""
        with self._turn:
            if change.number <= self._applied:
                return
            profiles = {pid: row for pid, row in self._profiles.items() if pid not in change.gone | change.erased}
            profiles |= {row.pid: row for row in change.profiles}
            changed = {*change.moved, *change.moved.values(), *change.erased, *(row.pid for row in change.events)}
            events = {pid: list(self._events.get(pid, ())) for pid in changed}
            for old, new in change.moved.items():
                events[new] += [replace(row, pid=new) for row in events[old]]
                events[old] = []
            for pid in change.erased:
                events[pid] = []
            for row in change.events:
                events[row.pid].append(row)
            self._profiles = profiles
            self._events |= events
            self._applied = change.number

    def count(self, plan: Plan, clock: Clock, limits: Limits = _NO_LIMITS) -> int:
        """Count the people that the plan finds."""
        with self._turn:
            return super().count(plan, clock, limits)

    def _found(self, plan: Plan, clock: Clock, limits: Limits) -> Iterator[ProfileRow]:
        with self._turn:
            return iter(list(super()._found(plan, clock, limits)))

    def events_of(self, pids: Collection[int]) -> list[EventRow]:
        """Give the events of some people."""
        with self._turn:
            return sorted(
                (row for pid in set(pids) for row in self._events.get(pid, ())),
                key=lambda row: (row.pid, row.ts, row.mid),
            )

    def all_events(self) -> Iterator[list[EventRow]]:
        """Give every event."""
        with self._turn:
            rows = [row for events in self._events.values() for row in events]
        for start in range(0, len(rows), _LISTED):
            yield rows[start : start + _LISTED]

    def scrub(self) -> None:
        """Do nothing: what left is nowhere."""

    def leftovers(self, pids: Collection[int]) -> list[Leftover]:
        """Look for rows of people who were erased."""
        with self._turn:
            left = sum((pid in self._profiles) + len(self._events.get(pid, ())) for pid in pids)
        return [Leftover("memory", left)] if left else []
