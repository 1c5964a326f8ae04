"""The meaning of every expression, executably: is a person in or out, by brute force over their raw rows.

Kept apart from every generator, with which it shares the binding of times and the regex tree only, because it
judges them. It can go wrong where a helper of an engine is borrowed, or where a negation is pushed by hand: every
atom is a plain true or false, and only a broken reference knows whether it stands under a `not`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import assert_never

from muster.backends.base import EventRow, Json, PlainText, ProfileRow
from muster.backends.memory.metrics import Drawn, draw, in_window
from muster.backends.memory.sequences import ends_of_sequence
from muster.backends.memory.value_tests import passes
from muster.backends.memory.views import MISSING, Element, Place, look_up, nfc, scalar
from muster.compiler.expr import (
    And,
    Atom,
    Broken,
    Const,
    ElementTest,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Not,
    Or,
    Sample,
    SequenceMatch,
    StageEntered,
)
from muster.compiler.moments import Clock
from muster.compiler.values import Path

_SHARES = 10_000


@dataclass(frozen=True, slots=True)
class Scene:
    """What a test can see: a person with all their events, the clock, and the event and element under test.

    `single`: traits declared to hold one value; a list there is a list, but its elements pass no test.
    """

    profile: ProfileRow
    events: tuple[EventRow, ...]
    clock: Clock
    single: frozenset[Path] = frozenset()
    event: EventRow | None = None
    element: Mapping[str, Json] | None = None


def holds(expr: Expr, scene: Scene, *, positive: bool = True) -> bool:
    """Tell whether an expression is true; `positive` is whether it stands under an even number of negations."""
    match expr:
        case Const(value):
            return value
        case And(args):
            return all(holds(arg, scene, positive=positive) for arg in args)
        case Or(args):
            return any(holds(arg, scene, positive=positive) for arg in args)
        case Not(arg):
            return not holds(arg, scene, positive=not positive)
        case Broken():
            return not positive  # under `not` it is true, so that the negation is false too
        case _:
            return atom_holds(expr, scene)


def atom_holds(atom: Atom, scene: Scene) -> bool:
    """Tell whether an atom is true, standing alone."""
    match atom:
        case FieldTest(target, test):
            return passes(test, look(target, scene), partial(look, scene=scene), scene.clock)
        case ElementTest():
            tried = [_element_holds(atom.where, element, scene) for element in _elements(atom.target, scene)]
            return all(tried) if atom.every else any(tried)
        case EventMetric():
            return passes(atom.test, drawn(atom, scene).value, partial(look, scene=scene), scene.clock)
        case SequenceMatch():
            return bool(sequence_ends(atom, scene))
        case Broken():
            return False
        case Sample(salt, percent):
            return _share(salt, external_id(scene.profile)) < Fraction(percent) * 100
        case StageEntered(stage, window):
            return any(name == stage and in_window(at, window, scene.clock) for name, at in scene.profile.stages)
        case _:
            assert_never(atom)


def drawn(metric: EventMetric, scene: Scene) -> Drawn:
    """Draw a metric from the person's events."""
    return draw(metric, scene.events, lambda event: holds(metric.where, replace(scene, event=event)), scene.clock)


def sequence_ends(sequence: SequenceMatch, scene: Scene) -> tuple[EventRow, ...]:
    """Give the events on which the sequence ends."""
    return ends_of_sequence(
        sequence, scene.events, lambda event, where: holds(where, replace(scene, event=event)), scene.clock
    )


def look(target: Field, scene: Scene) -> Place:
    """Find what a field holds."""
    match target.scope:
        case "trait":
            place = look_up(scene.profile.traits, target.path, size=target.size)
            return _unread(place) if target.path in scene.single and place.shape == "list" else place
        case "property":
            return MISSING if scene.event is None else look_up(scene.event.properties, target.path, size=target.size)
        case "element":
            return MISSING if scene.element is None else look_up(scene.element, target.path, size=target.size)
        case "profile":
            return MISSING if target.size else _built_in(target.path[0], scene.profile, scene.clock)
        case _:
            assert_never(target.scope)


def _unread(place: Place) -> Place:
    return Place("list", tuple(Element(element.raw) for element in place.elements))


def external_id(profile: ProfileRow) -> str:
    """Give the id that `members` yields."""
    return nfc(profile.external_id)


def _built_in(name: str, profile: ProfileRow, clock: Clock) -> Place:
    times = {
        "first_seen": profile.first_seen,
        "last_seen": profile.last_seen,
        "created_at": profile.created_at,
    }
    if name == "external_id":
        return scalar("str", None if profile.is_anonymous else external_id(profile))
    if name == "is_anonymous":
        return scalar("bool", profile.is_anonymous)
    if name in times:
        at = times[name]
        return scalar("time", at if at is not None and at < clock.as_of else None)
    value = profile.fields.get(name)
    plain: Json = PlainText(value) if isinstance(value, str) else value
    return look_up({name: plain}, (name,))


def _elements(target: Field, scene: Scene) -> tuple[Element, ...]:
    place = look(target, scene)
    return place.elements if place.shape in {"list", "object"} else ()


def _element_holds(where: Expr, element: Element, scene: Scene) -> bool:
    match element.raw:
        case list() | tuple():
            return False
        case Mapping() as fields:
            return holds(where, replace(scene, element=fields))
        case _:
            return holds(where, replace(scene, element={}))


def _share(salt: str, identity: str) -> int:
    digest = hashlib.md5(f"{salt}:{identity}".encode(), usedforsecurity=False).hexdigest()
    return int(digest[:8], 16) % _SHARES
