"""What the metamorphic relations are about: conditions and values of exactly the form that a relation speaks of.

Apart from the relations, which name the law, and from the worlds changed in known ways. It could go wrong by making
something that the law does not hold of, which would show as a failure on every engine at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from muster.backends.base import EventRow, Json
from muster.compiler.operators import EVENT_OPERATORS
from muster.compiler.rule import AudienceRef, Condition, EventTest, Subject, Test, Window
from muster.compiler.values import Number, Path, Text
from tests.dice import between, chance, pick
from tests.people import World, value
from tests.relations import Stage, every, is_shiftable, no, some


def trait(path: Path | str, op: str, value: object = None) -> Test:
    """Test a trait."""
    subject = Subject(kind="trait", path=(path,) if isinstance(path, str) else path)
    return Test(subject=subject, op=op, value=value)  # type: ignore[arg-type]  # what the operator takes


def events(base: EventTest, op: str, value: object = None, window: Window | None = None) -> EventTest:
    """Test the events of another test by another operator."""
    assert op in EVENT_OPERATORS
    return EventTest(events=base.events, op=op, value=value, where=base.where, window=window)  # type: ignore[arg-type]  # what the operator takes


def assert_partition(parts: list[frozenset[str]], whole: frozenset[str]) -> None:
    """Require that sets do not meet and together are the whole."""
    assert frozenset().union(*parts) == whole
    assert sum(map(len, parts)) == len(whole)


def perhaps(stage: Stage, value: Json) -> tuple[Json, ...]:
    """Keep a value, put null in its place, or nothing."""
    if chance(stage.dice, 15):
        return ()
    return (None,) if chance(stage.dice, 10) else (value,)


def scalar(stage: Stage) -> Json:
    """Make a raw value that is neither a list nor an object."""
    while True:
        found = value(stage.dice, stage.vocabulary, pick(stage.dice, ("num", "mixed", "time")))
        if not isinstance(found, (list, dict)):
            return found


def growing(stage: Stage) -> Condition:
    """Write a condition that an event more can only make true."""
    leaves = []
    for _ in range(2):
        base = stage.author.event_test()
        number = Number(Decimal(between(stage.dice, 0, 3)))
        op, value = pick(stage.dice, (("occurred", None), ("count_gte", number), ("count_gt", number)))
        leaves.append(events(base, op, value, base.window))
    return pick(stage.dice, (every, some))(*leaves)


def some_event(stage: Stage) -> EventRow:
    """Take an event that happened, or make one."""
    return pick(stage.dice, stage.world.events or (EventRow(pid=0, event=stage.vocabulary.events[0], ts=0, mid=""),))


def shiftable(stage: Stage, *, calendar: bool) -> Iterator[Condition]:
    """Write conditions that moving every instant does not change."""
    for _ in range(40):
        leaf = stage.author.leaf()
        if is_shiftable(leaf, calendar=calendar):
            yield leaf


_ENDS = 10**16  # microseconds: 316 years on both sides of 1970


def inside_time(people: World) -> World:
    """Leave out all that lies at the ends of time, which cannot be moved: events, stages, when a person was seen."""

    def kept(at: int | None) -> int | None:
        return at if at is None or abs(at) < _ENDS else None

    profiles = tuple(
        replace(
            each,
            first_seen=kept(each.first_seen),
            last_seen=kept(each.last_seen),
            created_at=kept(each.created_at),
            stages=tuple((name, at) for name, at in each.stages if abs(at) < _ENDS),
        )
        for each in people.profiles
    )
    events = tuple(event for event in people.events if abs(event.ts) < _ENDS)
    return replace(people, profiles=profiles, events=events)


def equality(stage: Stage) -> Test:
    """Ask only whether texts are equal, or there at all."""
    write = stage.author.write
    path, _ = write.place(stage.vocabulary.traits)
    texts = tuple(Text(write.text()) for _ in range(3))
    op = pick(stage.dice, ("eq", "neq", "has", "in", "not_in", "has_any", "has_all", "has_none", "exists", "empty"))
    if op in ("exists", "empty"):
        return trait(path, op)
    return trait(path, op, texts[0] if op in ("eq", "neq", "has") else texts)


def with_reference(stage: Stage) -> Condition:
    """Write a condition in which a deleted audience stands under a negation or not."""
    gone = AudienceRef(name="Gone")
    a, b = stage.author.leaf(), stage.author.leaf()
    forms: tuple[Condition, ...] = (
        every(a, no(gone)),
        some(a, no(gone)),
        no(every(a, gone)),
        no(some(no(gone), a)),
        every(some(gone, a), no(b)),
    )
    return pick(stage.dice, forms)
