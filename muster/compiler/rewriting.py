"""Rewriting of `Expr` from the leaves up, without recursion, and numbers that tell equal expressions.

Kept apart from the passes because every pass is built on it and passes never see each other. Both parts are about
cost: a part that does not change stays the same object, so "nothing happened" is seen by identity, and no
expression is hashed once for every level above it. It can go wrong where a number outlives the object whose
identity it is kept under, so Numbers holds on to every expression that it was asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    ElementTest,
    EventMetric,
    Expr,
    Not,
    Or,
    SequenceMatch,
    inner_conditions,
)

GroupKind: TypeAlias = type[And] | type[Or]


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Change every part, `where` conditions included, from the leaves up; what does not change stays the same.

    A group whose arguments changed takes in the arguments of those that became groups of its own kind, so a flat
    expression stays flat.
    """
    parts = [expr]
    first_child = []
    for part in parts:  # parents before children, and the children of one parent side by side
        first_child.append(len(parts))
        parts.extend(_children(part))
    first_child.append(len(parts))
    for at in range(len(parts) - 1, -1, -1):
        first, end = first_child[at], first_child[at + 1]
        part = parts[at] if first == end else _rebuilt(parts[at], parts[first:end])
        parts[at] = change(part)
    return parts[0]


def with_conditions(atom: Expr, conditions: list[Expr]) -> Expr:
    """Put other `where` conditions into an atom, in the order of `inner_conditions`; others stay as they are."""
    match atom:
        case EventMetric() | ElementTest():
            return replace(atom, where=conditions[0])
        case SequenceMatch(steps=steps, absent=absent):
            changed = tuple(replace(step, where=where) for step, where in zip(steps, conditions, strict=False))
            return replace(
                atom, steps=changed, absent=None if absent is None else replace(absent, where=conditions[-1])
            )
        case _:
            return atom


def parts_of(expr: Expr) -> list[Expr]:
    """List an expression and everything inside it, `where` conditions included, parents before children."""
    parts = [expr]
    for part in parts:
        parts.extend(_children(part))
    return parts


def join(kind: GroupKind, args: Iterable[Expr]) -> Expr:
    """Make a group that is flat: one argument stands for itself, and none for the group's unit."""
    flat: list[Expr] = []
    for arg in args:
        if isinstance(arg, kind):
            flat.extend(arg.args)
        else:
            flat.append(arg)
    if len(flat) == 1:
        return flat[0]
    if not flat:
        return TRUE if kind is And else FALSE
    return kind(tuple(flat))


class Numbers:
    """Numbers expressions so that equal ones share a number; the order of a group's members does not count."""

    __slots__ = ("_by_identity", "_by_shape", "_held")

    def __init__(self) -> None:
        self._by_identity: dict[int, int] = {}
        self._by_shape: dict[object, int] = {}
        self._held: list[Expr] = []  # an identity is free for reuse once its object is gone

    def of(self, expr: Expr) -> int:
        """Give the number of an expression; its parts are numbered first, each once."""
        known = self._by_identity.get(id(expr))
        if known is not None:
            return known
        match expr:
            case And(args) | Or(args):
                shape: object = (type(expr), frozenset(map(self.of, args)))
            case Not(arg):
                shape = (Not, self.of(arg))
            case _:
                shape = expr
        number = self._by_shape.setdefault(shape, len(self._by_shape))
        self._by_identity[id(expr)] = number
        self._held.append(expr)
        return number


def _children(expr: Expr) -> tuple[Expr, ...]:
    match expr:
        case And(args) | Or(args):
            return args
        case Not(arg):
            return (arg,)
        case EventMetric(where=where) | ElementTest(where=where):
            return (where,)
        case SequenceMatch():
            return inner_conditions(expr)
        case _:
            return ()


def _rebuilt(expr: Expr, children: list[Expr]) -> Expr:
    """Put changed children in place of an expression's own; give the expression itself if none changed."""
    if all(old is new for old, new in zip(_children(expr), children, strict=True)):
        return expr
    match expr:
        case And() | Or():
            return join(type(expr), children)
        case Not():
            return Not(children[0])
        case _:
            return with_conditions(expr, children)
