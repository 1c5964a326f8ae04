"""What a map of a database's tables does not say, told as comments in it: tables that are left out, columns, and why.

Kept apart from guessing, which only says what is there. It could go wrong by a name that ends a comment, so what cannot
be printed on a line is written as JSON writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

from muster.backends.base import FoundColumn, FoundTable
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import Member, Table
from muster.compiler.values import path_text
from muster.runtime.own_guess import Sample, lists_in
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap

Comments = Mapping[Table | None, Sequence[str]]  # of each table in the map, and of the map as a whole (None)


def left_out(mapped: TableMap, tables: Iterable[FoundTable], sample: Sample) -> Comments:
    """Say what of some tables a map does not read; of JSON columns by samples of their values."""
    parts: dict[Table, EventsTable | PeopleTable] = {each.table: each for each in mapped.events}
    if mapped.people is not None:
        parts[mapped.people.table] = mapped.people
    found: dict[Table | None, list[str]] = {None: []}
    merged = {each.merged.table for each in mapped.events if each.merged is not None}
    for each in tables:
        if each.table in merged:
            continue
        part = parts.get(each.table)
        if part is None:
            found[None].append(say.table_left(_shown(".".join(each.table))))
        else:
            found[each.table] = [*_columns_left(part, each), *_lists_left(part, sample)]
    return found


def _columns_left(part: EventsTable | PeopleTable, found: FoundTable) -> Iterator[str]:
    read = set(_columns_read(part))
    for each in found.columns:
        if each.name not in read:
            yield say.column_left(_shown(each.name), _why(part, each))


def _lists_left(part: EventsTable | PeopleTable, sample: Sample) -> Iterator[str]:
    for column in dict.fromkeys(value.name for value in part.values.values() if isinstance(value, Member)):
        for path in lists_in(sample(part.table, column)):
            yield say.column_left(_shown(f"{column}, {path_text(path)}"), say.list_not_read())


def _columns_read(part: EventsTable | PeopleTable) -> Iterator[str]:
    yield part.id.name
    yield from (*part.only, *part.gone)
    yield from (value.name for value in part.values.values())
    match part:
        case EventsTable(name=name, time=time, order=order, unique=unique, merged=merged):
            yield time.name
            yield from () if merged is None else (merged.by,)
            yield from () if order is None else (order.name,)
            yield from (each for each in (name, unique) if each is not None)
        case PeopleTable(latest=latest, patches=patches, fields=fields):
            yield from (each.name for each in fields.values())
            yield from (each for each in (latest, patches) if each is not None)


def _why(part: EventsTable | PeopleTable, column: FoundColumn) -> str:
    if (column.name,) in part.values:
        return say.name_is_given(_shown(part.values[column.name,].name))
    if column.may_be_json and not column.hows:
        return say.no_members()
    return say.of_the_layout() if column.hows else say.type_not_read(_shown(column.type))


def _shown(text: str) -> str:
    return text if text.isprintable() else json.dumps(text)


__all__ = ["Comments", "left_out"]
