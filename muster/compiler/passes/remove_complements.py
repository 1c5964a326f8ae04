"""Settle groups that hold an atom and its complement.

    did login and did not login
    nobody

Law: a and not a = nobody, a or not a = everyone.
Before it: push_not_down, since only atoms are looked at. A reference to a deleted audience is no such atom: it and
its complement are both false.
"""

from __future__ import annotations

from muster.compiler.expr import FALSE, TRUE, And, Broken, Const, Expr, Not, Or
from muster.compiler.rewriting import Numbers, rewrite_groups


def remove_complements(expr: Expr) -> Expr:
    """Make a group nobody (`and`) or everyone (`or`) if it holds an atom and its complement."""
    numbers = Numbers()

    def settled(group: And | Or) -> Expr:
        if not _clash(group.args, numbers):
            return group
        return FALSE if isinstance(group, And) else TRUE

    return rewrite_groups(expr, settled)


def _clash(args: tuple[Expr, ...], numbers: Numbers) -> bool:
    denied = [arg.arg for arg in args if isinstance(arg, Not) and not isinstance(arg.arg, _NO_ATOM)]
    if not denied:
        return False
    claimed = {numbers.of(arg) for arg in args if not isinstance(arg, Not)}
    return any(numbers.of(atom) in claimed for atom in denied)


_NO_ATOM = (And, Or, Not, Const, Broken)
