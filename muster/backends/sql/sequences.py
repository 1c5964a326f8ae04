"""Sequence scans: A, then B within a time, then no C; one relation a step, of where a sequence can have got to.

Kept apart because it is the construct that engines answer wrongly or slowly. Each step keeps every instant at which
a chain can end (the earliest A is not always the right one), found by one join to the nearest event before, never
by pairing all events of a heavy user. It can go wrong at equal instants (they never order), at lists in `same`,
and at a final `not`, which is asked of each last event by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.events import Rows, event_rows
from muster.backends.sql.funnels import funnel_scan
from muster.backends.sql.keys import KeyPair, StepKey, key_pair
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, render
from muster.backends.sql.names import AFTER, BEFORE, ELEMENT, Sql, column, derived, named, table
from muster.backends.sql.places import Scope
from muster.compiler.expr import SequenceStep, TimeWindow
from muster.compiler.moments import FromAsOf
from muster.compiler.plan import SequenceScan

Builder = Callable[[], exp.Select]
AddRelation = Callable[[exp.Select], str]  # gives a relation of the query a name
Follow = Callable[[list[Sql]], exp.Select]  # selects outputs of the events that a step reaches
Edge = type[exp.Min] | type[exp.Max]

_PID, _TS, _SAME, _NEXT, _NEXTS = "pid", "ts", "same_key", "next_key", "next_keys"
_CAME = "came_at"  # the instant again, as a column that an outer join leaves NULL


class _Select(Protocol):
    def __call__(self, *outputs: Sql, joins: tuple[exp.Join, ...] = (), also: Condition = True) -> exp.Select: ...


@dataclass(frozen=True, slots=True)
class _Link:
    """How events follow those of the step before: within a length, and with a shared key."""

    rows: Rows
    within: int | None
    keys: KeyPair | None

    @property
    def from_one(self) -> bool:
        """Tell whether one event of the step before, the first or last, decides for all of a person and key."""
        return self.within is None and (self.keys is None or self.keys.before.is_column)

    @property
    def to_one(self) -> bool:
        """Tell whether one event of this step, the last, decides for all of a person and key."""
        return self.within is None and (self.keys is None or self.keys.after.is_column)


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
    later = TimeWindow(scan.window.start)  # what follows an event of the window is not before its start
    for step in scan.steps[1:]:
        link = _link(step, links[-1].rows if links else first, later, scope)
        if link is None:
            return None
        links.append(link)
    absent = scan.absent
    if absent is None:
        funnel = funnel_scan(scan, first, links[0].rows, scope) if links else None
        return funnel or (lambda: _reach(first, links, add_relation))
    blocking = _link(absent, links[-1].rows if links else first, later, scope)
    return lambda: _unblocked(first, links, blocking, absent.within, add_relation)


def _link(step: SequenceStep, before: Rows, window: TimeWindow, scope: Scope) -> _Link | None:
    """Link a step to the one before; None where no event can follow."""
    rows = event_rows(step.events, step.where, window, scope)
    if rows is None:
        return None
    if step.same is None:
        return _Link(rows, step.within, None)
    keys = key_pair(step.same, before, rows)
    return None if keys is None else _Link(rows, step.within, keys)


# --- steps that must come ---------------------------------------------------------------------------------------
def _reach(first: Rows, links: list[_Link], add_relation: AddRelation) -> exp.Select:
    """Select the people who reach the last step."""
    source, follow = _last(first, links, None, add_relation)
    return follow([source.pid()])


def _last(
    first: Rows, links: list[_Link], leaving: KeyPair | None, add_relation: AddRelation
) -> tuple[_Source, Follow]:
    """Add a relation for every step but the last; give that one's events, and how to select those reached."""
    source = _source(first, None, links[0].keys if links else leaving)
    follow: Follow = partial(_start, source)
    for index, link in enumerate(links):
        name = add_relation(_leave(source, follow, link.keys, exp.Min if link.from_one else None))
        source = _source(link.rows, link.keys, links[index + 1].keys if link is not links[-1] else leaving)
        follow = partial(_follow, source, link, name, is_kept=index > 0)
    return source, follow


def _start(source: _Source, outputs: list[Sql]) -> exp.Select:
    return source.select(*outputs)


def _leave(
    source: _Source, follow: Follow, keys: KeyPair | None, edge: Edge | None, *, split: bool = True
) -> exp.Select:
    """Select a step's events as the next step needs them: all of them, or the edge of each person and key."""
    instant = source.ts() if edge is None else edge(this=source.ts())
    outputs = [named(source.pid(), _PID), named(instant, _TS)]
    if keys is not None and keys.before.is_list and split:
        select = keys.before.scope.dialect.spread(follow(outputs), {_NEXT: source.departure()})
    elif keys is not None:
        select = follow([*outputs, named(source.departure(), _NEXTS if keys.before.is_list else _NEXT)])
    else:
        select = follow(outputs)
    if edge is not None:
        by = [source.pid()] if keys is None else [source.pid(), source.departure()]
        select.set("group", exp.Group(expressions=by))
    return select


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
        inner = [named(rows.key(), _PID), named(rows.time(), _TS)]
        if leaving is not None:
            inner.append(named(departure(), carried))
        by_key = dialect.spread(rows.select(*inner), {_SAME: after.all()})
        return exp.Select(
            expressions=list(outputs),
            from_=exp.From(this=derived(by_key, ELEMENT)),
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


def _follow(source: _Source, link: _Link, before: str, outputs: list[Sql], *, is_kept: bool) -> exp.Select:
    """Select events of a step that lie after an event of the step before, near enough and with its key.

    `is_kept`: the step before follows another, so that its relation is no plain selection of events.
    """
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
    if is_kept and not link.from_one:
        join = dialect.nearest_kept(table(before, BEFORE), render(on))
    else:
        join = _join(table(before, BEFORE), render(on), dialect, only_one=link.from_one, outer=False)
    return source.select(*outputs, joins=(join,), also=near)


def _join(relation: exp.Table | exp.Subquery, on: Sql, dialect: SqlDialect, *, only_one: bool, outer: bool) -> exp.Join:
    """Join the nearest event, which is a plain join where there is only one."""
    if not only_one:
        return dialect.nearest(relation, on, outer=outer)
    return exp.Join(this=relation, side="LEFT" if outer else None, on=on)


def _equal(left: Callable[[], Sql], right: Callable[[], Sql]) -> Leaf:
    return Leaf(lambda: exp.EQ(this=left(), expression=right()))


# --- a step that must not come ----------------------------------------------------------------------------------
def _unblocked(
    first: Rows, links: list[_Link], blocking: _Link | None, within: int | None, add_relation: AddRelation
) -> exp.Select:
    """Select the people with a last event whose time is up and which no blocking event follows."""
    keys = None if blocking is None else blocking.keys
    source, follow = _last(first, links, keys, add_relation)
    edge = exp.Max if blocking is not None and blocking.from_one else None
    reached = add_relation(_leave(source, follow, keys, edge, split=False))
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
    blockers = derived(_blockers(blocking), AFTER)
    came = _TS if scope.dialect.outer_gives_null else _CAME
    join = _join(blockers, render(on), scope.dialect, only_one=blocking.to_one, outer=True)
    if keys is None or not keys.before.is_list:
        alone = Leaf(lambda: exp.Is(this=column(AFTER, came), expression=exp.Null()), total=True)
        free = any_of(alone, *(() if within is None else (_too_late(within, scope),)))
        return _select_before(table(reached, BEFORE), (join,), all_of(deadline, free))
    return _by_event(reached, join, deadline, _in_time(came, within, scope), scope)


def _blockers(link: _Link) -> exp.Select:
    rows = link.rows
    instant = exp.Max(this=rows.time()) if link.to_one else rows.time()
    outputs, by = [named(rows.key(), _PID), named(instant, _TS)], [rows.key()]
    dialect, key = rows.scope.dialect, None if link.keys is None else link.keys.after
    if not dialect.outer_gives_null:
        outputs.append(named(dialect.nullable(instant.copy()), _CAME))
    if key is not None and key.is_list:
        return dialect.spread(rows.select(*outputs), {_SAME: key.all()})
    if key is not None:
        outputs.append(named(key.one(), _SAME))
        by.append(key.one())
    select = rows.select(*outputs)
    if link.to_one:
        select.set("group", exp.Group(expressions=by))
    return select


def _select_before(source: exp.Table | exp.Subquery, joins: tuple[exp.Join, ...], condition: Condition) -> exp.Select:
    return exp.Select(
        expressions=[column(BEFORE, _PID)],
        from_=exp.From(this=source),
        joins=list(joins),
        where=None if condition is True else exp.Where(this=render(condition)),
    )


def _too_late(within: int, scope: Scope) -> Leaf:
    """Test that the nearest blocking event comes after the time."""
    return Leaf(lambda: exp.GT(this=column(AFTER, _TS), expression=scope.dialect.later(column(BEFORE, _TS), within)))


def _in_time(came: str, within: int | None, scope: Scope) -> Sql:
    """Test that a blocking event comes, and before the time is up; NULL or false where none does."""
    if within is None:
        return exp.Is(this=column(AFTER, came), expression=exp.Null(), negate=True)
    return exp.LTE(this=column(AFTER, came), expression=scope.dialect.later(column(BEFORE, _TS), within))


def _by_event(reached: str, join: exp.Join, deadline: Condition, in_time: Sql, scope: Scope) -> exp.Select:
    """Ask of each last event by itself whether any of its keys is blocked.

    Events of one person, instant and list of keys are blocked alike, so these three stand for the event.
    """
    split = exp.Select(
        expressions=[column(BEFORE, name) for name in (_PID, _TS, _NEXTS)],
        from_=exp.From(this=table(reached, BEFORE)),
    )
    by_key = scope.dialect.spread(split, {_NEXT: column(BEFORE, _NEXTS)})
    select = _select_before(derived(by_key, BEFORE), (join,), deadline)
    blocked = exp.Filter(this=exp.Count(this=exp.Star()), expression=exp.Where(this=in_time))
    select.set("group", exp.Group(expressions=[column(BEFORE, name) for name in (_PID, _TS, _NEXTS)]))
    select.set("having", exp.Having(this=exp.EQ(this=blocked, expression=integer(0))))
    return select
