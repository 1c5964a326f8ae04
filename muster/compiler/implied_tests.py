"""Which tests of one place follow from which, however many values it holds.

Apart from implication, which knows members and events: here two tests are put to the same place, and one follows if
whatever passes the other passes it too. That holds for lists since both ask for some value. It could go wrong between
views: the text "42" reads as a number, but not every text that says so does, so a test of one view never says
anything of another.
"""

from __future__ import annotations

from string import ascii_lowercase, ascii_uppercase
from typing import assert_never

from muster.compiler.expr import (
    Compare,
    ComparePair,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    OneOf,
    Present,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.value_sets import Listed, values_of, within
from muster.compiler.values import Kind


def follows(given: ValueTest, wanted: ValueTest) -> bool:
    """Tell whether it is known that a place that passes `given` passes `wanted`."""
    if type(given) is Compare and type(wanted) is Compare and given.op == wanted.op == "eq":
        return given.operand == wanted.operand  # the commonest pair by far
    if given == wanted:
        return True
    match wanted:
        case Present():
            return True  # every test asks for something that is there, an empty text or list included
        case HasKind(kind):
            return _view_of(given) == kind
        case TextTest():
            return _text_follows(given, wanted)
        case Compare() | Range() | OneOf():
            held, asked = values_of(given), values_of(wanted)
            return held is not None and asked is not None and within(held, asked)
        case _:
            return False


def _view_of(test: ValueTest) -> Kind | None:
    match test:
        case Compare(operand=operand):
            return operand.kind
        case Range(kind=kind) | OneOf(kind=kind):
            return kind
        case TextTest() | Matches():
            return "str"
        case HasKind() | Present() | IsList() | IsBlank() | ComparePair():
            return None


def _text_follows(given: ValueTest, wanted: TextTest) -> bool:
    held = values_of(given)
    if isinstance(held, Listed) and held.kind == "str":
        return all(isinstance(text, str) and _passes(wanted, text) for text in held.values)
    if not isinstance(given, TextTest) or (given.ignore_case and not wanted.ignore_case):
        return False
    # Of a text that only holds a needle somewhere, nothing is known around the needle.
    return (given.how == "equals" or wanted.how in {"contains", given.how}) and _passes(wanted, given.needle)


def _passes(test: TextTest, text: str) -> bool:
    needle = test.needle
    if test.ignore_case:
        text, needle = text.translate(_LOWER), needle.translate(_LOWER)
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


_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
