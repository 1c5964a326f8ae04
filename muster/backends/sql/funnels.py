"""Two steps within a length in one reading of their events, for engines that have an aggregate for it.

Kept apart from sequences in general, which join a step's events to those of the step before. It holds for two steps
of different events only: of an event that can be either, or of more steps with a length each, the aggregate knows
less than it must. It can go wrong at equal instants, where neither comes after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from muster.backends.sql.events import Rows, event_rows, is_named
from muster.backends.sql.logic import any_of, render
from muster.backends.sql.params import before_as_of
from muster.backends.sql.places import Scope
from muster.compiler.expr import AS_OF, TRUE, Events
from muster.compiler.plan import SequenceScan


def funnel_scan(scan: SequenceScan, first: Rows, then: Rows, scope: Scope) -> Callable[[], exp.Select] | None:
    """Give the SELECT of the people in a scan whose two steps were found; None where it takes more than a reading."""
    before, after = scan.steps[0], scan.steps[1]
    if not scope.dialect.funnels or len(scan.steps) > 2 or scan.absent is not None:  # noqa: PLR2004 (two steps)
        return None
    if after.within is None or after.within < 1:  # within no time nothing follows, and no aggregate says so
        return None
    if after.same is not None or first.joins_people or then.joins_people:
        return None
    names = (before.events.names, after.events.names)
    if not all(names) or not set(names[0]).isdisjoint(names[1]):
        return None
    within = after.within
    rows = _either(scan, first, then, scope)

    def build() -> exp.Select:
        steps = [render(is_named(step.events, rows.scope)) for step in (before, after)]
        select = rows.select(rows.key())
        select.set("group", exp.Group(expressions=[rows.key()]))
        select.set("having", exp.Having(this=scope.dialect.followed(rows.time(), steps[0], steps[1], within)))
        return select

    return build


def _either(scan: SequenceScan, first: Rows, then: Rows, scope: Scope) -> Rows:
    """Find the events of both steps; their names then tell which step one is of."""
    before, after = scan.steps
    if before.where == after.where == TRUE and before_as_of(scan.window.end) == AS_OF:
        rows = event_rows(Events(before.events.names + after.events.names), TRUE, scan.window, scope)
        assert rows is not None
        return rows
    return replace(first, condition=any_of(first.condition, then.condition))
