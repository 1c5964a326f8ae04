"""What is proven of two rules is true: no random person, and nobody made on purpose, says otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, product
from typing import TypeAlias

import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler import implication, implied_events, proof
from muster.compiler.expr import And, Expr, Not, Or, walk
from muster.compiler.facts import Facts
from muster.compiler.lower import lower
from muster.compiler.normal_form import normalise
from muster.compiler.proof import disjointness_law, equivalence_law, subset_law
from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.show import show_expr
from muster.runtime.search.walk import Effort, search
from tests.cases import CLOCK
from tests.dice import Dice, SeededDice, between, chance, pick
from tests.expr_people import case
from tests.scenario import scenario

PAIRS = 1_000
PLANTED_PAIRS = 6_000
AIMED = 40  # people made on purpose against a proof

# Whether somebody in or out of the first and the second contradicts what was proven.
CONTRADICTS: dict[str, Callable[[bool, bool], bool]] = {
    "subset": lambda first, second: first and not second,
    "equivalent": lambda first, second: first is not second,
    "disjoint": lambda first, second: first and second,
}
Pair: TypeAlias = tuple[Expr, Expr, list[Scene]]


def pair(dice: Dice) -> Pair:
    """Put two expressions together of a few tests, of which many are alike, so that much follows."""
    tried, scenes = case(dice, people=8)
    atoms = [part for part in walk(tried) if not isinstance(part, (And, Or, Not))][:4]
    return _grouped(dice, atoms, 2), _grouped(dice, atoms, 2), scenes


def _grouped(dice: Dice, atoms: Sequence[Expr], depth: int) -> Expr:
    if depth == 0 or chance(dice, 25):
        return Not(pick(dice, atoms)) if chance(dice, 25) else pick(dice, atoms)
    kind = And if chance(dice, 50) else Or
    return kind(tuple(_grouped(dice, atoms, depth - 1) for _ in range(between(dice, 1, 3))))


def pairs(count: int, seed: str) -> Iterator[Pair]:
    for number in range(count):
        yield pair(SeededDice(f"{seed}:{number}"))


def laws(first: Expr, second: Expr, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield what is proven of two expressions, and how."""
    asked = {"subset": subset_law, "equivalent": equivalence_law, "disjoint": disjointness_law}
    for name, law in asked.items():
        found = law(first, second, facts)
        if found is not None:
            yield name, found


def contradiction(tried: Pair) -> str | None:
    """Give a person who says otherwise than what is proven of a pair."""
    first, second, scenes = tried
    facts = Facts(scenes[0].single)
    for name, _ in laws(first, second, facts):
        for scene in scenes:
            if CONTRADICTS[name](holds(first, scene), holds(second, scene)):
                return f"{name}\n{show_expr(first)}\n-- and\n{show_expr(second)}\n{scene}"
    return None


def test_what_is_proven_no_random_person_contradicts() -> None:
    proven: Counter[str] = Counter()
    for first, second, scenes in pairs(PAIRS, "proofs"):
        proven.update(f"{name} {law}" for name, law in laws(first, second, Facts(scenes[0].single)))

        assert contradiction((first, second, scenes)) is None
    # It would be easy to be right about nothing.
    assert min(proven["subset implied"], proven["disjoint nobody"], proven["equivalent same"]) > PAIRS / 10, proven
    assert proven["subset nobody"] > 0, proven


def test_what_is_proven_nobody_made_on_purpose_contradicts() -> None:
    sought = 0
    for first, second, scenes in pairs(PAIRS // 2, "aimed"):
        facts = Facts(scenes[0].single)
        one, other = normalise(first), normalise(second)
        if one != other and subset_law(first, second, facts) is not None:
            sought += 1
            found = search([And((one, Not(other)))], CLOCK, single=facts.single, effort=Effort(AIMED))

            assert found.person is None, (show_expr(first), show_expr(second), found)
    assert sought > 30


def test_what_is_proven_of_rules_no_world_contradicts() -> None:
    proven = 0
    for number in range(12):
        made = scenario(SeededDice(f"worlds:{number}"), rules=8)
        exprs = [lower(resolve(rule, Surroundings(audiences=made.audiences))) for rule in made.rules]
        single = frozenset(made.world.single)
        scenes = [
            Scene(profile, made.world.events_of(profile.pid), made.world.clock, single)
            for profile in made.world.profiles
        ]
        for first, other in pairwise(exprs):
            for second in (other, And((first, other)), Or((other, first)), Not(first)):
                for name, _ in laws(first, second, Facts(single)):
                    proven += 1

                    assert not any(CONTRADICTS[name](holds(first, scene), holds(second, scene)) for scene in scenes)
    assert proven > 60, proven


def _one_less(*within: list[object]) -> list[tuple[object, ...]]:
    every = list(product(*within))
    return every[1:] if len(every) > 2 else every


PLANTED: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "implication the wrong way round": lambda patch: patch.setattr(
        proof, "implies", lambda given, wanted: implication.implies(wanted, given)
    ),
    "any window is within another": lambda patch: patch.setattr(
        implied_events, "window_within", lambda inner, outer: bool(inner) or bool(outer)
    ),
    "values in a set need not be in the other": lambda patch: patch.setattr(
        implication, "within", lambda inner, outer: inner.kind == outer.kind
    ),
    "lists are taken for single values": lambda patch: patch.setattr(implication, "is_single_by_nature", bool),
    "a case is left out": lambda patch: patch.setattr(proof, "product", _one_less),
    "a deleted audience has a complement": lambda patch: patch.setattr(proof, "normalise", lambda expr: expr),
}


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_an_unsound_proof_is_caught(
    plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)

    assert any(contradiction(tried) for tried in pairs(PLANTED_PAIRS, "proofs"))
