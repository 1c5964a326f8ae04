"""Open groups that stand in a group of their own kind, and groups of one or none.

    (plan = "pro" and did login) and any of (did purchase)
    plan = "pro" and did login and did purchase

Law: (a and b) and c = a and b and c and its dual; a group of one is its member, `all of ()` is everyone and
`any of ()` nobody.
Before it: push_not_down, so that groups under a `not` are seen too.
"""

from __future__ import annotations

from operator import is_

from muster.compiler.expr import And, Expr, Or
from muster.compiler.rewriting import join, rewrite_opened


def flatten_groups(expr: Expr) -> Expr:
    """Leave no group in a group of its kind, and none with fewer than two members."""
    return rewrite_opened(expr, _opened)


def _opened(expr: Expr) -> Expr:
    """Open one part from its top, so that a chain of a thousand groups is gathered once and not at every level."""
    kept = _alone(expr)
    if not isinstance(kept, (And, Or)):
        return kept
    kind = type(kept)
    members: list[Expr] = []
    pending = list(reversed(kept.args))
    while pending:
        member = _alone(pending.pop())
        if isinstance(member, kind):
            pending.extend(reversed(member.args))
        else:
            members.append(member)
    same = len(members) == len(kept.args) and all(map(is_, members, kept.args))
    return kept if same else kind(tuple(members))


def _alone(expr: Expr) -> Expr:
    """Give what a group of one or none stands for; anything else stands for itself."""
    while isinstance(expr, (And, Or)) and len(expr.args) < _FEWEST:
        expr = join(type(expr), expr.args)
    return expr


_FEWEST = 2
