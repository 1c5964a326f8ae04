"""Tables have the columns that loading fills, and grow the ones they lack."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest

from muster.backends.base import ProfileRow
from muster.backends.duckdb.ddl import create_keyed_table, create_table, type_of, widen_table
from muster.backends.sql.layout import keys, tables
from muster.backends.tables.arrow import arrow_schema
from muster.compiler.diagnostics import InternalError
from tests.sql_text import DIALECT, IN_MAPS, PEOPLE, SCHEMA, schema_of


@pytest.mark.parametrize(
    ("kind", "sql"),
    [
        (pa.string(), "TEXT"),
        (pa.bool_(), "BOOLEAN"),
        (pa.uint32(), "UINTEGER"),
        (pa.timestamp("us"), "TIMESTAMP"),
        (pa.decimal128(38, 9), "DECIMAL(38, 9)"),
        (pa.map_(pa.string(), pa.decimal128(38, 9)), "MAP(TEXT, DECIMAL(38, 9))"),
        (pa.list_(pa.struct([("str", pa.string()), ("a b", pa.bool_())])), 'STRUCT(str TEXT, "a b" BOOLEAN)[]'),
    ],
)
def test_a_type_of_arrow_is_a_type_of_duckdb(kind: pa.DataType, sql: str) -> None:
    assert DIALECT.write(type_of(kind)) == sql


def test_a_type_that_no_table_has_is_our_bug() -> None:
    with pytest.raises(InternalError, match="double"):
        type_of(pa.float64())


def test_keys_are_never_null() -> None:
    columns = pa.schema([("pid", pa.uint32()), ("x", pa.string())])
    sql = DIALECT.write(create_table("my table", columns, keys(SCHEMA)))

    assert sql == 'CREATE TABLE IF NOT EXISTS "my table" (pid UINTEGER NOT NULL, x TEXT)'


def test_a_key_that_is_the_id_is_not_stored() -> None:
    columns = pa.schema([("pid", pa.uint32()), ("external_id", pa.string())])
    sql = DIALECT.write(create_keyed_table(SCHEMA.profiles, columns, keys(SCHEMA)))

    assert sql == ("CREATE TABLE IF NOT EXISTS profiles (pid TEXT AS (external_id), external_id TEXT NOT NULL)")


def test_a_schema_has_a_table_of_stages_only_with_a_log() -> None:
    assert set(tables(SCHEMA)) == {"profiles", "events", "stage_log"}
    assert set(tables(replace(SCHEMA, stage_log=False))) == {"profiles", "events"}


def test_duckdb_gives_back_the_columns_that_were_asked_for() -> None:
    with duckdb.connect() as connection:
        for name, columns in tables(IN_MAPS).items():
            connection.execute(DIALECT.write(create_table(name, columns, keys(SCHEMA))))
            held = connection.sql(f"FROM {name}").to_arrow_table().schema

            assert held.names == columns.names
            assert [type_of(column.type) for column in held] == [type_of(column.type) for column in columns]
            assert list(widen_table(name, columns, held)) == []


def test_a_table_grows_the_columns_and_fields_it_lacks_and_keeps_its_rows() -> None:
    old = schema_of((ProfileRow(1, "u1", traits={"plan": "pro", "tags": ["a"]}),), ())
    new = arrow_schema(schema_of(PEOPLE, ())).profiles
    with duckdb.connect() as connection:
        connection.execute(DIALECT.write(create_table("profiles", arrow_schema(old).profiles, keys(old))))
        connection.execute("INSERT INTO profiles (pid, external_id, tags__items) VALUES (1, 'u1', [{'str': 'a'}])")
        present = connection.sql("FROM profiles").to_arrow_table().schema
        changes = [DIALECT.write(change) for change in widen_table("profiles", new, present)]
        for change in changes:
            connection.execute(change)
        widened = connection.sql("FROM profiles").to_arrow_table()

    assert "ALTER TABLE profiles ADD COLUMN age__num DECIMAL(38, 9)" in changes
    assert any(change.startswith("ALTER TABLE profiles ALTER COLUMN tags__items SET DATA TYPE") for change in changes)
    assert set(new.names) <= set(widened.column_names)
    assert widened.column("tags__items").to_pylist() == [[{"str": "a", "num": None, "nested": None}]]
