"""The tables of a Schema in Postgres, and the types of the items of their lists, made and widened.

Kept apart from loading so that a table exists, with every column it needs, before a row does. A list is an array of a
composite type of its own, so that its items' fields are columns like others; so is a map. Text compares by code point
whatever the database's locale. It can go wrong by a type that is needed before it is made, and where two names are
one after 63 bytes. https://www.postgresql.org/docs/current/sql-createtype.html
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

import pyarrow as pa
from sqlglot import exp

from muster.backends.sql.calls import Functions, integer
from muster.backends.sql.layout import keys, tables
from muster.backends.sql.logic import Leaf, all_of, render
from muster.backends.sql.names import Sql, bare, column, identifier, rows_of, table
from muster.compiler.diagnostics import InternalError
from muster.compiler.schema import Schema

LONGEST_EVENT = 2_600  # bytes; with a key and an instant beside it, what an index has room for is 2,704
LONGEST_NAME = 63  # bytes; Postgres cuts what is longer, without a word
_HASHED = 8

call = Functions("FORMAT_TYPE", "HASHTEXT", "PG_ADVISORY_XACT_LOCK", "PG_RELOAD_CONF", "SET_CONFIG", "UNNEST")
_SCALARS: Mapping[pa.DataType, exp.DType] = {
    pa.string(): exp.DType.TEXT,
    pa.bool_(): exp.DType.BOOLEAN,
    pa.uint32(): exp.DType.BIGINT,
    pa.int64(): exp.DType.BIGINT,
    pa.timestamp("us"): exp.DType.TIMESTAMP,
}
_THEIR_WORDS = {
    exp.DType.TEXT: "text",
    exp.DType.BOOLEAN: "boolean",
    exp.DType.BIGINT: "bigint",
    exp.DType.TIMESTAMP: "timestamp without time zone",
}
_BY_CODE_POINT = "C"


@dataclass(frozen=True, slots=True)
class Relation:
    """A table, or the composite type of the items of a list or of the entries of a map."""

    kind: Literal["TABLE", "TYPE"]
    name: str
    columns: Mapping[str, exp.DataType]
    required: frozenset[str] = frozenset()

    def spelled(self) -> dict[str, str]:
        """Spell the type of each column as the server's catalogue does."""
        return {
            name: spelled(
                _in_their_words(kind),
                _BY_CODE_POINT if kind.this == exp.DType.TEXT else None,
                required=name in self.required,
            )
            for name, kind in self.columns.items()
        }


def spelled(kind: str, collation: str | None, *, required: bool) -> str:
    """Spell a column's type with all that answers hang on."""
    collated = "" if collation is None else f' COLLATE "{collation}"'
    return f"{kind}{collated}{' NOT NULL' if required else ''}"


def relations(schema: Schema) -> Iterator[Relation]:
    """Give the types and tables of a schema, each after those that it needs."""
    for name, columns in tables(schema).items():
        types: list[Relation] = []
        kinds = {each.name: _type_of(each.type, f"{name}_{each.name}", types) for each in columns}
        yield from types
        yield Relation("TABLE", name, kinds, keys(schema) & set(columns.names))


def create(relation: Relation) -> exp.Create:
    """Make the statement that creates a table or type."""
    definitions = [_definition(name, kind, relation.required) for name, kind in relation.columns.items()]
    if relation.kind == "TABLE":
        return exp.Create(this=exp.Schema(this=table(relation.name), expressions=definitions), kind="TABLE")
    return exp.Create(this=table(relation.name), kind="TYPE", expression=exp.Tuple(expressions=definitions))


def widen(relation: Relation, present: Collection[str]) -> Iterator[exp.Alter]:
    """Make the statements that give a table or type the columns that it lacks."""
    for name, kind in relation.columns.items():
        if name not in present:
            definition = _definition(name, kind, frozenset())
            yield exp.Alter(this=table(relation.name), kind=relation.kind, actions=[definition])


def indexes(schema: Schema) -> dict[str, exp.Create]:
    """Make the statements that create the indexes, by name: of people by key, of events by time and by person."""
    people, events = schema.profiles, schema.events
    wanted = [
        (people.table, [people.key], []),  # an id may be longer than an index has room for, and beside it gains nothing
        (events.table, [events.event, events.time], [events.key]),
        (events.table, [events.event, events.key, events.time], []),
    ]
    return {
        (name := type_name("_".join([of, *columns]))): _index(name, of, columns, also) for of, columns, also in wanted
    }


def columns_in(namespace: str) -> exp.Select:
    """Make the statement that gives relation, column, type, collation and NOT NULL of all that is in a namespace."""
    by_id = (
        ("pg_class", "c", column("a", "attrelid")),
        ("pg_namespace", "n", column("c", "relnamespace")),
        ("pg_collation", "l", column("a", "attcollation")),
    )
    joins = [
        exp.Join(this=table(name, alias), side="LEFT", on=exp.EQ(this=column(alias, "oid"), expression=of))
        for name, alias, of in by_id
    ]
    is_wanted = all_of(
        Leaf(lambda: exp.EQ(this=column("n", "nspname"), expression=_text(namespace))),
        Leaf(lambda: exp.GT(this=column("a", "attnum"), expression=integer(0))),  # what is less is the engine's
        Leaf(lambda: exp.EQ(this=column("a", "attisdropped"), expression=exp.Boolean(this=False))),
    )
    kind = call("FORMAT_TYPE", column("a", "atttypid"), column("a", "atttypmod"))
    return exp.Select(
        expressions=[
            *(column("c", "relname"), column("a", "attname"), kind),
            *(column("l", "collname"), column("a", "attnotnull")),
        ],
        from_=exp.From(this=table("pg_attribute", "a")),
        joins=joins,
        where=exp.Where(this=render(is_wanted)),
        order=exp.Order(expressions=[column("c", "relname"), column("a", "attnum")]),
    )


def copy_into(name: str, columns: pa.Schema) -> exp.Copy:
    """Make the statement that loads rows into a table."""
    into = exp.Schema(this=table(name), expressions=[identifier(each) for each in columns.names])
    return exp.Copy(this=into, kind=True, files=[exp.Var(this="STDIN")])


def namespaces(name: str) -> exp.Select:
    """Make the statement that gives the namespace of a name, which Postgres calls a schema, if it is there."""
    is_it = exp.EQ(this=bare("nspname"), expression=_text(name))
    return exp.Select(
        expressions=[bare("nspname")], from_=exp.From(this=table("pg_namespace")), where=exp.Where(this=is_it)
    )


def create_namespace(name: str) -> exp.Create:
    """Make the statement that creates a namespace."""
    return exp.Create(this=table(name), kind="SCHEMA")


def drop_namespace(name: str) -> exp.Drop:
    """Make the statement that drops a namespace with all that is in it."""
    return exp.Drop(tables=[table(name)], kind="SCHEMA", cascade=True)


def analyze(name: str) -> exp.Analyze:
    """Make the statement that looks at what is in a table, for plans to be made by."""
    return exp.Analyze(kind="", this=table(name))


def vacuum(name: str) -> exp.Command:
    """Make the statement that writes a table anew, without the rows that left."""
    return exp.Command(this="VACUUM", expression=exp.Var(this=f"(FULL) {identifier(name).sql(dialect='postgres')}"))


def checkpoint() -> exp.Command:
    """Make the statement that has the server's pages on its disk."""
    return exp.Command(this="CHECKPOINT")


def is_among(key: str, keys: Sql) -> exp.EQ:
    """Test a key for being in an array, which is a parameter."""
    return exp.EQ(this=bare(key), expression=exp.Any(this=exp.Paren(this=keys)))


def with_batch(statement: exp.Update | exp.Delete, name: str, arrays: Mapping[str, Sql]) -> exp.Update | exp.Delete:
    """Put a relation before a statement, made from arrays that are parameters, one a column."""
    source = rows_of(call("UNNEST", *arrays.values()))
    columns = [identifier(each) for each in arrays]
    source.set("alias", exp.TableAlias(this=identifier(name), columns=columns))
    select = exp.Select(expressions=[exp.Star()], from_=exp.From(this=source))
    relation = exp.CTE(this=select, alias=exp.TableAlias(this=identifier(name)))
    statement.set("with_", exp.With(expressions=[relation]))
    return statement


def lock(name: str) -> exp.Select:
    """Make the statement that keeps others from changing the tables until the transaction is over."""
    return exp.Select(expressions=[call("PG_ADVISORY_XACT_LOCK", call("HASHTEXT", _text(name)))])


def set_for_transaction(values: Mapping[str, Sql], *, local: bool = True) -> exp.Select:
    """Make the statement that sets things until the end of the transaction, or if not `local`, of the session."""
    ends = exp.Boolean(this=local)
    return exp.Select(expressions=[call("SET_CONFIG", _text(name), value, ends) for name, value in values.items()])


def reload_settings() -> exp.Select:
    """Make the statement that has a server read its settings again."""
    return exp.Select(expressions=[call("PG_RELOAD_CONF")])


def type_name(path: str) -> str:
    """Name a type or index after where it is used, in as many bytes as a name may have."""
    if len(path) <= LONGEST_NAME:
        return path
    return f"{path[: LONGEST_NAME - _HASHED - 1]}_{sha256(path.encode()).hexdigest()[:_HASHED]}"


def _text(value: str) -> exp.Literal:
    """Write a text into a statement of ours, all of which run with parameters, if only none."""
    return exp.Literal.string(value.replace("%", "%%"))


def _type_of(kind: pa.DataType, path: str, types: list[Relation]) -> exp.DataType:
    """Give Postgres's type for a type of Arrow; adds the composite types it needs, the innermost first."""
    if pa.types.is_decimal(kind):
        parameters = [exp.DataTypeParam(this=exp.Literal.number(part)) for part in (kind.precision, kind.scale)]
        return exp.DataType(this=exp.DType.DECIMAL, expressions=parameters)
    if pa.types.is_map(kind):
        return _array_of([pa.field("key", kind.key_type), pa.field("value", kind.item_type)], path, types)
    if pa.types.is_list(kind):
        return _array_of(list(kind.value_type), path, types)
    if kind not in _SCALARS:
        raise InternalError("postgres", f"no column type for {kind}")
    return exp.DataType(this=_SCALARS[kind])


def _array_of(fields: list[pa.Field], path: str, types: list[Relation]) -> exp.DataType:
    name = type_name(path)
    columns = {field.name: _type_of(field.type, f"{path}_{field.name}", types) for field in fields}
    types.append(Relation("TYPE", name, columns))
    item = exp.DataType(this=exp.DType.USERDEFINED, kind=identifier(name))
    return exp.DataType(this=exp.DType.ARRAY, expressions=[item], nested=True)


def _definition(name: str, kind: exp.DataType, required: frozenset[str]) -> exp.ColumnDef:
    constraints: list[Sql] = []
    if kind.this == exp.DType.TEXT:
        constraints.append(exp.CollateColumnConstraint(this=identifier(_BY_CODE_POINT)))
    if name in required:
        constraints.append(exp.NotNullColumnConstraint())
    made = [exp.ColumnConstraint(kind=each) for each in constraints]
    return exp.ColumnDef(this=identifier(name), kind=kind.copy(), constraints=made)


def _in_their_words(kind: exp.DataType) -> str:
    match kind.this:
        case exp.DType.DECIMAL:
            return f"numeric({','.join(each.name for each in kind.expressions)})"
        case exp.DType.ARRAY:
            (item,) = kind.expressions
            return f"{item.args['kind'].name}[]"
        case _:
            return _THEIR_WORDS[kind.this]


def _index(name: str, of: str, columns: list[str], also: list[str]) -> exp.Create:
    held = exp.IndexParameters(columns=[bare(each) for each in columns], include=[identifier(each) for each in also])
    return exp.Create(this=exp.Index(this=identifier(name), table=table(of), params=held), kind="INDEX")
