"""Why a person is in or out: each atom of an expression, whether it holds, and what it was decided on.

Kept apart from the evaluator, which answers yes or no and stays short. It reports only what the evaluator itself
looked at, so an explanation cannot tell another story than the answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from muster.backends.base import EventRow, ProfileRow
from muster.backends.memory.evaluate import Scene, atom_holds, drawn, external_id, holds, look, sequence_ends
from muster.backends.memory.views import Place
from muster.compiler.expr import (
    And,
    Atom,
    ComparePair,
    Const,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    Or,
    Sample,
    SequenceMatch,
    StageEntered,
    ValueTest,
    walk,
)
from muster.compiler.moments import Clock, from_micros
from muster.compiler.values import Path


@dataclass(frozen=True, slots=True)
class Evidence:
    """One atom standing alone: whether it holds, the values it was decided on, the events that count.

    `seen`: a field's elements as they were stored, a metric's value (numbers as exact fractions), a sampled id, the log
    of stages as (stage, instant). `compared`: the other field's elements, for a pair. Instants are aware datetimes.
    `events`: (ts, mid) of the events a metric was drawn from, or on which the sequence ends; ts in microseconds.
    """

    atom: Atom
    holds: bool
    seen: tuple[object, ...] = ()
    compared: tuple[object, ...] = ()
    events: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether a person is a member, and the evidence of each atom in the order written."""

    member: bool
    atoms: tuple[Evidence, ...]


def explain_person(
    expr: Expr,
    profile: ProfileRow,
    events: Iterable[EventRow],
    clock: Clock,
    *,
    single: frozenset[Path] = frozenset(),
) -> Explanation:
    """Evaluate an expression over one person (`single`: see Scene) and keep what each atom was decided on."""
    scene = Scene(profile, tuple(events), clock, single)
    atoms = tuple(_evidence(node, scene) for node in walk(expr) if not isinstance(node, (Const, And, Or, Not)))
    return Explanation(holds(expr, scene), atoms)


def _evidence(atom: Atom, scene: Scene) -> Evidence:
    held = atom_holds(atom, scene)
    match atom:
        case FieldTest(target, test):
            return Evidence(atom, held, _raw(look(target, scene)), _compared(test, scene))
        case ElementTest(target=target):
            return Evidence(atom, held, _raw(look(target, scene)))
        case EventMetric():
            found = drawn(atom, scene)
            return Evidence(atom, held, _raw(found.value), _compared(atom.test, scene), _marks(found.events))
        case SequenceMatch():
            return Evidence(atom, held, events=_marks(sequence_ends(atom, scene)))
        case Sample():
            return Evidence(atom, held, (external_id(scene.profile),))
        case StageEntered():
            return Evidence(atom, held, tuple((stage, from_micros(at)) for stage, at in scene.profile.stages))
        case _:
            return Evidence(atom, held)


def _raw(place: Place) -> tuple[object, ...]:
    return tuple(
        from_micros(element.raw) if element.stored == "time" and isinstance(element.raw, int) else element.raw
        for element in place.elements
    )


def _compared(test: ValueTest, scene: Scene) -> tuple[object, ...]:
    return _raw(look(test.other, scene)) if isinstance(test, ComparePair) else ()


def _marks(events: Iterable[EventRow]) -> tuple[tuple[int, str], ...]:
    return tuple((event.ts, event.mid) for event in events)
