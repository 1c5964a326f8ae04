"""What a namespace already holds: its tables, types and indexes with their columns, as the server's catalogue has them.

Kept apart from making and widening them, as loading looks here too: the values of an item go by their place in its
type, and another engine may have widened that since. It can go wrong by taking a stranger's table for one of ours, so
each column is compared as it is spelled. https://www.postgresql.org/docs/current/catalog-pg-attribute.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Cursor

from muster.backends.base import EngineError
from muster.backends.postgres.ddl import Relation, columns_in, spelled
from muster.backends.postgres.places import run
from muster.compiler.messages import postgres as told

_MOST_COLUMNS = 1_600
Present = Mapping[str, Mapping[str, str]]  # relation -> its columns in their order, each with its type


def read_present(cursor: Cursor[Any], namespace: str) -> Present:
    """Read what is in a namespace."""
    found: dict[str, dict[str, str]] = {}
    for relation, name, kind, collation, required in run(cursor, columns_in(namespace)):
        found.setdefault(relation, {})[name] = spelled(_plain(kind), collation, required=required)
    return found


def check_present(relation: Relation, present: Mapping[str, str] | None) -> None:
    """Raise EngineError where a table or type cannot be made, or what has its name cannot be widened to it."""
    held = {} if present is None else present
    total = len({*relation.columns, *held})
    if total > _MOST_COLUMNS:
        raise EngineError(told.too_many_columns(relation.name, total, _MOST_COLUMNS))
    for name, wanted in relation.spelled().items():
        found = held.get(name)
        if found not in {None, wanted}:
            raise EngineError(told.other_column(relation.name, name, str(found), wanted))
        if present is not None and found is None and name in relation.required:
            raise EngineError(told.no_such_column(relation.name, name))


def _plain(kind: str) -> str:
    """Give a type without the quotes that stand around some names of ours."""
    if not kind.startswith('"'):
        return kind
    return kind.replace('""', '"')[1:].replace('"[]', "[]")
