"""Three plain atoms, and one question about one person, for the tests of passes.

Apart from them so that a test of a pass is a line of before and after; nothing here knows a pass.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from muster.backends.base import EventRow
from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.diagnostics import Span
from muster.compiler.expr import And, Compare, Count, Expr, FieldTest, Or
from tests.cases import CLOCK, metric, num, person, text, trait

PRO = FieldTest(trait("plan"), Compare("eq", text("pro")), Span(0, 3))
ADULT = FieldTest(trait("age"), Compare("gte", num(18)), Span(4, 9))
BOUGHT = metric(Count(), Compare("gte", num(1)))


def all_of(*args: Expr) -> And:
    """Make an `and`."""
    return And(args)


def any_of(*args: Expr) -> Or:
    """Make an `or`."""
    return Or(args)


def is_in(value: str, *, key: str = "plan", at: int = 0) -> FieldTest:
    """Make `key = value`, written at some place."""
    return FieldTest(trait(key), Compare("eq", text(value)), Span(at, at + 1))


def includes(expr: Expr, traits: Mapping[str, Any] | None = None, *events: EventRow) -> bool:
    """Tell whether a person with these traits and events is in an expression, by the reference evaluator."""
    return holds(expr, Scene(person(traits), events, CLOCK))
