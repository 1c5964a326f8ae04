"""A project's tables as they should be after each step, to compare an engine with.

Apart from the tests, because what every engine must do, what one does with its files, and what is left after a crash
are asked in three places. The reference is the evaluator over the rows as they are now, however they came to be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from muster.backends.base import Change, EventRow, HoldsProjects, ProfileRow, ProjectEngine
from muster.backends.discover import all_backends
from muster.backends.memory.engine import MemoryEngine
from muster.backends.tables.catalogue import Catalogue
from muster.compiler.schema import Schema
from muster.runtime.evaluation import evaluate

HOLDERS: dict[str, HoldsProjects] = {
    backend.name: backend for backend in all_backends() if isinstance(backend, HoldsProjects)
}
ON_DISK = ("clickhouse", "duckdb")  # those that keep projects in a folder
STORING = (*ON_DISK, "postgres")  # those that keep them anywhere
AS_OF = "2026-06-01"
DAY = 86_400_000_000
START = 1_767_225_600_000_000  # 2026-01-01
RULES = (
    'plan = "pro"',
    "not (seats > 2)",
    'tags has "a"',
    "did buy",
    "did buy at least 2 times",
    "sum(usd) of buy > 3",
    'last(plan) of buy = "pro"',
    "did view then buy",
    "first_seen before 2026-01-03",
    "last_seen after 2026-01-03",
    "is_anonymous = true",
    "did not view",
)


@dataclass
class World:
    """What an engine should hold, and the catalogue that was widened for it."""

    people: dict[int, ProfileRow] = field(default_factory=dict)
    events: list[EventRow] = field(default_factory=list)
    catalogue: Catalogue = field(default_factory=Catalogue)
    number: int = 0

    def schema(self) -> Schema:
        return self.catalogue.schema(known_people=True, source="message")

    def step(self, **given: Any) -> Change:
        """Make the next step, and take it."""
        self.number += 1
        change = Change(self.number, **given)
        self.catalogue.observe_profiles(change.profiles)
        self.catalogue.observe_events(change.events)
        self.events = [replace(each, pid=change.moved.get(each.pid, each.pid)) for each in self.events]
        self.events = [each for each in self.events if each.pid not in change.erased] + list(change.events)
        gone = change.gone | change.erased
        self.people = {pid: row for pid, row in self.people.items() if pid not in gone}
        self.people |= {row.pid: row for row in change.profiles}
        return change


def person(pid: int, **given: Any) -> ProfileRow:
    traits = given.pop("traits", {})
    return ProfileRow(pid, f"u{pid}", first_seen=START, last_seen=START, created_at=START, traits=traits, **given)


def event(pid: int, name: str, day: int, **properties: Any) -> EventRow:
    mid = uuid4().hex
    return EventRow(pid, name, START + day * DAY, mid, properties, f'{{"messageId":"{mid}"}}')


def place(name: str, folder: Path) -> str:
    """Give a place where an engine keeps projects, as a store names it."""
    if name != "postgres":
        return str(folder)
    from muster.backends.postgres.throwaway import throwaway  # noqa: PLC0415 (starts a server)

    url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
    return url.removeprefix("postgresql:")


def take(engine: ProjectEngine, world: World, **given: Any) -> None:
    change = world.step(**given)
    engine.widen(world.schema())
    engine.apply(change)


def who(engine: Any, rule: str) -> list[str]:
    found: list[str] = evaluate(rule, engine, as_of=AS_OF).members().to_pylist()
    return found


def same(one: EventRow, other: EventRow) -> bool:
    return replace(one, properties={}) == replace(other, properties={})


def check(engine: ProjectEngine, world: World) -> None:
    """Compare an engine with what it should hold."""
    reference = MemoryEngine(world.schema())
    reference.load(world.people.values(), world.events)

    assert engine.applied == world.number
    assert {rule: who(engine, rule) for rule in RULES} == {rule: who(reference, rule) for rule in RULES}
    assert evaluate({"all": []}, engine).count() == len(world.people)
    wanted = sorted(world.events, key=lambda row: (row.pid, row.ts, row.mid))
    found = engine.events_of({row.pid for row in world.events})
    assert len(found) == len(wanted)
    assert all(map(same, found, wanted))
    listed = sorted((row for batch in engine.all_events() for row in batch), key=lambda row: (row.pid, row.ts, row.mid))
    assert [row.mid for row in listed] == [row.mid for row in wanted]
