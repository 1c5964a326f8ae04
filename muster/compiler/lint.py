"""What a valid rule says that its author may not have meant: lints L101 to L210 and the impossible rule E12.

Lints read the author's tree and the catalogue's counts; they never change the rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import chain

from muster.compiler.checked import CheckedRule
from muster.compiler.diagnostics import Diagnostic, Origin, Span
from muster.compiler.expr import Expr
from muster.compiler.messages import knowledge
from muster.compiler.normal_form import is_everyone, is_nobody
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import (
    ANYTHING,
    Condition,
    EventTest,
    Group,
    MetricTest,
    Not,
    Rule,
    Sequence,
    Test,
    Window,
    walk,
)
from muster.compiler.schema import NameStats, Schema
from muster.compiler.values import Number, Path, Text, TimeLiteral, path_text

MANY_EVENTS = 1_000_000
# These hold without a value, or are about having one, so their complement is no surprise.
_SAY_MISSING = frozenset({"exists", "empty", "all_where"})
_OFFSET = re.compile(r"(?:Z|[+-]\d\d(?::?\d\d)?)$")


def lint(rule: Rule, checked: CheckedRule, lowered: Expr, schema: Schema | None) -> tuple[Diagnostic, ...]:
    """Give every lint of a rule, in the order of its conditions."""
    found = [
        knowledge.mixed_groups(condition.origin)
        for condition in walk(rule.condition)
        if isinstance(condition, Group) and condition.mixed
    ]
    for condition in walk(checked.condition):
        found.extend(_of(condition, schema))
    if is_everyone(lowered):
        found.extend(_settled(rule.condition, everyone=True))
    elif is_nobody(lowered):
        found.extend(_settled(rule.condition, everyone=False))
    return tuple(found)


def _settled(condition: Condition, *, everyone: bool) -> Iterator[Diagnostic]:
    """Tell what a rule comes to, unless it says so itself: the words `everyone` and `nobody` are in text only."""
    if not isinstance(condition, Group) or condition.members:
        yield knowledge.everyone_or_nobody(everyone=everyone)
    elif not isinstance(condition.origin, Span):
        yield knowledge.empty_group(condition.op, condition.origin, everyone=everyone)


def _of(condition: Condition, schema: Schema | None) -> Iterator[Diagnostic]:
    match condition:
        case Test():
            yield from _test(condition, schema)
        case EventTest():
            yield from _event_test(condition, schema)
        case Not(member=Test() as test):
            yield from _complement(condition, test, schema)
        case Sequence():
            named = [step.events for step in condition.steps]
            events = ANYTHING if ANYTHING in named else tuple(dict.fromkeys(chain.from_iterable(named)))
            yield from _volume(events, schema, condition, unbounded=condition.window is None)
            yield from _reversed_window(condition.window)
        case MetricTest(metric=metric):
            yield from _reversed_window(metric.window)
            yield from _volume(metric.events, schema, condition, unbounded=metric.window is None)
        case Group(op="all") if schema is not None:
            yield from _impossible(condition, schema)
        case _:
            return


def _test(test: Test, schema: Schema | None) -> Iterator[Diagnostic]:
    operator = FIELD_OPERATORS[test.op]
    name = path_text(test.subject.path)
    stats = _stats(test, schema)
    if operator.complement_of is not None:
        yield from _matches_missing(test, operator.complement_of, schema, test.origin)
    if operator.argument == "pair" and isinstance(test.value, tuple):
        yield from _reversed(test.value, test)
    if stats is None:
        return
    if test.op in ("eq", "neq") and stats.lists and not test.subject.size:
        yield knowledge.list_equality(name, test.origin)
    if not test.ignore_case and operator.accepts and operator.argument in ("value", "values"):
        yield from _cases(test, stats)


def _complement(complement: Not, test: Test, schema: Schema | None) -> Iterator[Diagnostic]:
    if FIELD_OPERATORS[test.op].complement_of is None:
        yield from _matches_missing(test, test.op, schema, complement.origin)


def _matches_missing(test: Test, positive: str, schema: Schema | None, origin: Origin | None) -> Iterator[Diagnostic]:
    """Tell that the complement of a positive test holds without the value, unless the test itself does or asks that."""
    if test.subject.kind != "trait" or positive in _SAY_MISSING:
        return
    stats = _stats(test, schema)
    missing = None if schema is None or stats is None else max(0, schema.stats.profiles - stats.rows)
    if missing == 0:
        return
    yield knowledge.negative_matches_missing(path_text(test.subject.path), missing, origin)


def _stats(test: Test, schema: Schema | None) -> NameStats | None:
    if schema is None or test.subject.kind != "trait":
        return None
    return schema.stats.traits.get(test.subject.path)


def _cases(test: Test, stats: NameStats) -> Iterator[Diagnostic]:
    by_fold = {text.casefold(): text for text in stats.texts}
    for value in test.value if isinstance(test.value, tuple) else (test.value,):
        if isinstance(value, Text) and value.value not in stats.texts and value.value.casefold() in by_fold:
            known = by_fold[value.value.casefold()]
            yield knowledge.case_differs(path_text(test.subject.path), value.value, known, value.origin or test.origin)


def _event_test(test: EventTest, schema: Schema | None) -> Iterator[Diagnostic]:
    event = "anything" if test.events == ANYTHING else " or ".join(test.events)
    operator = EVENT_OPERATORS[test.op]
    if operator.complement_of in ("occurred", "occurred_in_last"):
        yield knowledge.absence_includes_new(event, test.origin)
    yield from _broken_counts(test)
    if _includes_none(test):
        yield knowledge.count_includes_none(event, test.origin)
    if operator.argument == "pair" and isinstance(test.value, tuple):
        yield from _reversed(test.value, test)
    yield from _reversed_window(test.window)
    unbounded = test.window is None and operator.window != "none"
    yield from _volume(test.events, schema, test, unbounded=unbounded)


def _broken_counts(test: EventTest) -> Iterator[Diagnostic]:
    """Find numbers of times that are not whole; only counts have a number beside an event."""
    for value in test.value if isinstance(test.value, tuple) else (test.value,):
        if isinstance(value, Number) and value.value != value.value.to_integral_value():
            yield knowledge.broken_count(_literal(value), value.origin or test.origin)


def _includes_none(test: EventTest) -> bool:
    value = test.value[0] if isinstance(test.value, tuple) else test.value
    if not isinstance(value, Number):
        return False
    if test.op in ("count_lte", "count_lt", "count_neq"):
        return value.value >= 0
    return test.op in ("count_eq", "count_between") and value.value <= 0


def _reversed_window(window: Window | None) -> Iterator[Diagnostic]:
    if window is not None and window.kind == "between" and isinstance(window.value, tuple):
        yield from _reversed(window.value, window)


def _reversed(values: tuple[object, ...], place: Test | EventTest | Window) -> Iterator[Diagnostic]:
    low, high = values
    if isinstance(low, (Number, Text)) and type(low) is type(high) and low.value > high.value:  # type: ignore[operator]  # one type
        assert isinstance(high, (Number, Text))
        yield knowledge.reversed_bounds(_literal(low), _literal(high), place.origin)
    if isinstance(low, TimeLiteral) and isinstance(high, TimeLiteral) and _comes_after(low, high):
        yield knowledge.reversed_bounds(low.text, high.text, place.origin)


def _comes_after(low: TimeLiteral, high: TimeLiteral) -> bool:
    return _form(low) == _form(high) and low.text > high.text


def _form(time: TimeLiteral) -> tuple[int, str]:
    """Give what two times must share for their texts to be in the order of time: their length and their offset."""
    offset = _OFFSET.search(time.text)
    return (len(time.text), "" if time.is_date or offset is None else offset[0])


def _volume(
    events: tuple[str, ...], schema: Schema | None, place: EventTest | MetricTest | Sequence, *, unbounded: bool
) -> Iterator[Diagnostic]:
    if schema is None or not unbounded:
        return
    counts = schema.stats.events
    for event in counts if events == ANYTHING else events:
        if counts.get(event, 0) >= MANY_EVENTS:
            yield knowledge.unbounded_scan(event, counts[event], place.origin)


def _impossible(group: Group, schema: Schema) -> Iterator[Diagnostic]:
    """Find number bounds on one single-valued trait that exclude each other."""
    bounds: dict[Path, list[Test]] = {}
    for member in group.members:
        if isinstance(member, Test) and member.subject.kind == "trait" and schema.trait(member.subject.path).single:
            bounds.setdefault(member.subject.path, []).append(member)
    for path, tests in bounds.items():
        low = max((_bound(t, _LOWER) for t in tests), default=None, key=_tightness_low)
        high = min((_bound(t, _UPPER) for t in tests), default=None, key=_tightness_high)
        if low is None or high is None or low[0] is None or high[0] is None:
            continue
        if low[0] > high[0] or (low[0] == high[0] and (low[1] or high[1])):
            below, above = _said(low, "above", "at least"), _said(high, "below", "at most")
            yield knowledge.impossible(path_text(path), below, above, high[2].origin)


_LOWER = {"gt": True, "gte": False, "eq": False}
_UPPER = {"lt": True, "lte": False, "eq": False}
_Bound = tuple[Decimal | None, bool, Test]


def _bound(test: Test, ops: dict[str, bool]) -> _Bound:
    value = test.value.value if isinstance(test.value, Number) and test.op in ops else None
    return (value, ops.get(test.op, False), test)


def _tightness_low(bound: _Bound) -> tuple[Decimal, bool]:
    return (Decimal("-Infinity") if bound[0] is None else bound[0], bound[1])


def _tightness_high(bound: _Bound) -> tuple[Decimal, bool]:
    return (Decimal("Infinity") if bound[0] is None else bound[0], not bound[1])


def _said(bound: _Bound, strict: str, loose: str) -> str:
    assert bound[0] is not None
    return f"{strict if bound[1] else loose} {bound[0]:f}"


def _literal(value: Number | Text) -> str:
    return f'"{value.value}"' if isinstance(value, Text) else f"{value.value:f}"
