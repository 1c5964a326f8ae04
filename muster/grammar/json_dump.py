"""A `Rule` or `Library` in its canonical JSON form: what `json_rule.load` reads back as an equal one.

Kept apart from loading because nothing here can be wrong with the document, and from the shapes because it fills in
nothing: defaults are left out and numbers are written exactly. What could go wrong: a number printed through a binary
float, a path with a dot inside a segment, a value whose plain form would be read as another kind.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, assert_never

from muster.compiler.diagnostics import RuleError
from muster.compiler.messages import document as say
from muster.compiler.operators import FIELD_OPERATORS
from muster.compiler.rule import (
    ANYTHING,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Library,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    Regularity,
    Rule,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Test,
    Window,
)
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    DurationValue,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Path,
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
    Value,
)

Json = dict[str, Any]

# How JSON says `anything`: alone and as it is, not in a list.
EVERY_EVENT = "*"


def dump(rule: Rule | Library) -> Json:
    """Give a rule as JSON data: bare if it defines nothing, else as a file.

    Numbers are int, float where its shortest text is exactly the number, else Decimal.
    """
    definitions = _definitions(rule)
    if isinstance(rule, Library):
        audiences = {name: dump_condition(condition) for name, condition in rule.audiences}
        return {"version": 1, **definitions, "audiences": audiences}
    bare = dump_condition(rule.condition)
    return {"version": 1, **definitions, "rule": bare} if definitions else bare


def dump_text(rule: Rule | Library, indent: int | None = None) -> str:
    """Give a rule as JSON text with every number exact."""
    return write_json(dump(rule), indent)


def dump_condition(condition: Condition) -> Json:
    """Give one condition as JSON data."""
    leaf = _leaf(condition)
    if condition.note is not None:
        leaf["note"] = condition.note
    return leaf


def _leaf(condition: Condition) -> Json:
    match condition:
        case Group(op=op, members=members):
            return {op: [dump_condition(member) for member in members]}
        case Not(member=member):
            return {"not": dump_condition(member)}
        case Test():
            return _test(condition)
        case EventTest():
            return _event_test(condition)
        case MetricTest():
            return _metric_test(condition)
        case Sequence(steps=steps, window=window):
            return {"sequence": [_step(step) for step in steps], **_window(window)}
        case AudienceRef(name=name):
            return {"audience": name, "op": "in"}
        case Sample(salt=salt, percent=percent):
            return {"sample": salt, "op": "lt", "value": _number(percent)}
        case StageEntered(stage=stage, within=within):
            return {"lifecycle": "entered", "op": "in_last", "stage": stage, "value": _length(within)}
        case _:
            assert_never(condition)


def _test(test: Test) -> Json:
    subject = test.subject
    is_name = subject.kind in ("profile", "lifecycle")
    leaf: Json = {subject.kind: ".".join(subject.path) if is_name else _path(subject.path)}
    if subject.size:
        leaf["fn"] = "size"
    leaf["op"] = test.op
    leaf.update(_field_value(test.op, test.value))
    if test.ignore_case:
        leaf["ignore_case"] = True
    leaf.update(_where(test.where))
    return leaf


def _field_value(op: str, value: Value | Duration | tuple[Value, ...] | None) -> Json:
    operator = FIELD_OPERATORS.get(op)
    if operator is not None and operator.argument == "time" and isinstance(value, (Text, TimeLiteral)):
        if isinstance(value, Text):
            raise RuleError([say.text_for_time(op, value.value, value.origin)])
        return {"value": value.text}
    return _any_value(value)


def _any_value(value: Value | DurationValue | tuple[Value, ...] | Regularity | None) -> Json:
    match value:
        case None:
            return {}
        case tuple():
            return {"value": [_value(item) for item in value]}
        case Duration():
            return {"value": str(value)}
        case Regularity():
            return {"value": _regularity(value)}
        case _:
            return {"value": _value(value)}


def _event_test(test: EventTest) -> Json:
    leaf: Json = {"event": _events(test.events), "op": test.op, **_any_value(test.value), **_where(test.where)}
    leaf.update(_window(test.window))
    if test.lookback is not None:
        leaf["lookback"] = _length(test.lookback)
    if test.gap is not None:
        leaf["gap"] = _length(test.gap)
    return leaf


def _metric_test(test: MetricTest) -> Json:
    metric = test.metric
    leaf: Json = {**_drawn(metric), "op": test.op, **_any_value(test.value)}
    if test.ignore_case:
        leaf["ignore_case"] = True
    return {**leaf, **_where(metric.where), **_window(metric.window)}


def _drawn(metric: Metric) -> Json:
    leaf: Json = {"event": _events(metric.events), "agg": metric.agg}
    if metric.property is not None:
        leaf["property"] = _path(metric.property)
    return leaf


def _step(step: Step) -> Json:
    leaf: Json = {"event": _events(step.events), **_where(step.where)}
    if step.within is not None:
        leaf["within"] = _length(step.within)
    if step.same is not None:
        leaf["same"] = _path(step.same)
    if step.negate:
        leaf["negate"] = True
    return leaf


def _where(where: Condition | None) -> Json:
    return {} if where is None else {"where": dump_condition(where)}


def _window(window: Window | None) -> Json:
    if window is None:
        return {}
    match window.value:
        case tuple() as bounds:
            inside: Any = [_moment(bound) for bound in bounds]
        case Duration() as length:
            inside = str(length)
        case str() as unit:
            inside = unit
        case _:
            inside = _moment(window.value)
    return {"window": {window.kind: inside}}


def _regularity(wanted: Regularity) -> Json:
    leaf: Json = {"min": wanted.minimum, "of": wanted.of, "unit": wanted.unit}
    if wanted.calendar:
        leaf["calendar"] = True
    if wanted.count != 1:
        leaf["count"] = wanted.count
    return leaf


def _events(events: tuple[str, ...]) -> str | list[str]:
    if events == ANYTHING:
        return EVERY_EVENT
    # Alone, the text "*" is every event; in a list it is a name like any other.
    return events[0] if len(events) == 1 and events[0] != EVERY_EVENT else list(events)


def _path(path: Path) -> str | list[str]:
    plain = all(segment and "." not in segment for segment in path)
    return ".".join(path) if plain else list(path)


def _length(length: DurationValue) -> str | Json:
    return str(length) if isinstance(length, Duration) else {"param": length.name}


def _moment(moment: Time | Param) -> Any:
    """Give a time where a plain text is read as one."""
    return moment.text if isinstance(moment, TimeLiteral) else _value(moment)


def _value(value: Value | Literal_) -> Any:
    """Give a value where a plain text is read as a text."""
    match value:
        case Text(text):
            return text
        case Number(number):
            return _number(number)
        case Boolean(boolean):
            return boolean
        case Duration():
            return {"dur": str(value)}
        case Param(name):
            return {"param": name}
        case TraitRef(path):
            return {"trait": _path(path)}
        case _:
            return _time(value)


def _time(time: Time) -> Json:
    match time:
        case TimeLiteral(text):
            return {"time": text}
        case Today():
            return {"time": "today"}
        case Now():
            return {"time": "now"}
        case Ago(length):
            return {"ago": _length(length)}
        case FromNow(length):
            return {"from_now": _length(length)}
        case _:
            assert_never(time)


def _number(number: Decimal) -> int | float | Decimal:
    if number == number.to_integral_value():
        return int(number)
    shortest = float(number)
    return shortest if Decimal(repr(shortest)) == number else number


def _definitions(rule: Rule | Library) -> Json:
    definitions: Json = {}
    if rule.let:
        definitions["let"] = {name: _value(value) for name, value in rule.let}
    if rule.params:
        definitions["params"] = {param.name: _param(param) for param in rule.params}
    if rule.computed:
        definitions["computed"] = {
            name: {**_drawn(metric), **_where(metric.where), **_window(metric.window)} for name, metric in rule.computed
        }
    return definitions


def _param(param: ParamDecl) -> Json:
    """Give a declaration; its type says how a plain default is read, so a fitting one needs no tag."""
    match param.type, param.default:
        case _, None:
            return {"type": param.type}
        case "duration", Duration() as length:
            return {"type": param.type, "default": str(length)}
        case "datetime", TimeLiteral(text):
            return {"type": param.type, "default": text}
        case _, default:
            return {"type": param.type, "default": _value(default)}


def write_json(data: Any, indent: int | None = None, depth: int = 0) -> str:
    """Write JSON text; unlike `json.dumps`, decimals as they are."""
    match data:
        case Mapping():
            items = [f"{_quoted(key)}: {write_json(value, indent, depth + 1)}" for key, value in data.items()]
            return _enclosed("{", items, "}", indent, depth)
        case list():
            return _enclosed("[", [write_json(item, indent, depth + 1) for item in data], "]", indent, depth)
        case str():
            return _quoted(data)
        case bool():
            return "true" if data else "false"
        case None:
            return "null"
        case float():
            return format(Decimal(repr(data)), "f")
        case Decimal():
            return format(data, "f")
        case _:
            return str(data)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _enclosed(start: str, items: list[str], end: str, indent: int | None, depth: int) -> str:
    if indent is None or not items:
        return f"{start}{', '.join(items)}{end}"
    inner, outer = "\n" + " " * indent * (depth + 1), "\n" + " " * indent * depth
    return f"{start}{inner}{f',{inner}'.join(items)}{outer}{end}"
