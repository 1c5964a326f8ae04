"""Rows are appended by name, and events in the order that queries read them in."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from muster.backends.duckdb.ddl import create_table
from muster.backends.duckdb.writer import append
from muster.backends.sql.layout import keys, tables
from tests.sql_text import DIALECT, SCHEMA


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    made = duckdb.connect()
    for name, columns in tables(SCHEMA).items():
        made.execute(DIALECT.write(create_table(name, columns, keys(SCHEMA))))
    return made


def test_columns_are_matched_by_name_and_missing_ones_are_null(connection: duckdb.DuckDBPyConnection) -> None:
    rows = pa.table({"plan__str": ["pro"], "external_id": ["u1"], "pid": [7]})
    append(connection, "profiles", rows, SCHEMA)

    assert connection.execute("FROM profiles SELECT pid, external_id, plan__str, age__num").fetchall() == [
        (7, "u1", "pro", None)
    ]


def test_events_are_sorted_by_event_person_and_instant(connection: duckdb.DuckDBPyConnection) -> None:
    rows = pa.table(
        {
            "pid": [2, 1, 1, 1],
            "event": ["a", "b", "a", "a"],
            "ts": pa.array([1, 2, 4, 3], pa.timestamp("us")),
            "mid": ["1", "2", "3", "4"],
        }
    )
    append(connection, "events", rows, SCHEMA)

    assert connection.execute("FROM events SELECT mid").fetchall() == [("4",), ("3",), ("1",), ("2",)]


def test_a_row_without_its_key_is_refused_and_leaves_nothing_behind(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.ConstraintException):
        append(connection, "profiles", pa.table({"pid": pa.array([None], pa.uint32()), "external_id": ["u"]}), SCHEMA)

    assert connection.execute("SELECT count(*) FROM profiles").fetchall() == [(0,)]
    with pytest.raises(duckdb.CatalogException):
        connection.execute("FROM batch")
