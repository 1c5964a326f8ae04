"""Reading somebody else's tables as ours: one relation of events and one of people, before the query that reads them.

Kept apart from what makes the query, which knows the columns of the layout and nothing of where they come from. A
table whose columns need no other reading than their names is read under those, without a relation (`settled`). It
could go wrong by reading a table for each event when one would do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from sqlglot import exp

from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import ELEMENT, column, derived, identifier, named
from muster.backends.sql.own_reader import Reader
from muster.backends.sql.places import Scope
from muster.compiler.own_tables import Column, OwnTables, Source
from muster.compiler.schema import EventTable, Name, Record, Schema
from muster.compiler.values import Kind

ORDER = EventTable().order or ""
EVENTS_SETTLED, PEOPLE_SETTLED = "events", "profiles"


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
    events, reader = scope.schema.events, Reader(source, scope.dialect, scope.parameters)
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
    reader = Reader(own.profiles, scope.dialect, scope.parameters)
    wanted = [profiles.key, *(name for name in own.profiles.views if name in used and name != profiles.key)]
    if own.profiles.patches is not None:
        return reader.patched(wanted, profiles.key, own.profiles.patches)
    return reader.select([reader.value(name) for name in wanted], [profiles.key], None)


def _whoever_has_events(own: OwnTables, scope: Scope) -> exp.Select:
    """Select everybody who has an event in one of the tables."""
    profiles, layout = scope.schema.profiles, EventTable()  # the schema may have settled for their names
    ids = []
    for source in own.events:
        reader = Reader(source, scope.dialect, scope.parameters)
        needed = [layout.key, layout.time, *([layout.event] if source.constant is None else [])]
        ids.append(reader.select([reader.value(layout.key)], needed, None))
    key = column(ELEMENT, layout.key)
    text = scope.dialect.own.id_text(key.copy())
    return exp.Select(
        expressions=[named(key, profiles.key), exp.Alias(this=text, alias=identifier(profiles.external_id))],
        from_=exp.From(this=derived(_united(ids), ELEMENT)),
        group=exp.Group(expressions=[key.copy()]),
    )


__all__ = ["EVENTS_SETTLED", "PEOPLE_SETTLED", "read_own", "settled"]
