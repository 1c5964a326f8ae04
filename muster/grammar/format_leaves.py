"""The canonical text of single conditions, time windows and metrics.

Apart from the layout because nothing here knows of lines: a leaf is given as a row of strings and filter conditions.
What could go wrong: an operator or a combination of parts that text has no words for; no valid rule holds one, so
that is told as a bug.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from muster.compiler.diagnostics import InternalError
from muster.compiler.rule import (
    ANYTHING,
    AudienceRef,
    Condition,
    EventTest,
    Metric,
    MetricTest,
    Regularity,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.values import (
    Duration,
    Number,
    Param,
    Text,
    Value,
)
from muster.grammar.build_rule import BARE_FIELDS
from muster.grammar.format_values import (
    AFTER_QUANTIFIER,
    ANYWHERE,
    AS_EVENT,
    AS_MEASURE,
    AS_STAGE,
    AT_START,
    FILTER_AFTER_QUANTIFIER,
    IN_FILTER,
    INSIDE_SIZE,
    length_text,
    name,
    number_text,
    path,
    quoted,
    unit_text,
    value_text,
)

Leaf = Test | EventTest | MetricTest | Sequence | AudienceRef | Sample | StageEntered
# A filter condition stands for itself and its parentheses.
Segment = str | Condition

_COMPARE = {"eq": "=", "neq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
_ONE_VALUE = {
    **_COMPARE,
    "contains": "contains",
    "not_contains": "does not contain",
    "starts_with": "starts with",
    "not_starts_with": "does not start with",
    "ends_with": "ends with",
    "not_ends_with": "does not end with",
    "matches": "matches",
    "not_matches": "does not match",
    "has": "has",
    "before": "before",
    "after": "after",
    "on": "on",
}
_LISTS = {
    "in": "in",
    "not_in": "not in",
    "has_any": "has any of",
    "has_all": "has all of",
    "has_none": "has none of",
}
_NO_VALUE = {"exists": "is set", "not_exists": "is not set", "empty": "is empty", "not_empty": "is not empty"}
_LENGTHS = {
    "in_last": "in last {}",
    "not_in_last": "not in last {}",
    "in_next": "in next {}",
    "older_than": "more than {} ago",
}
_TYPES = {"is_type": "is a", "is_not_type": "is not a"}
_QUANTIFIERS = {"any_where": "any", "all_where": "all", "none_where": "no"}
_COUNTS = {
    "count_gte": "at least",
    "count_lte": "at most",
    "count_eq": "exactly",
    "count_gt": "more than",
    "count_lt": "fewer than",
}


def leaf(condition: Leaf) -> Iterator[Segment]:
    """Spell one condition as strings and the filters between them."""
    match condition:
        case Test():
            yield from _test(condition)
        case EventTest():
            yield from _event_test(condition)
        case MetricTest():
            yield from metric(condition.metric)
            yield " " + _operation(condition.op, condition.value, ignore_case=condition.ignore_case)
        case Sequence():
            yield from _sequence(condition)
        case AudienceRef():
            yield f"in audience {quoted(condition.name)}"
        case Sample():
            yield f"sample {number_text(condition.percent)}% of {quoted(condition.salt)}"
        case StageEntered():
            yield f"entered lifecycle {name(condition.stage, ANYWHERE)} in last {length_text(condition.within)}"
        case _:
            assert_never(condition)


def metric(drawn: Metric) -> Iterator[Segment]:
    """Spell `sum(amount) of purchase in last 90 days`."""
    head = "count" if drawn.property is None else f"{drawn.agg}({path(drawn.property)})"
    yield f"{head} of {events_text(drawn.events)}"
    yield from _where(drawn.where)
    yield from _window(drawn.window)


def events_text(events: tuple[str, ...]) -> str:
    """Spell the events of a test."""
    if events == ANYTHING:
        return "anything"
    if len(events) == 1:
        return _event(events[0], AS_EVENT)
    return f"any of ({', '.join(_event(event, ANYWHERE) for event in events)})"


def _event(event: str, keywords: frozenset[str]) -> str:
    spelled = name(event, keywords)
    return quoted(event) if spelled.startswith("`") else spelled


def _test(test: Test) -> Iterator[Segment]:
    if test.where is not None:
        in_filter = test.subject.kind == "property"
        keywords = FILTER_AFTER_QUANTIFIER if in_filter else AFTER_QUANTIFIER
        yield f"{_QUANTIFIERS[test.op]} {_subject(test.subject, keywords)}"
        yield from _where(test.where)
    elif test.subject == _STAGE and (stage := _stage_test(test)):
        yield stage
    else:
        keywords = IN_FILTER if test.subject.kind == "property" else AT_START
        operation = _operation(test.op, test.value, ignore_case=test.ignore_case)
        yield f"{_subject(test.subject, keywords)} {operation}"


_STAGE = Subject(kind="profile", path=("lifecycle_stage",))


def _stage_test(test: Test) -> str | None:
    """Spell a test of the lifecycle stage by its short form, where it has one."""
    value = test.value
    if test.ignore_case:
        return None
    if test.op in ("exists", "not_exists"):
        return f"lifecycle {_NO_VALUE[test.op]}"
    if test.op in ("eq", "neq") and isinstance(value, Text):
        words = "is" if test.op == "eq" else "is not"
        return f"lifecycle {words} {name(value.value, AS_STAGE)}"
    if test.op in ("in", "not_in") and isinstance(value, tuple) and value:
        stages = [item.value for item in value if isinstance(item, Text)]
        if len(stages) == len(value):
            return f"lifecycle {_LISTS[test.op]} ({', '.join(name(stage, ANYWHERE) for stage in stages)})"
    return None


def _subject(subject: Subject, keywords: frozenset[str]) -> str:
    if subject.size:
        inside = ANYWHERE if subject.kind == "property" else INSIDE_SIZE
        return f"size({_plain_subject(subject, inside)})"
    return _plain_subject(subject, keywords)


def _plain_subject(subject: Subject, keywords: frozenset[str]) -> str:
    match subject.kind:
        case "trait":
            # A bare word of this spelling is the profile field.
            shadowed = len(subject.path) == 1 and subject.path[0] in BARE_FIELDS
            return f"trait {path(subject.path)}" if shadowed else path(subject.path, keywords)
        case "property":
            return path(subject.path, keywords)
        case "computed":
            return f"computed {path(subject.path)}"
        case "profile":
            return subject.path[0] if subject.path[0] in BARE_FIELDS else f"profile {name(subject.path[0], ANYWHERE)}"
        case "lifecycle":
            return f"lifecycle {name(subject.path[0], AS_MEASURE)}"
        case _:
            assert_never(subject.kind)


def _operation(op: str, value: Value | Duration | tuple[Value, ...] | None, *, ignore_case: bool) -> str:
    folding = " ignoring case" if ignore_case else ""
    if value is None and op in _NO_VALUE:
        return _NO_VALUE[op]
    if isinstance(value, tuple):
        if op == "between" and len(value) == 2:  # noqa: PLR2004 (low and high)
            return f"between {value_text(value[0])} and {value_text(value[1])}{folding}"
        if op in _LISTS:
            return f"{_LISTS[op]} ({', '.join(map(value_text, value))}){folding}"
    elif isinstance(value, (Duration, Param)) and op in _LENGTHS:
        return _LENGTHS[op].format(length_text(value))
    elif isinstance(value, Text) and op in _TYPES:
        return f"{_TYPES[op]} {value.value}"
    elif value is not None and op in _ONE_VALUE:
        return f"{_ONE_VALUE[op]} {value_text(value)}{folding}"
    raise InternalError("format", f"no text for the operator {op} with {value!r}")


# ---- events ----


def _event_test(test: EventTest) -> Iterator[Segment]:
    match test.op:
        case "not_occurred" | "not_occurred_in_last":
            yield "did nothing" if test.events == ANYTHING else f"did not {events_text(test.events)}"
        case "stopped" | "resumed":
            yield f"{test.op} {events_text(test.events)}"
        case _ if _counts_by_comparison(test):
            yield f"count of {events_text(test.events)}"
        case _:
            yield f"did {events_text(test.events)}"
    yield from _where(test.where)
    yield from _how_often(test)
    if test.op not in ("stopped", "resumed", "occurred_regularly"):
        yield from _window(test.window)
    if _counts_by_comparison(test):
        assert not isinstance(test.value, (tuple, Duration, Regularity))
        assert test.value is not None
        yield f" {_COMPARE[test.op.removeprefix('count_')]} {value_text(test.value)}"


def _counts_by_comparison(test: EventTest) -> bool:
    """Tell counts that have no phrase: unequal, or against something else than a whole number."""
    if not test.op.startswith("count_") or test.op == "count_between":
        return False
    value = test.value
    whole = isinstance(value, Number) and value.value >= 0 and value.value == value.value.to_integral_value()
    return test.op not in _COUNTS or not whole


def _how_often(test: EventTest) -> Iterator[Segment]:
    value = test.value
    match test.op:
        case "occurred_in_last" | "not_occurred_in_last" if isinstance(value, (Duration, Param)):
            yield f" in last {length_text(value)}"
        case "first_occurred" | "last_occurred":
            yield f" for the {test.op.removesuffix('_occurred')} time"
        case "count_between" if isinstance(value, tuple):
            low, high = value
            yield f" between {value_text(low)} and {value_text(high)} times"
        case "occurred_regularly" if isinstance(value, Regularity):
            yield _regularity(value)
        case "stopped" if isinstance(value, (Duration, Param)):
            lookback = "" if test.lookback is None else f" looking back {length_text(test.lookback)}"
            yield f" for {length_text(value)}{lookback}"
        case "resumed" if isinstance(value, (Duration, Param)) and test.gap is not None:
            yield f" in last {length_text(value)} after gap of {length_text(test.gap)}"
        case _ if isinstance(value, Number) and not _counts_by_comparison(test):
            yield f" {_COUNTS[test.op]} {number_text(value.value)} times"
        case "occurred" | "not_occurred":
            pass
        case _ if not _counts_by_comparison(test):
            raise InternalError("format", f"no text for the operator {test.op} with {value!r}")


def _regularity(value: Regularity) -> str:
    often = f" at least {value.count} times" if value.count != 1 else ""
    calendar = "calendar " if value.calendar else ""
    return f"{often} in at least {value.minimum} of the last {value.of} {calendar}{unit_text(value.unit, value.of)}"


def _sequence(sequence: Sequence) -> Iterator[Segment]:
    first, *later = sequence.steps
    yield f"did {events_text(first.events)}"
    yield from _where(first.where)
    yield from _window(sequence.window)
    for step in later:
        yield from _later_step(step)


def _later_step(step: Step) -> Iterator[Segment]:
    yield f" then {'not ' if step.negate else ''}{events_text(step.events)}"
    yield from _where(step.where)
    if step.within is not None:
        yield f" within {length_text(step.within)}"
    if step.same is not None:
        yield f" with same {path(step.same)}"


def _where(condition: Condition | None) -> Iterator[Segment]:
    if condition is not None:
        yield " where "
        yield condition


def _window(window: Window | None) -> Iterator[str]:
    if window is not None:
        yield f" {window_text(window)}"


def window_text(window: Window) -> str:
    """Spell a time window."""
    value = window.value
    match window.kind, value:
        case "last", Duration() | Param():
            return f"in last {length_text(value)}"
        case "older_than", Duration() | Param():
            return f"more than {length_text(value)} ago"
        case "last_calendar", Duration():
            return f"in last {value.count} calendar {unit_text(value.unit, value.count)}"
        case ("this" | "previous") as kind, str():
            by_word = {"this": "today", "previous": "yesterday"}
            return by_word[kind] if value == "day" else f"in {kind} {value}"
        case "between", tuple():
            return f"between {value_text(value[0])} and {value_text(value[1])}"
        case ("before" | "after" | "on") as kind, _ if not isinstance(value, (str, tuple)):
            return f"{kind} {value_text(value)}"
        case _:
            raise InternalError("format", f"no text for the window {window!r}")
