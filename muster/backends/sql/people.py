"""Conditions on people: a plan's tree over tests of profiles and memberships in scans, as SQL.

Kept apart from the queries that are made around it: one audience, whose scans are sets that a person is in or not,
and many at once, whose scans are bits. It could go wrong by letting a test that may be NULL pass for its opposite.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from sqlglot import exp

from muster.backends.sql.atoms import element_test, field_test
from muster.backends.sql.events import in_window
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render, told
from muster.backends.sql.names import PEOPLE, STAGE_KEY, STAGE_NAME, STAGE_TABLE, STAGE_TIME, STAGES, Sql, column, table
from muster.backends.sql.places import Scope
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import Const, ElementTest, FieldTest, Sample, StageEntered
from muster.compiler.messages import engine as say
from muster.compiler.plan import InScan, PlanAnd, PlanCondition, PlanNot, PlanOr

Atom = FieldTest | ElementTest | Sample | StageEntered
InScanTest = Callable[[int], Condition]
_HUNDRED_PERCENT = 100


def people_condition(condition: PlanCondition, scope: Scope, in_scan: InScanTest) -> Condition:
    """Give the condition on a person; `in_scan` says how membership in a scan is tested."""
    match condition:
        case Const(value):
            return value
        case PlanAnd(args):
            return all_of(*(people_condition(arg, scope, in_scan) for arg in args))
        case PlanOr(args):
            return any_of(*(people_condition(arg, scope, in_scan) for arg in args))
        case PlanNot(arg):
            return negate(people_condition(arg, scope, in_scan))
        case InScan(scan, conditions):
            return told(in_scan(scan), conditions)
        case _:
            return told(atom_condition(condition, scope), condition.conditions)


def atom_condition(atom: Atom, scope: Scope) -> Condition:
    """Give the condition that one test of people themselves is."""
    match atom:
        case FieldTest(target, test):
            return field_test(target, test, scope)
        case ElementTest():
            return element_test(atom, scope)
        case Sample():
            return _sample(atom, scope)
        case StageEntered():
            return _stage_entered(atom, scope)
        case _:
            assert_never(atom)


def is_in(select: exp.Select, scope: Scope) -> Sql:
    """Test that a person is among those that a SELECT gives."""
    return exp.In(this=column(PEOPLE, scope.schema.profiles.key), query=exp.Subquery(this=select))


def _sample(sample: Sample, scope: Scope) -> Condition:
    if sample.percent <= 0 or sample.percent >= _HUNDRED_PERCENT:
        return sample.percent > 0
    identity = scope.schema.profiles.external_id
    return Leaf(
        lambda: scope.dialect.is_sampled(column(PEOPLE, identity), sample.salt, sample.percent, scope.parameters),
        total=True,
    )


def _stage_entered(entered: StageEntered, scope: Scope) -> Condition:
    if not scope.schema.stage_log:
        raise RuleError([say.no_stage_log(entered.stage, entered.origin)])
    parameters = scope.parameters
    named = Leaf(lambda: exp.EQ(this=column(STAGES, STAGE_NAME), expression=parameters.value("str", entered.stage)))
    at = all_of(named, in_window(STAGES, STAGE_TIME, entered.window, scope))
    return Leaf(
        lambda: is_in(
            exp.Select(
                expressions=[column(STAGES, STAGE_KEY)],
                from_=exp.From(this=table(STAGE_TABLE, STAGES)),
                where=exp.Where(this=render(at)),
            ),
            scope,
        ),
        total=True,
    )
