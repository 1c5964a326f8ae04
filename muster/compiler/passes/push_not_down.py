"""Push `not` down to the atoms, where it is cheap to answer and easy to read.

    not (plan = "pro" and did login)
    plan != "pro" or did not login

Law: not (a and b) = not a or not b, its dual, and not not a = a. Every atom is true or false for every person, so
they hold whatever the data. An ordering is never turned round: `not x > 1` takes in people without x, `x <= 1` does
not. A reference to a deleted audience is false in both polarities, so a `not` over it goes.
Before it: nothing.
"""

from __future__ import annotations

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Broken,
    Const,
    ElementTest,
    EventMetric,
    Expr,
    Not,
    Or,
    SequenceMatch,
    inner_conditions,
)
from muster.compiler.rewriting import parts_of, rewrite, with_conditions


def push_not_down(expr: Expr) -> Expr:
    """Leave `not` only over atoms that can be true, in the conditions inside atoms too."""
    return _settled(rewrite(expr, _with_settled_conditions)) if _is_unsettled(expr) else expr


_NO_ATOM = (And, Or, Not, Const, Broken)
_WITH_CONDITIONS = (ElementTest, EventMetric, SequenceMatch)


def _is_unsettled(expr: Expr) -> bool:
    return any(type(part) is Not and isinstance(part.arg, _NO_ATOM) for part in parts_of(expr))


def _with_settled_conditions(expr: Expr) -> Expr:
    if not isinstance(expr, _WITH_CONDITIONS):
        return expr
    conditions = inner_conditions(expr)
    if not any(map(_is_unsettled, conditions)):
        return expr
    return with_conditions(expr, list(map(_settled, conditions)))


def _settled(expr: Expr) -> Expr:
    """Settle the groups and `not`s of one level, without recursion."""
    wanted = [(expr, False)]  # each part, and whether its complement is asked for
    first_child = []
    for part, negated in wanted:
        first_child.append(len(wanted))
        match part:
            case And(args) | Or(args):
                wanted.extend((arg, negated) for arg in args)
            case Not(arg):
                wanted.append((arg, not negated))
            case _:
                pass
    settled = [part for part, _ in wanted]
    first_child.append(len(wanted))
    for at in range(len(wanted) - 1, -1, -1):
        part, negated = wanted[at]
        settled[at] = _one_settled(part, settled[first_child[at] : first_child[at + 1]], negated=negated)
    return settled[0]


def _one_settled(part: Expr, below: list[Expr], *, negated: bool) -> Expr:
    match part:
        case And():
            return Or(tuple(below)) if negated else And(tuple(below))
        case Or():
            return And(tuple(below)) if negated else Or(tuple(below))
        case Not():
            return below[0]
        case Const(value):
            return (FALSE if value else TRUE) if negated else part
        case Broken():
            return part
        case _:
            return Not(part) if negated else part
