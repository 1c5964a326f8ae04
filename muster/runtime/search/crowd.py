"""People made at the edges of rules without a wish: some are in, some are not, for what must hold of everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from muster.compiler.expr import And, Const, Expr, Not, Or, walk
from muster.compiler.moments import Clock
from muster.compiler.values import Path
from muster.runtime.search.aims import aims_of
from muster.runtime.search.changes import Changes
from muster.runtime.search.documents import blame
from muster.runtime.search.near import chance
from muster.runtime.search.person import NAME, Person
from muster.runtime.search.walk import turned

_STEPS_A_TEST = 3  # at most, on average half of that


def crowd(
    rules: Sequence[Expr], clock: Clock, count: int, *, single: frozenset[Path] = frozenset(), seed: int = 1
) -> list[Person]:
    """Make so many people; the same seed makes the same ones."""
    changes = Changes(aims_of(rules, clock), Random(seed))  # noqa: S311 (must repeat)
    return numbered([somebody(rules, changes, single) for _ in range(count)])


def somebody(rules: Sequence[Expr], changes: Changes, single: frozenset[Path] = frozenset()) -> Person:
    """Make one person: some changes aimed at random tests of rules, then some towards being in one of them or out."""
    random = changes.random
    tests = [part for rule in rules for part in walk(rule) if not isinstance(part, (And, Or, Not, Const))]
    if not tests:
        return Person()
    person = Person()
    for _ in range(random.randint(0, len(tests))):
        person = changes.changed(person, random.choice(tests), person.scene(changes.aims.clock, single))
    goal, wanted = random.choice(rules), chance(random, 50)
    for _ in range(random.randint(0, _STEPS_A_TEST * len(tests))):
        blamed = blame(goal, person.scene(changes.aims.clock, single), random, wanted=wanted)
        if blamed is None:
            break
        person = turned(person, *blamed, changes, single)
    return person


def numbered(people: Sequence[Person]) -> list[Person]:
    """Give people ids that tell them apart; of those that were given one name by a rule the first keeps it."""
    taken: set[str] = set()
    found: list[Person] = []
    for number, person in enumerate(people, start=1):
        name = person.profile.external_id
        name = f"{name} {number}" if name == NAME or name in taken else name
        taken.add(name)
        profile = replace(person.profile, pid=number, external_id=name)
        found.append(Person(profile, tuple(replace(event, pid=number) for event in person.events)))
    return found
