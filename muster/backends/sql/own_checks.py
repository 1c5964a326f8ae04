"""What a database has, against what a map says of it: every table and column is there, of a type that can be read so.

Kept apart from the engines, which only say what they have. It could go wrong by looking a name up where the database
would not, so every table is named in full before anything is asked of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from sqlglot import exp

from muster.backends.base import EngineError, FoundColumn, FoundTable
from muster.backends.sql.logic import Leaf, all_of, negate, render
from muster.backends.sql.names import Sql, bare, column, table
from muster.backends.sql.own_words import OwnWords
from muster.compiler.messages import own_tables as say
from muster.compiler.own_tables import Column, Member, Source, Table
from muster.compiler.schema import Schema
from muster.compiler.spelling import closest

_CATALOG = "information_schema"
_THEIR_OWN = ("information_schema", "INFORMATION_SCHEMA", "pg_catalog", "system")
_TELLS_APART = ("PRIMARY KEY", "UNIQUE")


# --- asking a database ----------------------------------------------------------------------------------------------
def all_columns() -> exp.Select:
    """Select namespace, table, column, type and whether it may be NULL (YES or 1) of all columns there are."""
    wanted = ("table_schema", "table_name", "column_name", "data_type", "is_nullable")
    order = ("table_schema", "table_name", "ordinal_position")
    return exp.Select(
        expressions=[bare(name) for name in wanted],
        from_=exp.From(this=table("columns", None, _CATALOG)),
        where=exp.Where(this=_is_no_catalog()),
        order=exp.Order(expressions=[exp.Ordered(this=bare(name), nulls_first=False) for name in order]),
    )


def all_keys() -> exp.Select:
    """Select namespace, table, constraint and column of what tells rows apart."""
    names = ("constraint_schema", "constraint_name", "table_name")
    same = render(all_of(*(Leaf(partial(_is_same, name)) for name in names)))
    kinds = [exp.Literal.string(kind) for kind in _TELLS_APART]
    return exp.Select(
        expressions=[column("k", name) for name in ("table_schema", "table_name", "constraint_name", "column_name")],
        from_=exp.From(this=table("table_constraints", "c", _CATALOG)),
        joins=[exp.Join(this=table("key_column_usage", "k", _CATALOG), on=same)],
        where=exp.Where(this=exp.In(this=column("c", "constraint_type"), expressions=kinds)),
    )


def sample_of(where: Table, name: str, most: int, words: OwnWords) -> exp.Select:
    """Select the texts of some values of a column."""
    namespace, called = where
    return exp.Select(
        expressions=[words.id_text(bare(name))],
        from_=exp.From(this=table(called, None, namespace)),
        where=exp.Where(this=exp.Is(this=bare(name), expression=exp.Null(), negate=True)),
        limit=exp.Limit(expression=exp.Literal.number(most)),
    )


def _is_same(name: str) -> Sql:
    return exp.EQ(this=column("k", name), expression=column("c", name))


def _is_no_catalog() -> Sql:
    names = [exp.Literal.string(name) for name in _THEIR_OWN]
    is_one = Leaf(lambda: exp.In(this=bare("table_schema"), expressions=names), total=True)
    return render(negate(is_one))


def found_tables(
    columns: Iterable[tuple[str, str, FoundColumn]], keys: Iterable[tuple[str, str, str, str]]
) -> tuple[FoundTable, ...]:
    """Put columns, and what tells rows apart, together to tables."""
    held: dict[Table, list[FoundColumn]] = defaultdict(list)
    for namespace, name, found in columns:
        held[namespace, name].append(found)
    together: dict[tuple[Table, str], list[str]] = defaultdict(list)
    for namespace, name, constraint, key in keys:
        together[(namespace, name), constraint].append(key)
    alone: dict[Table, set[str]] = defaultdict(set)
    for (which, _), members in together.items():
        if len(members) == 1:
            alone[which].update(members)
    return tuple(FoundTable(which, tuple(each), frozenset(alone[which])) for which, each in held.items())


def in_namespace(name: str, tables: Sequence[FoundTable]) -> tuple[FoundTable, ...]:
    """Give the tables of one namespace; raises EngineError where there is none."""
    found = tuple(each for each in tables if each.table[0] == name)
    if not found:
        known = sorted({each.table[0] for each in tables})
        raise EngineError(say.no_namespace(name, closest(name, known), known))
    return found


def refuse_own(schema: Schema) -> None:
    """Raise EngineError for who would load into somebody else's tables."""
    if schema.own is not None:
        raise EngineError(say.read_only())


# --- comparing it with a map ----------------------------------------------------------------------------------------
def in_full(schema: Schema, namespace: str) -> Schema:
    """Give the schema with every table's namespace said."""
    own = schema.own
    assert own is not None

    def named(source: Source) -> Source:
        return source if len(source.table) > 1 else replace(source, table=(namespace, *source.table))

    people = None if own.profiles is None else named(own.profiles)
    return replace(schema, own=replace(own, events=tuple(map(named, own.events)), profiles=people))


def check_map(schema: Schema, found: Iterable[FoundTable]) -> None:
    """Raise EngineError for what is not there, or not as the schema says."""
    own = schema.own
    assert own is not None
    tables = {each.table: each for each in found}
    ids: dict[str, str] = {}
    families: set[str] = set()
    for source in own.sources():
        where = ".".join(source.table)
        if source.table not in tables:
            near = closest(where, [".".join(each) for each in tables])
            raise EngineError(say.no_table(where, near, sorted(".".join(each) for each in tables)))
        columns = {each.name: each for each in tables[source.table].columns}
        _check_source(source, where, columns, any_type={schema.events.key})
        key = columns[source.views[schema.events.key].of.name]
        ids[where] = key.type
        families.add(_family(key))
    if len(families) > 1:
        raise EngineError(say.ids_of_types(ids))


def _family(found: FoundColumn) -> str:
    """Give what types are compared as: all texts alike, all whole numbers alike."""
    if {"int", "num"} & set(found.hows):
        return "number"
    return "text" if "text" in found.hows else found.type


def _check_source(source: Source, where: str, columns: Mapping[str, FoundColumn], *, any_type: set[str]) -> None:
    asked = [view.of for name, view in source.views.items() if name not in any_type]
    names = [view.of.name for view in source.views.values()]
    for name in (*names, *source.others):
        if name not in columns:
            raise EngineError(say.no_column(where, name, closest(name, columns), list(columns)))
    for each in dict.fromkeys(asked):
        found = columns[each.name]
        if isinstance(each, Column) and each.how not in found.hows:
            raise EngineError(say.other_type(f"{where}.{each.name}", found.type, each.how, found.hows))
        if isinstance(each, Member) and not found.may_be_json:
            raise EngineError(say.no_json(f"{where}.{each.name}", found.type))
