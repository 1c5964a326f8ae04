"""Reading events: one SELECT over the events of some names that satisfy a condition in a window.

Kept apart because every scan and every step of a sequence starts here, so that no event at or after as_of is ever
read. It could go wrong by leaving that bound out, or by joining people without need.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from muster.backends.sql.atoms import where_condition
from muster.backends.sql.logic import Condition, Leaf, all_of, render
from muster.backends.sql.names import EVENTS, GROUP, TRAITS, Sql, column, derived, events_table, people_table
from muster.backends.sql.params import MANY, before_as_of
from muster.backends.sql.places import Scope, mentions_people
from muster.compiler.expr import Events, Expr, TimeWindow
from muster.compiler.moments import Moment


@dataclass(frozen=True, slots=True)
class Rows:
    """Some events: their scope and the condition on each (names, window and `where`)."""

    scope: Scope
    condition: Condition
    joins_people: bool

    def key(self) -> Sql:
        """Read the person's key."""
        return column(EVENTS, self.scope.schema.events.key)

    def time(self) -> Sql:
        """Read the instant."""
        return column(EVENTS, self.scope.schema.events.time)

    def select(self, *outputs: Sql, joins: tuple[exp.Join, ...] = (), also: Condition = True) -> exp.Select:
        """Select something of each event."""
        schema = self.scope.schema
        joined = list(joins)
        if self.joins_people:
            joined.append(people_join(self.scope, self.key()))
        condition = all_of(self.condition, also)
        return exp.Select(
            expressions=list(outputs),
            from_=exp.From(this=events_table(schema, EVENTS)),
            joins=joined,
            where=None if condition is True else exp.Where(this=render(condition)),
        )


def people_join(scope: Scope, key: Sql) -> exp.Join:
    """Join the person, so that their traits are in sight."""
    profiles = scope.schema.profiles
    return exp.Join(
        this=people_table(scope.schema, TRAITS),
        on=exp.EQ(this=column(TRAITS, profiles.key), expression=key),
    )


def of_groups(grouped: exp.Select, condition: Sql | None, scope: Scope, *, joins_people: bool) -> exp.Select:
    """Select the people, of a SELECT with one row each, that satisfy a condition."""
    return exp.Select(
        expressions=[column(GROUP, "pid")],
        from_=exp.From(this=derived(grouped, GROUP)),
        joins=[people_join(scope, column(GROUP, "pid"))] if joins_people else [],
        where=None if condition is None else exp.Where(this=condition),
    )


def event_rows(
    events: Events, where: Expr, window: TimeWindow, scope: Scope, *, starts: tuple[Moment, ...] = ()
) -> Rows | None:
    """Find events; None where none can exist. With `starts`, from the earliest of these on."""
    inner = replace(scope, people=TRAITS, events=EVENTS, names=events.names, among=True)
    condition = where_condition(where, inner)
    if condition is False:
        return None
    time = scope.schema.events.time
    everything = all_of(
        is_named(events, inner),
        _from_earliest(starts, time, inner),
        in_window(EVENTS, time, window, inner),
        scope.among,
        condition,
    )
    return Rows(inner, everything, mentions_people(where))


def is_named(events: Events, scope: Scope) -> Condition:
    """Test an event's name."""
    names, parameters = events.names, scope.parameters
    name = scope.schema.events.event
    match names:
        case ():
            return True
        case (only,):
            return Leaf(lambda: exp.EQ(this=column(EVENTS, name), expression=parameters.value("str", only)), total=True)
        case _ if len(names) > MANY:
            return Leaf(
                lambda: scope.dialect.is_among(column(EVENTS, name), parameters.values("str", names), in_lambda=False),
                total=True,
            )
        case _:
            return Leaf(
                lambda: exp.In(
                    this=column(EVENTS, name), expressions=[parameters.value("str", each) for each in names]
                ),
                total=True,
            )


def _from_earliest(starts: tuple[Moment, ...], time: str, scope: Scope) -> Condition:
    if not starts:
        return True

    def after() -> Sql:
        first, *others = (scope.parameters.time(start) for start in starts)
        return exp.GTE(
            this=column(EVENTS, time), expression=exp.Least(this=first, expressions=others, ignore_nulls=True)
        )

    return Leaf(after, total=True)


def in_window(
    source: str, time: str, window: TimeWindow, scope: Scope, *, within: TimeWindow | None = None
) -> Condition:
    """Test that an instant lies in a window, and before as_of; `within` it is known to lie already."""
    parameters, start = scope.parameters, window.start
    after = (
        True
        if start is None or (within is not None and start == within.start)
        else Leaf(lambda: exp.GTE(this=column(source, time), expression=parameters.time(start)), total=True)
    )
    end = before_as_of(window.end)
    if within is not None and end == before_as_of(within.end):
        return after
    before = Leaf(lambda: exp.LT(this=column(source, time), expression=parameters.time(end)), total=True)
    return all_of(after, before)
