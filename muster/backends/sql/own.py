"""Reading somebody else's tables as ours: one relation of events and one of people, before the query that reads them.

Kept apart from what makes the query, which knows the columns of the layout and nothing of where they come from. A
table whose columns need no other reading than their names is read under those, without a relation (`settled`). It
could go wrong by a row without an id or a time, which is nobody's event; by reading a table for each event when one
would do; and by two rows of one person, of which only the map knows whether there may be any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache, partial

from sqlglot import exp

from muster.backends.base import Guard
from muster.backends.sql.calls import integer
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.names import ELEMENT, ROW, Sql, column, derived, identifier, named, table
from muster.backends.sql.own_words import theirs
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import Column, Member, OwnTables, Source
from muster.compiler.schema import EventTable, Name, Record, Schema
from muster.compiler.values import Kind, path_text

ORDER = EventTable().order or ""
EVENTS_SETTLED, PEOPLE_SETTLED = "events", "profiles"
_NTH = "nth"


# --- tables that need no reading ----------------------------------------------------------------------------------
@lru_cache(maxsize=64)
def settled(schema: Schema, dialect: SqlDialect) -> Schema:
    """Give the schema with the own names of tables that are read as they are; nothing is left to say of these."""
    own = schema.own
    if own is None:
        return schema
    events, profiles, done = schema.events, schema.profiles, set[str]()
    if len(own.events) == 1 and own.events[0].constant is None and _is_as_ours(own.events[0], dialect):
        source = own.events[0]
        name_of = _names_of(source)
        done.add(EVENTS_SETTLED)
        events = replace(
            events,
            table=source.table[-1],
            namespace=source.table[0] if len(source.table) > 1 else None,
            key=name_of[events.key],
            event=name_of[events.event],
            time=name_of[events.time],
            order=None if events.order is None else name_of[events.order],
            events={event: _renamed(record, name_of) for event, record in events.events.items()},
            others=None if events.others is None else _renamed(events.others, name_of),
        )
    if own.profiles is not None and _is_as_ours(own.profiles, dialect):
        name_of = _names_of(own.profiles)
        done.add(PEOPLE_SETTLED)
        profiles = replace(
            profiles,
            table=own.profiles.table[-1],
            namespace=own.profiles.table[0] if len(own.profiles.table) > 1 else None,
            key=name_of[profiles.key],
            external_id=name_of[profiles.external_id],
            fields={field: name_of[held] for field, held in profiles.fields.items()},
            traits=_renamed(profiles.traits, name_of),
        )
    return replace(schema, events=events, profiles=profiles, own=replace(own, settled=frozenset(done)))


def _is_as_ours(source: Source, dialect: SqlDialect) -> bool:
    """Tell whether a table's rows and columns are what ours would hold."""
    columns = [view.of for view in source.views.values()]
    order = source.views.get(ORDER)
    if order is not None and order.kind == "str" and dialect.own.collates:
        return False
    return (
        source.never_null
        and not source.others
        and all(isinstance(each, Column) and each.how in dialect.own.as_ours for each in columns)
    )


def _names_of(source: Source) -> Mapping[str, str]:
    return {name: view.of.name for name, view in source.views.items()}


def _renamed(record: Record, name_of: Mapping[str, str]) -> Record:
    def column_of(name: Name) -> Name:
        return replace(name, columns={kind: name_of[str(held)] for kind, held in name.columns.items()})

    return {path: column_of(name) for path, name in record.items()}


# --- relations ----------------------------------------------------------------------------------------------------
def read_own(tree: exp.Select, scope: Scope, read: frozenset[str] | None) -> exp.Select:
    """Put what reads somebody else's tables before a query of them; `read`: the events that it asks for, or all."""
    own = scope.schema.own
    if own is None:
        return tree
    used = frozenset(node.name for node in tree.find_all(exp.Identifier))
    made = [_relation(name, select, scope.dialect) for name, select in _selects(own, used, scope, read)]
    others = tree.args["with_"].expressions if tree.args.get("with_") else []
    if made:
        tree.set("with_", exp.With(expressions=[*made, *others]))
    return tree


def _relation(name: str, select: exp.Select | exp.Union, dialect: SqlDialect) -> exp.CTE:
    kept = False if dialect.own.says_not_materialized else None
    return exp.CTE(this=select, alias=exp.TableAlias(this=identifier(name)), materialized=kept)


def _selects(
    own: OwnTables, used: frozenset[str], scope: Scope, read: frozenset[str] | None
) -> Iterator[tuple[str, exp.Select | exp.Union]]:
    events, profiles = scope.schema.events, scope.schema.profiles
    if EVENTS_SETTLED not in own.settled and events.table in used:
        chosen = [each for each in own.events if read is None or each.constant is None or each.constant in read]
        arms = [_events_of(source, used, scope) for source in chosen or own.events[:1]]
        yield events.table, _united(arms)
    if PEOPLE_SETTLED not in own.settled and profiles.table in used:
        yield profiles.table, _people(own, used, scope)


def _united(arms: list[exp.Select]) -> exp.Select | exp.Union:
    """Put the rows of some queries together; equal rows stay apart."""
    united: exp.Select | exp.Union = arms[0]
    for arm in arms[1:]:
        united = exp.Union(this=united, expression=arm, distinct=False)
    return united


def _events_of(source: Source, used: frozenset[str], scope: Scope) -> exp.Select:
    """Select the events of a table, with the columns of ours that are asked for."""
    events, reader = scope.schema.events, _Reader(source, scope.dialect, scope.parameters)
    outputs = [reader.value(events.key)]
    if events.event in used:
        outputs.append(reader.event_name(events.event))
    outputs.append(reader.value(events.time))
    if events.order is not None and events.order in used:
        outputs.append(reader.order(events.order))
    outputs.extend(reader.value_or_null(name, kind) for name, kind in _value_columns(scope.schema, used))
    needed = [events.key, events.time, *([events.event] if source.constant is None else [])]
    return reader.select(outputs, needed, events.time)


def _value_columns(schema: Schema, used: frozenset[str]) -> list[tuple[str, Kind]]:
    """Give the columns of properties that are asked for, in the order in which the schema has them."""
    records = schema.records(())
    found = {str(held): kind for record in records for name in record.values() for kind, held in name.columns.items()}
    return [(name, kind) for name, kind in found.items() if name in used]


def _people(own: OwnTables, used: frozenset[str], scope: Scope) -> exp.Select:
    if own.profiles is None:
        return _whoever_has_events(own, scope)
    profiles = scope.schema.profiles
    reader = _Reader(own.profiles, scope.dialect, scope.parameters)
    wanted = [profiles.key, *(name for name in own.profiles.views if name in used and name != profiles.key)]
    if own.profiles.patches is not None:
        return reader.patched(wanted, profiles.key, own.profiles.patches)
    return reader.select([reader.value(name) for name in wanted], [profiles.key], None)


def _whoever_has_events(own: OwnTables, scope: Scope) -> exp.Select:
    """Select everybody who has an event in one of the tables."""
    profiles, layout = scope.schema.profiles, EventTable()  # the schema may have settled for their names
    ids = []
    for source in own.events:
        reader = _Reader(source, scope.dialect, scope.parameters)
        needed = [layout.key, layout.time, *([layout.event] if source.constant is None else [])]
        ids.append(reader.select([reader.value(layout.key)], needed, None))
    key = column(ELEMENT, layout.key)
    text = scope.dialect.own.id_text(key.copy())
    return exp.Select(
        expressions=[named(key, profiles.key), exp.Alias(this=text, alias=identifier(profiles.external_id))],
        from_=exp.From(this=derived(_united(ids), ELEMENT)),
        group=exp.Group(expressions=[key.copy()]),
    )


# --- what tables must hold ----------------------------------------------------------------------------------------
def guards_of(tree: exp.Select, scope: Scope, read: frozenset[str] | None) -> tuple[Guard, ...]:
    """Give a query for each table whose rows may be other than the map says, as far as a query reads them."""
    own = scope.schema.own
    if own is None or own.unchecked:
        return ()
    used = frozenset(node.name for node in tree.find_all(exp.Identifier))
    sources = [each for each in own.events if read is None or each.constant is None or each.constant in read]
    if scope.schema.events.table not in used:
        sources = []
    people = [] if own.profiles is None or scope.schema.profiles.table not in used else [own.profiles]
    return tuple(filter(None, (_guard(each, used, scope, is_people=each in people) for each in (*sources, *people))))


def _guard(source: Source, used: frozenset[str], scope: Scope, *, is_people: bool) -> Guard | None:
    words, parameters = scope.dialect.own, Parameters(scope.dialect.parameter)
    counted: list[Sql] = []
    told: list[Callable[[int], str]] = []
    where = ".".join(source.table)
    for member in dict.fromkeys(view.of for name, view in source.views.items() if name in used):
        if isinstance(member, Member):
            counted.append(scope.dialect.counted(words.flaw(member, parameters)))
            told.append(partial(say.other_values, f"{where}.{member.name}, {path_text(member.path)},", member.hows))
    if is_people and not source.never_null and source.latest is None and source.patches is None:
        key = source.views[scope.schema.profiles.key].of.name
        several = exp.Count(this=exp.Distinct(expressions=[theirs(key)]))
        counted.append(exp.Sub(this=exp.Count(this=theirs(key)), expression=several))
        told.append(partial(say.people_twice, where))
    order = scope.schema.events.order
    if order is not None and order in used and order in source.views:
        missing = Leaf(lambda: exp.Is(this=theirs(source.views[order].of.name), expression=exp.Null()), total=True)
        counted.append(scope.dialect.counted(render(missing)))
        told.append(partial(say.order_missing, f"{where}.{source.views[order].of.name}"))
    if not counted:
        return None
    *namespace, name = source.table
    rows = table(name, ROW, namespace[0] if namespace else None)
    select = exp.Select(expressions=counted, from_=exp.From(this=rows))
    if source.only:
        select.set("where", exp.Where(this=render(all_of(*_equal(source.only, parameters)))))
    return Guard(scope.dialect.write(select), parameters.found, tuple(told))


# --- one table ----------------------------------------------------------------------------------------------------
class _Reader:
    """Reads one table."""

    def __init__(self, source: Source, dialect: SqlDialect, parameters: Parameters) -> None:
        self._source, self._words, self._parameters = source, dialect.own, parameters

    def value(self, name: str) -> Sql:
        """Read a column of ours."""
        return named(self._words.value(self._source.views[name], self._parameters), name)

    def value_or_null(self, name: str, kind: Kind) -> Sql:
        """Read a column of ours that not every table has."""
        return self.value(name) if name in self._source.views else named(self._words.null_of(kind), name)

    def order(self, name: str) -> Sql:
        """Read what tells which of two events came first; text by code points."""
        view = self._source.views[name]
        value = self._words.value(view, self._parameters)
        return named(self._words.by_code_point(value) if view.kind == "str" else value, name)

    def event_name(self, name: str) -> Sql:
        """Read the events' name."""
        constant = self._source.constant
        return self.value(name) if constant is None else named(self._parameters.value("str", constant), name)

    def select(self, outputs: list[Sql], needed: list[str], time: str | None) -> exp.Select:
        """Select from the rows that lack nothing that is needed; of several that are one, the earliest or latest."""
        source = self._source
        rows: exp.Table | exp.Subquery = self._table()
        there: Condition = True if source.never_null else all_of(*map(self._is_there, needed))
        condition = all_of(*_equal(source.only, self._parameters), there)
        left = all_of(*(negate(each) for each in _equal(source.gone, self._parameters)))
        if source.unique is not None and time is not None:
            by = exp.Ordered(this=theirs(source.views[time].of.name), nulls_first=False)
            rows, condition = self._numbered(source.unique, by, condition), self._is_first()
        elif source.latest is not None:
            by = exp.Ordered(this=theirs(source.latest), desc=True, nulls_first=False)
            rows, condition = self._numbered(source.views[needed[0]].of.name, by, condition), self._is_number_one()
        kept = all_of(condition, left)
        return exp.Select(
            expressions=outputs,
            from_=exp.From(this=rows),
            where=None if kept is True else exp.Where(this=render(kept)),
        )

    def patched(self, wanted: list[str], key: str, by: str) -> exp.Select:
        """Select a row a person, of each value the last that there was."""
        source, own_key = self._source, self._words.value(self._source.views[key], self._parameters)
        timed = Leaf(lambda: exp.Is(this=theirs(by), expression=exp.Null(), negate=True), total=True)
        left = (negate(each) for each in _equal(source.gone, self._parameters))
        kept = all_of(*_equal(source.only, self._parameters), *left, self._is_there(key), timed)

        def last(name: str) -> Sql:
            value = self._words.value(self._source.views[name], self._parameters)
            if value == own_key:
                return named(value, name)
            return named(self._words.last_there_was(value, theirs(by)), name)

        return exp.Select(
            expressions=[last(name) for name in wanted],
            from_=exp.From(this=self._table()),
            where=exp.Where(this=render(kept)),
            group=exp.Group(expressions=[own_key.copy()]),
        )

    def _table(self) -> exp.Table:
        *namespace, name = self._source.table
        return table(name, ROW, namespace[0] if namespace else None)

    def _is_there(self, name: str) -> Leaf:
        own = self._source.views[name].of.name
        return Leaf(lambda: exp.Is(this=theirs(own), expression=exp.Null(), negate=True), total=True)

    def _numbered(self, which: str, by: exp.Ordered, condition: Condition) -> exp.Subquery:
        """Give the rows with all that is read of them, and the number of each among those of one id."""
        order = exp.Order(expressions=[by])
        number = exp.Window(this=exp.RowNumber(), partition_by=[theirs(which)], order=order)
        select = exp.Select(
            expressions=[*map(theirs, self._read()), exp.Alias(this=number, alias=identifier(self._nth()))],
            from_=exp.From(this=self._table()),
            where=None if condition is True else exp.Where(this=render(condition)),
        )
        return derived(select, ROW)

    def _read(self) -> list[str]:
        """Name every column of theirs that is read."""
        source = self._source
        return list(dict.fromkeys((*(view.of.name for view in source.views.values()), *source.others)))

    def _nth(self) -> str:
        """Name the number of a row as no column is called, whatever engines make of capitals."""
        name, taken = _NTH, {each.lower() for each in self._read()}
        while name in taken:
            name += "_"
        return name

    def _is_number_one(self) -> Condition:
        return Leaf(lambda: exp.EQ(this=theirs(self._nth()), expression=integer(1)), total=True)

    def _is_first(self) -> Condition:
        """Test for the first row of an id; a row without one is no other's double."""
        unique = self._source.unique
        assert unique is not None
        alone = Leaf(lambda: exp.Is(this=theirs(unique), expression=exp.Null()), total=True)
        return any_of(self._is_number_one(), alone)


def _equal(wanted: Mapping[str, str | bool | int], parameters: Parameters) -> list[Leaf]:
    """Test that columns equal some values."""

    def is_equal(name: str, value: str | bool | int) -> Leaf:  # noqa: FBT001 (one of what a column can equal)
        match value:
            case bool():
                asked = parameters.value("bool", value)
            case str():
                asked = parameters.value("str", value)
            case int():
                asked = parameters.number(Decimal(value), whole=True)
        return Leaf(lambda: exp.EQ(this=theirs(name), expression=asked))

    return [is_equal(name, value) for name, value in wanted.items()]


__all__ = ["EVENTS_SETTLED", "PEOPLE_SETTLED", "guards_of", "read_own", "settled"]
