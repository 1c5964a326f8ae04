"""Whether there is a value, and of what type."""

from __future__ import annotations

from muster.compiler.expr import Expr, HasKind, IsBlank, IsList, Not, Or, Present
from muster.compiler.operators.spec import TEXT_ONLY, Example, Operands, Operator, Target
from muster.compiler.values import Kind, Text

# The names that `is a …` takes, with the view each stands for; a list is not a view.
TYPES: dict[str, Kind | None] = {
    "number": "num",
    "string": "str",
    "boolean": "bool",
    "datetime": "time",
    "list": None,
}


def _present(target: Target, _: Operands) -> Expr:
    return target.passes(Present())


def _empty(target: Target, _: Operands) -> Expr:
    return Or((Not(target.passes(Present())), target.passes(IsBlank())))


def _is_type(target: Target, operands: Operands) -> Expr:
    (value,) = operands.values
    assert isinstance(value, Text), value
    kind = TYPES[value.value]
    return target.passes(IsList() if kind is None else HasKind(kind))


OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="exists",
        argument="none",
        english="is set",
        doc="There is a value that is not null; an empty text, list or object counts.",
        lower=_present,
        examples=(
            Example("email is set", matches=True, traits={"email": ""}),
            Example("email is set", matches=False, traits={"email": None}),
            Example("address is set", matches=True, traits={"address": {}}),
        ),
    ),
    Operator(
        name="not_exists",
        argument="none",
        english="is not set",
        doc="The complement of `exists`: missing or null.",
        complement_of="exists",
        examples=(Example("phone is not set", matches=True),),
    ),
    Operator(
        name="empty",
        argument="none",
        english="is empty",
        doc='Missing, "" or a list without elements (null elements do not count).',
        lower=_empty,
        examples=(
            Example("nickname is empty", matches=True),
            Example("nickname is empty", matches=True, traits={"nickname": ""}),
            Example("nickname is empty", matches=True, traits={"nickname": [None]}),
            Example("nickname is empty", matches=False, traits={"nickname": [""]}),
        ),
    ),
    Operator(
        name="not_empty",
        argument="none",
        english="is not empty",
        doc="The complement of `empty`.",
        complement_of="empty",
        examples=(Example("nickname is not empty", matches=True, traits={"nickname": 0}),),
    ),
    Operator(
        name="is_type",
        argument="type",
        accepts=TEXT_ONLY,
        english="is a {value}",
        doc="Some element reads as a number, string, boolean or datetime; for `list`, the value is a list.",
        lower=_is_type,
        examples=(
            Example("age is a number", matches=True, traits={"age": "42"}),
            Example("age is a string", matches=False, traits={"age": 42}),
            Example("tags is a list", matches=True, traits={"tags": []}),
            Example("born is a datetime", matches=True, traits={"born": "2024-02-29"}),
            Example("born is a datetime", matches=False, traits={"born": "2023-02-29"}),
        ),
    ),
    Operator(
        name="is_not_type",
        argument="type",
        accepts=TEXT_ONLY,
        english="is not a {value}",
        doc="The complement of `is_type`: also true where the value is missing.",
        complement_of="is_type",
        examples=(Example("age is not a number", matches=True, traits={"age": "x"}),),
    ),
)
