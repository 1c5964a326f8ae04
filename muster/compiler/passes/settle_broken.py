"""Replace references to deleted audiences by nobody.

    in audience "Gone" or (plan = "pro" and in audience "Gone")
    nobody or (plan = "pro" and nobody)

Law: a deleted audience has no members and, so that nobody is mailed because a suppression list was deleted, neither
has its complement. Result: a subset of the members under any membership the audience could have had.
Before it: push_not_down, which drops the `not` over such a reference. Settled under a `not`, nobody would turn into
everyone; that is refused as a broken invariant.
"""

from __future__ import annotations

from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import FALSE, Broken, Expr, Not, walk
from muster.compiler.rewriting import parts_of, rewrite


def settle_broken(expr: Expr) -> Expr:
    """Make every reference to a deleted audience nobody."""
    parts = parts_of(expr)
    if not any(isinstance(part, Broken) for part in parts):
        return expr
    for part in parts:
        if isinstance(part, Not) and any(isinstance(inner, Broken) for inner in walk(part)):
            raise InternalError("passes.settle_broken", "a deleted audience still stands under a not")
    return rewrite(expr, _settled)


def _settled(expr: Expr) -> Expr:
    return FALSE if isinstance(expr, Broken) else expr
