"""Which traits and properties an expression reads: what should have columns of their own where not all names can.

Apart from resolving, which knows names as they were written; here are the ones that SQL will read. It could go wrong
by overlooking a place where a name may stand, so a test compares the SQL of random rules with that on a schema which
knows nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from muster.compiler.expr import (
    ComparePair,
    Distinct,
    ElementTest,
    EventMetric,
    Expr,
    Field,
    FieldTest,
    Pick,
    Reduce,
    SequenceMatch,
    ValueTest,
    inner_conditions,
    walk,
)
from muster.compiler.values import Path


@dataclass(frozen=True, slots=True)
class Uses:
    """The paths that are read of people and of events."""

    traits: frozenset[Path] = frozenset()
    properties: frozenset[Path] = frozenset()


def uses_of(exprs: Iterable[Expr]) -> Uses:
    """Give what some expressions read; fields of the elements of lists are in no column, so they do not count."""
    fields = [field for expr in exprs for field in _fields(expr)]
    return Uses(*(frozenset(field.path for field in fields if field.scope == scope) for scope in ("trait", "property")))


def _fields(expr: Expr) -> Iterator[Field]:
    for node in walk(expr):
        match node:
            case FieldTest(target, test):
                yield target
                yield from _compared(test)
            case ElementTest(target):
                yield target
            case EventMetric(reducer=Reduce() | Distinct() | Pick() as reducer, test=test):
                yield Field("property", reducer.property)
                yield from _compared(test)
            case EventMetric(test=test):
                yield from _compared(test)
            case SequenceMatch(steps=steps, absent=absent):
                same = [step.same for step in (*steps, *([] if absent is None else [absent]))]
                yield from (Field("property", path) for path in same if path is not None)
            case _:
                pass
        for inner in inner_conditions(node):
            yield from _fields(inner)


def _compared(test: ValueTest) -> Iterator[Field]:
    if isinstance(test, ComparePair):
        yield test.other
