"""Replacing every `$name` inside one condition, place by place; nothing else changes.

A reference whose value is missing or does not fit stays where it is: the problem has been reported and the rule
goes no further than `resolve`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from muster.compiler.parameters import Parameters, Slot
from muster.compiler.rule import (
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Sample,
    Sequence,
    StageEntered,
    Test,
    Window,
)
from muster.compiler.values import Ago, Duration, DurationValue, FromNow, Param, Value

_NUMBERS = frozenset({"count_gte", "count_lte", "count_gt", "count_lt", "count_eq", "count_neq", "count_between"})
_DURATIONS = frozenset({"in_last", "not_in_last", "in_next", "older_than"})
_TIMES = frozenset({"before", "after", "on"})
_T = TypeVar("_T")


def substitute(condition: Condition, params: Parameters) -> Condition:
    """Replace the references directly in a condition; conditions inside it are left to the caller."""
    match condition:
        case Group() | Not() | AudienceRef() | Sample():
            return condition
        case Test():
            return replace(condition, value=_operand(condition.value, _slot(condition.op), params))
        case EventTest():
            return replace(
                condition,
                value=_operand(condition.value, _event_slot(condition), params),
                window=_window(condition.window, params),
                lookback=_optional(condition.lookback, params),
                gap=_optional(condition.gap, params),
            )
        case MetricTest():
            return replace(
                condition,
                value=_operand(condition.value, "value", params),
                metric=substitute_metric(condition.metric, params),
            )
        case Sequence():
            steps = tuple(replace(step, within=_optional(step.within, params)) for step in condition.steps)
            return replace(condition, steps=steps, window=_window(condition.window, params))
        case StageEntered():
            return replace(condition, within=_length(condition.within, params))


def substitute_metric(metric: Metric, params: Parameters) -> Metric:
    """Replace the references in a metric's window."""
    return replace(metric, window=_window(metric.window, params))


def _slot(op: str) -> Slot:
    if op in _DURATIONS:
        return "duration"
    return "time" if op in _TIMES else "value"


def _operand(value: _T, slot: Slot, params: Parameters) -> _T:
    if isinstance(value, tuple):
        return tuple(placed for item in value for placed in _placed(item, slot, params))  # type: ignore[return-value]  # same shape
    if value is None:
        return value
    placed = _placed(value, slot, params)
    # A list in a place for one value stays a tuple, which the operator's check then refuses.
    return placed[0] if len(placed) == 1 else placed  # type: ignore[return-value]  # see above


def _placed(value: Any, slot: Slot, params: Parameters) -> tuple[Value | Duration | Param, ...]:
    match value:
        case Param():
            given = params.get(value, slot)
            if given is None:
                return (value,)
            return given if isinstance(given, tuple) else (given,)
        case Ago(duration) | FromNow(duration) if isinstance(duration, Param):
            return (replace(value, duration=_length(duration, params)),)
        case _:
            return (value,)


def _event_slot(test: EventTest) -> Slot:
    return "number" if test.op in _NUMBERS else "duration"


def _optional(value: DurationValue | None, params: Parameters) -> DurationValue | None:
    return None if value is None else _length(value, params)


def _length(value: DurationValue, params: Parameters) -> DurationValue:
    if not isinstance(value, Param):
        return value
    given = params.get(value, "duration")
    return given if isinstance(given, Duration) else value


def _window(window: Window | None, params: Parameters) -> Window | None:
    if window is None or isinstance(window.value, str):
        return window
    slot: Slot = "duration" if window.kind in ("last", "older_than", "last_calendar") else "time"
    return replace(window, value=_operand(window.value, slot, params))


__all__ = ["substitute", "substitute_metric"]
