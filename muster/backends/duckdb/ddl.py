"""The tables of a Schema in DuckDB, made and widened.

Kept apart from loading so that a table exists, with every column it needs, before a row does. Types follow the Arrow
schema, which is what loading fills. It can go wrong where a list column's struct has grown a field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
from sqlglot import exp

from muster.backends.sql.names import Sql, bare, identifier, table
from muster.compiler.diagnostics import InternalError
from muster.compiler.schema import ProfileTable

_SCALARS: Mapping[pa.DataType, exp.DType] = {
    pa.string(): exp.DType.TEXT,
    pa.bool_(): exp.DType.BOOLEAN,
    pa.uint32(): exp.DType.UINT,
    pa.int64(): exp.DType.BIGINT,
    pa.timestamp("us"): exp.DType.TIMESTAMP,
}


def create_table(name: str, columns: pa.Schema, required: frozenset[str]) -> exp.Create:
    """Make the statement that creates a table where it is missing."""
    definitions = [
        exp.ColumnDef(
            this=identifier(column.name),
            kind=type_of(column.type),
            constraints=[exp.ColumnConstraint(kind=exp.NotNullColumnConstraint())] if column.name in required else [],
        )
        for column in columns
    ]
    return exp.Create(this=exp.Schema(this=table(name), expressions=definitions), kind="TABLE", exists=True)


def create_keyed_table(people: ProfileTable, columns: pa.Schema, required: frozenset[str]) -> exp.Create:
    """Make the statement that creates a table of people whose key is their id: it takes no room, and none is given."""
    made = create_table(people.table, columns, required)
    key = made.this.expressions[columns.get_field_index(people.key)]
    key.set("kind", type_of(pa.string()))
    is_the_id = exp.ComputedColumnConstraint(this=exp.Tuple(expressions=[bare(people.external_id)]))
    key.set("constraints", [exp.ColumnConstraint(kind=is_the_id)])
    return made


def widen_table(name: str, columns: pa.Schema, present: pa.Schema) -> Iterable[exp.Alter]:
    """Make the statements that give a table the columns, and the fields of list items, that it lacks."""
    for column in columns:
        kind = type_of(column.type)
        if column.name not in present.names:
            action: Sql = exp.ColumnDef(this=identifier(column.name), kind=kind)
        elif type_of(present.field(column.name).type) != kind:
            action = exp.AlterColumn(this=identifier(column.name), dtype=kind)
        else:
            continue
        yield exp.Alter(this=table(name), kind="TABLE", actions=[action])


def type_of(kind: pa.DataType) -> exp.DataType:
    """Give DuckDB's type for a type of Arrow."""
    if pa.types.is_decimal(kind):
        parameters = [exp.DataTypeParam(this=exp.Literal.number(part)) for part in (kind.precision, kind.scale)]
        return exp.DataType(this=exp.DType.DECIMAL, expressions=parameters)
    if pa.types.is_map(kind):
        entries = [type_of(kind.key_type), type_of(kind.item_type)]
        return exp.DataType(this=exp.DType.MAP, expressions=entries, nested=True)
    if pa.types.is_list(kind):
        return exp.DataType(this=exp.DType.ARRAY, expressions=[type_of(kind.value_type)], nested=True)
    if pa.types.is_struct(kind):
        fields = [exp.ColumnDef(this=identifier(field.name), kind=type_of(field.type)) for field in kind]
        return exp.DataType(this=exp.DType.STRUCT, expressions=fields, nested=True)
    if kind not in _SCALARS:
        raise InternalError("duckdb", f"no column type for {kind}")
    return exp.DataType(this=_SCALARS[kind])


def checkpoint() -> exp.Command:
    """Make the statement that writes the log into the file."""
    return exp.Command(this="CHECKPOINT")
