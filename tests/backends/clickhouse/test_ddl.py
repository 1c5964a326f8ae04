"""Tables have the columns that loading fills, in the order queries read them, and grow what they lack."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client

from muster.backends.base import EventRow, Parameter, ProfileRow
from muster.backends.clickhouse.ddl import (
    BUCKETS,
    create_database,
    create_table,
    drop,
    insert_all,
    known_settings,
    rows_of_none,
    widen_table,
)
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.sql.layout import tables
from muster.backends.sql.names import bare
from muster.backends.tables.arrow import arrow_schema
from muster.compiler.schema import Schema
from tests.sql_text import IN_MAPS, PEOPLE, SCHEMA, schema_of

DIALECT = ClickHouseDialect()


@pytest.fixture
def run(client: Client) -> Iterator[Client]:
    """Give a connection whose database has no tables, and drop those of the test."""
    yield client
    for (name,) in client.query("SHOW TABLES").result_rows:
        client.command(DIALECT.write(drop("TABLE", str(name))))


def columns_of(client: Client, name: str) -> pa.Schema:
    return client.query_arrow(DIALECT.write(rows_of_none(name))).schema


def described(client: Client, name: str) -> dict[str, str]:
    return {str(row[0]): "".join(str(row[1]).split()) for row in client.query(f"DESCRIBE TABLE {name}").result_rows}


def test_keys_are_never_null_and_order_the_table() -> None:
    columns = pa.schema([("pid", pa.uint32()), ("x", pa.string())])

    assert DIALECT.write(create_table("my table", columns, SCHEMA, like="profiles")) == (
        'CREATE TABLE IF NOT EXISTS "my table" (pid UInt32, x Nullable(String)) ENGINE=MergeTree() ORDER BY (pid)'
    )


def test_events_lie_by_month_and_by_event_person_and_instant() -> None:
    sql = DIALECT.write(create_table("events", tables(SCHEMA)["events"], SCHEMA, durable=True))

    assert "event LowCardinality(String)" in sql
    assert "ts DateTime64(6, 'UTC')," in sql
    assert sql.endswith(
        " ENGINE=MergeTree() PARTITION BY toYYYYMM(ts) ORDER BY (event, pid, ts)"
        ' SETTINGS "fsync_after_insert" = 1, "fsync_part_directory" = 1'
    )


def texts_of(*, few: int, many: int) -> Schema:
    """Give a schema whose trait x and property y hold few texts, and z of two events, of which one holds many."""
    people = [ProfileRow(number, f"u{number}", traits={"x": "a", "n": f"n{number}"}) for number in range(8)]
    events = [EventRow(1, "buy", 1, f"b{number}", {"y": "a", "z": "a"}) for number in range(few)]
    events += [EventRow(1, "see", 1, f"s{number}", {"z": f"{number}"}) for number in range(many)]
    return schema_of(tuple(people), tuple(events))


def test_few_texts_are_kept_once_each_and_found(run: Client) -> None:
    schema = texts_of(few=8, many=2)
    for name, columns in tables(schema).items():
        run.command(DIALECT.write(create_table(name, columns, schema)))

    assert described(run, "profiles")["x__str"] == "LowCardinality(Nullable(String))"
    assert described(run, "profiles")["n__str"] == "Nullable(String)"
    assert described(run, "events")["y__str"] == "LowCardinality(Nullable(String))"
    assert described(run, "events")["z__str"] == "Nullable(String)"
    for name, columns in tables(schema).items():
        assert list(widen_table(name, columns, columns_of(run, name), schema)) == []


def test_an_event_that_seldom_comes_does_not_make_texts_many(run: Client) -> None:
    schema = texts_of(few=16, many=2)
    run.command(DIALECT.write(create_table("events", tables(schema)["events"], schema)))

    assert described(run, "events")["z__str"] == "LowCardinality(Nullable(String))"


def test_databases_and_tables_are_made_and_dropped_by_name() -> None:
    assert DIALECT.write(create_database('a"b')) == 'CREATE DATABASE IF NOT EXISTS "a""b" ENGINE=Atomic()'
    assert DIALECT.write(drop("TABLE", "a b")) == 'DROP TABLE IF EXISTS "a b"'
    assert DIALECT.write(rows_of_none("a b")) == 'SELECT * FROM "a b" LIMIT 0'
    assert DIALECT.write(insert_all("a", pa.schema([("x y", pa.string())]), "b")) == (
        'INSERT INTO a ("x y") SELECT "x y" FROM b'
    )


@pytest.mark.parametrize("schema", [SCHEMA, IN_MAPS], ids=["columns", "maps"])
def test_clickhouse_gives_back_the_columns_that_were_asked_for(run: Client, schema: Schema) -> None:
    for name, columns in tables(schema).items():
        run.command(DIALECT.write(create_table(name, columns, schema)))
        held = columns_of(run, name)

        assert held.names == columns.names
        assert list(widen_table(name, columns, held, schema)) == []


def test_the_values_of_a_map_may_be_null_so_that_a_missing_key_is() -> None:
    columns = pa.schema([("pid", pa.uint32()), ("m", pa.map_(pa.string(), pa.bool_()))])
    sql = DIALECT.write(create_table("profiles", columns, SCHEMA, buckets=True))

    assert "(pid UInt32, m Map(LowCardinality(String), Nullable(Bool))) ENGINE" in sql
    assert sql.partition(" SETTINGS ")[2].replace('"', "") == (
        "map_serialization_version = 'with_buckets'"
        ", map_serialization_version_for_zero_level_parts = 'with_buckets'"
        ", map_buckets_strategy = 'linear', map_buckets_min_avg_size = 0, max_buckets_in_map = 16"
    )


def test_the_engine_knows_the_settings_of_buckets(run: Client) -> None:
    assert {name for (name,) in run.query(DIALECT.write(known_settings(BUCKETS))).result_rows} == set(BUCKETS)
    assert run.query(DIALECT.write(known_settings(["map_of_nothing"]))).result_rows == []


@pytest.mark.parametrize(("buckets", "files"), [(True, 16), (False, 0)])
def test_the_keys_of_a_map_are_spread_over_files_from_the_first_insert_on(
    run: Client, *, buckets: bool, files: int
) -> None:
    columns = pa.schema([("pid", pa.uint32()), ("m", pa.map_(pa.string(), pa.string()))])
    run.command(DIALECT.write(create_table("profiles", columns, SCHEMA, buckets=buckets)))
    keys = "arrayMap(x -> concat('k', toString(x)), range(20))"
    run.command(f"INSERT INTO profiles SELECT number, mapFromArrays({keys}, {keys}) FROM numbers(100)")
    found = run.query(
        "SELECT substreams FROM system.parts_columns"
        " WHERE database = currentDatabase() AND table = 'profiles' AND column = 'm' AND active"
    )
    ((streams,),) = found.result_rows

    assert sum(stream.endswith(".null") for stream in streams) == max(1, files)
    assert ("m.buckets_info" in streams) == buckets


def test_a_query_for_a_bound_key_reads_nothing_else_of_the_map(run: Client) -> None:
    columns = pa.schema([("pid", pa.uint32()), ("m", pa.map_(pa.string(), pa.string()))])
    run.command(DIALECT.write(create_table("profiles", columns, SCHEMA, buckets=True)))
    run.command("INSERT INTO profiles SELECT number, map('a', 'x') FROM numbers(100)")
    value = DIALECT.write(DIALECT.map_entry(bare("m"), DIALECT.parameter(Parameter("p0", "str", "a"))))
    plan = run.query(f"EXPLAIN SELECT count() FROM profiles WHERE {value} = 'x'", parameters={"p0": "a"}).result_rows

    assert [line.strip() for (line,) in plan if "Output: m" in line] == ["Output: m.key_a"]


def test_a_table_grows_the_columns_and_fields_it_lacks_and_keeps_its_rows(run: Client) -> None:
    old = schema_of((ProfileRow(1, "u1", traits={"plan": "pro", "tags": ["a"]}),), ())
    wide = schema_of(PEOPLE, ())
    new = arrow_schema(wide).profiles
    run.command(DIALECT.write(create_table("profiles", arrow_schema(old).profiles, old)))
    run.command("INSERT INTO profiles (pid, external_id, tags__items) VALUES (1, 'u1', [('a', NULL)])")
    changes = [DIALECT.write(change) for change in widen_table("profiles", new, columns_of(run, "profiles"), wide)]
    for change in changes:
        run.command(change)

    assert "ALTER TABLE profiles ADD COLUMN age__num Nullable(Decimal(38, 9))" in changes
    assert any("tags__items" in change and "Array(Tuple(" in change for change in changes)
    held = columns_of(run, "profiles")
    assert set(new.names) <= set(held.names)
    assert described(run, "profiles")["tags__items"] == (
        "Array(Tuple(strNullable(String),nestedNullable(Bool),numNullable(Decimal(38,9))))"
    )
    (row,) = run.query(
        "SELECT tags__items[1].str, tags__items[1].num, age__num, items__items FROM profiles"
    ).result_rows
    assert tuple(row) == ("a", None, None, [])
    assert list(widen_table("profiles", new, held, wide)) == []


def test_a_table_keeps_what_a_smaller_schema_does_not_know(run: Client) -> None:
    small = schema_of((ProfileRow(1, "u1", traits={"tags": ["a"]}),), ())
    run.command(DIALECT.write(create_table("profiles", tables(SCHEMA)["profiles"], SCHEMA)))

    assert list(widen_table("profiles", tables(small)["profiles"], columns_of(run, "profiles"), small)) == []


def test_fields_of_any_name_are_known_again(run: Client) -> None:
    names = ["a b", "ab", 'a"b', "a`b", "é", "🙂", "a.b", "select", "", " ", "a\\b", "a'b", "x" * 300, "A", "a"]
    people = (ProfileRow(1, "u1", traits={"t": [dict.fromkeys(names, 1)], **{name: ["x"] for name in names}}),)
    schema = schema_of(people, ())
    columns = tables(schema)["profiles"]
    run.command(DIALECT.write(create_table("profiles", columns, schema)))

    assert list(widen_table("profiles", columns, columns_of(run, "profiles"), schema)) == []


def test_rows_of_one_table_are_appended_to_another_by_name(run: Client) -> None:
    columns = tables(SCHEMA)["profiles"]
    for name in ("profiles", "beside"):
        run.command(DIALECT.write(create_table(name, columns, SCHEMA, like="profiles")))
    run.command("INSERT INTO beside (pid, external_id, plan__str) VALUES (1, 'u1', 'pro')")
    run.command(DIALECT.write(insert_all("profiles", columns, "beside")))

    assert run.query("SELECT pid, external_id, plan__str FROM profiles").result_rows == [(1, "u1", "pro")]
