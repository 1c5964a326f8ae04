"""How often, how regularly and when events happened. All of it lowers to EventMetric."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal

from muster.compiler.expr import (
    AS_OF,
    EVER,
    And,
    Compare,
    Constant,
    Count,
    EdgeTime,
    EventMetric,
    Events,
    Expr,
    Not,
    Ordering,
    Periods,
    Range,
    TimeWindow,
)
from muster.compiler.operators.operands import compare, literal
from muster.compiler.operators.spec import EventOperator, Example
from muster.compiler.operators.times import before_as_of, constant, window_of
from muster.compiler.rule import EventTest, Regularity
from muster.compiler.values import Duration, Number, TraitRef

_AT_LEAST_ONE = Compare("gte", Constant("num", Decimal(1)))


def events_of(names: tuple[str, ...]) -> Events:
    """Name the events of a condition, each once; no name is every event, in a rule as in an expression."""
    return Events(tuple(dict.fromkeys(names)))


def happened(test: EventTest, where: Expr, window: TimeWindow) -> EventMetric:
    """Say that at least one of the events happened in a window."""
    return EventMetric(events_of(test.events), where, window, Count(), _AT_LEAST_ONE, test.origin)


def _occurred(test: EventTest, where: Expr) -> Expr:
    return happened(test, where, window_of(test.window))


def _occurred_in_last(test: EventTest, where: Expr) -> Expr:
    return happened(test, where, TimeWindow(before_as_of(_length(test.value))))


def _counted(op: Ordering) -> Callable[[EventTest, Expr], Expr]:
    def lower(test: EventTest, where: Expr) -> Expr:
        assert isinstance(test.value, (Number, TraitRef)), test.value
        return EventMetric(
            events_of(test.events), where, window_of(test.window), Count(), compare(op, test.value), test.origin
        )

    return lower


def _count_between(test: EventTest, where: Expr) -> Expr:
    assert isinstance(test.value, tuple), test.value
    low, high = (literal(value) for value in test.value)
    counted = Range("num", low, high, closed=True)
    return EventMetric(events_of(test.events), where, window_of(test.window), Count(), counted, test.origin)


def _edge(which: Literal["first", "last"]) -> Callable[[EventTest, Expr], Expr]:
    def lower(test: EventTest, where: Expr) -> Expr:
        window = window_of(test.window)
        low = None if window.start is None else constant(window.start)
        within = Range("time", low, constant(window.end))
        return EventMetric(events_of(test.events), where, EVER, EdgeTime(which), within, test.origin)

    return lower


def _regularly(test: EventTest, where: Expr) -> Expr:
    wanted = test.value
    assert isinstance(wanted, Regularity), wanted
    periods = Periods(wanted.of, wanted.unit, wanted.calendar, wanted.count)
    enough = Compare("gte", Constant("num", Decimal(wanted.minimum)))
    return EventMetric(events_of(test.events), where, EVER, periods, enough, test.origin)


def _stopped(test: EventTest, where: Expr) -> Expr:
    quiet = before_as_of(_length(test.value))
    start = None if test.lookback is None else before_as_of(_length(test.lookback))
    return And(
        (
            happened(test, where, TimeWindow(start, quiet)),
            Not(happened(test, where, TimeWindow(quiet, AS_OF))),
        )
    )


def _resumed(test: EventTest, where: Expr) -> Expr:
    back, gap = _length(test.value), _length(test.gap)
    recent, quiet = before_as_of(back), before_as_of(back, gap)
    return And(
        (
            happened(test, where, TimeWindow(recent, AS_OF)),
            Not(happened(test, where, TimeWindow(quiet, recent))),
            happened(test, where, TimeWindow(None, quiet)),
        )
    )


def _length(value: object) -> Duration:
    assert isinstance(value, Duration), value
    return value


def _bought(*days: str) -> tuple[tuple[str, str, dict[str, object]], ...]:
    return tuple(("purchase", f"2024-{day}T10:00:00Z", {}) for day in days)


def _count(op: Ordering, english: str, doc: str, *examples: Example) -> EventOperator:
    return EventOperator(
        name=f"count_{op}", argument="number", english=english, doc=doc, lower=_counted(op), examples=examples
    )


OPERATORS: tuple[EventOperator, ...] = (
    EventOperator(
        name="occurred",
        argument="none",
        english="did {event}",
        doc="At least one event in the window, or ever.",
        lower=_occurred,
        examples=(
            Example("did purchase", matches=True, events=_bought("06-01")),
            Example("did purchase", matches=False, events=_bought("06-16")),
            Example("did purchase in previous month", matches=True, events=_bought("05-31")),
            Example("did purchase in previous month", matches=False, events=_bought("06-01")),
            Example(
                "did purchase where (amount > 50) on 2024-06-01",
                matches=True,
                events=(("purchase", "2024-06-01T00:00:00Z", {"amount": 60}),),
            ),
            Example("did anything today", matches=True, events=_bought("06-15")),
        ),
    ),
    EventOperator(
        name="not_occurred",
        argument="none",
        english="did not {event}",
        doc="The complement of `occurred`: people without any events match.",
        complement_of="occurred",
        examples=(
            Example("did not purchase", matches=True),
            Example("never did purchase", matches=False, events=_bought("06-01")),
        ),
    ),
    EventOperator(
        name="occurred_in_last",
        argument="duration",
        window="none",
        english="did {event} in the last {value}",
        doc="At least one event in [as_of − duration, as_of).",
        lower=_occurred_in_last,
        examples=(
            Example("did purchase in last 30 days", matches=True, events=_bought("05-17")),
            Example("did purchase in last 30 days", matches=False, events=_bought("05-16")),
        ),
    ),
    EventOperator(
        name="not_occurred_in_last",
        argument="duration",
        window="none",
        english="did not {event} in the last {value}",
        doc="The complement of `occurred_in_last`: people without any events match.",
        complement_of="occurred_in_last",
        examples=(Example("did not purchase in last 30 days", matches=True, events=_bought("05-01")),),
    ),
    _count(
        "gte",
        "did {event} at least {value} times",
        "At least so many events.",
        Example("did purchase at least 2 times", matches=True, events=_bought("06-01", "06-02")),
        Example("did purchase at least 2 times in last 10 days", matches=False, events=_bought("06-01", "06-10")),
        Example("did purchase at least 0 times", matches=True),
    ),
    _count(
        "lte",
        "did {event} at most {value} times",
        "At most so many events, none included.",
        Example("did purchase at most 1 times", matches=True),
        Example("did purchase at most 1 times", matches=False, events=_bought("06-01", "06-02")),
    ),
    _count(
        "gt",
        "did {event} more than {value} times",
        "More events than that.",
        Example("did purchase more than 1 times", matches=True, events=_bought("06-01", "06-02")),
    ),
    _count(
        "lt",
        "did {event} fewer than {value} times",
        "Fewer events than that, none included.",
        Example("did purchase fewer than 1 times", matches=True),
    ),
    _count(
        "eq",
        "did {event} exactly {value} times",
        "Exactly so many events; exactly 0 is none.",
        Example("did purchase exactly 1 times", matches=True, events=_bought("06-01")),
        Example("did purchase exactly 0 times", matches=True),
    ),
    EventOperator(
        name="count_neq",
        argument="number",
        english="did {event} any number of times but {value}",
        doc="The complement of `count_eq`.",
        complement_of="count_eq",
        examples=(Example("count of purchase != 2", matches=True),),
    ),
    EventOperator(
        name="count_between",
        argument="pair",
        english="did {event} between {low} and {high} times",
        doc="So many events, both ends included.",
        lower=_count_between,
        examples=(
            Example("did purchase between 0 and 1 times", matches=True),
            Example("did purchase between 2 and 5 times", matches=True, events=_bought("06-01", "06-02")),
            Example("did purchase between 5 and 2 times", matches=False, events=_bought("06-01", "06-02")),
        ),
    ),
    EventOperator(
        name="first_occurred",
        argument="window",
        window="required",
        english="did {event} for the first time",
        doc="The first event ever (that passes `where`) lies in the window.",
        lower=_edge("first"),
        examples=(
            Example("did purchase for the first time in last 7 days", matches=True, events=_bought("06-10", "06-12")),
            Example("did purchase for the first time in last 7 days", matches=False, events=_bought("01-10", "06-12")),
        ),
    ),
    EventOperator(
        name="last_occurred",
        argument="window",
        window="required",
        english="did {event} for the last time",
        doc="The last event before as_of lies in the window.",
        lower=_edge("last"),
        examples=(
            Example(
                "did purchase for the last time more than 60 days ago",
                matches=True,
                events=_bought("01-10", "02-12"),
            ),
            Example(
                "did purchase for the last time more than 60 days ago",
                matches=False,
                events=_bought("01-10", "06-12"),
            ),
            Example("did purchase for the last time more than 60 days ago", matches=False),
        ),
    ),
    EventOperator(
        name="occurred_regularly",
        argument="regularity",
        window="none",
        english="did {event} in at least {minimum} of the last {of} {unit}",
        doc="At least so many of the last periods hold enough events; `calendar` takes whole periods before today's.",
        lower=_regularly,
        examples=(
            Example("did purchase in at least 2 of the last 3 weeks", matches=True, events=_bought("06-14", "06-01")),
            Example("did purchase in at least 2 of the last 3 weeks", matches=False, events=_bought("06-14", "06-13")),
            Example("did purchase in at least 1 of the last 7 calendar days", matches=False, events=_bought("06-15")),
            Example(
                "did purchase at least 2 times in at least 1 of the last 4 weeks",
                matches=True,
                events=_bought("06-10", "06-11"),
            ),
        ),
    ),
    EventOperator(
        name="stopped",
        argument="duration",
        window="none",
        english="stopped {event} for {value}",
        doc="Some event before the quiet time (within the look-back, if given) and none in it.",
        lower=_stopped,
        examples=(
            Example("stopped purchase for 30 days", matches=True, events=_bought("01-10")),
            Example("stopped purchase for 30 days", matches=False),
            Example("stopped purchase for 30 days looking back 90 days", matches=False, events=_bought("01-10")),
        ),
    ),
    EventOperator(
        name="resumed",
        argument="duration",
        window="none",
        english="resumed {event} in the last {value}",
        doc="Some event in the last duration, none in the gap before it, and some before the gap.",
        lower=_resumed,
        examples=(
            Example(
                "resumed purchase in last 7 days after gap of 30 days",
                matches=True,
                events=_bought("04-10", "06-14"),
            ),
            Example("resumed purchase in last 7 days after gap of 30 days", matches=False, events=_bought("06-14")),
            Example(
                "resumed purchase in last 7 days after gap of 30 days",
                matches=False,
                events=_bought("01-10", "06-01", "06-14"),
            ),
        ),
    ),
)
