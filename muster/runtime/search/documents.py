"""Documents that are made to meet a condition or to miss it: traits, properties of events, elements of lists.

Kept apart from events, which have such documents: here a value is written at a place, and a condition is walked to
the test that stands in the way. It could go wrong by walking for ever where no document is as wanted, so it gives up
after STEPS and the caller's judge sees what came of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from muster.backends.base import Json
from muster.backends.memory.evaluate import Scene, atom_holds, holds
from muster.compiler.expr import And, Atom, Broken, ComparePair, Const, ElementTest, Expr, Field, FieldTest, Not, Or
from muster.compiler.values import Path
from muster.runtime.search.aims import Aims
from muster.runtime.search.near import chance

STEPS = 8
_CHANGES = 4  # of which the first that turns a test is taken
_MOST_ELEMENTS = 3
Placing = Callable[[Mapping[str, Json]], Scene]


@dataclass(frozen=True, slots=True)
class Documents:
    """Makes documents out of aims; `with_lists`: several values at places that no test treats as a list."""

    aims: Aims
    random: Random
    with_lists: bool = True

    def meeting(
        self, condition: Expr, start: Mapping[str, Json], placing: Placing, *, wanted: bool = True
    ) -> Mapping[str, Json]:
        """Change a document until a condition holds, or does not; `placing` gives what a test sees of it."""
        document = start
        for _ in range(STEPS):
            scene = placing(document)
            blamed = blame(condition, scene, self.random, wanted=wanted)
            if blamed is None:
                break
            atom, outcome = blamed
            for _ in range(_CHANGES):
                changed = self.changed(document, atom, scene)
                if atom_holds(atom, placing(changed)) is outcome:
                    break
            document = changed
        return document

    def changed(self, document: Mapping[str, Json], atom: Atom, scene: Scene) -> Mapping[str, Json]:
        """Put another value where a test of a document looks; other tests leave it as it is."""
        match atom:
            case FieldTest(target, ComparePair(other=other)) if other.scope == target.scope and chance(self.random, 50):
                return self.placed(document, other)
            case FieldTest(target):
                return self.placed(document, target)
            case ElementTest(target):
                kept = _held(document, target.path) if chance(self.random, 50) else []
                return placed(document, target.path, [*kept, *self._elements(atom, scene)])
            case _:
                return document

    def placed(self, document: Mapping[str, Json], target: Field) -> Mapping[str, Json]:
        """Put one value of those aimed at a place there, beside what it holds, or nothing."""
        value = self.random.choice(self.aims.values_at(target))
        match self.random.randrange(8):
            case 0:
                return placed(document, target.path, None)
            case 1 | 2 if self.with_lists:
                return placed(document, target.path, [*_held(document, target.path), value])
            case _:
                return placed(document, target.path, value)

    def _elements(self, atom: ElementTest, scene: Scene) -> list[Json]:
        return [self._element(atom.where, scene) for _ in range(self.random.randint(0, _MOST_ELEMENTS))]

    def _element(self, where: Expr, scene: Scene) -> Json:
        def placing(element: Mapping[str, Json]) -> Scene:
            return Scene(scene.profile, scene.events, scene.clock, scene.single, scene.event, element)

        return self.meeting(where, {}, placing, wanted=chance(self.random, 75))


def placed(document: Mapping[str, Json], path: Path, value: Json) -> Mapping[str, Json]:
    """Give a document with another value at a path, objects made on the way; None takes away what is there."""
    name, *rest = path
    if rest:
        inner = document.get(name)
        value = placed(inner if isinstance(inner, Mapping) else {}, tuple(rest), value) or None
    without = {key: held for key, held in document.items() if key != name}
    return without if value is None else {**without, name: value}


def _held(document: Mapping[str, Json], path: Path) -> list[Json]:
    """Give what a document holds at a path, as a list."""
    name, *rest = path
    value = document.get(name)
    if rest:
        return _held(value, tuple(rest)) if isinstance(value, Mapping) else []
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def blame(expr: Expr, scene: Scene, random: Random, *, wanted: bool) -> tuple[Atom, bool] | None:
    """Choose a test that keeps an expression from being as wanted, and how that test should come out.

    None: the expression is as wanted, or nothing can be done about it.
    """
    match expr:
        case Const() | Broken():
            return None
        case Not(arg):
            return blame(arg, scene, random, wanted=not wanted)
        case And(args) | Or(args):
            # Where all must change any will do for a start; where one must, any may be the one that can.
            shuffled = random.sample(args, len(args))
            unlike = next((arg for arg in shuffled if holds(arg, scene) is not wanted), None)
            is_met = isinstance(expr, And) is not wanted and any(holds(arg, scene) is wanted for arg in args)
            return None if unlike is None or is_met else blame(unlike, scene, random, wanted=wanted)
        case _:
            return (expr, wanted) if atom_holds(expr, scene) is not wanted else None
