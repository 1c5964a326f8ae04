"""The shapes of values inside JSON leaves: literals, times, lengths, paths and names, each with its JSON Schema.

Kept apart from the leaves because an operator's argument kind, not the leaf, decides which of these a value must be.
What could go wrong: a boolean taken for a number, a text taken for a time, a number changed by a binary float.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from muster.compiler import literals
from muster.compiler.operators.spec import Argument
from muster.compiler.rule import ParamType
from muster.compiler.values import CalendarUnit, Unit
from muster.grammar.json_text import nfc
from muster.grammar.limits import MAX_LIST

MAX_COUNT = 99_999

# Tags start with NUL, which no key of a checked document holds: so a place in an error is never mistaken for a key.
TAG = "\0"
VALUE_TAG = f"{TAG}@"

T = TypeVar("T")
Many = Annotated[tuple[T, ...], Field(strict=False)]


def flaw(kind: str, **context: object) -> PydanticCustomError:
    """Make an error that `json_problems` words."""
    return PydanticCustomError(kind, kind, context)


def _literal(read: Callable[[Any], object]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        try:
            read(value)
        except literals.LiteralError as error:
            raise flaw(error.flaw, text=error.text) from error
        return value

    return check


def _number(value: Decimal) -> Decimal:
    try:
        return literals.number(value)
    except literals.LiteralError as error:
        raise flaw(error.flaw, text=error.text) from error


def _whole(value: object) -> object:
    if not isinstance(value, Decimal):
        raise flaw("not_whole")
    if not 0 <= value <= MAX_COUNT or value != value.to_integral_value():
        raise flaw("count_out_of_range", text=str(value), limit=MAX_COUNT)
    return int(value)


def _segments(value: object) -> object:
    """Split a dotted path; a list keeps dots inside its segments."""
    if isinstance(value, list) and value and all(isinstance(segment, str) for segment in value):
        return tuple(nfc(segment) for segment in value)
    if not isinstance(value, str):
        raise flaw("not_a_path")
    segments = tuple(nfc(value).split("."))
    if not all(segments):
        raise flaw("empty_segment", text=value)
    return segments


def _filled(value: str) -> str:
    if not value:
        raise flaw("empty_name")
    return value


class Shape(BaseModel):
    """What every shape shares: no unknown keys, no conversions, no changes; built when a first document needs it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


_DURATION_SCHEMA = {"type": "string", "pattern": "^[0-9]{1,5}(s|min|h|d|w|mo|q|y)$"}
_TIME_SCHEMA = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?$",
}
_PATH_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": r"^[^.]+(\.[^.]+)*$"},
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
    ]
}
_NUMBER_SCHEMA = {"type": "number", "exclusiveMinimum": -(10**18), "exclusiveMaximum": 10**18}

TextIn = Annotated[str, AfterValidator(nfc)]
NameIn = Annotated[
    str, AfterValidator(nfc), AfterValidator(_filled), WithJsonSchema({"type": "string", "minLength": 1})
]
NumberIn = Annotated[Decimal, AfterValidator(_number), WithJsonSchema(_NUMBER_SCHEMA)]
CountIn = Annotated[
    int, BeforeValidator(_whole), WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_COUNT})
]
PathIn = Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(_segments), WithJsonSchema(_PATH_SCHEMA)]
LengthText = Annotated[str, AfterValidator(_literal(literals.duration)), WithJsonSchema(_DURATION_SCHEMA)]
TimeText = Annotated[str, AfterValidator(_literal(literals.time)), WithJsonSchema(_TIME_SCHEMA)]
MomentText = Annotated[
    str,
    AfterValidator(lambda text: text if text in ("today", "now") else _literal(literals.time)(text)),
    WithJsonSchema({"anyOf": [{"enum": ["today", "now"]}, _TIME_SCHEMA]}),
]
UnitIn = Unit
CalendarUnitIn = CalendarUnit
TypeName = Literal["number", "string", "boolean", "datetime", "list"]


class ParamIn(Shape):
    """`{"param": name}`: a constant or parameter of the file."""

    param: NameIn


class TraitIn(Shape):
    """`{"trait": path}`: the value of another trait of the same person."""

    trait: PathIn


class TimeIn(Shape):
    """`{"time": "2024-01-01" | "today" | "now"}`: a time where a plain text would be a text."""

    time: MomentText


def _shape_of(value: object) -> str:
    """Tell what a value is by its JSON type, or by the one key that tags it."""
    match value:
        case bool():
            return f"{VALUE_TAG}boolean"
        case str():
            return f"{VALUE_TAG}text"
        case Decimal():
            return f"{VALUE_TAG}number"
        case {"param": _}:
            return f"{VALUE_TAG}param"
        case {"trait": _}:
            return f"{VALUE_TAG}trait"
        case {"time": _}:
            return f"{VALUE_TAG}time"
        case {"ago": _}:
            return f"{VALUE_TAG}ago"
        case {"from_now": _}:
            return f"{VALUE_TAG}from_now"
        case {"dur": _}:
            return f"{VALUE_TAG}dur"
        case _:
            return f"{VALUE_TAG}other"


LengthIn = Annotated[
    Annotated[LengthText, Tag(f"{VALUE_TAG}text")] | Annotated[ParamIn, Tag(f"{VALUE_TAG}param")],
    Discriminator(_shape_of),
]


class AgoIn(Shape):
    """`{"ago": "7d"}`: as_of minus a length."""

    ago: LengthIn


class FromNowIn(Shape):
    """`{"from_now": "7d"}`: as_of plus a length."""

    from_now: LengthIn


class LengthTagged(Shape):
    """`{"dur": "30d"}`: a length where a plain text would be a text."""

    dur: LengthText


_Boolean = Annotated[bool, Tag(f"{VALUE_TAG}boolean")]
_Number = Annotated[NumberIn, Tag(f"{VALUE_TAG}number")]
_Text = Annotated[TextIn, Tag(f"{VALUE_TAG}text")]
_PlainTime = Annotated[TimeText, Tag(f"{VALUE_TAG}text")]
_Param = Annotated[ParamIn, Tag(f"{VALUE_TAG}param")]
_Trait = Annotated[TraitIn, Tag(f"{VALUE_TAG}trait")]
_Time = Annotated[TimeIn, Tag(f"{VALUE_TAG}time")]
_Ago = Annotated[AgoIn, Tag(f"{VALUE_TAG}ago")]
_FromNow = Annotated[FromNowIn, Tag(f"{VALUE_TAG}from_now")]

_Tagged = Annotated[LengthTagged, Tag(f"{VALUE_TAG}dur")]

# In `eq`, `gt`, `between` … a plain text is a text; in `before`, `after`, `on` and in windows it is a time.
ValueIn = Annotated[
    _Text | _Number | _Boolean | _Param | _Trait | _Time | _Ago | _FromNow,
    Discriminator(_shape_of),
]
TimeValueIn = Annotated[_PlainTime | _Param | _Trait | _Time | _Ago | _FromNow, Discriminator(_shape_of)]
MomentIn = Annotated[_PlainTime | _Param | _Time | _Ago | _FromNow, Discriminator(_shape_of)]
CountValueIn = Annotated[_Number | _Param | _Trait, Discriminator(_shape_of)]
ConstantIn = Annotated[
    _Text | _Number | _Boolean | _Tagged | _Time | _Ago | _FromNow,
    Discriminator(_shape_of),
]

LengthDefaultIn = Annotated[Annotated[LengthText, Tag(f"{VALUE_TAG}text")] | _Tagged, Discriminator(_shape_of)]
TimeDefaultIn = Annotated[_PlainTime | _Time | _Ago | _FromNow, Discriminator(_shape_of)]

Tagged = ParamIn | TimeIn | AgoIn | FromNowIn
Scalar = bool | Decimal | str | TraitIn | Tagged
ValuesIn = Annotated[Many[ValueIn], Field(max_length=MAX_LIST)]
PairIn = Annotated[Many[ValueIn], Field(min_length=2, max_length=2)]
CountPairIn = Annotated[Many[CountValueIn], Field(min_length=2, max_length=2)]
MomentPairIn = Annotated[Many[MomentIn], Field(min_length=2, max_length=2)]


class RegularityIn(Shape):
    """`{"min": 3, "of": 4, "unit": "w"}`: some of the last periods, each with enough events."""

    min: CountIn
    of: CountIn
    unit: UnitIn
    calendar: bool = False
    count: CountIn = 1


_STRICT = ConfigDict(strict=True, defer_build=True)

# What the value of a field's operator must be, by the operator's argument kind; None: no value.
ARGUMENTS: Mapping[Argument, TypeAdapter[Any] | None] = {
    "none": None,
    "where": None,
    "value": TypeAdapter(ValueIn, config=_STRICT),
    "values": TypeAdapter(ValuesIn, config=_STRICT),
    "pair": TypeAdapter(PairIn, config=_STRICT),
    "time": TypeAdapter(TimeValueIn, config=_STRICT),
    "duration": TypeAdapter(LengthIn, config=_STRICT),
    "type": TypeAdapter(TypeName),
}
EVENT_ARGUMENTS: Mapping[str, TypeAdapter[Any] | None] = {
    "none": None,
    "window": None,
    "duration": TypeAdapter(LengthIn, config=_STRICT),
    "number": TypeAdapter(CountValueIn, config=_STRICT),
    "pair": TypeAdapter(CountPairIn, config=_STRICT),
    "regularity": TypeAdapter(RegularityIn),
}
# What the default of a parameter must be, by its type; a plain text is read as the type says. Lists have none.
DEFAULTS: Mapping[ParamType, TypeAdapter[Any] | None] = {
    "number": TypeAdapter(NumberIn, config=_STRICT),
    "string": TypeAdapter(TextIn, config=_STRICT),
    "boolean": TypeAdapter(bool, config=_STRICT),
    "datetime": TypeAdapter(TimeDefaultIn, config=_STRICT),
    "duration": TypeAdapter(LengthDefaultIn, config=_STRICT),
    "list": None,
}
