"""Replacing every `$name` inside one condition, place by place; nothing else changes.

A reference whose value is missing or does not fit stays where it is: the problem has been reported and the rule
goes no further than `resolve`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.parameters import MAX_LIST, Parameters, Slot
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
from muster.compiler.values import Ago, Duration, DurationValue, FromNow, Param


def substitute(condition: Condition, params: Parameters) -> Condition:
    """Replace the references directly in a condition; conditions inside it are left to the caller."""
    match condition:
        case Group() | Not() | AudienceRef() | Sample():
            return condition
        case Test():
            return replace(condition, value=_test_value(condition, params))
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
                value=_test_value(condition, params),
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


def _test_value(test: Test | MetricTest, params: Parameters) -> Any:
    operator = FIELD_OPERATORS.get(test.op)
    argument = "value" if operator is None else operator.argument
    slot: Slot = argument if argument in ("duration", "time") else "value"
    if argument == "values" and isinstance(test.value, tuple):
        return _expanded(test.value, params)
    return _operand(test.value, slot, params)


def _expanded(values: tuple[Any, ...], params: Parameters) -> tuple[Any, ...]:
    """Replace references in a list, where one may stand for several values."""
    found: list[Any] = []
    lengths: dict[str, int] = {}
    length = 0
    for value in values:
        if length > MAX_LIST:  # references to long lists would write out to a hundred million values: only count
            length += lengths.get(value.name, 1) if isinstance(value, Param) else 1
            continue
        given = params.get_all(value, "value") if isinstance(value, Param) else _one(value, "value", params)
        items = given if isinstance(given, tuple) else (value if given is None else given,)
        found += items
        length += len(items)
        if isinstance(value, Param):
            lengths[value.name] = len(items)
    params.check_length(length, values)
    return tuple(found)


def _operand(value: Any, slot: Slot, params: Parameters) -> Any:
    if isinstance(value, tuple):
        return tuple(_one(item, slot, params) for item in value)
    return _one(value, slot, params)


def _one(value: Any, slot: Slot, params: Parameters) -> Any:
    match value:
        case Param():
            given = params.get(value, slot)
            return value if given is None else given
        case Ago(duration) | FromNow(duration) if isinstance(duration, Param):
            return replace(value, duration=_length(duration, params))
        case _:
            return value


def _event_slot(test: EventTest) -> Slot:
    operator = EVENT_OPERATORS.get(test.op)
    return "number" if operator is not None and operator.argument in ("number", "pair") else "duration"


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
