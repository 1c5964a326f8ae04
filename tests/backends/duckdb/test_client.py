"""The engine: hardened, all or nothing when loading, and stopped at every limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow, Query
from muster.backends.duckdb import BACKEND, client
from muster.backends.duckdb.client import DuckDbEngine, open_engine
from muster.backends.sql import queries
from muster.backends.sql.query import generate
from muster.backends.tables import Catalogue, Room
from muster.backends.tables.arrow import event_batches
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import EVER, TRUE, Compare, Count, Expr, StageEntered
from muster.compiler.plan import Plan
from muster.compiler.planner import plan
from muster.compiler.schema import Schema
from tests.cases import CLOCK, NOW, compare, metric, num, text, trait
from tests.sql_text import EVENTS, PEOPLE, SCHEMA, schema_of

PRO = compare(trait("plan"), "eq", text("pro"))
MANY = 200_000


def planned(expr: Expr) -> Plan:
    return plan(expr, expr)


@pytest.fixture
def engine() -> Iterator[DuckDbEngine]:
    opened = open_engine("", SCHEMA)
    yield opened
    opened.close()


def crowd(engine: DuckDbEngine) -> None:
    ids = [f"u{number:06}" for number in range(MANY)]
    engine.append("profiles", pa.table({"pid": list(range(MANY)), "external_id": ids}))


# --- loading and reading ----------------------------------------------------------------------------------------
def test_what_was_loaded_is_found(engine: DuckDbEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert engine.schema is SCHEMA
    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(TRUE), CLOCK) == 2
    assert engine.members(planned(StageEntered("active", EVER)), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 1


def test_members_are_strings_in_the_order_of_their_code_points(engine: DuckDbEngine) -> None:
    ids = ["b", "B", "é", "e\u0301", "🙂", "\uffff", "", "a b", "a"]
    engine.append("profiles", pa.table({"pid": list(range(len(ids))), "external_id": ids}))
    members = engine.members(planned(TRUE), CLOCK)

    assert isinstance(members, pa.ChunkedArray)
    assert members.type == pa.string()
    assert members.to_pylist() == sorted(ids)


def test_nobody_is_an_empty_array_of_strings(engine: DuckDbEngine) -> None:
    for limits in (Limits(), Limits(rows=5)):
        members = engine.members(planned(TRUE), CLOCK, limits)

        assert members.to_pylist() == []
        assert members.type == pa.string()


def test_loading_is_all_or_nothing(engine: DuckDbEngine) -> None:
    def broken() -> Iterator[EventRow]:
        yield from EVENTS
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        engine.load(PEOPLE, broken())

    assert engine.count(planned(TRUE), CLOCK) == 0
    engine.load(PEOPLE, EVENTS)
    assert engine.count(planned(TRUE), CLOCK) == 2


def test_a_value_without_a_column_is_refused_and_loads_nothing(engine: DuckDbEngine) -> None:
    with pytest.raises(InternalError):
        engine.load([*PEOPLE, ProfileRow(3, "u3", traits={"unknown": 1})], ())

    assert engine.count(planned(TRUE), CLOCK) == 0


def test_events_are_sorted_within_each_run(engine: DuckDbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_RUN_ROWS", 2)
    monkeypatch.setattr(client, "event_batches", _one_by_one)
    events = [EventRow(1, name, NOW, f"m{number}") for number, name in enumerate(["see", "buy", "see", "buy", "buy"])]
    engine.load((), events)

    found = engine._connection.execute("FROM events SELECT event").fetchall()
    assert found == [("buy",), ("see",), ("buy",), ("see",), ("buy",)]


def _one_by_one(rows: list[EventRow], schema: Schema) -> Iterator[pa.RecordBatch]:
    for row in rows:
        yield from event_batches([row], schema)


def test_rows_can_be_appended_as_arrow(engine: DuckDbEngine) -> None:
    engine.append("profiles", pa.table({"external_id": ["u9"], "pid": [9], "plan__str": ["pro"]}))

    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u9"]


def test_rows_for_a_table_that_does_not_exist_are_refused(engine: DuckDbEngine) -> None:
    with pytest.raises(EngineError, match="profiles, events, stage_log"):
        engine.append("people", pa.table({"pid": [1]}))


def test_a_file_keeps_what_was_loaded(tmp_path: Path) -> None:
    location = str(tmp_path / "store.duckdb")
    first = BACKEND.connect(location, SCHEMA)
    first.load(PEOPLE, EVENTS)
    first.close()

    second = BACKEND.connect(location, SCHEMA)
    assert second.members(planned(PRO), CLOCK).to_pylist() == ["u1"]
    second.close()
    assert [path.name for path in tmp_path.iterdir()] == ["store.duckdb"]


def test_a_file_is_widened_to_a_larger_schema(tmp_path: Path) -> None:
    location = str(tmp_path / "store.duckdb")
    people = (ProfileRow(1, "u1", traits={"plan": "pro", "tags": ["a"]}),)
    first = open_engine(location, schema_of(people, ()))
    first.load(people, ())
    first.close()

    more = (*people, ProfileRow(2, "u2", traits={"plan": 5, "tags": [{"deep": [1]}, "a"]}))
    second = open_engine(location, schema_of(more, ()))
    second.load(more[1:], ())

    assert second.members(planned(compare(trait("tags"), "eq", text("a"))), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("plan"), "eq", num(5))), CLOCK).to_pylist() == ["u2"]
    second.close()


def test_names_that_come_when_the_columns_are_taken_go_into_maps(tmp_path: Path) -> None:
    location = str(tmp_path / "store.duckdb")
    few = (ProfileRow(1, "u1", traits={"plan": "pro"}),)
    more = (ProfileRow(2, "u2", traits={"plan": "pro", "rare": "x", "seats": 0}),)
    catalogue = Catalogue()
    catalogue.observe_profiles(few)
    first = open_engine(location, catalogue.schema(trait_room=Room(1)))
    first.load(few, ())
    catalogue.observe_profiles(more)
    first.close()
    second = open_engine(location, catalogue.schema(trait_room=Room(1)))
    second.load(more, ())

    assert second.members(planned(PRO), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("rare"), "eq", text("x"))), CLOCK).to_pylist() == ["u2"]
    assert second.members(planned(compare(trait("seats"), "lte", num(0))), CLOCK).to_pylist() == ["u2"]
    second.close()


def test_a_file_that_cannot_be_opened_is_an_error_of_the_engine(tmp_path: Path) -> None:
    (tmp_path / "store.duckdb").write_bytes(b"this is no database, though it is long enough to look like one" * 100)

    with pytest.raises(EngineError, match="DuckDB failed"):
        open_engine(str(tmp_path / "store.duckdb"), SCHEMA)


def test_a_file_whose_tables_cannot_be_widened_is_let_go(tmp_path: Path) -> None:
    location = str(tmp_path / "store.duckdb")
    with duckdb.connect(location) as other:
        other.execute("CREATE TABLE profiles AS SELECT 'no number' AS pid, 'u1' AS external_id")

    with pytest.raises(EngineError, match="DuckDB failed: Conversion Error"):
        open_engine(location, SCHEMA)
    with duckdb.connect(location) as other:
        assert other.execute("SELECT external_id FROM profiles").fetchall() == [("u1",)]


# --- walls ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{path}')",
        "SELECT * FROM '{path}'",
        "COPY (SELECT 1) TO '{path}.out'",
        "ATTACH '{path}.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT * FROM getenv('HOME')",
    ],
)
def test_a_connection_reaches_no_file_and_no_network(engine: DuckDbEngine, tmp_path: Path, statement: str) -> None:
    path = tmp_path / "data.csv"
    path.write_text("a\n1\n", encoding="utf-8")

    with pytest.raises(duckdb.Error):
        engine._connection.execute(statement.format(path=path))


def test_a_python_variable_is_no_table(engine: DuckDbEngine) -> None:
    secrets = pa.table({"a": [1]})

    with pytest.raises(duckdb.CatalogException):
        engine._connection.execute("SELECT * FROM secrets")
    assert secrets.num_rows == 1


def test_a_query_is_checked_before_it_runs(engine: DuckDbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = BACKEND.generate(planned(PRO), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql="SELECT 1 FROM duckdb_settings()"))

    with pytest.raises(InternalError, match="query check"):
        engine.count(planned(PRO), CLOCK)


def test_a_query_is_generated_once_for_one_plan(engine: DuckDbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def noted(*parts: Any) -> Query:
        made.append(parts)
        return generate(*parts)

    monkeypatch.setattr(queries, "generate", noted)
    for _ in range(3):
        engine.count(planned(PRO), CLOCK)

    assert len(made) == 1


# --- limits -----------------------------------------------------------------------------------------------------
def test_a_query_that_takes_too_long_is_stopped(engine: DuckDbEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "SELECT COUNT(*) FROM range(100000000000) AS a(i) WHERE i % 7 = 3"
    made = BACKEND.generate(planned(TRUE), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql=endless, parameters=()))
    monkeypatch.setattr(client, "check_query", lambda *_: None)
    started = time.monotonic()

    with pytest.raises(EngineError, match=r"0\.2 s") as caught:
        engine.count(planned(TRUE), CLOCK, Limits(seconds=0.2))

    assert caught.value.limit == "seconds"
    assert time.monotonic() - started < 20
    monkeypatch.undo()
    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize("seconds", [0.000001, 0, -1])
def test_a_time_that_is_up_at_once_ends_short_queries_too(engine: DuckDbEngine, seconds: float) -> None:
    engine.load(PEOPLE, EVENTS)

    for ask in (engine.count, engine.members):
        with pytest.raises(EngineError) as caught:
            ask(planned(TRUE), CLOCK, Limits(seconds=seconds))

        assert caught.value.limit == "seconds"
    assert engine.count(planned(TRUE), CLOCK) == 2


def test_a_query_that_needs_too_much_memory_says_so(engine: DuckDbEngine) -> None:
    crowd(engine)

    with pytest.raises(EngineError) as caught:
        engine.members(planned(TRUE), CLOCK, Limits(memory_bytes=1_000_000))

    assert caught.value.limit == "memory_bytes"
    assert "1 MB" in str(caught.value)
    assert len(engine.members(planned(TRUE), CLOCK)) == MANY


def test_loading_is_not_held_to_the_limit_of_the_query_before(engine: DuckDbEngine) -> None:
    engine.count(planned(TRUE), CLOCK, Limits(memory_bytes=20_000_000))
    crowd(engine)

    assert engine.count(planned(TRUE), CLOCK) == MANY


def test_more_members_than_allowed_are_an_error_not_a_shorter_list(engine: DuckDbEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert len(engine.members(planned(TRUE), CLOCK, Limits(rows=2))) == 2
    with pytest.raises(EngineError) as caught:
        engine.members(planned(TRUE), CLOCK, Limits(rows=1))
    assert caught.value.limit == "rows"


def test_without_limits_nothing_is_watched(engine: DuckDbEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert engine.count(planned(TRUE), CLOCK, Limits(seconds=None, memory_bytes=None)) == 2


def test_another_failure_is_told_in_the_engines_words(engine: DuckDbEngine) -> None:
    engine._connection.execute("DROP TABLE profiles")

    with pytest.raises(EngineError, match="DuckDB failed: Catalog Error") as caught:
        engine.count(planned(TRUE), CLOCK)

    assert caught.value.limit is None


def test_threads_may_ask_at_once(engine: DuckDbEngine) -> None:
    crowd(engine)
    engine.load(PEOPLE, EVENTS)
    found: list[object] = []

    def ask(number: int) -> None:
        for _ in range(5):
            found.append(engine.count(planned(PRO), CLOCK, Limits(memory_bytes=10**9 + number % 2)))
            found.append(engine.members(planned(PRO), CLOCK).to_pylist())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 40
    assert all(each in (1, ["u1"]) for each in found)


def test_an_interrupted_query_leaves_the_others_alone(engine: DuckDbEngine) -> None:
    crowd(engine)
    stopped: list[str] = []

    def hurried() -> None:
        try:
            engine.members(planned(TRUE), CLOCK, Limits(seconds=0.000001))
        except EngineError as error:
            stopped.append(str(error.limit))

    thread = threading.Thread(target=hurried)
    thread.start()
    assert engine.count(planned(TRUE), CLOCK) == MANY
    thread.join()

    assert stopped == ["seconds"]
