"""How a case of the language's meaning is written: one person, their events, an expression, in or out.

Separate from the cases so that they stay one line each. Nothing here reads a rule's text or knows an engine, so
the same cases can be put to every one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from muster.backends.base import EventRow, ProfileRow
from muster.compiler.expr import (
    EVER,
    TRUE,
    Compare,
    Constant,
    EventMetric,
    Events,
    Expr,
    Field,
    FieldTest,
    Ordering,
    Range,
    Reducer,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import Clock, FromAsOf, Instant, to_micros

US = 1
SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


def micros(text: str) -> int:
    """Read an instant written with its offset."""
    return to_micros(datetime.fromisoformat(text))


NOW = micros("2024-07-01T12:00:00+00:00")
CLOCK = Clock(NOW)


def person(traits: Mapping[str, Any] | None = None, **columns: Any) -> ProfileRow:
    """Make a person with traits and built-in fields."""
    return ProfileRow(pid=1, traits=traits or {}, **{"external_id": "u1", **columns})


@dataclass(frozen=True, slots=True)
class Case:
    """A person is in (or out) of an expression."""

    name: str
    expr: Expr
    expected: bool
    profile: ProfileRow = field(default_factory=person)
    events: tuple[EventRow, ...] = ()
    clock: Clock = CLOCK

    def __str__(self) -> str:
        return self.name


def event(ts: int, properties: Mapping[str, Any] | None = None, *, name: str = "buy", mid: str = "") -> EventRow:
    """Make an event of that person; its message id is its instant unless one is given."""
    return EventRow(pid=1, event=name, ts=ts, mid=mid or f"m{ts}", properties=properties or {})


def num(value: str | int) -> Constant:
    """Make a number literal."""
    return Constant("num", Decimal(value))


def text(value: str) -> Constant:
    """Make a text literal."""
    return Constant("str", value)


def flag(value: object) -> Constant:
    """Make a boolean literal."""
    return Constant("bool", bool(value))


def at(instant: str | int) -> Constant:
    """Make a time literal from text with an offset, or from microseconds."""
    return Constant("time", Instant(micros(instant) if isinstance(instant, str) else instant))


def trait(path: str, *, size: bool = False) -> Field:
    """Name a trait by its path."""
    return Field("trait", tuple(path.split(".")), size)


def prop(path: str, *, size: bool = False) -> Field:
    """Name a property of the event under test."""
    return Field("property", tuple(path.split(".")), size)


def elem(path: str, *, size: bool = False) -> Field:
    """Name a field of the element under test."""
    return Field("element", tuple(path.split(".")), size)


def profile_field(name: str) -> Field:
    """Name a built-in field."""
    return Field("profile", (name,))


def compare(target: Field, op: Ordering, operand: Constant) -> FieldTest:
    """Compare a field with a literal."""
    return FieldTest(target, Compare(op, operand))


def within(low: Constant | None, high: Constant | None, *, closed: bool = False) -> Range:
    """Make a range of the kind of its bounds."""
    bound = low or high
    assert bound is not None
    return Range(bound.kind, low, high, closed)


def last(length: int) -> TimeWindow:
    """Make the rolling window of some microseconds before as_of."""
    return TimeWindow(FromAsOf(micros=-length))


def metric(
    reducer: Reducer,
    test: ValueTest,
    *,
    names: tuple[str, ...] = ("buy",),
    where: Expr = TRUE,
    window: TimeWindow = EVER,
) -> EventMetric:
    """Make a metric over one event name."""
    return EventMetric(Events(names), where, window, reducer, test)
