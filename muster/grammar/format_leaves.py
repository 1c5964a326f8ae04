"""The canonical text of single conditions, time windows and metrics.

Apart from the layout because nothing here knows of lines: a leaf is given as a row of strings and filter conditions.
What could go wrong: an operator or a combination of parts that text has no words for; no valid rule holds one, so
that is told as a bug.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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

_ONE_VALUE = {
    "eq": "=",
    "neq": "!=",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
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
_PAIRS = {"between": "between {} and {}"}
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
# The lifecycle stage has words of its own.
_STAGE = Subject(kind="profile", path=("lifecycle_stage",))
_STAGE_SET = {"exists": "is set", "not_exists": "is not set"}
_STAGE_IS = {"eq": "is", "neq": "is not"}
_STAGE_IN = {"in": "in", "not_in": "not in"}
# How an event condition begins, where not with `did`.
_ABSENT = "did not"
_HEADS = {
    "not_occurred": _ABSENT,
    "not_occurred_in_last": _ABSENT,
    "stopped": "stopped",
    "resumed": "resumed",
}
_COUNTS = {
    "count_gte": "at least",
    "count_lte": "at most",
    "count_eq": "exactly",
    "count_gt": "more than",
    "count_lt": "fewer than",
}
_COUNT_COMPARISONS = {
    "count_gte": ">=",
    "count_lte": "<=",
    "count_eq": "=",
    "count_neq": "!=",
    "count_gt": ">",
    "count_lt": "<",
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


def _stage_test(test: Test) -> str | None:
    """Spell a test of the lifecycle stage by its short form, where it has one."""
    value, op = test.value, test.op
    if test.ignore_case:
        return None
    if op in _STAGE_SET:
        return f"lifecycle {_STAGE_SET[op]}"
    if op in _STAGE_IS and isinstance(value, Text):
        return f"lifecycle {_STAGE_IS[op]} {name(value.value, AS_STAGE)}"
    stages = [item.value for item in value if isinstance(item, Text)] if isinstance(value, tuple) else []
    if op in _STAGE_IN and isinstance(value, tuple) and stages and len(stages) == len(value):
        return f"lifecycle {_STAGE_IN[op]} ({', '.join(name(stage, ANYWHERE) for stage in stages)})"
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
        if op in _PAIRS:
            return _PAIRS[op].format(*map(value_text, value)) + folding
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
    comparison = _comparison(test)
    if comparison is not None:
        yield f"count of {events_text(test.events)}"
    else:
        yield _head(test)
    yield from _where(test.where)
    if comparison is None:
        yield _HOW_OFTEN.get(test.op, _unspellable)(test)
    yield from _window(test.window)
    if comparison is not None:
        yield f" {comparison}"


def _head(test: EventTest) -> str:
    words = _HEADS.get(test.op, "did")
    if words == _ABSENT and test.events == ANYTHING:
        return "did nothing"
    return f"{words} {events_text(test.events)}"


def _comparison(test: EventTest) -> str | None:
    """Spell a count that has no phrase: unequal, or against something else than a whole number."""
    value = test.value
    if test.op not in _COUNT_COMPARISONS or value is None or isinstance(value, (tuple, Duration, Regularity)):
        return None
    whole = isinstance(value, Number) and value.value >= 0 and value.value == value.value.to_integral_value()
    return None if whole and test.op in _COUNTS else f"{_COUNT_COMPARISONS[test.op]} {value_text(value)}"


def _nothing_more(_: EventTest) -> str:
    return ""


def _rolling(test: EventTest) -> str:
    return f" in last {_length(test)}"


def _nth(test: EventTest) -> str:
    return f" for the {test.op.removesuffix('_occurred')} time"


def _count(test: EventTest) -> str:
    assert isinstance(test.value, Number), test
    return f" {_COUNTS[test.op]} {number_text(test.value.value)} times"


def _count_between(test: EventTest) -> str:
    assert isinstance(test.value, tuple), test
    low, high = test.value
    return f" between {value_text(low)} and {value_text(high)} times"


def _stopped(test: EventTest) -> str:
    lookback = "" if test.lookback is None else f" looking back {length_text(test.lookback)}"
    return f" for {_length(test)}{lookback}"


def _resumed(test: EventTest) -> str:
    assert test.gap is not None, test
    return f" in last {_length(test)} after gap of {length_text(test.gap)}"


def _length(test: EventTest) -> str:
    assert isinstance(test.value, (Duration, Param)), test
    return length_text(test.value)


def _unspellable(test: EventTest) -> str:
    raise InternalError("format", f"no text for the operator {test.op}")


def _regularity(test: EventTest) -> str:
    value = test.value
    assert isinstance(value, Regularity), test
    often = f" at least {value.count} times" if value.count != 1 else ""
    calendar = "calendar " if value.calendar else ""
    return f"{often} in at least {value.minimum} of the last {value.of} {calendar}{unit_text(value.unit, value.of)}"


_HOW_OFTEN: Mapping[str, Callable[[EventTest], str]] = {
    "occurred": _nothing_more,
    "not_occurred": _nothing_more,
    "occurred_in_last": _rolling,
    "not_occurred_in_last": _rolling,
    "first_occurred": _nth,
    "last_occurred": _nth,
    **dict.fromkeys(_COUNTS, _count),
    "count_between": _count_between,
    "occurred_regularly": _regularity,
    "stopped": _stopped,
    "resumed": _resumed,
}


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
