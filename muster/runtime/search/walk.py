"""The search for a person: start anywhere, find a test that comes out otherwise than wanted, change what it looks at.

A random walk in the manner of WalkSAT, judged by the reference evaluator alone, so whoever is found is one. That nobody
was found proves nothing. The same seed walks the same way.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
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
SECONDS = 30.0
_STEPS_AN_ATOM = 4  # before another start
_FEWEST_STEPS = 20
_CHANGES = 6  # of which the first that turns the blamed test is taken


class Found(NamedTuple):
    """A person, if one was found, and how many were tried."""

    person: Person | None
    tried: int


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: so many people, and about so many seconds; the same `seed` tries the same people."""

    tries: int = TRIES
    seconds: float = SECONDS
    seed: int = 1


USUAL = Effort()


def search(
    wanted: Sequence[Expr], clock: Clock, *, single: frozenset[Path] = frozenset(), effort: Effort = USUAL
) -> Found:
    """Look for a person whom one of the expressions holds of; deleted audiences must be settled."""
    random = Random(effort.seed)  # noqa: S311 (the walk must repeat)
    aims = aims_of(wanted, clock)
    until = time.monotonic() + effort.seconds
    tried = 0
    for goal in cycle(wanted):
        # Somebody without lists is easier to understand, and mostly there is one.
        changes = Changes(aims, random, with_lists=tried * 4 >= effort.tries)
        steps = max(_FEWEST_STEPS, _STEPS_AN_ATOM * len(parts_of(goal)))
        for person in islice(_walk(goal, changes, single), min(steps, effort.tries - tried)):
            tried += 1
            if holds(goal, person.scene(clock, single)):
                return Found(shrunk(person, partial(_is_met, goal, clock, single), until), tried)
            if time.monotonic() > until:
                return Found(None, tried)
        if tried >= effort.tries:
            break
    return Found(None, tried)


def _is_met(goal: Expr, clock: Clock, single: frozenset[Path], person: Person) -> bool:
    return holds(goal, person.scene(clock, single))


def _walk(goal: Expr, changes: Changes, single: frozenset[Path]) -> Iterator[Person]:
    """Yield people on the way from one who has nothing to one of whom a goal holds."""
    person = Person()
    while True:
        yield person
        blamed = blame(goal, person.scene(changes.aims.clock, single), changes.random, wanted=True)
        if blamed is None:
            return
        person = turned(person, *blamed, changes, single)


def turned(person: Person, test: Atom, outcome: bool, changes: Changes, single: frozenset[Path]) -> Person:  # noqa: FBT001 (of a test)
    """Change a person until a test comes out as it should, or a few times in vain."""
    scene = person.scene(changes.aims.clock, single)
    for _ in range(_CHANGES):
        changed = changes.changed(person, test, scene)
        if atom_holds(test, changed.scene(changes.aims.clock, single)) is outcome:
            break
    return changed
