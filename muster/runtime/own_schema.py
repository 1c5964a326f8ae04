"""A map of tables becomes a Schema: a column of the layout for each kind that a property or trait can have.

Kept apart from reading the map, so that what looks at a database makes a Schema the same way. One name has one column
a kind, whichever tables give it. It could go wrong by two names whose columns would be called the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from muster.backends.tables.slugs import Slugs, scalar_column
from muster.compiler.own_tables import Column, OwnTables, Source, View
from muster.compiler.schema import EventTable, Name, ProfileTable, Record, Schema
from muster.compiler.values import Path
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

_EVENTS, _PEOPLE = EventTable(), ProfileTable()
_ORDER = "mid"


def own_schema(mapped: TableMap, *, unchecked: bool = False) -> Schema:
    """Make the Schema of somebody's own tables; `unchecked`: what is not as the map says is left out."""
    orders = {None if each.order is None else each.order.kinds for each in mapped.events}
    has_order = None not in orders and len(orders) == 1  # text and numbers have no order between them
    properties = _slugs(path for each in mapped.events for path in each.values)
    named = {each.constant: each for each in mapped.events if each.constant is not None}
    others = [each for each in mapped.events if each.constant is None]
    people = mapped.people
    traits = {} if people is None else _slugs(people.values)
    fields = {"external_id": _PEOPLE.external_id} | ({} if people is None else {name: name for name in people.fields})
    return Schema(
        profiles=ProfileTable(
            table=_relation(_PEOPLE.table, mapped),
            fields=fields,
            traits={} if people is None else _record(people.values, traits),
        ),
        events=EventTable(
            table=_relation(_EVENTS.table, mapped),
            order=_ORDER if has_order else None,
            events={name: _record(_all(mapped, name), properties) for name in named},
            others=_record(_all(mapped, None), properties) if others else None,
        ),
        own=OwnTables(
            events=tuple(_events_source(each, properties, has_order=has_order) for each in mapped.events),
            profiles=None if people is None else _people_source(people, traits),
            unchecked=unchecked,
        ),
    )


def _relation(name: str, mapped: TableMap) -> str:
    """Name a relation that reads tables; one of that name, without its namespace, would be taken for it.

    Whether names that differ in capitals are the same, engines see differently.
    """
    tables = [each.table for each in mapped.events] + ([] if mapped.people is None else [mapped.people.table])
    taken = {each[0].lower() for each in tables if len(each) == 1}
    while name in taken:
        name = f"{name}_read"
    return name


def _all(mapped: TableMap, name: str | None) -> Mapping[Path, tuple[Value, ...]]:
    """Give what the tables hold in which an event can be."""
    found: dict[Path, tuple[Value, ...]] = {}
    for each in mapped.events:
        if each.constant is None or each.constant == name:
            for path, value in each.values.items():
                found[path] = (*found.get(path, ()), value)
    return found


def _slugs(paths: Iterable[Path]) -> dict[Path, str]:
    slugs = Slugs()
    return {path: slugs.assign(path) for path in dict.fromkeys(paths)}


def _record(values: Mapping[Path, Value | tuple[Value, ...]], slugs: Mapping[Path, str]) -> Record:
    def name(path: Path, held: Value | tuple[Value, ...]) -> Name:
        several = held if isinstance(held, tuple) else (held,)
        kinds = dict.fromkeys(kind for value in several for kind in value.kinds)
        return Name({kind: scalar_column(slugs[path], kind) for kind in kinds}, single=True)

    return {path: name(path, held) for path, held in values.items()}


def _views(values: Mapping[Path, Value], slugs: Mapping[Path, str]) -> dict[str, View]:
    return {
        scalar_column(slugs[path], kind): View(value, kind) for path, value in values.items() for kind in value.kinds
    }


def _events_source(mapped: EventsTable, slugs: Mapping[Path, str], *, has_order: bool) -> Source:
    views = {_EVENTS.key: View(Column(mapped.id.name, "text"), "str"), _EVENTS.time: View(mapped.time, "time")}
    if mapped.name is not None:
        views[_EVENTS.event] = View(Column(mapped.name, "text"), "str")
    if has_order and mapped.order is not None:
        views[_ORDER] = View(mapped.order, mapped.order.kinds[0])
    return Source(
        table=mapped.table,
        views=views | _views(mapped.values, slugs),
        constant=mapped.constant,
        never_null=mapped.never_null,
        only=mapped.only,
        gone=mapped.gone,
        unique=mapped.unique,
    )


def _people_source(mapped: PeopleTable, slugs: Mapping[Path, str]) -> Source:
    views = {
        _PEOPLE.key: View(Column(mapped.id.name, "text"), "str"),
        _PEOPLE.external_id: View(mapped.id, "str"),
        **{name: View(column, column.kinds[0]) for name, column in mapped.fields.items()},
    }
    return Source(
        table=mapped.table,
        views=views | _views(mapped.values, slugs),
        never_null=mapped.never_null,
        only=mapped.only,
        gone=mapped.gone,
        latest=mapped.latest,
        patches=mapped.patches,
    )
