"""Somebody's own tables on ClickHouse: columns of every type that can be read, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.backends.base import EngineError
from muster.backends.discover import get_reader
from muster.compiler.own_tables import Column, ColumnHow
from tests.own_columns import NUMBERS, SEEN, attached, schema_with, who
from tests.own_databases import Database, clickhouse_database

TYPES: dict[ColumnHow, str] = {
    "int": "Nullable(Int32)",
    "num": "Nullable(Decimal(38, 2))",
    "decimal": "Nullable(Float64)",
}
TIMES: tuple[tuple[ColumnHow, str, str, str], ...] = (
    ("text", "LowCardinality(Nullable(String))", "'12'", 'x = "12"'),
    ("spelled", "Nullable(UUID)", "'8d8ac610-566d-4ef0-9c22-186b2a5ed793'", 'x starts with "8d8ac610-566d"'),
    ("spelled", "Nullable(Int32)", "12", 'x = "12"'),
    ("bool", "Nullable(Bool)", "true", "x is true"),
    ("time", "Nullable(DateTime64(6, 'UTC'))", "'2024-02-29 23:59:59.123456'", SEEN),
    ("zoned", "Nullable(DateTime64(6, 'Asia/Kolkata'))", "'2024-03-01 05:29:59.123456'", SEEN),
    ("zoned", "Nullable(DateTime)", "1709164800", "x on 2024-02-29"),
    ("date", "Nullable(Date32)", "'2024-02-29'", "x on 2024-02-29"),
    ("epoch_s", "Nullable(Int64)", "1709164800", "x on 2024-02-29"),
    ("epoch_ms", "Nullable(Int64)", "-1", "x >= 1969-12-31T23:59:59.999Z and x < 1970-01-01T00:00:00Z"),
)


@pytest.fixture
def theirs(server: str) -> Iterator[Database]:
    """Make an empty database."""
    with clickhouse_database(server) as made:
        yield made


def made(theirs: Database, of_type: str, value: str) -> None:
    """Make a person u1 whose x is a value, and u2 whose x is NULL."""
    theirs.run("CREATE TABLE events (id String, called String, came DateTime64(6, 'UTC')) ENGINE = Memory")
    theirs.run(f"CREATE TABLE people (id String, x {of_type}) ENGINE = Memory")
    theirs.run(f"INSERT INTO people SELECT 'u1', CAST({value} AS {of_type}) UNION ALL SELECT 'u2', NULL")
    theirs.done()


@pytest.mark.parametrize(("how", "value", "rule"), NUMBERS)
def test_numbers_are_read_as_the_map_says(theirs: Database, how: ColumnHow, value: str, rule: str | None) -> None:
    column = Column("x", how)
    made(theirs, TYPES[how], value)

    with attached("clickhouse", theirs, schema_with(column, theirs.namespace)) as engine:
        assert who(engine, rule or "x is set") == ([] if rule is None else ["u1"])
        assert who(engine, "x is not set") == (["u1", "u2"] if rule is None else ["u2"])


@pytest.mark.parametrize(("how", "of_type", "value", "rule"), TIMES)
def test_times_and_others_are_read_as_the_map_says(
    theirs: Database, how: ColumnHow, of_type: str, value: str, rule: str
) -> None:
    column = Column("x", how)
    made(theirs, of_type, value)

    with attached("clickhouse", theirs, schema_with(column, theirs.namespace)) as engine:
        assert who(engine, rule) == ["u1"]


@pytest.mark.parametrize("of_type", ["DateTime('UTC')", "DateTime64(3, 'UTC')", "DateTime64(6, 'UTC')"])
def test_a_time_that_clocks_showed_is_read_whatever_its_digits(theirs: Database, of_type: str) -> None:
    made(theirs, f"Nullable({of_type})", "'1970-01-01 00:30:00'")
    schema = schema_with(Column("x", "local", "Asia/Kolkata"), theirs.namespace)

    with attached("clickhouse", theirs, schema) as engine:
        assert who(engine, "x >= 1969-12-31T19:00:00Z and x < 1969-12-31T19:00:01Z") == ["u1"]


def test_clocks_of_a_servers_zone_are_not_taken_for_anothers(theirs: Database) -> None:
    made(theirs, "Nullable(DateTime)", "'1970-01-01 00:30:00'")

    with pytest.raises(EngineError, match=r"not read as local\. Of that type can be read: zoned"):
        get_reader("clickhouse").attach(theirs.location, schema_with(Column("x", "local", "UTC"), theirs.namespace))


def test_a_database_tells_its_tables_and_what_their_columns_hold(theirs: Database) -> None:
    made(theirs, TYPES["decimal"], "0.5")
    tables = {each.table: each for each in get_reader("clickhouse").inspect(theirs.location)}
    found = {each.name: each.hows[:1] for each in tables[theirs.namespace, "people"].columns}

    assert found == {"id": ("text",), "x": ("decimal",)}
    assert get_reader("clickhouse").sample(theirs.location, (theirs.namespace, "people"), "id", 1) in (["u1"], ["u2"])


def test_a_column_of_another_type_than_the_map_says_is_refused(theirs: Database) -> None:
    made(theirs, TYPES["decimal"], "0.5")

    with pytest.raises(
        EngineError, match=r"people\.x is of type .* not read as text\. Of that type can be read: decimal"
    ):
        get_reader("clickhouse").attach(theirs.location, schema_with(Column("x", "text"), theirs.namespace))


def test_a_column_and_a_table_that_are_missing_are_told_with_the_nearest(theirs: Database) -> None:
    made(theirs, TYPES["decimal"], "0.5")
    reader = get_reader("clickhouse")

    with pytest.raises(EngineError, match=r'people has no column "y"\. There is: id, x'):
        reader.attach(theirs.location, schema_with(Column("y", "text"), theirs.namespace))
    with pytest.raises(EngineError, match=r"There is no table nowhere\.events"):
        reader.attach(theirs.location, schema_with(Column("x", "decimal"), "nowhere"))


def test_nothing_is_loaded_into_them(theirs: Database) -> None:
    made(theirs, TYPES["decimal"], "0.5")

    schema = schema_with(Column("x", "decimal"), theirs.namespace)
    refused = pytest.raises(EngineError, match="your own tables, which are only read")

    with attached("clickhouse", theirs, schema) as engine, refused:
        engine.load((), ())
