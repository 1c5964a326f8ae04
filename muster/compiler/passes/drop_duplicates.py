"""Keep one of several equal members of a group: the first.

    plan = "pro" and did login and plan = "pro"
    plan = "pro" and did login

Law: a and a = a, a or a = a; equal means equal in structure, whatever the order inside nested groups.
Before it: flatten_groups, which brings equal members side by side.
"""

from __future__ import annotations

from muster.compiler.expr import And, Expr, Or
from muster.compiler.rewriting import Numbers, join, rewrite_groups


def drop_duplicates(expr: Expr) -> Expr:
    """Drop every member of a group that equals an earlier one."""
    numbers = Numbers()

    def without_duplicates(group: And | Or) -> Expr:
        first_of: dict[int, Expr] = {}
        for arg in group.args:
            first_of.setdefault(numbers.of(arg), arg)
        return group if len(first_of) == len(group.args) else join(type(group), first_of.values())

    return rewrite_groups(expr, without_duplicates)
