"""The search for a person: start anywhere, find a test that comes out otherwise than wanted, change what it looks at.

A random walk in the manner of WalkSAT, judged by the reference evaluator alone, so whoever is found is one. That nobody
was found proves nothing. The same seed walks the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from random import Random
from typing import NamedTuple

from muster.backends.memory.evaluate import atom_holds, holds
from muster.compiler.expr import Atom, Expr
from muster.compiler.moments import Clock
from muster.compiler.rewriting import parts_of
from muster.compiler.values import Path
from muster.runtime.search.aims import aims_of
from muster.runtime.search.changes import Changes
from muster.runtime.search.documents import blame
from muster.runtime.search.person import Person
from muster.runtime.search.shrinking import shrunk

TRIES = 2_000
_STEPS_AN_ATOM = 4  # before another start
_FEWEST_STEPS = 20
_CHANGES = 6  # of which the first that turns the blamed test is taken


class Found(NamedTuple):
    """A person, if one was found, and how many were tried."""

    person: Person | None
    tried: int


def search(
    wanted: Sequence[Expr], clock: Clock, *, single: frozenset[Path] = frozenset(), seed: int = 1, tries: int = TRIES
) -> Found:
    """Look for a person whom one of the expressions holds of, in so many tries; deleted audiences must be settled."""
    random = Random(seed)  # noqa: S311 (the walk must repeat)
    changes = Changes(aims_of(wanted, clock), random)
    tried = 0
    while tried < tries:
        for goal in wanted:
            steps = max(_FEWEST_STEPS, _STEPS_AN_ATOM * len(parts_of(goal)))
            person, taken = _walk(goal, changes, single, min(steps, tries - tried))
            tried += taken
            if person is not None:
                return Found(shrunk(person, partial(_is_met, goal, clock, single)), tried)
            if tried >= tries:
                break
    return Found(None, tried)


def _is_met(goal: Expr, clock: Clock, single: frozenset[Path], person: Person) -> bool:
    return holds(goal, person.scene(clock, single))


def _walk(goal: Expr, changes: Changes, single: frozenset[Path], steps: int) -> tuple[Person | None, int]:
    """Walk at most so many steps from a person who has nothing."""
    person, clock = Person(), changes.aims.clock
    for step in range(1, steps + 1):
        scene = person.scene(clock, single)
        if holds(goal, scene):
            return person, step
        blamed = blame(goal, scene, changes.random, wanted=True)
        if blamed is None:
            return None, step
        person = turned(person, *blamed, changes, single)
    return None, steps


def turned(person: Person, test: Atom, outcome: bool, changes: Changes, single: frozenset[Path]) -> Person:  # noqa: FBT001 (of a test)
    """Change a person until a test comes out as it should, or a few times in vain."""
    scene = person.scene(changes.aims.clock, single)
    for _ in range(_CHANGES):
        changed = changes.changed(person, test, scene)
        if atom_holds(test, changed.scene(changes.aims.clock, single)) is outcome:
            break
    return changed
