"""Shapes that passed validation, as conditions of a `Rule`, every node with its JSON pointer.

Kept apart from `json_rule` because it judges nothing: whatever arrives here has a Rule. What could go wrong: a plain
text read as a text where its operator takes a time or a length.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any, Literal, assert_never

from muster.compiler import literals
from muster.compiler.diagnostics import InternalError, Pointer
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.operators.spec import Argument, EventArgument
from muster.compiler.rule import (
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    ParamType,
    Regularity,
    Sample,
    Sequence,
    StageEntered,
    Step,
    Subject,
    SubjectKind,
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
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
    Value,
)
from muster.grammar import json_fields as fields
from muster.grammar import json_files as files
from muster.grammar import json_shapes as shapes
from muster.grammar import json_values as values

# `{"op": "occurred", "window": {"last": "30d"}}` is another spelling of `{"op": "occurred_in_last", "value": "30d"}`.
ROLLING = {"occurred": "occurred_in_last", "not_occurred": "not_occurred_in_last"}


def condition(shape: Any, at: Pointer) -> Condition:
    """Build a condition, or a filter inside `where`, from its shape."""
    match shape:
        case shapes.AllOf() | fields.FilterAll():
            return _group("all", shape.all, shape.note, at)
        case shapes.AnyOf() | fields.FilterAny():
            return _group("any", shape.any, shape.note, at)
        case shapes.NoneOf() | fields.FilterNone():
            return _group("none", shape.none, shape.note, at)
        case shapes.NotOf() | fields.FilterNot():
            return Not(member=condition(shape.not_, at.child("not")), note=shape.note, origin=at)
        case fields.FieldTest():
            return _test(shape, at)
        case shapes.EventTestIn():
            return _event_test(shape, at)
        case shapes.MetricTestIn():
            return _metric_test(shape, at)
        case shapes.SequenceIn():
            return _sequence(shape, at)
        case _:
            return _reference(shape, at)


def _group(op: Literal["all", "any", "none"], members: tuple[Any, ...], note: str | None, at: Pointer) -> Group:
    inside = at.child(op)
    return Group(
        op=op,
        members=tuple(condition(member, inside.child(index)) for index, member in enumerate(members)),
        note=note,
        origin=at,
    )


def _filter(shape: Any, at: Pointer) -> Condition | None:
    return None if shape is None else condition(shape, at.child("where"))


def _test(shape: fields.FieldTest, at: Pointer) -> Test:
    return Test(
        subject=_subject(shape, at),
        op=shape.op,
        value=_argument(shape.value, FIELD_OPERATORS[shape.op].argument, at.child("value")),
        ignore_case=shape.ignore_case,
        where=_filter(shape.where, at),
        note=shape.note,
        origin=at,
        op_origin=at.child("op"),
    )


def _subject(shape: fields.FieldTest, at: Pointer) -> Subject:
    kind: SubjectKind
    match shape:
        case fields.TraitTest():
            kind, path = "trait", shape.trait
        case fields.PropertyTest():
            kind, path = "property", shape.property
        case fields.ComputedTest():
            kind, path = "computed", shape.computed
        case fields.ProfileTest():
            kind, path = "profile", (shape.profile,)
        case fields.LifecycleTest():
            kind, path = "lifecycle", (shape.lifecycle,)
        case _:
            raise InternalError("json", f"no subject for {type(shape).__name__}")
    return Subject(kind=kind, path=path, size=shape.fn is not None, origin=at.child(kind))


def _event_test(shape: shapes.EventTestIn, at: Pointer) -> EventTest:
    op, value, window = shape.op, shape.value, shape.window
    value_at = at.child("value")
    if op in ROLLING and window is not None and window.last is not None:
        op, value, window, value_at = ROLLING[op], window.last, None, at.child("window").child("last")
    return EventTest(
        events=shape.event,
        op=op,
        value=_event_argument(value, EVENT_OPERATORS[op].argument, value_at),
        where=_filter(shape.where, at),
        window=_window(window, at.child("window")),
        lookback=None if shape.lookback is None else length(shape.lookback, at.child("lookback")),
        gap=None if shape.gap is None else length(shape.gap, at.child("gap")),
        note=shape.note,
        origin=at,
        events_origin=at.child("event"),
    )


def _metric_test(shape: shapes.MetricTestIn, at: Pointer) -> MetricTest:
    value = _argument(shape.value, FIELD_OPERATORS[shape.op].argument, at.child("value"))
    assert not isinstance(value, Duration), shape
    return MetricTest(
        metric=metric(shape, at),
        op=shape.op,
        value=value,
        ignore_case=shape.ignore_case,
        note=shape.note,
        origin=at,
    )


def metric(shape: shapes.MetricTestIn | files.ComputedIn, at: Pointer) -> Metric:
    """Build what a metric test or a computed trait draws from events."""
    return Metric(
        events=shape.event,
        agg=shape.agg,
        property=shape.property,
        where=_filter(shape.where, at),
        window=_window(shape.window, at.child("window")),
        origin=at,
        events_origin=at.child("event"),
    )


def _sequence(shape: shapes.SequenceIn, at: Pointer) -> Sequence:
    inside = at.child("sequence")
    return Sequence(
        steps=tuple(_step(step, inside.child(index)) for index, step in enumerate(shape.sequence)),
        window=_window(shape.window, at.child("window")),
        note=shape.note,
        origin=at,
    )


def _step(shape: shapes.StepIn, at: Pointer) -> Step:
    return Step(
        events=shape.event,
        where=_filter(shape.where, at),
        within=None if shape.within is None else length(shape.within, at.child("within")),
        same=shape.same,
        negate=shape.negate,
        origin=at,
    )


def _reference(shape: Any, at: Pointer) -> Condition:
    match shape:
        case shapes.AudienceRefIn(op="in"):
            return AudienceRef(name=shape.audience, note=shape.note, origin=at, name_origin=at.child("audience"))
        case shapes.AudienceRefIn():
            reference = AudienceRef(name=shape.audience, origin=at, name_origin=at.child("audience"))
            return Not(member=reference, note=shape.note, origin=at)
        case shapes.SampleIn():
            return Sample(salt=shape.sample, percent=shape.value, note=shape.note, origin=at)
        case shapes.StageEnteredIn():
            within = length(shape.value, at.child("value"))
            return StageEntered(stage=shape.stage, within=within, note=shape.note, origin=at)
        case _:
            raise InternalError("json", f"no condition for {type(shape).__name__}")


def _argument(raw: Any, kind: Argument, at: Pointer) -> Value | Duration | tuple[Value, ...] | None:
    match kind:
        case "none" | "where":
            return None
        case "value":
            return value(raw, at)
        case "values" | "pair":
            return tuple(value(item, at.child(index)) for index, item in enumerate(raw))
        case "time":
            return moment(raw, at)
        case "duration":
            return length(raw, at)
        case "type":
            return Text(raw, at)
        case _:
            assert_never(kind)


def _event_argument(
    raw: Any, kind: EventArgument, at: Pointer
) -> Value | DurationValue | tuple[Value, ...] | Regularity | None:
    match kind:
        case "none" | "window":
            return None
        case "duration":
            return length(raw, at)
        case "number":
            return value(raw, at)
        case "pair":
            return tuple(value(item, at.child(index)) for index, item in enumerate(raw))
        case "regularity":
            return Regularity(minimum=raw.min, of=raw.of, unit=raw.unit, calendar=raw.calendar, count=raw.count)
        case _:
            assert_never(kind)


def value(raw: values.Scalar, at: Pointer) -> Value:
    """Give a value where a plain text is a text."""
    match raw:
        case str():
            return Text(raw, at)
        case bool():
            return Boolean(raw, at)
        case Decimal():
            return Number(raw, at)
        case values.TraitIn():
            return TraitRef(raw.trait, at)
        case _:
            return _moment(raw, at)


def moment(raw: str | values.TraitIn | values.Tagged, at: Pointer) -> Time | Param | TraitRef:
    """Give a value where a plain text is a time."""
    if isinstance(raw, str):
        return TimeLiteral(raw, at)
    return TraitRef(raw.trait, at) if isinstance(raw, values.TraitIn) else _moment(raw, at)


def _moment(raw: values.Tagged, at: Pointer) -> Time | Param:
    match raw:
        case values.ParamIn():
            return Param(raw.param, at)
        case values.TimeIn(time="today"):
            return Today(at)
        case values.TimeIn(time="now"):
            return Now(at)
        case values.TimeIn():
            return TimeLiteral(raw.time, at)
        case values.AgoIn():
            return Ago(length(raw.ago, at.child("ago")), at)
        case values.FromNowIn():
            return FromNow(length(raw.from_now, at.child("from_now")), at)
        case _:
            assert_never(raw)


def length(raw: str | values.ParamIn, at: Pointer) -> DurationValue:
    """Give a length, or the parameter that stands for one."""
    return Param(raw.param, at) if isinstance(raw, values.ParamIn) else exact_length(raw, at)


def exact_length(raw: str, at: Pointer) -> Duration:
    """Give a length that is written out."""
    return replace(literals.duration(raw), origin=at)


def constant(raw: Any, at: Pointer, *, type_: ParamType | None = None) -> Literal_:
    """Give the value of a constant, or the default of a parameter, whose plain texts read as its type says."""
    if isinstance(raw, values.LengthTagged):
        return exact_length(raw.dur, at.child("dur"))
    if isinstance(raw, str) and type_ == "duration":
        return exact_length(raw, at)
    found = moment(raw, at) if isinstance(raw, str) and type_ == "datetime" else value(raw, at)
    assert not isinstance(found, (Param, TraitRef)), raw
    return found


def _window(shape: shapes.WindowIn | None, at: Pointer) -> Window | None:
    if shape is None:
        return None
    (kind,) = shape.model_fields_set
    raw, inside = getattr(shape, kind), at.child(kind)
    match kind:
        case "last" | "older_than":
            return Window(kind=kind, value=length(raw, inside), origin=at)
        case "last_calendar":
            return Window(kind=kind, value=exact_length(raw, inside), origin=at)
        case "this" | "previous":
            return Window(kind=kind, value=raw, origin=at)
        case "between":
            low, high = (_bound(item, inside.child(index)) for index, item in enumerate(raw))
            return Window(kind=kind, value=(low, high), origin=at)
        case "before" | "after" | "on":
            return Window(kind=kind, value=_bound(raw, inside), origin=at)
        case _:
            raise InternalError("json", f"no window {kind}")


def _bound(raw: str | values.Tagged, at: Pointer) -> Time | Param:
    return TimeLiteral(raw, at) if isinstance(raw, str) else _moment(raw, at)
