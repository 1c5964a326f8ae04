"""Boolean conditions before they are SQL: folded, flat, and two-valued under NOT.

Kept apart because it is the only place that builds AND, OR, NOT and parentheses, and the only one that knows about
NULL. A leaf is built when it is rendered, not before, so what folds away leaves no parameter behind. It could go
wrong by printing OR inside AND without parentheses, or by negating a test that may be NULL without saying what
NULL then means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from muster.backends.sql.comments import tagged
from muster.backends.sql.names import Sql
from muster.compiler.expr import Conditions


@dataclass(frozen=True, slots=True)
class Leaf:
    """One test; unless `total` it may be NULL, which means false.

    `scan`: the number of the scan it reads; `opposite`: the test that this is the complement of; `conditions`: what it
    is in the rule, where that begins here.
    """

    build: Callable[[], Sql]
    total: bool = False
    scan: int | None = None
    opposite: Leaf | None = None
    conditions: Conditions = ()


@dataclass(frozen=True, slots=True)
class Every:
    """All of two conditions or more."""

    args: tuple[Leaf | Some, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one of two conditions or more."""

    args: tuple[Leaf | Every, ...]


Condition = bool | Leaf | Every | Some


def all_of(*conditions: Condition) -> Condition:
    """Join conditions by AND: false if one is, true ones vanish, nested ANDs become one."""
    kept: list[Leaf | Some] = []
    for condition in conditions:
        match condition:
            case False:
                return False
            case True:
                continue
            case Every(args):
                kept.extend(args)
            case Leaf() | Some():
                kept.append(condition)
            case _:
                assert_never(condition)
    if not kept:
        return True
    return kept[0] if len(kept) == 1 else Every(tuple(kept))


def any_of(*conditions: Condition) -> Condition:
    """Join conditions by OR: true if one is, false ones vanish, nested ORs become one."""
    kept: list[Leaf | Every] = []
    for condition in conditions:
        match condition:
            case True:
                return True
            case False:
                continue
            case Some(args):
                kept.extend(args)
            case Leaf() | Every():
                kept.append(condition)
            case _:
                assert_never(condition)
    if not kept:
        return False
    return kept[0] if len(kept) == 1 else Some(tuple(kept))


def negate(condition: Condition) -> Condition:
    """Give the complement; the leaves of the result are never NULL."""
    match condition:
        case bool():
            return not condition
        case Every(args):
            return any_of(*(negate(arg) for arg in args))
        case Some(args):
            return all_of(*(negate(arg) for arg in args))
        case Leaf(opposite=None, conditions=conditions):
            build = lambda: _complement(condition.build(), total=condition.total)  # noqa: E731 (as leaves are written)
            return Leaf(build, True, condition.scan, condition, conditions)
        case Leaf(opposite=opposite):
            assert opposite is not None
            return opposite
        case _:
            assert_never(condition)


def whole(condition: Condition) -> Condition:
    """Take a condition as one test, so that its complement is taken of the whole."""
    if isinstance(condition, (bool, Leaf)):
        return condition
    return Leaf(lambda: render(condition))


def told(condition: Condition, conditions: Conditions) -> Condition:
    """Say of a condition what it is in the rule; what has folded away is nothing there."""
    if not conditions:
        return condition
    match condition:
        case Leaf(build, total, scan, opposite, already):
            return Leaf(build, total, scan, opposite, (*conditions, *already))
        case Every((first, *others)):
            return all_of(told(first, conditions), *others)
        case Some((first, *others)):
            return any_of(told(first, conditions), *others)
        case _:
            return condition


def leaves(condition: Condition) -> Iterable[Leaf]:
    """Yield the leaves of a condition."""
    match condition:
        case bool():
            return
        case Leaf():
            yield condition
        case Every(args) | Some(args):
            for arg in args:
                yield from leaves(arg)
        case _:
            assert_never(condition)


def render(condition: Condition) -> Sql:
    """Print a condition as SQL that is true where it holds, and false or NULL elsewhere."""
    match condition:
        case bool():
            return exp.Boolean(this=condition)
        case Leaf():
            return tagged(condition.build(), condition.conditions)
        case Every(args):
            return _joined(exp.And, args)
        case Some(args):
            return _joined(exp.Or, args)
        case _:
            assert_never(condition)


def _joined(connector: type[exp.And | exp.Or], args: Iterable[Condition]) -> Sql:
    joined: Sql | None = None
    for arg in args:
        operand = arg.build() if isinstance(arg, Leaf) else render(arg)
        if isinstance(operand, (exp.And, exp.Or)) and not isinstance(operand, connector):
            operand = exp.Paren(this=operand)
        operand = tagged(operand, arg.conditions) if isinstance(arg, Leaf) else operand
        joined = operand if joined is None else connector(this=joined, expression=operand)
    assert joined is not None
    return joined


def _complement(test: Sql, *, total: bool) -> Sql:
    if isinstance(test, exp.Is):
        return exp.Is(this=test.this, expression=test.expression, negate=not test.args.get("negate"))
    if total:
        return exp.Not(this=_operand(test))
    if isinstance(test, exp.EQ) and isinstance(test.expression, exp.Placeholder):  # a value, which is not NULL
        return exp.NullSafeNEQ(this=test.this, expression=test.expression)
    return exp.Not(this=exp.Coalesce(this=test, expressions=[exp.Boolean(this=False)]))


def _operand(test: Sql) -> Sql:
    if isinstance(test, (exp.In, exp.Column, exp.Func, exp.Paren)) and not isinstance(test, (exp.And, exp.Or)):
        return test
    return exp.Paren(this=test)
