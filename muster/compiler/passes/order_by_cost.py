"""Put the cheap members of a group before the dear ones.

    did login in last 7 days and plan = "pro"
    plan = "pro" and did login in last 7 days

Tests of the profile come first, then tests of list elements, then event metrics, then sequences; a group is as dear
as its dearest member. Within a class the author's order stays. Engines need no such help, people who read the SQL
do, and an evaluator that stops early saves its scans.
Law: a and b = b and a; atoms are total and pure, so the order of evaluation cannot be seen.
Before it: everything that changes what stands in a group.
"""

from __future__ import annotations

from muster.compiler.expr import (
    And,
    Broken,
    Const,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    Or,
    Sample,
    SequenceMatch,
    StageEntered,
)
from muster.compiler.rewriting import rewrite_groups


def order_by_cost(expr: Expr) -> Expr:
    """Sort the members of every group by class of cost, stably."""
    return rewrite_groups(expr, _ordered)


def _ordered(group: And | Or) -> Expr:
    costs = list(map(_cost, group.args))
    if costs == sorted(costs):
        return group
    return type(group)(tuple(sorted(group.args, key=_cost)))


def _cost(expr: Expr) -> int:
    """Rank an expression by its dearest atom."""
    match expr:
        case Const() | FieldTest() | Sample() | Broken():
            return 0
        case ElementTest():
            return 1
        case EventMetric() | StageEntered():
            return 2
        case SequenceMatch():
            return 3
        case Not(arg):
            return _cost(arg)
        case And(args) | Or(args):
            return max(map(_cost, args), default=0)
