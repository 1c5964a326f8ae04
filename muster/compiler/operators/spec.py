"""What an operator is: one entry that holds all about it but its spelling in text (that is `rule.lark`).

Readers, none of which has a branch per operator: resolve (argument and value kinds), lower, the JSON Schema, the docs,
the test strategies, and the tests that run every example on every back-end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from muster.compiler.expr import Expr, ValueTest
from muster.compiler.rule import EventTest
from muster.compiler.values import Duration, Value

Argument = Literal["none", "value", "values", "pair", "time", "duration", "type", "where"]
EventArgument = Literal["none", "duration", "number", "pair", "regularity", "window"]
Accepts = Literal["str", "num", "bool", "time", "trait"]

# The instant at which every example is evaluated, in UTC.
EXAMPLE_AS_OF = "2024-06-15T12:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Example:
    """A rule in text, one person, and whether the rule finds that person at EXAMPLE_AS_OF.

    `events`: (name, ISO instant, properties).
    """

    rule: str
    matches: bool
    traits: Mapping[str, object] = field(default_factory=dict)
    events: tuple[tuple[str, str, Mapping[str, object]], ...] = ()


@dataclass(frozen=True, slots=True)
class Operands:
    """A checked operator's arguments: literals and trait references (no params), folding, element condition."""

    values: tuple[Value | Duration, ...] = ()
    ignore_case: bool = False
    where: Expr | None = None


class Target(Protocol):
    """What an operator tests: a field of a record, or a value picked from events."""

    def passes(self, test: ValueTest) -> Expr:
        """Say that the target's value passes a test."""

    def elements(self, where: Expr, *, every: bool) -> Expr:
        """Say that some, or every, element of the target satisfies a condition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator on a value: trait, property, profile field, size, computed trait or picked value.

    `lower` is None for a negative operator, which is by definition the complement of `complement_of`.
    `english` is the verb phrase; `{value}` stands for the argument.
    """

    name: str
    argument: Argument
    doc: str
    english: str
    accepts: frozenset[Accepts] = frozenset()
    ignore_case: bool = False
    complement_of: str | None = None
    lower: Callable[[Target, Operands], Expr] | None = None
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventOperator:
    """An operator on how often or when events happened."""

    name: str
    argument: EventArgument
    doc: str
    english: str
    complement_of: str | None = None
    window: Literal["optional", "required", "none"] = "optional"
    lower: Callable[[EventTest, Expr], Expr] | None = None
    examples: tuple[Example, ...] = ()


ANY_SCALAR: frozenset[Accepts] = frozenset({"str", "num", "bool", "time", "trait"})
ORDERED: frozenset[Accepts] = frozenset({"str", "num", "time", "trait"})
TEXT_ONLY: frozenset[Accepts] = frozenset({"str"})
TIME_ONLY: frozenset[Accepts] = frozenset({"time"})
