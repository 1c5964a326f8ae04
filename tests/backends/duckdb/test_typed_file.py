"""A typed file is the events table of an engine that can read no other file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.base import EngineError, EventRow, ProfileRow
from muster.backends.duckdb.client import DuckDbEngine, open_in_place
from muster.backends.duckdb.typed_columns import ColumnRead
from muster.backends.duckdb.typed_file import TypedEvents, is_plain_path
from muster.compiler.expr import TRUE, Compare, Count
from muster.compiler.planner import plan
from muster.compiler.schema import EventTable, Name, ProfileTable, Schema
from tests.cases import CLOCK, metric, num

NOON = datetime(2024, 6, 1, 12)  # noqa: DTZ001 (stored without a zone)
SCHEMA = Schema(
    profiles=ProfileTable(),
    events=EventTable(order=None, events={"buy": {("usd",): Name({"num": "usd__num"})}}),
)
TABLE = pa.table({'who"': ["u1", "u2", "u1"], "at": pa.array([NOON] * 3, pa.timestamp("us")), "usd": [1, None, 2**62]})
BOUGHT = plan(*([metric(Count(), Compare("gte", num(2)))] * 2))


def written(path: Path) -> TypedEvents:
    pq.write_table(TABLE, path)
    found = path.stat()
    return TypedEvents(
        path=path,
        mark=(found.st_size, found.st_mtime_ns),
        id=ColumnRead('who"', "text"),
        event=None,
        constant="buy",
        time=ColumnRead("at", "time"),
        order=None,
        message_id=None,
        values={"usd": ColumnRead("usd", "whole", (20, 0))},
    )


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[DuckDbEngine]:
    with closing(open_in_place(written(tmp_path / "a.parquet"), SCHEMA)) as opened:
        opened.load([ProfileRow(7, "u1"), ProfileRow(3, "u2"), ProfileRow(1, "u3")], ())
        yield opened


def test_events_have_the_columns_of_the_schema(engine: DuckDbEngine) -> None:
    found = engine._connection.sql("SELECT * FROM events ORDER BY ALL").to_arrow_table()

    assert found.column_names == ["pid", "event", "ts", "usd__num"]
    assert found["pid"].to_pylist() == ["u1", "u1", "u2"]
    assert set(found["event"].to_pylist()) == {"buy"}
    assert [str(each) for each in found["usd__num"].to_pylist()] == ["1.000000000", "None", "None"]


def test_a_constant_name_is_a_text_and_nothing_else(tmp_path: Path) -> None:
    with closing(open_in_place(replace(written(tmp_path / "a.parquet"), constant="it's; \\"), SCHEMA)) as engine:
        assert engine._connection.sql("SELECT DISTINCT event FROM events").fetchall() == [("it's; \\",)]


def test_people_are_keyed_by_their_ids(engine: DuckDbEngine) -> None:
    assert engine.members(plan(TRUE, TRUE), CLOCK).to_pylist() == ["u1", "u2", "u3"]
    assert engine.members(BOUGHT, CLOCK).to_pylist() == ["u1"]


def test_events_cannot_be_added_to_a_file(engine: DuckDbEngine) -> None:
    with pytest.raises(EngineError):
        engine.load((), [EventRow(1, "buy", 0, "")])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_parquet('{other}')",
        "SELECT * FROM '{other}'",
        "SELECT * FROM read_csv('{folder}/*')",
        "SELECT * FROM glob('{folder}/*')",
        "COPY (SELECT 1) TO '{folder}/new.csv'",
        "COPY (SELECT 1 AS x) TO '{own}'",
        "SET allowed_paths = ['{other}']",
        "SET allowed_directories = ['{folder}']",
        "SET enable_external_access = true",
        "INSTALL httpfs",
    ],
)
def test_no_other_file_can_be_reached(engine: DuckDbEngine, tmp_path: Path, statement: str) -> None:
    pq.write_table(TABLE, tmp_path / "b.parquet")
    places = {"other": tmp_path / "b.parquet", "folder": tmp_path, "own": tmp_path / "a.parquet"}
    with pytest.raises(duckdb.Error):
        engine._connection.execute(statement.format(**places))
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.parquet", "b.parquet"]


def test_a_file_that_changes_is_not_answered_from(engine: DuckDbEngine, tmp_path: Path) -> None:
    assert engine.count(BOUGHT, CLOCK) == 1
    os.utime(tmp_path / "a.parquet", ns=(1, 1))
    with pytest.raises(EngineError, match="changed"):
        engine.count(BOUGHT, CLOCK)
    (tmp_path / "a.parquet").unlink()
    with pytest.raises(EngineError, match="changed"):
        engine.count(BOUGHT, CLOCK)


def test_names_of_folders_are_no_columns(tmp_path: Path) -> None:
    folder = tmp_path / "usd=5" / "it's"
    folder.mkdir(parents=True)
    with closing(open_in_place(written(folder / "a.parquet"), SCHEMA)) as engine:
        assert engine._connection.sql("SELECT COUNT(*) FROM events WHERE usd__num = 5").fetchall() == [(0,)]


def test_a_file_that_is_gone_lets_the_connection_go(tmp_path: Path) -> None:
    events = written(tmp_path / "a.parquet")
    with pytest.raises(EngineError, match="DuckDB failed"):
        open_in_place(replace(events, path=tmp_path / "none.parquet"), SCHEMA)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/a/b.parquet", True),
        ("/a/it's é.parquet", True),
        ("/a/*.parquet", False),
        ("/a[1]/b", False),
        ("/\udcff", False),
    ],
)
def test_a_path_may_mean_one_file_only(path: str, expected: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    assert is_plain_path(Path(path)) is expected
