"""Sequence scans: A, then B within a time, then no C; one relation a step, of where a sequence can have got to.

Kept apart because it is the construct that engines answer wrongly or slowly. Each step keeps every instant at which
a chain can end (the earliest A is not always the right one), found by one join to the nearest event before, never
by pairing all events of a heavy user. It can go wrong at equal instants (they never order), at lists in `same`,
and at a final `not`, which is asked of each last event by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.events import Rows, event_rows
from muster.backends.sql.keys import KeyPair, StepKey, key_pair
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, render
from muster.backends.sql.names import AFTER, BEFORE, ELEMENT, Sql, column, derived, named, table
from muster.backends.sql.places import Scope
from muster.compiler.expr import EVER, SequenceStep
from muster.compiler.moments import FromAsOf
from muster.compiler.plan import SequenceScan

Builder = Callable[[], exp.Select]
AddRelation = Callable[[exp.Select], str]  # gives a relation of the query a name

_PID, _TS, _SAME, _NEXT, _NEXTS = "pid", "ts", "same_key", "next_key", "next_keys"


class _Select(Protocol):
    def __call__(self, *outputs: Sql, joins: tuple[exp.Join, ...] = (), also: Condition = True) -> exp.Select: ...


@dataclass(frozen=True, slots=True)
class _Link:
    """How events follow those of the step before: within a length, and with a shared key."""

    rows: Rows
    within: int | None
    keys: KeyPair | None


@dataclass(frozen=True, slots=True)
class _Source:
    """The events of a step to select from: person, instant, and the keys it is reached and left with."""

    select: _Select
    pid: Callable[[], Sql]
    ts: Callable[[], Sql]
    arrival: Callable[[], Sql]
    departure: Callable[[], Sql]


def sequence_scan(scan: SequenceScan, scope: Scope, add_relation: AddRelation) -> Builder | None:
    """Give the SELECT of the people in a scan, its steps added to the query; None where nobody can be."""
    first = event_rows(scan.steps[0].events, scan.steps[0].where, scan.window, scope)
    if first is None:
        return None
    links: list[_Link] = []
    for step in scan.steps[1:]:
        link = _link(step, links[-1].rows if links else first, scope)
        if link is None:
            return None
        links.append(link)
    absent = scan.absent
    if absent is None:
        return lambda: _reach(first, links, add_relation)
    blocking = _link(absent, links[-1].rows if links else first, scope)
    return lambda: _unblocked(first, links, blocking, absent.within, add_relation)


def _link(step: SequenceStep, before: Rows, scope: Scope) -> _Link | None:
    """Link a step to the one before; None where no event can follow."""
    rows = event_rows(step.events, step.where, EVER, scope)
    if rows is None:
        return None
    if step.same is None:
        return _Link(rows, step.within, None)
    keys = key_pair(step.same, before, rows)
    return None if keys is None else _Link(rows, step.within, keys)


# --- steps that must come ---------------------------------------------------------------------------------------
def _reach(first: Rows, links: list[_Link], add_relation: AddRelation) -> exp.Select:
    """Select the people who reach the last step."""
    if not links:
        return first.select(first.key())
    name, link = _before_last(first, links, add_relation)
    source = _source(link.rows, link.keys, None)
    return _following(source, link, name, [source.pid()])


def _before_last(first: Rows, links: list[_Link], add_relation: AddRelation) -> tuple[str, _Link]:
    """Add a relation for every step but the last; name the one before the last, and give the last link."""
    name = add_relation(_start(first, links[0].keys))
    for link, leaving in pairwise(links):
        name = add_relation(_step(link, name, leaving.keys))
    return name, links[-1]


def _start(first: Rows, leaving: KeyPair | None) -> exp.Select:
    source = _source(first, None, leaving)
    return source.select(*_outputs(source, leaving))


def _step(link: _Link, before: str, leaving: KeyPair | None) -> exp.Select:
    source = _source(link.rows, link.keys, leaving)
    return _following(source, link, before, _outputs(source, leaving))


def _outputs(source: _Source, leaving: KeyPair | None) -> list[Sql]:
    outputs: list[Sql] = [named(source.pid(), _PID), named(source.ts(), _TS)]
    if leaving is not None:
        key = source.departure()
        is_list = leaving.before.is_list
        outputs.append(named(leaving.before.scope.dialect.unnest(key) if is_list else key, _NEXT))
    return outputs


def _source(rows: Rows, arriving: KeyPair | None, leaving: KeyPair | None) -> _Source:
    """Give the events of a step; one that is reached by any of several keys is one row a key."""

    def departure() -> Sql:
        assert leaving is not None
        return _keys(leaving.before)

    if arriving is None or not arriving.after.is_list:
        arrival = rows.key if arriving is None else arriving.after.one
        return _Source(rows.select, rows.key, rows.time, arrival, departure)
    after, carried = arriving.after, _NEXTS if leaving is not None and leaving.before.is_list else _NEXT
    dialect = rows.scope.dialect

    def select(*outputs: Sql, joins: tuple[exp.Join, ...] = (), also: Condition = True) -> exp.Select:
        inner = [named(rows.key(), _PID), named(rows.time(), _TS), named(dialect.unnest(after.all()), _SAME)]
        if leaving is not None:
            inner.append(named(departure(), carried))
        return exp.Select(
            expressions=list(outputs),
            from_=exp.From(this=derived(rows.select(*inner), ELEMENT)),
            joins=list(joins),
            where=None if also is True else exp.Where(this=render(also)),
        )

    return _Source(
        select,
        lambda: column(ELEMENT, _PID),
        lambda: column(ELEMENT, _TS),
        lambda: column(ELEMENT, _SAME),
        lambda: column(ELEMENT, carried),
    )


def _keys(key: StepKey) -> Sql:
    return key.all() if key.is_list else key.one()


def _following(source: _Source, link: _Link, before: str, outputs: list[Sql]) -> exp.Select:
    """Select events of a step that lie after an event of the step before, near enough and with its key."""
    dialect, within = link.rows.scope.dialect, link.within
    on = all_of(
        _equal(source.pid, lambda: column(BEFORE, _PID)),
        True if link.keys is None else _equal(source.arrival, lambda: column(BEFORE, _NEXT)),
        Leaf(lambda: exp.GT(this=source.ts(), expression=column(BEFORE, _TS))),
    )
    near = (
        True
        if within is None
        else Leaf(lambda: exp.LTE(this=source.ts(), expression=dialect.later(column(BEFORE, _TS), within)))
    )
    join = dialect.nearest(table(before, BEFORE), render(on), outer=False)
    return source.select(*outputs, joins=(join,), also=near)


def _equal(left: Callable[[], Sql], right: Callable[[], Sql]) -> Leaf:
    return Leaf(lambda: exp.EQ(this=left(), expression=right()))


# --- a step that must not come ----------------------------------------------------------------------------------
def _unblocked(
    first: Rows, links: list[_Link], blocking: _Link | None, within: int | None, add_relation: AddRelation
) -> exp.Select:
    """Select the people with a last event whose time is up and which no blocking event follows."""
    keys = None if blocking is None else blocking.keys
    reached = add_relation(_last(first, links, keys, add_relation))
    scope = first.scope
    deadline = (
        True
        if within is None
        else Leaf(lambda: exp.LT(this=column(BEFORE, _TS), expression=scope.parameters.time(FromAsOf(micros=-within))))
    )
    if blocking is None:
        return _select_before(table(reached, BEFORE), (), deadline)
    on = all_of(
        _equal(lambda: column(BEFORE, _PID), lambda: column(AFTER, _PID)),
        True if keys is None else _equal(lambda: column(BEFORE, _NEXT), lambda: column(AFTER, _SAME)),
        Leaf(lambda: exp.LT(this=column(BEFORE, _TS), expression=column(AFTER, _TS))),
    )
    join = scope.dialect.nearest(derived(_blockers(blocking), AFTER), render(on), outer=True)
    if keys is None or not keys.before.is_list:
        free = any_of(Leaf(_is_alone, total=True), *(() if within is None else (_too_late(within, scope),)))
        return _select_before(table(reached, BEFORE), (join,), all_of(deadline, free))
    return _by_event(reached, join, deadline, within, scope)


def _last(first: Rows, links: list[_Link], keys: KeyPair | None, add_relation: AddRelation) -> exp.Select:
    """Select the last events that must come, with the keys (still as a list) that would block them."""
    before = None if not links else _before_last(first, links, add_relation)
    rows, arriving = (first, None) if before is None else (before[1].rows, before[1].keys)
    source = _source(rows, arriving, keys)
    outputs: list[Sql] = [named(source.pid(), _PID), named(source.ts(), _TS)]
    if keys is not None:
        outputs.append(named(source.departure(), _NEXTS if keys.before.is_list else _NEXT))
    return source.select(*outputs) if before is None else _following(source, before[1], before[0], outputs)


def _blockers(link: _Link) -> exp.Select:
    rows = link.rows
    outputs: list[Sql] = [named(rows.key(), _PID), named(rows.time(), _TS)]
    if link.keys is not None:
        key = link.keys.after
        outputs.append(named(rows.scope.dialect.unnest(key.all()) if key.is_list else key.one(), _SAME))
    return rows.select(*outputs)


def _select_before(source: exp.Table | exp.Subquery, joins: tuple[exp.Join, ...], condition: Condition) -> exp.Select:
    return exp.Select(
        expressions=[column(BEFORE, _PID)],
        from_=exp.From(this=source),
        joins=list(joins),
        where=None if condition is True else exp.Where(this=render(condition)),
    )


def _is_alone() -> Sql:
    return exp.Is(this=column(AFTER, _TS), expression=exp.Null())


def _too_late(within: int, scope: Scope) -> Leaf:
    """Test that the nearest blocking event comes after the time."""
    return Leaf(lambda: exp.GT(this=column(AFTER, _TS), expression=scope.dialect.later(column(BEFORE, _TS), within)))


def _by_event(reached: str, join: exp.Join, deadline: Condition, within: int | None, scope: Scope) -> exp.Select:
    """Ask of each last event by itself whether any of its keys is blocked.

    Events of one person, instant and list of keys are blocked alike, so these three stand for the event.
    """
    split = exp.Select(
        expressions=[
            *(column(BEFORE, name) for name in (_PID, _TS, _NEXTS)),
            named(scope.dialect.unnest(column(BEFORE, _NEXTS)), _NEXT),
        ],
        from_=exp.From(this=table(reached, BEFORE)),
    )
    select = _select_before(derived(split, BEFORE), (join,), deadline)
    in_time = (
        exp.LTE(this=column(AFTER, _TS), expression=scope.dialect.later(column(BEFORE, _TS), within))
        if (within is not None)
        else exp.Is(this=column(AFTER, _TS), expression=exp.Null(), negate=True)
    )
    blocked = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=in_time))
    select.set("group", exp.Group(expressions=[column(BEFORE, name) for name in (_PID, _TS, _NEXTS)]))
    select.set("having", exp.Having(this=exp.EQ(this=blocked, expression=integer(0))))
    return select
