"""The shapes of JSON documents: one model per leaf, group, step, window and file; the JSON Schema is made of these.

A callable discriminator picks a leaf by the one key that names its kind, so that a wrong leaf is judged as what it
tries to be; its operator then decides what the value must be, from the registry. What could go wrong: a leaf of two
kinds at once, a key or value that the operator does not take and that would be lost in silence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    WithJsonSchema,
    WrapValidator,
    field_validator,
    model_validator,
)

from muster.compiler.operators import EVENT_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.operators.spec import EventOperator, Operator
from muster.compiler.rule import ANYTHING, Aggregate
from muster.grammar.json_dump import EVERY_EVENT
from muster.grammar.json_fields import (
    ComputedTest,
    FilterIn,
    LifecycleTest,
    Node,
    ProfileTest,
    TraitTest,
    field_operator,
    fit_argument,
    fold_case,
    kinds_of,
    known_operator,
    take_key,
)
from muster.grammar.json_values import (
    ARGUMENTS,
    EVENT_ARGUMENTS,
    TAG,
    CalendarUnitIn,
    LengthIn,
    LengthText,
    Many,
    MomentIn,
    MomentPairIn,
    NameIn,
    NumberIn,
    PathIn,
    Shape,
    TextIn,
    flaw,
)
from muster.grammar.limits import MAX_LEAVES, MAX_STEPS

T = TypeVar("T")


ENTERED = "entered"
COUNT = "count"
# Only these event operators take these keys; `gap` is then required.
OPTIONS: Mapping[str, str] = {"lookback": "stopped", "gap": "resumed"}
_PICKS = ("first", "last")


def _condition_shape(value: object) -> str | None:
    kinds = kinds_of(value) if isinstance(value, dict) else ()
    if len(kinds) != 1 or kinds[0] == "property":
        return None
    assert isinstance(value, dict)
    match kinds[0]:
        case "event" if "agg" in value:
            return f"{TAG}metric"
        case "lifecycle" if value["lifecycle"] == ENTERED:
            return f"{TAG}{ENTERED}"
        case kind:
            return f"{TAG}{kind}"


class StageEnteredIn(Node):
    """`{"lifecycle": "entered", "op": "in_last", "stage": "at_risk", "value": "7d"}`."""

    lifecycle: Literal["entered"]
    op: Literal["in_last"]
    stage: NameIn
    value: LengthIn


class WindowIn(Shape):
    """When events count: exactly one of these keys."""

    last: LengthIn | None = None
    older_than: LengthIn | None = None
    last_calendar: LengthText | None = None
    this: CalendarUnitIn | None = None
    previous: CalendarUnitIn | None = None
    between: MomentPairIn | None = None
    before: MomentIn | None = None
    after: MomentIn | None = None
    on: MomentIn | None = None

    @model_validator(mode="after")
    def _one(self) -> WindowIn:
        if len(self.model_fields_set) != 1:
            kinds = tuple(WindowIn.model_fields)
            found = tuple(kind for kind in kinds if kind in self.model_fields_set)
            raise flaw("not_one_window", found=found, allowed=kinds)
        return self


def _events(value: object, names: Callable[[object], tuple[str, ...]]) -> tuple[str, ...]:
    if value == EVERY_EVENT:
        return ANYTHING
    return names((value,) if isinstance(value, str) else value)


EventsIn = Annotated[
    Many[NameIn],
    Field(min_length=1),
    WrapValidator(_events),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
            ]
        }
    ),
]


class EventTestIn(Node):
    """`{"event": …, "op": "occurred_in_last", "value": "30d"}` and the other tests of how often, or when."""

    event: EventsIn
    op: str
    value: Any = Field(default=None, validate_default=True)
    where: FilterIn | None = None
    window: WindowIn | None = Field(default=None, validate_default=True)
    lookback: LengthIn | None = None
    gap: LengthIn | None = Field(default=None, validate_default=True)

    @field_validator("op")
    @classmethod
    def _op(cls, op: str) -> str:
        return known_operator(op, EVENT_OPERATORS, "an event")

    @field_validator("value", mode="before")
    @classmethod
    def _value(cls, value: Any, info: ValidationInfo) -> Any:
        operator = _event_operator(info)
        return value if operator is None else fit_argument(value, EVENT_ARGUMENTS[operator.argument], operator.name)

    @field_validator("window", mode="before")
    @classmethod
    def _window(cls, value: Any, info: ValidationInfo) -> Any:
        operator = _event_operator(info)
        if operator is None:
            return value
        kind = operator.window
        return take_key("window", value, operator.name, may=kind != "none", must=kind == "required")

    @field_validator("lookback", "gap", mode="before")
    @classmethod
    def _option(cls, value: Any, info: ValidationInfo) -> Any:
        operator = _event_operator(info)
        if operator is None:
            return value
        key = info.field_name or ""
        wanted = operator.name == OPTIONS[key]
        return take_key(key, value, operator.name, may=wanted, must=wanted and key == "gap")


def _event_operator(info: ValidationInfo) -> EventOperator | None:
    return EVENT_OPERATORS.get(info.data.get("op", ""))


def operators_on(agg: str) -> Mapping[str, Operator]:
    """Give the operators that an aggregate takes: a picked value takes more than a number does."""
    return PICK_OPERATORS if agg in _PICKS else METRIC_OPERATORS


def _not_count(agg: str) -> str:
    if agg == COUNT:
        raise flaw("agg_count")
    return agg


class MetricTestIn(Node):
    """`{"event": …, "agg": "sum", "property": "amount", "op": "gte", "value": 500}`."""

    event: EventsIn
    agg: Annotated[Aggregate, AfterValidator(_not_count)]
    property: PathIn
    op: str
    value: Any = Field(default=None, validate_default=True)
    ignore_case: bool = False
    where: FilterIn | None = None
    window: WindowIn | None = None

    @field_validator("op")
    @classmethod
    def _op(cls, op: str, info: ValidationInfo) -> str:
        agg = info.data.get("agg")
        return op if agg is None else known_operator(op, operators_on(agg), f"`{agg}`")

    @field_validator("value", mode="before")
    @classmethod
    def _value(cls, value: Any, info: ValidationInfo) -> Any:
        operator = field_operator(info, PICK_OPERATORS)
        return value if operator is None else fit_argument(value, ARGUMENTS[operator.argument], operator.name)

    @field_validator("ignore_case")
    @classmethod
    def _ignore_case(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 (pydantic's signature)
        return fold_case(value, field_operator(info, PICK_OPERATORS))


class StepIn(Shape):
    """One step of a sequence."""

    event: EventsIn
    where: FilterIn | None = None
    within: LengthIn | None = None
    same: PathIn | None = None
    negate: bool = False


class SequenceIn(Node):
    """`{"sequence": [{"event": …}, {"event": …, "within": "24h", "negate": true}], "window": …}`."""

    sequence: Annotated[Many[StepIn], Field(min_length=2, max_length=MAX_STEPS)]
    window: WindowIn | None = None

    @field_validator("sequence")
    @classmethod
    def _steps(cls, steps: tuple[StepIn, ...]) -> tuple[StepIn, ...]:
        """Refuse what would relate the first step to a step before it, or forbid a step in the middle."""
        first = steps[0]
        if first.within is not None or first.same is not None:
            raise flaw("sequence_structure", step=0, problem="The first step has no step before it to relate to.")
        for index, step in enumerate(steps[:-1]):
            if step.negate:
                raise flaw("sequence_structure", step=index, problem="Only the last step of a sequence is negated.")
        return steps


class AudienceRefIn(Node):
    """`{"audience": name, "op": "in" | "not_in"}`."""

    audience: NameIn
    op: Literal["in", "not_in"]


class SampleIn(Node):
    """`{"sample": salt, "op": "lt", "value": percent}`."""

    sample: TextIn
    op: Literal["lt"]
    value: Annotated[NumberIn, Field(ge=0, le=100), WithJsonSchema({"type": "number", "minimum": 0, "maximum": 100})]


class AllOf(Node):
    """`{"all": […]}`: every one of them; of none: everyone."""

    all: Annotated[Many[ConditionIn], Field(max_length=MAX_LEAVES)]


class AnyOf(Node):
    """`{"any": […]}`: at least one of them; of none: nobody."""

    any: Annotated[Many[ConditionIn], Field(max_length=MAX_LEAVES)]


class NoneOf(Node):
    """`{"none": […]}`: not one of them; of none: everyone."""

    none: Annotated[Many[ConditionIn], Field(max_length=MAX_LEAVES)]


class NotOf(Node):
    """`{"not": …}`: the complement."""

    not_: ConditionIn = Field(alias="not")


ConditionIn = Annotated[
    Annotated[AllOf, Tag(f"{TAG}all")]
    | Annotated[AnyOf, Tag(f"{TAG}any")]
    | Annotated[NoneOf, Tag(f"{TAG}none")]
    | Annotated[NotOf, Tag(f"{TAG}not")]
    | Annotated[TraitTest, Tag(f"{TAG}trait")]
    | Annotated[ComputedTest, Tag(f"{TAG}computed")]
    | Annotated[ProfileTest, Tag(f"{TAG}profile")]
    | Annotated[LifecycleTest, Tag(f"{TAG}lifecycle")]
    | Annotated[StageEnteredIn, Tag(f"{TAG}entered")]
    | Annotated[EventTestIn, Tag(f"{TAG}event")]
    | Annotated[MetricTestIn, Tag(f"{TAG}metric")]
    | Annotated[SequenceIn, Tag(f"{TAG}sequence")]
    | Annotated[AudienceRefIn, Tag(f"{TAG}audience")]
    | Annotated[SampleIn, Tag(f"{TAG}sample")],
    Discriminator(_condition_shape),
]
