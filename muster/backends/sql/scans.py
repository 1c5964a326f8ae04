"""Scans as SQL: which of the kinds it is, those of a plan and those that its shape made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from sqlglot import exp

from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render, told
from muster.backends.sql.metrics import Builder, event_scan
from muster.backends.sql.names import EVENTS, PEOPLE, column, people_table
from muster.backends.sql.people import people_condition
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.backends.sql.sequences import sequence_scan
from muster.backends.sql.shapes import Among, Merged, ShapedScan
from muster.backends.sql.shared import shared_rows
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import TRUE
from muster.compiler.plan import EventScan, SequenceScan


def scan_builder(scan: ShapedScan, scope: Scope, relations: Relations) -> Builder | None:
    """Give what makes the SELECT of the people in a scan; None where nobody can be."""
    match scan:
        case EventScan():
            return event_scan(scan, scope)
        case SequenceScan():
            return sequence_scan(scan, scope, relations.add_step)
        case Merged():
            return _merged(scan, scope)
        case Among(inner):
            return scan_builder(inner, replace(scope, among=_among(scan, scope)), relations)
        case _:
            assert_never(scan)


def _merged(scan: Merged, scope: Scope) -> Builder | None:
    """Select the people whose events pass the tests; what they all ask of an event is asked once."""
    scans = [each for each, _, _ in scan.tests]
    common = scans[0].where if all(each.where == scans[0].where for each in scans) else TRUE
    shared = shared_rows(scans, scope, common)
    if shared is None:
        return None
    tests = [
        told(negate(passed) if negated else passed, conditions)
        for each, negated, conditions in scan.tests
        for passed in [shared.passed(each if common == TRUE else replace(each, where=TRUE))]
    ]
    having = all_of(*tests) if scan.every else any_of(*tests)
    return None if having is False else _grouped(shared.rows.select, shared.rows.key, having)


def _grouped(select: Callable[..., exp.Select], key: Callable[[], exp.Expr], having: Condition) -> Builder:
    def build() -> exp.Select:
        grouped = select(key())
        grouped.set("group", exp.Group(expressions=[key()]))
        if having is not True:
            grouped.set("having", exp.Having(this=render(having)))
        return grouped

    return build


def _among(scan: Among, scope: Scope) -> Condition:
    """Test that an event is of one of some people."""
    people = scope.schema.profiles

    def no_scan(_: int) -> Condition:
        raise InternalError("sql", "people are looked for by their events")

    condition = people_condition(scan.condition, scope, no_scan)
    if isinstance(condition, bool):
        return condition

    def build() -> exp.Expr:
        chosen = exp.Select(
            expressions=[column(PEOPLE, people.key)],
            from_=exp.From(this=people_table(scope.schema, PEOPLE)),
            where=exp.Where(this=render(condition)),
        )
        return exp.In(this=column(EVENTS, scope.schema.events.key), query=exp.Subquery(this=chosen))

    return Leaf(build, total=True)


__all__ = ["Builder", "scan_builder"]
