"""The shapes of files: one rule with what it defines, or a library of named audiences.

Kept apart from the conditions because a bare rule needs none of it. What could go wrong: a default that is not of its
parameter's type, a plain text that is read as a text where the type makes it a length or a time.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from muster.compiler.rule import Aggregate, ParamType
from muster.grammar.json_fields import FilterIn, take_key
from muster.grammar.json_shapes import COUNT, ConditionIn, EventsIn, WindowIn
from muster.grammar.json_values import DEFAULTS, TAG, ConstantIn, Many, NameIn, PathIn, Shape, flaw
from muster.grammar.limits import MAX_DEFINITIONS

FILE_KEYS = ("rule", "version", "let", "params")

T = TypeVar("T")


class ParamDeclIn(Shape):
    """`{"type": "duration", "default": "30d"}`."""

    type: ParamType
    default: Any = None

    @field_validator("default", mode="before")
    @classmethod
    def _default(cls, value: Any, info: ValidationInfo) -> Any:
        """Read a default as its declared type: a plain text is a length or a time where that is the type."""
        kind: ParamType | None = info.data.get("type")
        if kind is None:
            return value
        shape = DEFAULTS[kind]
        if shape is None:
            raise flaw("key_not_taken", key="default", op=kind)
        try:
            return shape.validate_python(value)
        except ValidationError as error:
            if any(found["type"] in _OF_ANOTHER_TYPE for found in error.errors()):
                raise flaw("wrong_default", wanted=kind) from error
            raise


class ComputedIn(Shape):
    """`{"event": …, "agg": "sum", "property": "amount", "window": …}`: a named number or value."""

    event: EventsIn
    agg: Aggregate
    property: PathIn | None = Field(default=None, validate_default=True)
    where: FilterIn | None = None
    window: WindowIn | None = None

    @field_validator("property", mode="before")
    @classmethod
    def _property(cls, value: Any, info: ValidationInfo) -> Any:
        agg = info.data.get("agg")
        if agg is None:
            return value
        return take_key("property", value, agg, may=agg != COUNT, must=agg != COUNT)


_OF_ANOTHER_TYPE = {"bool_type", "string_type", "is_instance_of", "decimal_type", "union_tag_invalid"}


def _version(value: object) -> object:
    if value != 1 or isinstance(value, bool):
        raise flaw("unknown_version")
    return 1


Declared = Annotated[dict[NameIn, T], Field(max_length=MAX_DEFINITIONS)]


class Definitions(Shape):
    """What a file may define before its rules."""

    version: Annotated[int, BeforeValidator(_version), WithJsonSchema({"const": 1})] = 1
    let: Declared[ConstantIn] = Field(default_factory=dict)
    params: Declared[ParamDeclIn] = Field(default_factory=dict)
    computed: Declared[ComputedIn] = Field(default_factory=dict)


class FileIn(Definitions):
    """`{"version": 1, "let": {…}, "params": {…}, "computed": {…}, "rule": …}`."""

    rule: ConditionIn


class NamedRuleIn(Shape):
    """`{"name": …, "rule": …}`: an audience of a library, where their order is to be kept."""

    name: NameIn
    rule: ConditionIn


def _audiences_shape(value: object) -> str:
    return f"{TAG}list" if isinstance(value, list) else f"{TAG}object"


AudiencesIn = Annotated[
    Annotated[dict[NameIn, ConditionIn], Tag(f"{TAG}object")] | Annotated[Many[NamedRuleIn], Tag(f"{TAG}list")],
    Discriminator(_audiences_shape),
]


class LibraryIn(Definitions):
    """`{"version": 1, "audiences": {name: rule}}`: named audiences that may refer to each other."""

    audiences: AudiencesIn


CONDITION: TypeAdapter[Any] = TypeAdapter(ConditionIn, config=ConfigDict(strict=True, defer_build=True))
FILE: TypeAdapter[FileIn] = TypeAdapter(FileIn)
LIBRARY: TypeAdapter[LibraryIn] = TypeAdapter(LibraryIn)
