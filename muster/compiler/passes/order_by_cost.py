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

_COST: dict[type[Expr], int] = {
    Const: 0,
    FieldTest: 0,
    Sample: 0,
    Broken: 0,
    ElementTest: 1,
    EventMetric: 2,
    StageEntered: 2,
    SequenceMatch: 3,
}


def order_by_cost(expr: Expr) -> Expr:
    """Sort the members of every group by class of cost, stably."""
    of_groups: dict[int, int] = {}  # by identity; `rewrite_groups` holds every group until it is done

    def cost(member: Expr) -> int:
        while type(member) is Not:
            member = member.arg
        if type(member) is And or type(member) is Or:
            return of_groups[id(member)]
        return _COST[type(member)]

    def ordered(group: And | Or) -> Expr:
        costs = list(map(cost, group.args))
        result = group if costs == sorted(costs) else type(group)(tuple(sorted(group.args, key=cost)))
        of_groups[id(result)] = max(costs, default=0)
        return result

    return rewrite_groups(expr, ordered)
