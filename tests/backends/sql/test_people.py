"""Conditions on people ask for membership in a scan as they are told to."""

from __future__ import annotations

from muster.backends.sql.logic import Condition, Leaf, render
from muster.backends.sql.names import bare
from muster.backends.sql.params import Parameters
from muster.backends.sql.people import people_condition
from muster.backends.sql.places import Scope
from muster.compiler.expr import FALSE, TRUE
from muster.compiler.plan import InScan, PlanAnd, PlanNot, PlanOr
from tests.cases import compare, text, trait
from tests.sql_text import DIALECT, SCHEMA

PRO = compare(trait("plan"), "eq", text("pro"))


def in_scan(scan: int) -> Condition:
    return False if scan == 9 else Leaf(lambda: bare(f"bits_{scan}"), scan=scan)


def sql(condition: Condition) -> str:
    return DIALECT.write(render(condition))


def test_scans_are_asked_for_by_number_and_may_be_empty() -> None:
    scope = Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))

    assert sql(people_condition(PlanAnd((InScan(1), PRO)), scope, in_scan)) == "bits_1 AND p.plan__str = $p0"
    assert people_condition(PlanAnd((InScan(9), PRO)), scope, in_scan) is False
    assert sql(people_condition(PlanOr((InScan(9), InScan(2))), scope, in_scan)) == "bits_2"


def test_a_membership_that_may_be_null_is_complemented_as_a_whole() -> None:
    scope = Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter))

    assert sql(people_condition(PlanNot(InScan(1)), scope, in_scan)) == "NOT COALESCE(bits_1, FALSE)"
    assert people_condition(TRUE, scope, in_scan) is True
    assert people_condition(FALSE, scope, in_scan) is False
