"""One person against audiences: which they are in, and why, by the reference evaluator on their rows.

Kept apart from asking an engine, which finds everybody: fetching one person's rows once and looking at them is faster
than a query for each audience, and it is the definition of what every engine answers. It could go wrong where the two
read different data, so both are brought up to date first and share one clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from muster.backends.base import EventRow, ProfileRow
from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.explain import Evidence, explain_person
from muster.backends.memory.next_change import next_change
from muster.compiler.expr import Expr
from muster.compiler.moments import Clock, from_micros
from muster.compiler.pipeline import Compiled, compile_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.compiler.values import Path
from muster.runtime.compilation import surroundings
from muster.runtime.store.audiences import Audience


@dataclass(frozen=True, slots=True)
class Membership:
    """Whether a person is in an audience, as of an instant; `version` is that of its rule."""

    audience: str
    id: str
    version: int
    member: bool
    as_of: datetime


@dataclass(frozen=True, slots=True)
class PersonExplanation:
    """Why a person is in an audience or not.

    `conditions`: each condition alone, whether it holds and what it was decided on, in the order written. `changes_at`:
    when the answer becomes the other one if nothing happens but time; None if that is not within five years, or cannot
    be told.
    """

    external_id: str
    member: bool
    conditions: tuple[Evidence, ...]
    as_of: datetime
    changes_at: datetime | None


class Compiler:
    """Compiles the audiences of a project once for each state of its library and schema. Threads may share it."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._compiled: dict[str, Expr] = {}

    def compile_all(self, rules: Mapping[str, Rule | None], schema: Schema) -> dict[str, Expr]:
        """Give what each living audience means, by name."""
        key = (id(schema), tuple(rules.items()))
        if key != self._key:
            around = surroundings(schema=schema, audiences=rules)
            compiled = {name: _lowered(rule, around, name) for name, rule in rules.items() if rule is not None}
            self._key, self._compiled = key, compiled
        return self._compiled


def _lowered(rule: Rule, around: Surroundings, name: str) -> Expr:
    return compile_rule(rule, around, name=name).lowered


def memberships(
    audiences: tuple[Audience, ...],
    meanings: Mapping[str, Expr],
    rows: tuple[ProfileRow, tuple[EventRow, ...]],
    clock: Clock,
    schema: Schema,
) -> tuple[Membership, ...]:
    """Tell of each audience whether a person is in it."""
    scene = Scene(*rows, clock, single_traits(schema))
    as_of = from_micros(clock.as_of)
    return tuple(
        Membership(each.name, each.id, each.version, holds(meanings[each.name], scene), as_of) for each in audiences
    )


def explain(
    compiled: Compiled, rows: tuple[ProfileRow, tuple[EventRow, ...]], clock: Clock, schema: Schema
) -> PersonExplanation:
    """Tell why a person is in an audience or not, and until when."""
    profile, events = rows
    single = single_traits(schema)
    found = explain_person(compiled.lowered, profile, events, clock, single=single)
    change = next_change(compiled.lowered, Scene(profile, events, clock, single))
    return PersonExplanation(
        external_id=profile.external_id,
        member=found.member,
        conditions=found.atoms,
        as_of=from_micros(clock.as_of),
        changes_at=None if change is None else from_micros(change),
    )


def single_traits(schema: Schema) -> frozenset[Path]:
    """Give the traits that were declared to hold one value."""
    return frozenset(path for path, name in schema.profiles.traits.items() if name.single)
