"""Rewriting of `Expr` from the leaves up, without recursion, and numbers that tell equal expressions.

Kept apart from the passes because every pass is built on it and passes never see each other. Both parts are about
cost: a part that does not change stays the same object, so "nothing happened" is seen by identity, and no
expression is hashed once for every level above it. It can go wrong where a number outlives the object whose
identity it is kept under, so Numbers holds on to every expression that it was asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from operator import is_
from typing import TypeAlias

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Const,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    Or,
    SequenceMatch,
    inner_conditions,
)

GroupKind: TypeAlias = type[And | Or]


def rewrite(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Change every part, `where` conditions included, from the leaves up; what does not change stays the same.

    A group takes in the arguments of a member that became a group of its own kind, so a flat expression stays flat.
    Every part and every result is held to the end, so a change may note what it knows of
    them by identity.
    """
    return _rewritten(parts_of(expr), change)


def rewrite_groups(expr: Expr, change: Callable[[And | Or], Expr]) -> Expr:
    """Change every `and` and `or` in the way of `rewrite`, without a look at what has none inside."""

    def change_group(part: Expr) -> Expr:
        return change(part) if isinstance(part, (And, Or)) else part

    return _rewritten(branches_of(expr), change_group)


def rewrite_opened(expr: Expr, open_part: Callable[[Expr], Expr]) -> Expr:
    """Change every part that `branches_of` lists from the top down, before anybody looks at what is inside it.

    For a change that takes in what is inside a part: done from the leaves up, it would be copied once a level.
    """
    parts = [open_part(expr)]
    first_child = []
    for part in parts:
        first_child.append(len(parts))
        parts.extend(open_part(child) for child in _children(part) if _branches(child))
    first_child.append(len(parts))
    for at in range(len(parts) - 1, -1, -1):
        below = iter(parts[first_child[at] : first_child[at + 1]])
        children = _children(parts[at])
        present = [next(below) if _branches(child) else child for child in children]
        if not all(map(is_, children, present)):
            parts[at] = _with_children(parts[at], present)
    return parts[0]


def parts_of(expr: Expr) -> list[Expr]:
    """List an expression and everything inside it, `where` conditions included, parents before children."""
    parts = [expr]
    for part in parts:
        parts.extend(_children(part))
    return parts


def branches_of(expr: Expr) -> list[Expr]:
    """List what `parts_of` does, but below the expression itself only what has other parts than a constant."""
    branches = [expr]
    for branch in branches:
        branches.extend(child for child in _children(branch) if _branches(child))
    return branches


def _branches(expr: Expr) -> bool:
    if type(expr) is EventMetric:
        return type(expr.where) is not Const
    return type(expr) in _BRANCHING


_BRANCHING = frozenset({And, Or, Not, ElementTest, SequenceMatch})


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


def join(kind: GroupKind, args: Iterable[Expr]) -> Expr:
    """Make a group: one argument stands for itself, and none for the group's unit."""
    members = tuple(args)
    if len(members) == 1:
        return members[0]
    if not members:
        return TRUE if kind is And else FALSE
    return kind(members)


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
        shape: object = expr
        if isinstance(expr, (And, Or)):
            shape = (type(expr), frozenset(map(self.of, expr.args)))
        elif isinstance(expr, Not):
            shape = (Not, self.of(expr.arg))
        number = self._by_shape.setdefault(shape, len(self._by_shape))
        self._by_identity[id(expr)] = number
        self._held.append(expr)
        return number


def _children(expr: Expr) -> tuple[Expr, ...]:
    # The hottest lines of the compiler: comparing types takes a third of the time of a match.
    if type(expr) is FieldTest:
        return ()
    if type(expr) is And or type(expr) is Or:
        return expr.args
    if type(expr) is Not:
        return (expr.arg,)
    if type(expr) is EventMetric or type(expr) is ElementTest:
        return (expr.where,)
    return inner_conditions(expr)


def _rewritten(parts: list[Expr], change: Callable[[Expr], Expr]) -> Expr:
    """Change parts that stand behind those they are inside of, last first."""
    changed: dict[int, Expr] = {}  # by the identity of the part that was; `parts` keeps them all
    for part in reversed(parts):
        rebuilt = _rebuilt(part, changed) if changed else part
        result = change(rebuilt)
        if result is not part:
            changed[id(part)] = result
    return changed.get(id(parts[0]), parts[0])


def _rebuilt(expr: Expr, changed: dict[int, Expr]) -> Expr:
    """Put changed children in place of an expression's own; give the expression itself if none changed."""
    children = _children(expr)
    if not any(id(child) in changed for child in children):
        return expr
    present = [changed.get(id(child), child) for child in children]
    if isinstance(expr, (And, Or)):
        return join(type(expr), _opened(type(expr), children, present))
    return _with_children(expr, present)


def _with_children(expr: Expr, present: list[Expr]) -> Expr:
    match expr:
        case And() | Or():
            return type(expr)(tuple(present))
        case Not():
            return Not(present[0])
        case _:
            return with_conditions(expr, present)


def _opened(kind: GroupKind, children: tuple[Expr, ...], present: list[Expr]) -> Iterator[Expr]:
    for child, now in zip(children, present, strict=True):
        # One that was of this kind before is left to flattening: opened here, a chain is copied once a level.
        if isinstance(now, kind) and not isinstance(child, kind):
            yield from now.args
        else:
            yield now
