"""What the tests of the JSON front end share: the problems of a document, and one leaf for every operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from muster.compiler.diagnostics import Diagnostic, Pointer, RuleError
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.grammar import json_rule

# A value that the argument kind of an operator takes, and one of a JSON type that it does not.
FIELD_VALUES: Mapping[str, tuple[Any, Any]] = {
    "none": (None, 1),
    "where": (None, "x"),
    "value": ("x", ["x"]),
    "values": (["x", 2, True], "x"),
    "pair": ([1, 2], [1]),
    "time": ("2024-01-01", 5),
    "duration": ("30d", {"ago": "30d"}),
    "type": ("number", "duration"),
}
EVENT_VALUES: Mapping[str, tuple[Any, Any]] = {
    "none": (None, 1),
    "window": (None, "x"),
    "duration": ("30d", 30),
    "number": (3, "3"),
    "pair": ([1, 2], 1),
    "regularity": ({"min": 3, "of": 4, "unit": "w"}, "3 of 4"),
}
FILTER = {"property": "sku", "op": "eq", "value": "A1"}


def problems(data: Any, load: Any = json_rule.load) -> tuple[Diagnostic, ...]:
    """Give everything that is said about a wrong document."""
    with pytest.raises(RuleError) as caught:
        load(data)
    return caught.value.diagnostics


def faults(data: Any, load: Any = json_rule.load) -> list[tuple[str, str]]:
    """Give code and place of every problem, "text" for a place in the text."""
    return [(p.code, p.origin.path if isinstance(p.origin, Pointer) else "text") for p in problems(data, load)]


def field_leaf(op: str, key: str = "trait") -> dict[str, Any]:
    """Give a small leaf for a field operator."""
    argument = FIELD_OPERATORS[op].argument
    value, _ = FIELD_VALUES[argument]
    leaf: dict[str, Any] = {key: "x", "op": op}
    if value is not None:
        leaf["value"] = value
    if argument == "where":
        leaf["where"] = FILTER
    return leaf


def event_leaf(op: str) -> dict[str, Any]:
    """Give a small leaf for an event operator."""
    operator = EVENT_OPERATORS[op]
    value, _ = EVENT_VALUES[operator.argument]
    leaf: dict[str, Any] = {"event": "e", "op": op}
    if value is not None:
        leaf["value"] = value
    if operator.window == "required":
        leaf["window"] = {"last": "7d"}
    if op == "resumed":
        leaf["gap"] = "30d"
    return leaf
