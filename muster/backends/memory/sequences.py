"""Whether a person's events hold a sequence of steps, found by trying every chain one link at a time.

Kept apart because it is the construct that engines get wrong most often: equal instants never order, the earliest
first step is not always the right one (so all last events of chains are kept, not one), and a final `not` may
only match once its time has run out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from muster.backends.base import EventRow
from muster.backends.memory.metrics import in_window, is_named, stored_values
from muster.compiler.expr import EVER, Expr, SequenceMatch, SequenceStep
from muster.compiler.moments import Clock

Matching = Callable[[EventRow, Expr], bool]


def ends_of_sequence(
    sequence: SequenceMatch, events: Sequence[EventRow], matching: Matching, clock: Clock
) -> tuple[EventRow, ...]:
    """Give every event on which a whole sequence ends; none: the person has no such sequence.

    A step's `same` asks for a shared value with the step before, so an event that lacks the property can be
    followed by nothing; for a final `not` that means nothing can break the sequence.
    """
    known = [event for event in events if in_window(event.ts, EVER, clock)]

    def of_step(step: SequenceStep) -> list[EventRow]:
        return [event for event in known if is_named(event, step.events) and matching(event, step.where)]

    first, *later = sequence.steps
    reached = [event for event in of_step(first) if in_window(event.ts, sequence.window, clock)]
    for step in later:
        reached = [event for event in of_step(step) if any(_follows(event, before, step) for before in reached)]
    absent = sequence.absent
    if absent is None:
        return tuple(reached)
    breaking = of_step(absent)
    return tuple(
        last
        for last in reached
        if _time_is_up(last, absent, clock) and not any(_follows(event, last, absent) for event in breaking)
    )


def _follows(event: EventRow, before: EventRow, step: SequenceStep) -> bool:
    """Tell whether an event may come next: strictly later, in time, and sharing a value where `same` asks."""
    if event.ts <= before.ts or (step.within is not None and event.ts > before.ts + step.within):
        return False
    return step.same is None or not stored_values(event, step.same).isdisjoint(stored_values(before, step.same))


def _time_is_up(last: EventRow, absent: SequenceStep, clock: Clock) -> bool:
    return absent.within is None or last.ts + absent.within < clock.as_of
