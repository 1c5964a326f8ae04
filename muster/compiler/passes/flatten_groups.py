"""Open groups that stand in a group of their own kind, and groups of one or none.

    (plan = "pro" and did login) and any of (did purchase)
    plan = "pro" and did login and did purchase

Law: (a and b) and c = a and b and c and its dual; a group of one is its member, `all of ()` is everyone and
`any of ()` nobody.
Before it: push_not_down, so that groups under a `not` are seen too.
"""

from __future__ import annotations

from muster.compiler.expr import And, Expr, Or
from muster.compiler.rewriting import join, rewrite_groups


def flatten_groups(expr: Expr) -> Expr:
    """Leave no group in a group of its kind, and none with fewer than two members."""
    return rewrite_groups(expr, _flat)


def _flat(group: And | Or) -> Expr:
    kind = type(group)
    if len(group.args) > 1 and not any(isinstance(arg, kind) for arg in group.args):
        return group
    return join(kind, (member for arg in group.args for member in (arg.args if isinstance(arg, kind) else (arg,))))
