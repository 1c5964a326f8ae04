"""The part of the query check that looks at names: each is the schema's, or one that the query gives.

Kept apart from the look at nodes, because a column can be much else: an engine has columns of its own in each table,
words that are functions, and (Postgres) functions that are called like a field. It could go wrong by taking the columns
of one schema for another's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import pyarrow as pa
from sqlglot import exp

from muster.backends.sql.check_nodes import refused
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.layout import tables
from muster.backends.sql.names import VARIABLE, is_plain
from muster.compiler.own_tables import OwnTables
from muster.compiler.schema import EventTable, ProfileTable, Schema


def columns_of(schema: Schema, dialect: SqlDialect) -> frozenset[str]:
    """Give the columns of a schema's tables, and the fields of what they hold, as they stand in text."""
    return _columns(_Same(schema), dialect)


def given_names(tree: exp.Select) -> tuple[frozenset[str], frozenset[str]]:
    """Give the names that a query gives to what it reads, and those that it gives to values."""
    sources = frozenset(each.name for each in tree.find_all(exp.TableAlias))
    named = {each.alias for each in tree.find_all(exp.Alias)}
    named |= {column.name for each in tree.find_all(exp.TableAlias) for column in each.columns}
    return sources, frozenset(named)


def check_name(node: exp.Expr, sources: frozenset[str], known: frozenset[str]) -> None:
    """Refuse names that are none of the schema's or the query's: an engine has columns, words and functions of its own.

    The name of a table is a whole row of it, which only a pick of a list wants.
    """
    is_name = isinstance(node, exp.Identifier) and not isinstance(node.parent, exp.Placeholder)
    if is_name and not node.args.get("quoted") and not is_plain(node.name):
        raise refused(f"the name {node.name} without quotes")
    if isinstance(node, exp.Dot) and node.expression.name not in known:
        raise refused(f"the field {node.expression.name}")
    if not isinstance(node, exp.Column):
        return
    if not node.table and node.name in sources:
        if not (isinstance(node.parent, exp.Order) and isinstance(node.parent.parent, exp.ArrayAgg)):
            raise refused(f"a row of {node.name}")
    elif node.name not in known and not VARIABLE.fullmatch(node.name):
        raise refused(f"the column {node.name}")


@dataclass(frozen=True, eq=False, slots=True)
class _Same:
    """A schema as what it is, and not as what it says: that takes long to compare."""

    schema: Schema

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema

    def __hash__(self) -> int:
        return id(self.schema)


@lru_cache(maxsize=16)
def _columns(same: _Same, dialect: SqlDialect) -> frozenset[str]:
    own = same.schema.own
    names = _of_own(same.schema, own) if own is not None else _of_layout(same.schema)
    return frozenset(map(dialect.in_text, names))


def _of_layout(schema: Schema) -> Iterator[str]:
    for table in tables(schema).values():
        yield from _names(table)


def _of_own(schema: Schema, own: OwnTables) -> Iterator[str]:
    """Give the columns of the layout, and those of somebody else's that they are read from."""
    events, people = schema.events, schema.profiles
    yield from (events.key, events.event, events.time, people.key, people.external_id, *people.fields.values())
    yield from () if events.order is None else (events.order,)
    layout = EventTable()
    yield from (layout.key, layout.event, layout.time, ProfileTable().external_id)
    for source in own.sources():
        yield from source.views
        yield from (view.of.name for view in source.views.values())
        yield from source.others


def _names(fields: Iterable[pa.Field]) -> Iterator[str]:
    for field in fields:
        yield field.name
        kind = field.type
        if pa.types.is_map(kind):
            yield from ("key", "value")
        elif pa.types.is_list(kind):
            yield from _names(kind.value_type)
