"""What the text grammar's rules for tests become: the operator and the value asked of a subject.

Apart from the subjects because property filters and metrics share these. Each function bears the name of a grammar
rule and takes its parts, tokens included. What could go wrong: a spelling that maps to another operator than its
words say; the executable examples of the operators would fail.
"""

from __future__ import annotations

from typing import Any

from muster.compiler.diagnostics import Span
from muster.compiler.values import Text
from muster.grammar.pieces import Items, Operation, Words, end_of, span, start_of, token_span

Parts = list[Any]

_COMPARISONS = {"=": "eq", "!=": "neq", ">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_TEXT_OPS = {"contains": "contains", "starts with": "starts_with", "ends with": "ends_with", "matches": "matches"}
_TEXT_VERBS = {
    "contain": "not_contains",
    "start with": "not_starts_with",
    "end with": "not_ends_with",
    "match": "not_matches",
}


def t_compare(parts: Parts) -> Operation:
    """Build `= "pro"`."""
    return _operation(_COMPARISONS[parts[0]], parts, 1)


def t_is(parts: Parts) -> Operation:
    """Build `is "pro"`."""
    return _operation("eq", parts, 1)


def t_is_not(parts: Parts) -> Operation:
    """Build `is not "pro"`."""
    return _operation("neq", parts, 2)


def t_set(parts: Parts) -> Operation:
    """Build `is set`."""
    return _without_value("exists", parts)


def t_not_set(parts: Parts) -> Operation:
    """Build `is not set`."""
    return _without_value("not_exists", parts)


def t_empty(parts: Parts) -> Operation:
    """Build `is empty`."""
    return _without_value("empty", parts)


def t_not_empty(parts: Parts) -> Operation:
    """Build `is not empty`."""
    return _without_value("not_empty", parts)


def t_type(parts: Parts) -> Operation:
    """Build `is a number`."""
    return _type_test("is_type", parts)


def t_not_type(parts: Parts) -> Operation:
    """Build `is not a number`."""
    return _type_test("is_not_type", parts)


def t_in(parts: Parts) -> Operation:
    """Build `in ("US", "CA")`."""
    return _operation("in", parts, 1)


def t_not_in(parts: Parts) -> Operation:
    """Build `not in ("US", "CA")`."""
    return _operation("not_in", parts, 2)


def t_text(parts: Parts) -> Operation:
    """Build `starts with "a"`."""
    return _operation(_TEXT_OPS[parts[0].text], parts, 1)


def t_not_text(parts: Parts) -> Operation:
    """Build `does not start with "a"`."""
    return _operation(_TEXT_VERBS[parts[2].text], parts, 3)


def t_has(parts: Parts) -> Operation:
    """Build `has "beta"`."""
    return _operation("has", parts, 1)


def t_has_of(parts: Parts) -> Operation:
    """Build `has any of ("beta", "alpha")`."""
    return _operation(f"has_{parts[1].lower()}", parts, 3)


def t_between(parts: Parts) -> Operation:
    """Build `between 10 and 50`."""
    _, low, _, high, *folding = parts
    return Operation("between", (low, high), bool(folding), token_span(parts[0]), span(parts))


def t_in_last(parts: Parts) -> Operation:
    """Build `in last 14 days`."""
    return _ending_in_value("in_last", parts)


def t_not_in_last(parts: Parts) -> Operation:
    """Build `not in last 14 days`."""
    return _ending_in_value("not_in_last", parts)


def t_in_next(parts: Parts) -> Operation:
    """Build `in next 3 days`."""
    return _ending_in_value("in_next", parts)


def t_before(parts: Parts) -> Operation:
    """Build `before 2024-01-01`."""
    return _operation("before", parts, 1)


def t_after(parts: Parts) -> Operation:
    """Build `after 2024-01-01`."""
    return _operation("after", parts, 1)


def t_on(parts: Parts) -> Operation:
    """Build `on 2024-02-29`."""
    return _operation("on", parts, 1)


def t_older(parts: Parts) -> Operation:
    """Build `more than 1 year ago`."""
    return Operation("older_than", parts[2], False, span(parts[:2]), span(parts))


def t_newer(parts: Parts) -> Operation:
    """Build `less than 2 years ago`: the same as `in last 2 years`."""
    return Operation("in_last", parts[2], False, span(parts[:2]), span(parts))


def text_op(parts: Parts) -> Words:
    """Read `starts with` and its like."""
    return phrase(parts)


def text_verb(parts: Parts) -> Words:
    """Read `start with` and its like."""
    return phrase(parts)


def phrase(parts: Parts) -> Words:
    """Gather keywords to one lower-case phrase."""
    return Words(" ".join([token.lower() for token in parts]), span(parts))


def _operation(op: str, parts: Parts, at: int) -> Operation:
    value = parts[at]
    place = Span(start_of(parts[0]), end_of(parts[at - 1]))
    return Operation(op, value.values if type(value) is Items else value, len(parts) > at + 1, place, span(parts))


def _without_value(op: str, parts: Parts) -> Operation:
    place = span(parts)
    return Operation(op, None, False, place, place)


def _type_test(op: str, parts: Parts) -> Operation:
    words: Words = parts[-1]
    return Operation(op, Text(words.text, words.origin), False, span(parts[:-1]), span(parts))


def _ending_in_value(op: str, parts: Parts) -> Operation:
    return Operation(op, parts[-1], False, span(parts[:-1]), span(parts))
