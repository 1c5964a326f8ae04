"""The tests of a value: whether some element of a place has a view that passes.

Kept apart so that each test is one line beside its definition in `compiler/expr.py`. It can go wrong where two
Python values of different kinds are equal (True and 1), so a test only ever looks at the view of its own kind.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any, assert_never

from muster.backends.memory.regex_match import matches
from muster.backends.memory.views import Element, Place, View
from muster.compiler.expr import (
    Compare,
    ComparePair,
    Constant,
    Field,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    OneOf,
    Ordering,
    Present,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.moments import Clock, bind_moment
from muster.compiler.values import Kind

_PAIR_ORDER: tuple[Kind, ...] = ("num", "time", "bool", "str")
# Two views of one kind; Python orders str by code point.
STANDS: dict[Ordering, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def passes(test: ValueTest, place: Place, look: Callable[[Field], Place], clock: Clock) -> bool:
    """Tell whether what a place holds passes a test; `look` finds the other field of a pair."""
    match test:
        case Present():
            return place.shape != "missing"
        case IsList():
            return place.shape == "list"
        case IsBlank():
            return (place.shape == "list" and not place.elements) or (
                place.shape == "scalar" and place.elements[0].views.get("str") == ""
            )
        case ComparePair(op, other):
            others = look(other).elements
            return any(_pair_stands(op, mine, theirs) for mine in place.elements for theirs in others)
        case _:
            return any(_element_passes(test, element, clock) for element in place.elements)


def _element_passes(
    test: Compare | Range | OneOf | TextTest | Matches | HasKind, element: Element, clock: Clock
) -> bool:
    match test:
        case Compare(op, operand):
            return operand.kind in element.views and STANDS[op](
                element.views[operand.kind], bind_constant(operand, clock)
            )
        case Range(kind, low, high, closed):
            if kind not in element.views:
                return False
            view = element.views[kind]
            return (low is None or STANDS["gte"](view, bind_constant(low, clock))) and (
                high is None or STANDS["lte" if closed else "lt"](view, bind_constant(high, clock))
            )
        case OneOf(kind, values):
            return kind in element.views and any(
                element.views[kind] == bind_constant(Constant(kind, value), clock) for value in values
            )
        case TextTest() | Matches():
            text = element.views.get("str")
            return isinstance(text, str) and _text_passes(test, text)
        case HasKind(kind):
            return kind in element.views
        case _:
            assert_never(test)


def bind_constant(constant: Constant, clock: Clock) -> View:
    """Give a constant as a view of its kind."""
    value = constant.value
    if isinstance(value, (str, bool)):
        return value
    return Fraction(value) if isinstance(value, Decimal) else bind_moment(value, clock)


def _text_passes(test: TextTest | Matches, text: str) -> bool:
    if isinstance(test, Matches):
        return matches(test.pattern, text, ignore_case=test.ignore_case)
    needle = test.needle
    if test.ignore_case:
        text, needle = fold(text), fold(needle)
    match test.how:
        case "equals":
            return text == needle
        case "contains":
            return needle in text
        case "starts_with":
            return text.startswith(needle)
        case "ends_with":
            return text.endswith(needle)
        case _:
            assert_never(test.how)


def fold(text: str) -> str:
    """Lower the ASCII capitals and nothing else."""
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)


def _pair_stands(op: Ordering, mine: Element, theirs: Element) -> bool:
    shared = [kind for kind in _PAIR_ORDER if kind in mine.views and kind in theirs.views]
    if not shared or (shared[0] == "bool" and op != "eq"):
        return False
    return STANDS[op](mine.views[shared[0]], theirs.views[shared[0]])
