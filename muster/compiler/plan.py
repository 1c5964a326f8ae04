"""`Plan`: how a set of people is found, before any SQL: one boolean condition over profiles, and event scans.

The shape is always "over the profile universe" (people without events count), with each event leaf an IN set.
A scan is planned once however many leaves use it. Other shapes (one conditional scan per event, pushed trait sets)
will be more kinds of Scan; the condition does not change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from muster.compiler.diagnostics import Origin
from muster.compiler.expr import (
    Conditions,
    Const,
    ElementTest,
    Events,
    Expr,
    FieldTest,
    Reducer,
    Sample,
    SequenceStep,
    StageEntered,
    TimeWindow,
    ValueTest,
)


@dataclass(frozen=True, slots=True)
class Having:
    """What must hold of one person's events, taken together, for the person to be in a scan's set."""

    reducer: Reducer
    test: ValueTest
    negated: bool = False


@dataclass(frozen=True, slots=True)
class EventScan:
    """People with an event of `events` that satisfies `where` in `window`; with `having`, whose events pass it.

    `where` may compare a property with a trait; then profiles are joined.
    """

    events: Events
    where: Expr
    window: TimeWindow
    having: Having | None = None
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SequenceScan:
    """People whose events hold a sequence (see expr.SequenceMatch)."""

    steps: tuple[SequenceStep, ...]
    window: TimeWindow
    absent: SequenceStep | None


Scan = EventScan | SequenceScan


@dataclass(frozen=True, slots=True)
class InScan:
    """The person is in the set of scan number `scan`."""

    scan: int
    conditions: Conditions = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PlanAnd:
    """All of the arguments."""

    args: tuple[PlanCondition, ...]


@dataclass(frozen=True, slots=True)
class PlanOr:
    """Some argument."""

    args: tuple[PlanCondition, ...]


@dataclass(frozen=True, slots=True)
class PlanNot:
    """The complement of an atom."""

    arg: PlanCondition


PlanCondition = PlanAnd | PlanOr | PlanNot | Const | FieldTest | ElementTest | Sample | StageEntered | InScan


@dataclass(frozen=True, slots=True)
class Plan:
    """A condition over profiles, the scans it names by index, and the expression it was planned from.

    `expr` is the lowered expression before any pass: what the reference evaluator runs.
    """

    condition: PlanCondition
    scans: tuple[Scan, ...]
    expr: Expr


@dataclass(frozen=True, slots=True)
class Batch:
    """Several audiences planned together: a condition and an expression each, and the scans that they share."""

    conditions: tuple[PlanCondition, ...]
    scans: tuple[Scan, ...]
    exprs: tuple[Expr, ...]


def events_read(scans: Iterable[Scan]) -> frozenset[str] | None:
    """Give the names of the events that some scans read; None where one of them reads all events."""
    read: set[str] = set()
    for scan in scans:
        match scan:
            case EventScan(events):
                parts = [events]
            case SequenceScan(steps, absent=absent):
                parts = [step.events for step in (*steps, *(() if absent is None else (absent,)))]
        if not all(part.names for part in parts):
            return None
        read.update(name for part in parts for name in part.names)
    return frozenset(read)
