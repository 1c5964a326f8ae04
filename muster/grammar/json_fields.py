"""The shapes of field tests, and of the conditions inside `where` that are made of them.

Kept apart from the other leaves because `where` takes nothing else. The operator of a test decides, through the
registry, what its value must be. What could go wrong: a key or value that the operator does not take and that would
be lost in silence.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, TypeAdapter, ValidationInfo, field_validator

from muster.compiler.operators import ALIASES, FIELD_OPERATORS
from muster.compiler.operators.spec import Operator
from muster.grammar.json_values import ARGUMENTS, TAG, Many, NameIn, PathIn, Shape, TextIn, flaw
from muster.grammar.limits import MAX_LEAVES

# The key that says what a node is; a node has exactly one of them (a metric's `property` goes with its `event`).
KIND_KEYS = (
    *("all", "any", "none", "not"),
    *("trait", "property", "computed", "profile", "lifecycle"),
    *("event", "sequence", "audience", "sample"),
)
FILTER_KEYS = ("all", "any", "none", "not", "property")


def kinds_of(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Give the keys of a node that say what it is."""
    named = tuple(key for key in KIND_KEYS if key in node)
    return tuple(key for key in named if key != "property") if "event" in named else named


def _filter_shape(value: object) -> str | None:
    kinds = kinds_of(value) if isinstance(value, dict) else ()
    return f"{TAG}{kinds[0]}" if len(kinds) == 1 and kinds[0] in FILTER_KEYS else None


def known_operator(op: str, table: Mapping[str, object], place: str) -> str:
    """Give the canonical name of an operator of a table."""
    canonical = ALIASES.get(op, op)
    if canonical not in table:
        raise flaw("unknown_op", op=op, place=place, allowed=tuple(table))
    return canonical


def fit_argument(value: Any, shape: TypeAdapter[Any] | None, op: str) -> Any:
    """Judge a value by the shape that its operator takes."""
    if shape is None:
        if value is not None:
            raise flaw("value_not_taken", op=op)
        return None
    if value is None:
        raise flaw("key_missing", key="value", op=op)
    return shape.validate_python(value)


def take_key(key: str, value: Any, op: str, *, may: bool, must: bool) -> Any:
    """Refuse a key that its operator does not take, or misses."""
    if value is None and must:
        raise flaw("key_missing", key=key, op=op)
    if value is not None and not may:
        raise flaw("key_not_taken", key=key, op=op)
    return value


class Node(Shape):
    """What every condition may carry: a note that means nothing and is printed back."""

    note: TextIn | None = None


class FieldTest(Node):
    """A test of a trait, property, computed trait, built-in field or lifecycle measure."""

    fn: Literal["size"] | None = None
    op: str
    value: Any = Field(default=None, validate_default=True)
    ignore_case: bool = False
    where: FilterIn | None = Field(default=None, validate_default=True)

    @field_validator("op")
    @classmethod
    def _op(cls, op: str) -> str:
        return known_operator(op, FIELD_OPERATORS, "a value")

    @field_validator("value", mode="before")
    @classmethod
    def _value(cls, value: Any, info: ValidationInfo) -> Any:
        operator = field_operator(info, FIELD_OPERATORS)
        return value if operator is None else fit_argument(value, ARGUMENTS[operator.argument], operator.name)

    @field_validator("ignore_case")
    @classmethod
    def _ignore_case(cls, value: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 (pydantic's signature)
        return fold_case(value, field_operator(info, FIELD_OPERATORS))

    @field_validator("where", mode="before")
    @classmethod
    def _where(cls, value: Any, info: ValidationInfo) -> Any:
        operator = field_operator(info, FIELD_OPERATORS)
        if operator is None:
            return value
        wanted = operator.argument == "where"
        return take_key("where", value, operator.name, may=wanted, must=wanted)


def field_operator(info: ValidationInfo, table: Mapping[str, Operator]) -> Operator | None:
    """Give the operator of the leaf under validation, if it was valid."""
    return table.get(info.data.get("op", ""))


def fold_case(value: bool, operator: Operator | None) -> bool:  # noqa: FBT001 (passed on as it came)
    """Refuse `ignore_case` beside an operator that has no case to ignore."""
    if value and operator is not None and not operator.ignore_case:
        raise flaw("key_not_taken", key="ignore_case", op=operator.name)
    return value


class TraitTest(FieldTest):
    """`{"trait": path, "op": …, "value": …}`."""

    trait: PathIn


class PropertyTest(FieldTest):
    """`{"property": path, "op": …, "value": …}`, inside `where` only."""

    property: PathIn


class ComputedTest(FieldTest):
    """`{"computed": name, "op": …, "value": …}`: a named expression of the file."""

    computed: PathIn


class ProfileTest(FieldTest):
    """`{"profile": "last_seen", "op": …, "value": …}`: a built-in field."""

    profile: NameIn


class LifecycleTest(FieldTest):
    """`{"lifecycle": "p_return", "op": "lt", "value": 0.3}`: a lifecycle measure."""

    lifecycle: NameIn


class FilterAll(Node):
    """`{"all": […]}` of property tests."""

    all: Annotated[Many[FilterIn], Field(max_length=MAX_LEAVES)]


class FilterAny(Node):
    """`{"any": […]}` of property tests."""

    any: Annotated[Many[FilterIn], Field(max_length=MAX_LEAVES)]


class FilterNone(Node):
    """`{"none": […]}` of property tests."""

    none: Annotated[Many[FilterIn], Field(max_length=MAX_LEAVES)]


class FilterNot(Node):
    """`{"not": …}` of a property test."""

    not_: FilterIn = Field(alias="not")


FilterIn = Annotated[
    Annotated[FilterAll, Tag(f"{TAG}all")]
    | Annotated[FilterAny, Tag(f"{TAG}any")]
    | Annotated[FilterNone, Tag(f"{TAG}none")]
    | Annotated[FilterNot, Tag(f"{TAG}not")]
    | Annotated[PropertyTest, Tag(f"{TAG}property")],
    Discriminator(_filter_shape),
]
