"""Which members are anonymous people whose id a user has too: two people that a list of ids cannot tell apart.

Kept apart from running a rule because engines yield ids alone. It asks them no more than a few rules about the
built-in field that says who is anonymous, and mostly one, over profiles only; the rule itself runs a second time only
where an id means two people. What could go wrong: a member taken for anonymous because another audience has that
half of the pair; the rule is asked about the anonymous alone.
"""

from __future__ import annotations

from dataclasses import replace

from muster.compiler.expr import And, Compare, Constant, Expr, Field, FieldTest, Not
from muster.compiler.passes import run_passes
from muster.compiler.planner import plan
from muster.runtime.evaluation import Evaluation

_ANONYMOUS = FieldTest(Field("profile", ("is_anonymous",)), Compare("eq", Constant("bool", value=True)))


def ambiguous_members(evaluation: Evaluation) -> frozenset[str]:
    """Give the ids of anonymous members that users have too."""
    anonymous = _ids(evaluation, _ANONYMOUS)
    shared = anonymous and anonymous & _ids(evaluation, Not(_ANONYMOUS))
    return shared and shared & _ids(evaluation, And((evaluation.compiled.lowered, _ANONYMOUS)))


def mark(ids: list[str], ambiguous: frozenset[str]) -> list[tuple[str, bool]]:
    """Tell of each member whether it is an anonymous one whose id a user has too; of two the user comes first."""
    return [
        (each, each in ambiguous and ids[at + 1 : at + 2] != [each])  # ids are sorted, so two alike stand together
        for at, each in enumerate(ids)
    ]


def _ids(evaluation: Evaluation, expr: Expr) -> frozenset[str]:
    asked = replace(evaluation.compiled, plan=plan(expr, run_passes(expr)))
    return frozenset(replace(evaluation, compiled=asked).members().to_pylist())
