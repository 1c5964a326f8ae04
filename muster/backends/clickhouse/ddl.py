"""Statements that make, widen, fill and drop ClickHouse's databases and tables, as trees.

Kept apart from running them, so that a table exists, with every column it needs, before a row does. Events lie by
month, and within it by event, person and instant: audiences read one event in a window, and a person's rows lie
together. It can go wrong where an array's tuple has grown a field.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa
from sqlglot import exp

from muster.backends.clickhouse.types import low_cardinality, type_of
from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.layout import keys, tables
from muster.backends.sql.logic import Leaf, all_of, render
from muster.backends.sql.names import STAGE_KEY, STAGE_TIME, Sql, bare, identifier, system_table, table
from muster.compiler.schema import Schema

_call = Functions("Atomic", "MergeTree", "ReplacingMergeTree", "currentDatabase", "toYYYYMM", "transform")
_MOSTLY = 8
# As many buckets as a map has keys on average: reading one key then costs about what reading a column does. By
# default a map of fewer than 32 keys has one bucket, and so has what no merge has written anew yet.
BUCKETS: dict[str, Sql] = {
    "map_serialization_version": exp.Literal.string("with_buckets"),
    "map_serialization_version_for_zero_level_parts": exp.Literal.string("with_buckets"),
    "map_buckets_strategy": exp.Literal.string("linear"),
    "map_buckets_min_avg_size": integer(0),
    "max_buckets_in_map": integer(16),  # each has five files, and a process may have 1,024 open
}
# Columns that only a store's tables have: which version of a person's row counts, and by which step an event came.
REV, IS_DELETED, STEP = "rev", "is_deleted", "step"
BOOKKEEPING = (REV, IS_DELETED, STEP)
# That old parts are removed at once and people who are gone can be left out of what is written anew.
KEPT: dict[str, Sql] = {
    "old_parts_lifetime": integer(0),
    "cleanup_delay_period": integer(1),  # seconds; by default half a minute, and more where little is written
    "max_cleanup_delay_period": integer(2),
    "cleanup_delay_period_random_add": integer(0),
}
KEPT_PEOPLE: dict[str, Sql] = KEPT | {"allow_experimental_replacing_merge_with_cleanup": integer(1)}
_SYNC = ("fsync_after_insert", "fsync_part_directory")  # by default nothing is synced


def create_database(name: str) -> exp.Create:
    """Make the statement that creates a database where it is missing."""
    engine = exp.Properties(expressions=[exp.EngineProperty(this=_call("Atomic"))])
    return exp.Create(this=table(name), kind="DATABASE", exists=True, properties=engine)


def latest_version() -> exp.Anonymous:
    """Give the engine of tables in which the last version of each key counts, and may say that it is gone."""
    return _call("ReplacingMergeTree", bare(REV), bare(IS_DELETED))


def copy_events(schema: Schema, moved: Mapping[int, int], step: int) -> exp.Insert:
    """Make the statement that writes the events of each old person again, as those of the new one."""
    events, columns = schema.events, tables(schema)[schema.events.table].names
    old, new = (exp.Array(expressions=[integer(pid) for pid in pids]) for pids in (moved, moved.values()))
    owner = exp.Cast(this=_call("transform", bare(events.key), old, new), to=type_of(pa.uint32(), nullable=False))
    values: list[Sql] = [owner if each == events.key else bare(each) for each in columns]
    rows = exp.Select(
        expressions=[*values, integer(step)],
        from_=exp.From(this=table(events.table)),
        where=exp.Where(this=is_among(events.key, moved)),
    )
    into = exp.Schema(this=table(events.table), expressions=[identifier(each) for each in (*columns, STEP)])
    return exp.Insert(this=into, expression=rows)


def is_among(key: str, pids: Iterable[int]) -> Sql:
    """Test a key for being one of ours."""
    return exp.In(this=bare(key), expressions=[integer(pid) for pid in pids])


def delete_where(name: str, test: Sql) -> exp.Delete:
    """Make the statement that takes rows out of sight."""
    return exp.Delete(this=table(name), where=exp.Where(this=test))


def apply_deletions(name: str) -> exp.Command:
    """Make the statement that writes parts with deleted rows anew, and ends when that is done."""
    return _command("ALTER", f"TABLE {_written(name)} APPLY DELETED MASK SETTINGS mutations_sync = 2")


def merge_all(name: str) -> exp.Command:
    """Make the statement that leaves of each key only the version that counts, and none that is gone."""
    return _command("OPTIMIZE", f"TABLE {_written(name)} FINAL CLEANUP")


def old_parts() -> exp.Select:
    """Count the parts of this database's tables that were replaced and are still on disk."""
    is_old = all_of(
        Leaf(lambda: exp.EQ(this=bare("database"), expression=_call("currentDatabase"))),
        Leaf(lambda: exp.EQ(this=bare("active"), expression=integer(0))),
    )
    return exp.Select(
        expressions=[exp.Count(this=exp.Star())],
        from_=exp.From(this=system_table("parts")),
        where=exp.Where(this=render(is_old)),
    )


def _command(verb: str, rest: str) -> exp.Command:
    return exp.Command(this=verb, expression=exp.Var(this=rest))


def _written(name: str) -> str:
    return identifier(name).sql(dialect="clickhouse")


def drop(kind: str, name: str) -> exp.Drop:
    """Make the statement that drops a TABLE or DATABASE if it is there."""
    return exp.Drop(tables=[table(name)], kind=kind, exists=True)


def rows_of_none(name: str) -> exp.Select:
    """Make the statement that gives the columns of a table and none of its rows."""
    return exp.Select(
        expressions=[exp.Star()], from_=exp.From(this=table(name)), limit=exp.Limit(expression=integer(0))
    )


def create_table(
    name: str,
    columns: pa.Schema,
    schema: Schema,
    *,
    like: str | None = None,
    durable: bool = False,
    engine: Sql | None = None,
    buckets: bool = False,
    more: Mapping[str, Sql] | None = None,
) -> exp.Create:
    """Make the statement that creates a table where it is missing; with `like` one laid out as that one.

    What is inserted in a `durable` table is on disk before the insert is over; a table's own settings say so. The
    engine is of the family of MergeTree. With `buckets` the keys of a map, of now or of later, are spread over files,
    of which a query reads the one it needs. `more`: further settings.
    """
    laid_out = like or name
    properties: list[exp.Expr] = []
    if laid_out == schema.events.table:
        properties.append(exp.PartitionedByProperty(this=_call("toYYYYMM", bare(schema.events.time))))
    order = exp.Tuple(expressions=[bare(key) for key in _order(laid_out, schema)])
    properties.append(exp.Order(expressions=[exp.Ordered(this=order, nulls_first=False)]))
    settings: dict[str, Sql] = {each: integer(1) for each in _SYNC} if durable else {}
    if settings := settings | (BUCKETS if buckets else {}) | dict(more or {}):
        properties.append(_settings(settings))
    kinds = {each.name: column_type(laid_out, each, schema) for each in columns}
    return define_table(name, kinds, engine or _call("MergeTree"), *properties)


def _settings(settings: Mapping[str, Sql]) -> exp.SettingsProperty:
    written = [exp.EQ(this=identifier(each), expression=value.copy()) for each, value in settings.items()]
    return exp.SettingsProperty(expressions=written)


def create_steps(name: str, columns: pa.Schema, *, durable: bool) -> exp.Create:
    """Make the statement that creates the table of a store's steps: of one row, of which the last version counts."""
    key, version, *_ = columns.names
    kinds = {each.name: type_of(each.type, nullable=False) for each in columns}
    properties: list[exp.Expr] = [exp.Order(expressions=[exp.Ordered(this=bare(key), nulls_first=False)])]
    if durable:
        properties.append(_settings({each: integer(1) for each in _SYNC}))
    return define_table(name, kinds, _call("ReplacingMergeTree", bare(version)), *properties)


def define_table(name: str, kinds: Mapping[str, exp.DataType], engine: Sql, *properties: exp.Expr) -> exp.Create:
    """Make the statement that creates a table of an engine where it is missing."""
    definitions = [exp.ColumnDef(this=identifier(each), kind=kind) for each, kind in kinds.items()]
    return exp.Create(
        this=exp.Schema(this=table(name), expressions=definitions),
        kind="TABLE",
        exists=True,
        properties=exp.Properties(expressions=[exp.EngineProperty(this=engine), *properties]),
    )


def widen_table(name: str, columns: pa.Schema, present: pa.Schema, schema: Schema) -> Iterable[exp.Alter]:
    """Make the statements that give a table the columns, and the fields of tuples, that it lacks.

    `present` has the columns as the engine gives them in Arrow, as `rows_of_none` asks for.
    """
    for column in columns:
        if column.name not in present.names:
            action: exp.Expr = exp.ColumnDef(this=identifier(column.name), kind=column_type(name, column, schema))
        else:
            held = _as_loaded(present.field(column.name).type)
            grown = _grown(held, column.type)
            if grown == held:
                continue
            kind = column_type(name, pa.field(column.name, grown), schema)
            action = exp.AlterColumn(this=identifier(column.name), dtype=kind)
        yield exp.Alter(this=table(name), kind="TABLE", actions=[action])


def as_needed(columns: pa.Schema, present: pa.Schema) -> pa.Schema:
    """Give the columns as a table needs them that has some columns already: tuples keep the fields they have."""
    return pa.schema(
        [
            pa.field(each.name, _grown(_as_loaded(present.field(each.name).type), each.type))
            if each.name in present.names
            else each
            for each in columns
        ]
    )


def known_settings(names: Iterable[str]) -> exp.Select:
    """Make the statement that gives those of a table's settings that the engine knows."""
    wanted = exp.In(this=bare("name"), expressions=[exp.Literal.string(each) for each in names])
    source = exp.From(this=system_table("merge_tree_settings"))
    return exp.Select(expressions=[bare("name")], from_=source, where=exp.Where(this=wanted))


def insert_all(name: str, columns: pa.Schema, source: str) -> exp.Insert:
    """Make the statement that appends all rows of one table to another."""
    rows = exp.Select(expressions=[bare(each) for each in columns.names], from_=exp.From(this=table(source)))
    into = exp.Schema(this=table(name), expressions=[identifier(each) for each in columns.names])
    return exp.Insert(this=into, expression=rows)


def column_type(name: str, column: pa.Field, schema: Schema) -> exp.DataType:
    """Give the type of a table's column; the names of events, and texts of which there are few, are kept once each."""
    events = schema.events
    required = keys(schema) | {events.event, events.order or "mid", STAGE_KEY, STAGE_TIME, *BOOKKEEPING}
    kind = type_of(column.type, nullable=column.name not in required)
    if column.name == events.event or column.name in _with_few_texts(name, schema):
        return low_cardinality(kind)
    return kind


def _with_few_texts(name: str, schema: Schema) -> frozenset[str]:
    """Give the columns of a table whose texts are the same few again and again, as far as they are known.

    They are read and compared in half the time and less, many different ones more slowly than as plain texts.
    """
    stats, few, many = schema.stats, Counter[str](), Counter[str]()
    known = (
        [(held, stats.traits.get(path)) for path, held in schema.profiles.traits.items()]
        if name == schema.profiles.table
        else [
            (held, stats.properties.get((event, path)))
            for event, record in schema.events.events.items()
            for path, held in record.items()
        ]
    )
    for held, values in known:
        column = held.columns.get("str")
        if isinstance(column, str) and values is not None:
            (few if values.few_texts else many)[column] += values.kinds.get("str", 0)
    return frozenset(column for column, texts in few.items() if texts >= _MOSTLY * many[column])


def _as_loaded(held: pa.DataType) -> pa.DataType:
    """Give the type that loading fills a column by; ClickHouse gives some types by other ones of Arrow."""
    if pa.types.is_dictionary(held):
        return _as_loaded(held.value_type)
    if pa.types.is_binary(held) or pa.types.is_large_string(held):
        return pa.string()
    if pa.types.is_timestamp(held):
        return pa.timestamp(held.unit)
    if pa.types.is_map(held):
        return pa.map_(_as_loaded(held.key_type), _as_loaded(held.item_type))
    if pa.types.is_list(held):
        return pa.list_(_as_loaded(held.value_type))
    if pa.types.is_struct(held):
        return pa.struct([(each.name, _as_loaded(each.type)) for each in held])
    return held


def _grown(held: pa.DataType, wanted: pa.DataType) -> pa.DataType:
    """Give the type that a column needs; a tuple keeps the fields that another schema gave it."""
    if not pa.types.is_list(held) or not pa.types.is_list(wanted):
        return wanted
    fields, names = list(held.value_type), {each.name for each in held.value_type}
    return pa.list_(pa.struct([*fields, *(each for each in wanted.value_type if each.name not in names)]))


def _order(name: str, schema: Schema) -> tuple[str, ...]:
    """Give the columns that a table is sorted by; none of them is ever NULL."""
    profiles, events = schema.profiles, schema.events
    if name == profiles.table:
        return (profiles.key,)
    if name == events.table:
        return (events.event, events.key, events.time)
    return (STAGE_KEY, STAGE_TIME)
