"""A random world and random rules that meet it, for the harnesses that compare evaluators.

Apart from `author`, which writes any rule: here a rule that finds nobody or everyone is mostly given up for another
one. It could go wrong by asking the reference, which is under test, what to keep; so a fifth of the rules are kept
unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from muster.backends.memory.evaluate import Scene, external_id, holds
from muster.compiler.lower import lower
from muster.compiler.resolve import DELETED, Deleted, Surroundings, resolve
from muster.compiler.rule import (
    Not,
    Rule,
)
from tests.author import Author, Leaf
from tests.dice import Dice, DrawnDice, chance
from tests.people import World, world
from tests.vocabulary import Palette, palette

AUDIENCES = ("VIP", 'It\'s "x"', "Gone")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A world with audiences that rules may refer to, and rules that meet it."""

    vocabulary: Palette
    world: World
    rules: tuple[Rule, ...]
    audiences: Mapping[str, Rule | Deleted] = field(default_factory=dict)


def scenario(dice: Dice, rules: int, leaf: Leaf | None = None) -> Scenario:
    """Make a world and rules for it: any rules, or only such as have one leaf of a kind."""
    vocabulary = palette(dice)
    people = world(dice, vocabulary)
    audiences: dict[str, Rule | Deleted] = {}
    for name in AUDIENCES[:2]:
        audiences[name] = rule(dice, vocabulary, audiences=tuple(audiences), depth=1)
    audiences[AUDIENCES[2]] = DELETED
    made = tuple(_aimed(dice, vocabulary, people, audiences, leaf) for _ in range(rules))
    return Scenario(vocabulary, people, made, audiences)


@st.composite
def scenarios(draw: Callable[[st.SearchStrategy[Any]], Any], rules: int) -> Scenario:
    """Draw a world and rules for it."""
    return scenario(DrawnDice(draw), rules)


def rule(
    dice: Dice,
    vocabulary: Palette,
    *,
    audiences: tuple[str, ...] = (),
    depth: int = 2,
    leaf: Leaf | None = None,
) -> Rule:
    """Make a rule out of a vocabulary."""
    author = Author(dice, vocabulary, audiences)
    if leaf is None:
        return author.rule(author.condition(depth))
    condition = leaf(author)
    return author.rule(Not(member=condition) if chance(dice, 25) else condition)


def _aimed(
    dice: Dice,
    vocabulary: Palette,
    people: World,
    audiences: Mapping[str, Rule | Deleted],
    leaf: Leaf | None,
) -> Rule:
    """Make a rule, and mostly another one where the first finds nobody or everyone."""
    made = rule(dice, vocabulary, audiences=AUDIENCES, leaf=leaf)
    if chance(dice, 20) or 0 < len(found(made, people, audiences)) < len(people.profiles):
        return made
    return rule(dice, vocabulary, audiences=AUDIENCES, leaf=leaf)


def found(made: Rule, people: World, audiences: Mapping[str, Rule | Deleted]) -> list[str]:
    """Give the ids that the reference evaluator finds; `resolve` must take every rule that is made here."""
    expr = lower(resolve(made, Surroundings(audiences=audiences)))
    single = frozenset(people.single)
    return sorted(
        external_id(profile)
        for profile in people.profiles
        if holds(expr, Scene(profile, people.events_of(profile.pid), people.clock, single))
    )
