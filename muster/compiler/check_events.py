"""Whether an event condition has what its operator takes: counts, lengths, windows, steps."""

from __future__ import annotations

from muster.compiler.check_test import accepted_as, check_numbers, describe_operand
from muster.compiler.diagnostics import Collector, Origin
from muster.compiler.messages import meaning
from muster.compiler.messages.counts import counted
from muster.compiler.moments import CALENDAR_UNIT_OF
from muster.compiler.operators import EVENT_OPERATORS, EventOperator
from muster.compiler.rule import EventTest, Metric, Regularity, Sequence, Window
from muster.compiler.spelling import closest
from muster.compiler.values import UNIT_WORDS, Ago, Duration, FromNow, Now, Param, TimeLiteral, Today

MAX_STEPS = 6
_MIN_STEPS = 2
_PAIR = 2
# A month by its mean length: only to tell a look-back that is plainly too short.
_MICROS_PER_MONTH = 2_629_800_000_000
_ARGUMENT_WORDS = {
    "none": "no value",
    "window": "no value",
    "duration": "a duration",
    "number": "a number",
    "pair": "two numbers",
    "regularity": "min, of and unit",
}


def check_event_test(test: EventTest, collector: Collector) -> None:
    """Check an event condition."""
    operator = EVENT_OPERATORS.get(test.op)
    if operator is None:
        collector.add(meaning.unknown_operator(test.op, "an event", closest(test.op, EVENT_OPERATORS), test.origin))
        return
    _check_argument(operator, test, collector)
    _check_window_policy(operator, test, collector)
    check_window(test.window, collector)
    if isinstance(test.value, Regularity):
        _check_regularity(test.value, collector, test.origin)
    _check_lengths(test, collector)


def check_metric(metric: Metric, collector: Collector) -> None:
    """Check a metric's window and property."""
    check_window(metric.window, collector)
    if (metric.property is None) != (metric.agg == "count"):
        found = "no property" if metric.property is None else "a property"
        collector.add(
            meaning.misfit(metric.agg, found, "no property" if metric.agg == "count" else "a property", metric.origin)
        )


def check_window(window: Window | None, collector: Collector) -> None:
    """Check that a window's value is of the kind that its name takes."""
    if window is None or _holds_param(window.value):
        return
    match window.kind:
        case "last_calendar":
            assert isinstance(window.value, Duration)
            if window.value.unit not in CALENDAR_UNIT_OF:
                unit = f"{UNIT_WORDS[window.value.unit]}s"
                collector.add(meaning.calendar_unit("`in last … calendar`", unit, window.origin))
        case "on":
            day = window.value
            if not (isinstance(day, Today) or (isinstance(day, TimeLiteral) and day.is_date)):
                hint = "For an instant use before or after."
                collector.add(meaning.misfit("on", "an instant", "a date", window.origin, hint=hint))
        case "between" | "before" | "after":
            for item in window.value if isinstance(window.value, tuple) else (window.value,):
                if not isinstance(item, (TimeLiteral, Today, Now, Ago, FromNow)):
                    collector.add(meaning.misfit(window.kind, describe_operand(item), "a date or time", window.origin))
        case _:
            return


def check_sequence(sequence: Sequence, collector: Collector) -> None:
    """Check the structure of a sequence."""
    steps = sequence.steps
    if not _MIN_STEPS <= len(steps) <= MAX_STEPS:
        problem = f"A sequence has {_MIN_STEPS} to {MAX_STEPS} steps; {counted(len(steps), 'is', 'are')} here."
        collector.add(meaning.sequence_structure(problem, sequence.origin))
    for number, step in enumerate(steps):
        if number == 0 and (step.within is not None or step.same is not None or step.negate):
            problem = "`within`, `with same` and `not` relate a step to the one before; the first step has none."
            collector.add(meaning.sequence_structure(problem, step.origin))
        elif step.negate and number != len(steps) - 1:
            problem = "Only the last step can be negated."
            collector.add(meaning.sequence_structure(problem, step.origin))
        if isinstance(step.within, Duration) and not step.within.is_exact:
            collector.add(meaning.calendar_length("`within`", str(step.within), step.within.origin or step.origin))


def _check_argument(operator: EventOperator, test: EventTest, collector: Collector) -> None:
    value = test.value
    if _holds_param(value):
        return
    items = value if isinstance(value, tuple) else (value,)
    fits = {
        "none": value is None,
        "window": value is None,
        "duration": isinstance(value, Duration),
        "number": value is not None and not isinstance(value, (tuple, Regularity)),
        "pair": isinstance(value, tuple) and len(value) == _PAIR,
        "regularity": isinstance(value, Regularity),
    }[operator.argument]
    if not fits:
        found = describe_operand(value)
        collector.add(meaning.misfit(test.op, found, _ARGUMENT_WORDS[operator.argument], test.origin))
    elif operator.argument in ("number", "pair"):
        check_numbers(test.op, value, collector, test.origin)
        if operator.argument == "pair" and any(accepted_as(item) == "trait" for item in items):
            collector.add(meaning.misfit(test.op, "a trait", _ARGUMENT_WORDS["pair"], test.origin))


def _check_window_policy(operator: EventOperator, test: EventTest, collector: Collector) -> None:
    if operator.window == "required" and test.window is None:
        collector.add(meaning.misfit(test.op, "none", "a window", test.origin))
    if operator.window == "none" and test.window is not None:
        collector.add(meaning.misfit(test.op, "a window", "no window of its own", test.window.origin or test.origin))


def _check_regularity(wanted: Regularity, collector: Collector, origin: Origin | None) -> None:
    if not 1 <= wanted.minimum <= wanted.of:
        found = f"{wanted.minimum} of {wanted.of}"
        collector.add(meaning.misfit("occurred_regularly", found, "at least 1 of at least as many periods", origin))
    if wanted.count < 1:
        collector.add(meaning.misfit("occurred_regularly", str(wanted.count), "a count of 1 or more", origin))
    if wanted.calendar and wanted.unit not in CALENDAR_UNIT_OF:
        collector.add(meaning.calendar_unit("`calendar`", f"{UNIT_WORDS[wanted.unit]}s", origin))


def _check_lengths(test: EventTest, collector: Collector) -> None:
    if (test.gap is None) == (test.op == "resumed"):
        found = "no gap" if test.gap is None else "a gap"
        collector.add(meaning.misfit(test.op, found, "a gap" if test.gap is None else "no gap", test.origin))
    if test.lookback is None:
        return
    if test.op != "stopped":
        collector.add(meaning.misfit(test.op, "a look-back", "no look-back", test.origin))
    elif isinstance(test.value, Duration) and isinstance(test.lookback, Duration):
        quiet, lookback = test.value, test.lookback
        if _mean_micros(lookback) <= _mean_micros(quiet):
            collector.add(meaning.short_lookback(str(quiet), str(lookback), lookback.origin or test.origin))


def _mean_micros(length: Duration) -> int:
    return length.micros + length.months * _MICROS_PER_MONTH


def _holds_param(value: object) -> bool:
    items = value if isinstance(value, tuple) else (value,)
    return any(
        isinstance(item, Param) or (isinstance(item, (Ago, FromNow)) and isinstance(item.duration, Param))
        for item in items
    )
