"""Scans of the same events read together: each a test of aggregates of its own part of a person's events.

Kept apart from what is made of the tests: a bit for each, or one set of people. It can go wrong at a scan whose events
are there but none of them in its window, which must be as if there were none; and where an aggregate over nothing is
not NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from muster.backends.sql.atoms import where_condition
from muster.backends.sql.calls import integer
from muster.backends.sql.events import Rows, event_rows, in_window
from muster.backends.sql.logic import Condition, Leaf, all_of, render
from muster.backends.sql.measures import Measure, count_rows, has_one_value, measure_of
from muster.backends.sql.metrics import passes
from muster.backends.sql.names import Sql
from muster.backends.sql.params import before_as_of
from muster.backends.sql.places import Scope, mentions_people
from muster.compiler.expr import TRUE, ComparePair, Count, EdgeTime, Expr, Reduce, TimeWindow
from muster.compiler.moments import AS_OF, FromAsOf, Moment
from muster.compiler.plan import EventScan, Having


def is_shareable(scan: EventScan, scope: Scope) -> bool:
    """Tell whether a scan is a test of one aggregate of the events themselves, without looking at people."""
    if mentions_people(scan.where):
        return False
    match scan.having:
        case None:
            return True
        case Having(reducer=Count() | EdgeTime(), test=test):
            return not isinstance(test, ComparePair)
        case Having(reducer=Reduce(property=path), test=test):
            return not isinstance(test, ComparePair) and has_one_value(path, scan.events.names, scope)
        case _:
            return False


@dataclass(frozen=True, slots=True)
class SharedRows:
    """The events that some scans read, all of them together."""

    rows: Rows
    window: TimeWindow

    def passed(self, scan: EventScan) -> Condition:
        """Test a person's group: the scan's aggregate, of the events in its window that satisfy its condition."""
        return _passed(scan, self.rows, self.window)


def shared_rows(scans: Sequence[EventScan], scope: Scope, where: Expr = TRUE) -> SharedRows | None:
    """Find the events of scans of the same names, as far as `where` is true of all; None where none can exist."""
    windows = [scan.window for scan in scans]
    window = _around(windows)
    rows = event_rows(scans[0].events, where, window, scope, starts=_starts(windows))
    return None if rows is None else SharedRows(rows, window)


def _passed(scan: EventScan, rows: Rows, window: TimeWindow) -> Condition:
    scope, events = rows.scope, rows.scope.schema.events
    if scan.having is None and scan.window.start is not None and before_as_of(scan.window.end) == AS_OF:
        return _is_recent(scan.window.start, where_condition(scan.where, scope), rows)
    inside = in_window(rows.scope.events, events.time, scan.window, scope, within=window)
    counted = all_of(inside, where_condition(scan.where, scope))
    if counted is False:
        return False
    if scan.having is None:
        return _is_some(counted)
    measure = measure_of(scan.having.reducer, rows)
    if measure is None:
        return False
    passed = passes(_narrowed(measure, counted, scan, rows), scan.having.test, scope, negated=scan.having.negated)
    return _is_some(counted) if passed is True else passed  # any value passes, where there is one


def _is_some(counted: Condition) -> Condition:
    """Test that there is an event that counts."""
    if counted is True:
        return True
    return Leaf(lambda: exp.GT(this=_filtered(count_rows(), counted), expression=integer(0)), total=True)


def _is_recent(start: Moment, counted: Condition, rows: Rows) -> Condition:
    """Test the last instant, of which there is one for however many windows, instead of counting in each."""
    if counted is False:
        return False
    instant = rows.time if counted is True else lambda: rows.scope.dialect.nullable(rows.time())
    return Leaf(
        lambda: exp.GTE(this=_filtered(exp.Max(this=instant()), counted), expression=rows.scope.parameters.time(start))
    )


def _narrowed(measure: Measure, counted: Condition, scan: EventScan, rows: Rows) -> Measure:
    value, weight = measure.value, measure.weight
    if scan.having is not None and isinstance(scan.having.reducer, EdgeTime):
        edge = exp.Min if scan.having.reducer.which == "first" else exp.Max
        value = lambda: edge(this=rows.scope.dialect.nullable(rows.time()))  # noqa: E731 (like the one it replaces)
    return replace(
        measure,
        value=lambda: _filtered(value(), counted),
        weight=None if weight is None else lambda: _filtered(weight(), counted),
    )


def _filtered(aggregate: Sql, counted: Condition) -> Sql:
    if counted is True:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=render(counted)))


def _around(windows: Sequence[TimeWindow]) -> TimeWindow:
    """Give the window that holds all of some, as far as that can be told whatever the clock."""
    start = _earliest([window.start for window in windows])
    ends = {window.end for window in windows}
    return TimeWindow(start, ends.pop() if len(ends) == 1 else AS_OF)


def _starts(windows: Sequence[TimeWindow]) -> tuple[Moment, ...]:
    """Give the starts of windows that have one each and none of which is surely the first."""
    starts = [window.start for window in windows]
    if any(start is None for start in starts) or _earliest(starts) is not None:
        return ()
    return tuple(dict.fromkeys(start for start in starts if start is not None))


def _earliest(starts: Sequence[Moment | None]) -> Moment | None:
    if len(set(starts)) == 1:
        return starts[0]
    lengths = [start for start in starts if isinstance(start, FromAsOf) and start.months == 0]
    if len(lengths) < len(starts):
        return None
    return min(lengths, key=lambda start: start.micros)
