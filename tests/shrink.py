"""Making a failing case small: fewer people, events, names and conditions while it still fails.

Apart from the seeded loop, which has no shrinking of its own as Hypothesis has. Greedy and bounded: the first smaller
case that still fails is taken, until none does or the tries are spent. It could go wrong by ending at another
failure than it began with, so `fails` is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TypeVar

from muster.backends.base import Json, ProfileRow
from muster.compiler.resolve import Deleted
from muster.compiler.rule import (
    AudienceRef,
    Condition,
    EventTest,
    Group,
    MetricTest,
    Not,
    Sequence,
    Step,
    Test,
    Window,
    walk,
)
from tests.reproduction import Case
from tests.rewriting import inlined

FEWEST_STEPS = 2
_T = TypeVar("_T")


def shrink(case: Case, fails: Callable[[Case], bool], tries: int = 400) -> Case:
    """Give a case that fails as well and from which nothing can be left out, within so many tries."""
    smaller = True
    while smaller:
        smaller, at = False, 0
        # After a cut the same place of the list holds the next one; starting over would try the others again.
        while (candidate := next(islice(candidates(case), at, None), None)) is not None:
            if tries == 0:
                return case
            tries -= 1
            if fails(candidate):
                case, smaller = candidate, True
            else:
                at += 1
    return case


def candidates(case: Case) -> Iterator[Case]:
    """Yield cases with a little less in them, the largest cuts first."""
    people = case.world
    if people.forgotten != ((), ()):
        yield replace(case, world=replace(people, forgotten=((), ())))
    if people.single:
        yield replace(case, world=replace(people, single=()))
    for profiles in _less(people.profiles):
        held = {profile.pid for profile in profiles}
        events = tuple(event for event in people.events if event.pid in held)
        yield replace(case, world=replace(people, profiles=profiles, events=events))
    for events in _less(people.events):
        yield replace(case, world=replace(people, events=events))
    for condition in simpler(case.rule.condition):
        yield replace(case, rule=replace(case.rule, condition=condition))
    if case.rule.let or case.rule.params:
        yield replace(case, rule=inlined(case.rule))
    yield from _without_definitions(case)
    yield from _without_values(case)


def _less(rows: tuple[_T, ...]) -> Iterator[tuple[_T, ...]]:
    size = len(rows)
    while size > 0:
        for start in range(0, len(rows), size):
            yield rows[:start] + rows[start + size :]
        size //= 2


def _without_definitions(case: Case) -> Iterator[Case]:
    mentioned = {part.name for part in walk(case.rule.condition) if isinstance(part, AudienceRef)}
    for rule in case.audiences.values():
        if not isinstance(rule, Deleted):
            mentioned |= {part.name for part in walk(rule.condition) if isinstance(part, AudienceRef)}
    needed = {name: rule for name, rule in case.audiences.items() if name in mentioned}
    if len(needed) < len(case.audiences):
        yield replace(case, audiences=needed)
    for name, rule in case.audiences.items():
        if not isinstance(rule, Deleted):
            for condition in simpler(rule.condition):
                yield replace(case, audiences={**case.audiences, name: replace(rule, condition=condition)})
    own = case.rule
    yield from (replace(case, rule=replace(own, let=fewer)) for fewer in _less(own.let))
    yield from (replace(case, rule=replace(own, params=fewer)) for fewer in _less(own.params))
    yield from (replace(case, rule=replace(own, computed=fewer)) for fewer in _less(own.computed))


def _without_values(case: Case) -> Iterator[Case]:
    people = case.world
    for at, profile in enumerate(people.profiles):
        for plainer in _plainer(profile):
            plain = (*people.profiles[:at], plainer, *people.profiles[at + 1 :])
            yield replace(case, world=replace(people, profiles=plain))
        for traits in _thinner(profile.traits):
            changed = (*people.profiles[:at], replace(profile, traits=traits), *people.profiles[at + 1 :])
            yield replace(case, world=replace(people, profiles=changed))
    for at, event in enumerate(people.events):
        for properties in _thinner(event.properties):
            altered = (*people.events[:at], replace(event, properties=properties), *people.events[at + 1 :])
            yield replace(case, world=replace(people, events=altered))


def _plainer(profile: ProfileRow) -> Iterator[ProfileRow]:
    for plainer in (
        replace(profile, fields={}, stages=()),
        replace(profile, first_seen=None, last_seen=None, created_at=None),
        replace(profile, is_anonymous=False),
        *(replace(profile, fields=fields) for fields in _thinner(profile.fields)),
        *(replace(profile, stages=stages) for stages in _less(profile.stages)),
        replace(profile, first_seen=None),
        replace(profile, last_seen=None),
        replace(profile, created_at=None),
    ):
        if plainer != profile:
            yield plainer


def _thinner(document: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    for key, value in document.items():
        yield {name: held for name, held in document.items() if name != key}
        if isinstance(value, list):
            for fewer in _less(tuple(value)):
                yield {**document, key: list(fewer)}
        if isinstance(value, Mapping):
            for inner in _thinner(value):
                yield {**document, key: inner}


def simpler(condition: Condition) -> Iterator[Condition]:
    """Yield conditions with a part left out."""
    match condition:
        case Group(members=members):
            yield from members
            for at, member in enumerate(members):
                yield replace(condition, members=members[:at] + members[at + 1 :])
                for inner in simpler(member):
                    yield replace(condition, members=(*members[:at], inner, *members[at + 1 :]))
        case Not(member=member):
            yield member
            for inner in simpler(member):
                yield Not(member=inner)
        case Test(where=where):
            for kept in () if where is None else simpler(where):
                yield replace(condition, where=kept)
        case EventTest() | MetricTest() | Sequence():
            yield from _barer(condition)
        case _:
            return


def _barer(condition: EventTest | MetricTest | Sequence) -> Iterator[Condition]:
    match condition:
        case EventTest():
            for where, window in _less_where(condition.where, condition.window):
                yield replace(condition, where=where, window=window)
        case MetricTest():
            metric = condition.metric
            for where, window in _less_where(metric.where, metric.window):
                yield replace(condition, metric=replace(metric, where=where, window=window))
        case Sequence(steps=steps):
            if condition.window is not None:
                yield replace(condition, window=None)
            for fewer in _fewer_steps(steps):
                yield replace(condition, steps=fewer)


def _fewer_steps(steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    for at, step in enumerate(steps):
        if len(steps) > FEWEST_STEPS:
            yield steps[:at] + steps[at + 1 :]
        for bare in (
            replace(step, where=None),
            replace(step, within=None),
            replace(step, same=None),
            replace(step, negate=False),
        ):
            if bare != step:
                yield (*steps[:at], bare, *steps[at + 1 :])


def _less_where(where: Condition | None, window: Window | None) -> Iterator[tuple[Condition | None, Window | None]]:
    if where is not None:
        yield None, window
        for inner in simpler(where):
            yield inner, window
    if window is not None:
        yield where, None
