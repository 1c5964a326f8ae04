"""A map of tables as TOML: what `muster schema init` writes for somebody to read and change.

Kept apart from reading it (`table_map.py`); a test reads back what is written. It could go wrong by a name that TOML
would take for something else, so every name and text is written as JSON writes it, which TOML reads alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from muster.compiler.own_tables import Column, Member, Table
from muster.compiler.values import Path
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def table_map_text(mapped: TableMap) -> str:
    """Write a map of tables."""
    several = len(mapped.events) > 1
    parts = [_events(each, several=several) for each in mapped.events]
    if mapped.people is not None:
        parts.append(_people(mapped.people))
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _events(mapped: EventsTable, *, several: bool) -> Iterator[str]:
    yield "[[events]]" if several else "[events]"
    yield f"table = {_table(mapped.table)}"
    yield f"id = {_column(mapped.id, 'text')}"
    named = _quoted(mapped.name) if mapped.constant is None else f"{{ value = {_quoted(mapped.constant)} }}"
    yield f"name = {named}"
    yield f"time = {_column(mapped.time, 'time')}"
    if mapped.order is not None:
        yield f"order = {_column(mapped.order, 'text')}"
    if mapped.unique is not None:
        yield f"message_id = {_quoted(mapped.unique)}  # of rows with the same one, the earliest counts"
    if mapped.never_null:
        yield "not_null = true  # no row lacks an id, a name or a time"
    yield from _equals("only", mapped.only)
    yield from _equals("gone", mapped.gone)
    yield from _values(mapped.values, "events", "properties")


def _people(mapped: PeopleTable) -> Iterator[str]:
    yield "[profiles]"
    yield f"table = {_table(mapped.table)}"
    yield f"id = {_column(mapped.id, 'text')}"
    if mapped.never_null:
        yield "unique = true  # one row a person, and none without an id"
    if mapped.latest is not None:
        yield f"latest = {_quoted(mapped.latest)}  # of a person's rows, the one with the greatest counts"
    if mapped.patches is not None:
        yield f"patches = {_quoted(mapped.patches)}  # a row tells what was new then"
    yield from _equals("only", mapped.only)
    yield from _equals("gone", mapped.gone)
    for name, column in mapped.fields.items():
        yield f"{name} = {_column(column, 'time' if name != 'is_anonymous' else 'bool')}"
    yield from _values(mapped.values, "profiles", "traits")


def _table(table: Table) -> str:
    """Write a name with its namespace; as a list where a dot would part it elsewhere."""
    if any("." in part for part in table[:-1]) or (len(table) == 1 and "." in table[0]):
        return json.dumps(list(table), ensure_ascii=False)
    return _quoted(".".join(table))


def _equals(key: str, values: Mapping[str, str | bool | int]) -> Iterator[str]:
    if values:
        shown = ", ".join(f"{_key(name)} = {_quoted(value)}" for name, value in values.items())
        yield f"{key} = {{ {shown} }}"


def _values(values: Mapping[Path, Value], section: str, key: str) -> Iterator[str]:
    columns = {path[-1]: value for path, value in values.items() if isinstance(value, Column)}
    if columns:
        yield ""
        yield f"[{section}.{key}]"
    for name, value in columns.items():
        is_short = value.name == name and value.zone is None
        yield f"{_key(name)} = {_quoted(value.how) if is_short else _in_full(value)}"
    members = [value for value in values.values() if isinstance(value, Member)]
    for column in dict.fromkeys(member.name for member in members):
        yield ""
        yield f"[{section}.json.{_key(column)}]"
        for member in members:
            if member.name == column:
                hows: Any = member.hows[0] if len(member.hows) == 1 else list(member.hows)
                yield f"{'.'.join(map(_key, member.path))} = {json.dumps(hows)}"


def _column(column: Column, usual: str) -> str:
    if column.how == usual:
        return _quoted(column.name)
    return _in_full(column)


def _in_full(column: Column) -> str:
    zone = "" if column.zone is None else f", zone = {_quoted(column.zone)}"
    return f"{{ column = {_quoted(column.name)}, as = {_quoted(column.how)}{zone} }}"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(value: str | bool | int | None) -> str:  # noqa: FBT001 (one of what TOML and JSON write alike)
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
