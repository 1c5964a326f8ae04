"""The normal form of an expression, the same however its members were ordered, repeated, nested or negated.

Kept apart from the passes because they keep the author's order, for the SQL that people read, and this does not: it
is for telling rules apart, for lints and for the guard against "everyone". It knows no schema and no clock, so a
rule keeps its fingerprint for life. Equal fingerprints mean equal audiences; unequal ones prove nothing.
It could go wrong where a pass sees two members as different that only differ in order: the conditions inside atoms
and the lists in them are therefore put in order before the passes run, and groups after.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TypeVar, cast

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    ElementTest,
    EventMetric,
    Events,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    SequenceMatch,
    SequenceStep,
    canonical_key,
)
from muster.compiler.passes import PASSES, run_passes
from muster.compiler.passes.order_by_cost import order_by_cost
from muster.compiler.rewriting import join, rewrite, rewrite_groups

# The order of members is decided here, by their keys.
_SIMPLIFYING = tuple(step for step in PASSES if step is not order_by_cost)


def normalise(expr: Expr) -> Expr:
    """Give the normal form: all passes run, and the members of every group sorted by key, each once."""
    return _sorted(_simplified(expr))


def fingerprint(expr: Expr) -> str:
    """Hash the normal form."""
    return canonical_key(normalise(expr))


def is_everyone(expr: Expr) -> bool:
    """Tell whether an expression is seen to be true of everyone, whatever the data."""
    return _simplified(expr) == TRUE


def is_nobody(expr: Expr) -> bool:
    """Tell whether an expression is seen to be true of nobody, whatever the data."""
    return _simplified(expr) == FALSE


def _simplified(expr: Expr) -> Expr:
    return run_passes(rewrite(expr, _canonical_atom), _SIMPLIFYING)


def _canonical_atom(part: Expr) -> Expr:
    """Put in order what an atom holds; the atoms in its conditions are so already."""
    match part:
        case FieldTest():
            return _with_sorted_values(part)
        case ElementTest(where=where):
            return replace(part, where=_settled(where))
        case EventMetric(events=events, where=where):
            ordered = replace(part, events=_sorted_names(events), where=_settled(where))
            return _with_sorted_values(ordered)
        case SequenceMatch(steps=steps, absent=absent):
            return replace(
                part,
                steps=tuple(map(_canonical_step, steps)),
                absent=None if absent is None else _canonical_step(absent),
            )
        case _:
            return part


def _canonical_step(step: SequenceStep) -> SequenceStep:
    return replace(step, events=_sorted_names(step.events), where=_settled(step.where))


def _settled(where: Expr) -> Expr:
    return _sorted(run_passes(where, _SIMPLIFYING))


def _sorted_names(events: Events) -> Events:
    return Events(tuple(sorted(set(events.names))))


_Tested = TypeVar("_Tested", FieldTest, EventMetric)


def _with_sorted_values(atom: _Tested) -> _Tested:
    if not isinstance(atom.test, OneOf):
        return atom
    # Values of one kind have an order.
    values = sorted(set(cast("tuple[str, ...]", atom.test.values)))
    return replace(atom, test=OneOf(atom.test.kind, tuple(values)))


def _sorted(expr: Expr) -> Expr:
    """Sort the members of every group by key, and keep one of each."""
    keys = _Keys()

    def sorted_group(group: And | Or) -> Expr:
        members = {keys.of(arg): arg for arg in reversed(group.args)}
        return join(type(group), (members[key] for key in sorted(members)))

    return rewrite_groups(expr, sorted_group)


class _Keys:
    """Keys of expressions, each made once: that of a group is made of its members' keys."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[str, Expr]] = {}  # by identity, which is free for reuse once its object is gone

    def of(self, expr: Expr) -> str:
        known = self._known.get(id(expr))
        if known is None:
            known = self._known[id(expr)] = (self._made(expr), expr)
        return known[0]

    def _made(self, expr: Expr) -> str:
        match expr:
            case And(args) | Or(args):
                text = " ".join([type(expr).__name__, *map(self.of, args)])
            case Not(arg):
                text = f"Not {self.of(arg)}"
            case _:
                return canonical_key(expr)
        return hashlib.sha256(text.encode()).hexdigest()
