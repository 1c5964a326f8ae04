"""A project in memory: what it does beyond what every engine must (see test_project_engines.py)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from muster.backends.base import EngineError
from muster.backends.memory.engine import MemoryBackend
from muster.backends.memory.project import MemoryProject
from tests.project_worlds import World, check, event, person, take


def test_it_is_nowhere_and_no_place_is_taken_for_it() -> None:
    backend, schema = MemoryBackend(), World().schema()
    with pytest.raises(EngineError, match="somewhere"):
        backend.open_project("somewhere", "p1", schema)
    with pytest.raises(EngineError, match="somewhere"):
        backend.drop_project("somewhere", "p1")
    backend.drop_project("", "p1")


def test_two_of_one_name_are_two() -> None:
    backend, world = MemoryBackend(), World()
    one, other = (backend.open_project("", "p1", world.schema()) for _ in range(2))
    take(one, world, profiles=[person(1)])

    check(one, world)
    check(other, World())


def test_events_keep_their_properties_and_their_message() -> None:
    engine, world = MemoryProject(World().schema()), World()
    row = event(1, "buy", 1, usd=3)
    take(engine, world, profiles=[person(1), person(2)], events=[row])
    take(engine, world, moved={1: 2}, gone=frozenset({1}))

    assert engine.events_of([1, 2]) == [replace(row, pid=2)]


def test_a_step_that_fails_leaves_nothing() -> None:
    engine, world = MemoryProject(World().schema()), World()
    take(engine, world, profiles=[person(1), person(2)], events=[event(1, "buy", 1)])
    change = world.step(profiles=[person(3)], moved={1: 2}, gone=frozenset({1}), erased=frozenset({2}))
    no_row: Any = None
    broken = replace(change, events=[event(3, "buy", 1), no_row])
    before = engine.events_of([1, 2, 3])
    with pytest.raises(AttributeError):
        engine.apply(broken)
    assert (engine.applied, engine.events_of([1, 2, 3]), engine.leftovers([3])) == (1, before, [])

    engine.widen(world.schema())
    engine.apply(change)
    check(engine, world)


def test_rows_that_are_there_are_told() -> None:
    engine, world = MemoryProject(World().schema()), World()
    take(engine, world, profiles=[person(1)], events=[event(1, "buy", 1), event(1, "buy", 2)])

    assert [each.rows for each in engine.leftovers([1, 2])] == [3]
    assert engine.leftovers([2]) == []
