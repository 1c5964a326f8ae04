"""The registry: every operator once, by its canonical (JSON) name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from muster.compiler.operators import compare, elements, events, presence, text, when
from muster.compiler.operators.metrics import NUMBER_OPERATORS
from muster.compiler.operators.spec import EventOperator, Operator

FIELD_OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        operator.name: operator
        for operator in (
            *compare.OPERATORS,
            *text.OPERATORS,
            *presence.OPERATORS,
            *when.OPERATORS,
            *elements.OPERATORS,
        )
    }
)
EVENT_OPERATORS: Mapping[str, EventOperator] = MappingProxyType(
    {operator.name: operator for operator in events.OPERATORS}
)
METRIC_OPERATORS: Mapping[str, Operator] = MappingProxyType({name: FIELD_OPERATORS[name] for name in NUMBER_OPERATORS})
# What first(p) and last(p) take: no time tests (they would be ambiguous with the window), no element conditions.
PICK_OPERATORS: Mapping[str, Operator] = MappingProxyType(
    {
        name: operator
        for name, operator in FIELD_OPERATORS.items()
        if operator.argument not in ("where", "duration", "time", "pair")
    }
)

ALIASES: Mapping[str, str] = MappingProxyType({"ne": "neq", "is": "eq"})

__all__ = [
    "ALIASES",
    "EVENT_OPERATORS",
    "FIELD_OPERATORS",
    "METRIC_OPERATORS",
    "PICK_OPERATORS",
    "EventOperator",
    "Operator",
]
