"""One change to a person, aimed at one test: a trait, a built-in field, a stage, an id, or events.

Kept apart from the search, which decides what to change next. It could go wrong where a test has no change here: what
it alone keeps out is then never found, and the answer is "unknown".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from muster.backends.base import Json, ProfileRow
from muster.backends.memory.evaluate import Scene
from muster.compiler.expr import (
    Atom,
    Broken,
    ComparePair,
    ElementTest,
    EventMetric,
    Field,
    FieldTest,
    Sample,
    SequenceMatch,
    StageEntered,
    TimeWindow,
)
from muster.compiler.moments import bind_moment
from muster.compiler.rewriting import parts_of
from muster.compiler.rule import LIFECYCLE_STAGES
from muster.runtime.search.aims import Aims
from muster.runtime.search.documents import Documents
from muster.runtime.search.histories import Histories
from muster.runtime.search.near import chance
from muster.runtime.search.person import Person

_IDS = 10_000


@dataclass(frozen=True, slots=True)
class Changes:
    """Changes people at random; the same `random` makes the same changes. `with_lists`: see Documents."""

    aims: Aims
    random: Random
    with_lists: bool = True

    def changed(self, person: Person, atom: Atom, scene: Scene) -> Person:
        """Change what a test looks at, or what it compares that with."""
        compared = _compared(atom)
        if compared and chance(self.random, 40):
            return self._placed(person, self.random.choice(compared))
        match atom:
            case FieldTest(Field("profile") as target):
                return replace(person, profile=self._built_in(person.profile, target))
            case FieldTest() | ElementTest():
                traits = self._documents().changed(person.profile.traits, atom, scene)
                return replace(person, profile=replace(person.profile, traits=traits))
            case EventMetric():
                return person.with_events(Histories(self._documents()).changed_for_metric(atom, scene))
            case SequenceMatch():
                return person.with_events(Histories(self._documents()).changed_for_sequence(atom, scene))
            case Sample():
                name = f"somebody {self.random.randrange(_IDS)}"
                return replace(person, profile=replace(person.profile, external_id=name))
            case StageEntered(stage, window):
                log = () if chance(self.random, 30) else ((stage, self._instant(window)),)
                return replace(person, profile=replace(person.profile, stages=log))
            case Broken():
                return person

    def _placed(self, person: Person, target: Field) -> Person:
        if target.scope == "profile":
            return replace(person, profile=self._built_in(person.profile, target))
        traits = self._documents().placed(person.profile.traits, target)
        return replace(person, profile=replace(person.profile, traits=traits))

    def _documents(self) -> Documents:
        return Documents(self.aims, self.random, self.with_lists)

    def _instant(self, window: TimeWindow) -> int:
        start = None if window.start is None else bind_moment(window.start, self.aims.clock)
        inside = self.aims.instants_in(start, bind_moment(window.end, self.aims.clock))
        return self.random.choice(inside if inside and chance(self.random, 70) else self.aims.instants)

    def _built_in(self, profile: ProfileRow, target: Field) -> ProfileRow:
        name = target.path[0]
        values = self.aims.values_at(target)
        changes: dict[str, Any]
        match name:
            case "external_id":
                texts = [value for value in values if isinstance(value, str) and value]
                changes = {"external_id": self.random.choice(texts)}
            case "is_anonymous":
                changes = {"is_anonymous": not profile.is_anonymous}
            case "first_seen" | "last_seen" | "created_at":
                changes = {name: None if chance(self.random, 15) else self.random.choice(self.aims.instants)}
            case _:
                changes = {"fields": self._lifecycle(profile, name, values)}
        return replace(profile, **changes)

    def _lifecycle(self, profile: ProfileRow, name: str, values: tuple[Json, ...]) -> dict[str, str | Decimal]:
        """Put a stage or a measure, of the kind that it always has, or nothing."""
        fields = {key: held for key, held in profile.fields.items() if key != name}
        if chance(self.random, 15):
            return fields
        if name == "lifecycle_stage":
            return {**fields, name: self.random.choice(LIFECYCLE_STAGES)}
        numbers = [value for value in values if isinstance(value, (int, Decimal)) and not isinstance(value, bool)]
        return {**fields, name: Decimal(self.random.choice(numbers))}


def _compared(atom: Atom) -> tuple[Field, ...]:
    """Give the fields of a person that an atom compares with, in its conditions too."""
    tests = [part.test for part in parts_of(atom) if isinstance(part, (FieldTest, EventMetric))]
    others = [test.other for test in tests if isinstance(test, ComparePair)]
    return tuple(other for other in others if other.scope in ("trait", "profile"))
