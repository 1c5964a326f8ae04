"""When a person enters or leaves an audience if nothing happens but time.

Kept apart from evaluating, which it does again and again. Membership of a person whose data stands still is a function
of the clock that changes only where a moment of the rule (30 days ago, the start of the month) passes an instant of
theirs. Those passings are taken in order, and the person is evaluated at each until the answer is another one.

Ways to go wrong, each with a test: an instant in a property that is overlooked, a calendar that steps back where clocks
change, a change that is one microsecond off.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

from muster.backends.base import Json
from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.views import time_of
from muster.compiler.expr import AS_OF, Expr, SequenceMatch
from muster.compiler.moments import (
    Capped,
    Clock,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    bind_moment,
)

HORIZON = 5 * 366 * 86_400_000_000  # microseconds
_MOST = 5_000  # passings that are looked at
_MOMENTS = (Instant, LocalTime, DayStart, FromAsOf, PeriodStart, Capped)
_SKIPPED = frozenset({"origin", "name_origin", "source"})


def next_change(expr: Expr, scene: Scene, *, horizon: int = HORIZON) -> int | None:
    """Give the first instant (UTC microseconds) after the clock's at which membership is another one.

    None: there is none within the horizon, or none of the first 5,000 passings was one.
    """
    now, ends = scene.clock.as_of, scene.clock.as_of + horizon
    is_member = holds(expr, scene)
    passings = heapq.merge(*(_passings(moment, scene, ends) for moment in _moments(expr)))
    last = now
    for _, instant in zip(range(_MOST), passings, strict=False):
        if instant == last:
            continue
        last = instant
        if holds(expr, _at(scene, instant)) != is_member:
            # Where a calendar steps back there may be more than one answer to when; then it is not said.
            return instant if holds(expr, _at(scene, instant - 1)) == is_member else None
    return None


def _at(scene: Scene, instant: int) -> Scene:
    return replace(scene, clock=Clock(instant, scene.clock.timezone))


def _passings(moment: Moment, scene: Scene, ends: int) -> Iterator[int]:
    """Give, in order, the instants at which a moment reaches, and then is past, each instant of a person's."""
    instants = _instants(scene)
    here = bind_moment(moment, scene.clock)
    for instant in instants[bisect_left(instants, here) :]:
        for bound in (instant, instant + 1):
            found = _first_at(moment, bound, scene.clock, ends)
            if found is None:
                return
            if found > scene.clock.as_of:
                yield found


def _first_at(moment: Moment, bound: int, clock: Clock, ends: int) -> int | None:
    """Give the first instant of the clock at which a moment is at a bound or past it."""
    if isinstance(moment, FromAsOf) and not moment.months:
        found = bound - moment.micros
        return found if found <= ends else None
    low, high = clock.as_of, ends
    if bind_moment(moment, Clock(high, clock.timezone)) < bound:
        return None
    while low < high:
        middle = (low + high) // 2
        if bind_moment(moment, Clock(middle, clock.timezone)) >= bound:
            high = middle
        else:
            low = middle + 1
    return low


def _moments(expr: Expr) -> list[Moment]:
    """Give the moments of an expression that move with the clock, each once."""
    found: dict[Moment, None] = {AS_OF: None}
    for moment in _collected(expr):
        inner = moment.moment if isinstance(moment, Capped) else moment
        if isinstance(inner, (FromAsOf, PeriodStart)):
            found[inner] = None
    return list(found)


def _collected(node: Any) -> Iterator[Moment]:
    if isinstance(node, _MOMENTS):
        yield node
        return
    if isinstance(node, SequenceMatch) and node.absent is not None and node.absent.within is not None:
        yield FromAsOf(0, -node.absent.within)  # until when it can be told that something did not come
    if isinstance(node, tuple):
        for each in node:
            yield from _collected(each)
    elif is_dataclass(node):
        for field in fields(node):
            if field.name not in _SKIPPED:
                yield from _collected(getattr(node, field.name))


def _instants(scene: Scene) -> list[int]:
    """Give all instants of a person, sorted: of their events, of them, and in what both hold."""
    profile = scene.profile
    found = {event.ts for event in scene.events}
    found |= {each for each in (profile.first_seen, profile.last_seen, profile.created_at) if each is not None}
    found |= {micros for _, micros in profile.stages}
    found |= set(_times([profile.traits, *(event.properties for event in scene.events)]))
    return sorted(found)


def _times(values: Iterable[Json]) -> Iterator[int]:
    pending = list(values)
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            pending.extend(value.values())
        elif isinstance(value, list):
            pending.extend(value)
        elif (micros := time_of(value)) is not None:
            yield micros
