"""The engine, in this process and on a server: hardened, and stopped at every limit without a trace."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest
from clickhouse_connect.driver.exceptions import ClickHouseError

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow, Query
from muster.backends.clickhouse import BACKEND, client
from muster.backends.clickhouse.client import ClickHouseEngine, open_engine
from muster.backends.clickhouse.sessions import reading
from muster.backends.sql import queries
from muster.backends.sql.calls import integer
from muster.backends.sql.check import check_query
from muster.backends.sql.query import generate
from muster.backends.tables import Catalogue, Room
from muster.backends.tables.arrow import event_batches
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    EVER,
    FALSE,
    TRUE,
    Compare,
    Count,
    Expr,
    Reduce,
    StageEntered,
)
from muster.compiler.plan import Plan
from muster.compiler.planner import plan
from muster.compiler.schema import Schema
from tests.cases import CLOCK, NOW, compare, metric, num, text, trait
from tests.sql_text import EVENTS, IN_MAPS, PEOPLE, SCHEMA, schema_of

PRO = compare(trait("plan"), "eq", text("pro"))
MANY = 200_000


def planned(expr: Expr) -> Plan:
    return plan(expr, expr)


def crowd(engine: ClickHouseEngine) -> None:
    ids = [f"u{number:06}" for number in range(MANY)]
    engine.append("profiles", pa.table({"pid": list(range(MANY)), "external_id": ids}))


def rows(engine: ClickHouseEngine, sql: str) -> list[Any]:
    with engine._sessions.lend(()) as asked:
        return [tuple(row) for row in asked.query(sql).result_rows]


# --- loading and reading ----------------------------------------------------------------------------------------
def test_what_was_loaded_is_found(engine: ClickHouseEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert engine.schema is SCHEMA
    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(TRUE), CLOCK) == 2
    assert engine.members(planned(StageEntered("active", EVER)), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 1


def test_members_are_strings_in_the_order_of_their_code_points(engine: ClickHouseEngine) -> None:
    ids = ["b", "B", "é", "e\u0301", "🙂", "\uffff", "", "a b", "a"]
    engine.append("profiles", pa.table({"pid": list(range(len(ids))), "external_id": ids}))
    members = engine.members(planned(TRUE), CLOCK)

    assert isinstance(members, pa.ChunkedArray)
    assert members.type == pa.string()
    assert members.to_pylist() == sorted(ids)


@pytest.mark.parametrize("expr", [TRUE, FALSE])
@pytest.mark.parametrize("limits", [Limits(), Limits(rows=5), Limits(rows=0)])
def test_nobody_is_an_empty_array_of_strings(engine: ClickHouseEngine, expr: Expr, limits: Limits) -> None:
    members = engine.members(planned(expr), CLOCK, limits)

    assert members.to_pylist() == []
    assert members.type == pa.string()


def test_after_an_error_in_the_rows_there_are_none(engine: ClickHouseEngine) -> None:
    def broken() -> Iterator[EventRow]:
        yield from EVENTS
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        engine.load(PEOPLE, broken())

    assert engine.count(planned(TRUE), CLOCK) == 0
    engine.load(PEOPLE, EVENTS)
    assert engine.count(planned(TRUE), CLOCK) == 2


def test_a_value_without_a_column_is_refused_and_loads_nothing(engine: ClickHouseEngine) -> None:
    with pytest.raises(InternalError):
        engine.load([*PEOPLE, ProfileRow(3, "u3", traits={"unknown": 1})], ())

    assert engine.count(planned(TRUE), CLOCK) == 0


def _one_by_one(given: list[EventRow], schema: Schema) -> Iterator[pa.RecordBatch]:
    for row in given:
        yield from event_batches([row], schema)


@pytest.fixture
def _small_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_RUN_ROWS", 2)
    monkeypatch.setattr(client, "event_batches", _one_by_one)


@pytest.mark.usefixtures("_small_runs")
def test_a_load_of_many_inserts_arrives_whole_and_leaves_no_other_table(engine: ClickHouseEngine) -> None:
    people = [ProfileRow(number, f"u{number}", traits={"plan": "pro"}) for number in range(7)]
    events = [EventRow(number, "buy", NOW - 1, f"m{number}") for number in range(7)]
    engine.load([*people, replace(PEOPLE[0], pid=9, external_id="u9")], events)

    assert engine.count(planned(PRO), CLOCK) == 8
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 7
    assert engine.members(planned(StageEntered("active", EVER)), CLOCK).to_pylist() == ["u9"]
    assert {name for (name,) in rows(engine, "SHOW TABLES")} == {"profiles", "events", "stage_log"}


@pytest.mark.usefixtures("_small_runs")
def test_a_load_of_many_inserts_that_breaks_leaves_nothing(engine: ClickHouseEngine) -> None:
    def broken() -> Iterator[EventRow]:
        for number in range(9):
            yield EventRow(1, "buy", NOW - 1, f"m{number}")
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        engine.load(PEOPLE, broken())

    assert rows(engine, "SELECT (SELECT count() FROM profiles) + (SELECT count() FROM events)") == [(0,)]
    assert {name for (name,) in rows(engine, "SHOW TABLES")} == {"profiles", "events", "stage_log"}


def test_rows_can_be_appended_as_arrow(engine: ClickHouseEngine) -> None:
    engine.append("profiles", pa.table({"external_id": ["u9"], "pid": [9], "plan__str": ["pro"]}))

    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u9"]


@pytest.mark.parametrize("key", [-1, 1 << 32])
def test_a_key_that_is_no_key_is_refused_and_not_wrapped_around(engine: ClickHouseEngine, key: int) -> None:
    with pytest.raises(EngineError, match="not in range"):
        engine.append("profiles", pa.table({"external_id": ["u9"], "pid": [key]}))

    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize(
    "table",
    [
        pa.table({"external_id": ["u9"]}),
        pa.table({"external_id": ["u8", "u9"], "pid": pa.array([8, None], pa.uint32())}),
        pa.table({"external_id": pa.array([None], pa.string()), "pid": [1]}),
    ],
)
def test_rows_without_their_key_are_refused_and_not_given_the_key_0(engine: ClickHouseEngine, table: pa.Table) -> None:
    with pytest.raises(EngineError, match="pid, external_id"):
        engine.append("profiles", table)

    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize("extra", [{"pid": ["one"]}, {"pid": [1], "unknown": [1]}])
def test_rows_of_other_columns_are_refused(engine: ClickHouseEngine, extra: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="ClickHouse failed: Code: "):
        engine.append("profiles", pa.table({"external_id": ["u9"], **extra}))

    assert engine.count(planned(TRUE), CLOCK) == 0


def test_rows_for_a_table_that_does_not_exist_are_refused(engine: ClickHouseEngine) -> None:
    with pytest.raises(EngineError, match="profiles, events, stage_log"):
        engine.append("people", pa.table({"pid": [1]}))


def test_tables_are_widened_to_a_larger_schema(location: str) -> None:
    people = (ProfileRow(1, "u1", traits={"plan": "pro", "tags": ["a"]}),)
    more = (*people, ProfileRow(2, "u2", traits={"plan": 5, "tags": [{"deep": [1]}, "a"]}))
    first = open_engine(location, schema_of(people, ()))
    first.load(people, ())
    second = replace_schema(first, schema_of(more, ()))
    second.load(more[1:], ())

    assert second.members(planned(compare(trait("tags"), "eq", text("a"))), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("plan"), "eq", num(5))), CLOCK).to_pylist() == ["u2"]
    second.close()


def test_names_that_come_when_the_columns_are_taken_go_into_maps(location: str) -> None:
    few = (ProfileRow(1, "u1", traits={"plan": "pro"}),)
    more = (ProfileRow(2, "u2", traits={"plan": "pro", "rare": "x", "seats": 0}),)
    catalogue = Catalogue()
    catalogue.observe_profiles(few)
    first = open_engine(location, catalogue.schema(trait_room=Room(1)))
    first.load(few, ())
    catalogue.observe_profiles(more)
    second = replace_schema(first, catalogue.schema(trait_room=Room(1)))
    second.load(more, ())

    assert second.members(planned(PRO), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("rare"), "eq", text("x"))), CLOCK).to_pylist() == ["u2"]
    assert second.members(planned(compare(trait("seats"), "lte", num(0))), CLOCK).to_pylist() == ["u2"]
    second.close()


@pytest.mark.usefixtures("_small_runs")
def test_maps_of_a_load_of_many_inserts_arrive_whole(location: str) -> None:
    engine = open_engine(location, IN_MAPS)
    engine.load([replace(PEOPLE[0], pid=number, external_id=f"u{number}") for number in range(7)], EVENTS)

    assert engine.count(planned(PRO), CLOCK) == 7
    assert engine.count(planned(metric(Reduce("sum", ("amount",)), Compare("eq", num(5)))), CLOCK) == 1
    engine.close()


def test_a_server_that_cannot_spread_keys_keeps_maps_whole(monkeypatch: pytest.MonkeyPatch, location: str) -> None:
    monkeypatch.setattr(client, "BUCKETS", {"map_of_another_version": integer(1)})
    engine = open_engine(location, IN_MAPS)
    engine.load(PEOPLE, ())

    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u1"]
    assert "with_buckets" not in rows(engine, "SHOW CREATE TABLE profiles")[0][0]
    engine.close()


@pytest.mark.usefixtures("_small_runs")
def test_tuples_whose_fields_lie_in_another_order_are_filled_by_name(location: str) -> None:
    few = (ProfileRow(1, "u1", traits={"tags": ["a"], "l": [{"z": 1}]}),)
    many = tuple(
        ProfileRow(number, f"u{number}", traits={"tags": [1, "b", {"deep": [1]}], "l": [{"a": "x", "m": True, "z": 2}]})
        for number in range(2, 9)
    )
    first = open_engine(location, schema_of(few, ()))
    first.load(few, ())
    second = replace_schema(first, schema_of((*few, *many), ()))
    second.load(many, ())
    third = replace_schema(first, schema_of(few, ()))
    third.load([ProfileRow(9, "u9", traits={"tags": ["a"], "l": [{"z": 3}]})], ())

    for engine in (second, third):
        assert engine.members(planned(compare(trait("tags"), "eq", text("a"))), CLOCK).to_pylist() == ["u1", "u9"]
        assert engine.count(planned(compare(trait("l.z"), "eq", num(2))), CLOCK) == 7
        assert engine.members(planned(compare(trait("l.z"), "eq", num(3))), CLOCK).to_pylist() == ["u9"]
    assert second.count(planned(compare(trait("tags"), "eq", num(1))), CLOCK) == 7
    assert second.count(planned(compare(trait("l.a"), "eq", text("x"))), CLOCK) == 7
    third.close()


def replace_schema(engine: ClickHouseEngine, schema: Schema) -> ClickHouseEngine:
    """Open the place of an engine again; what is in memory is gone once it is closed."""
    again = ClickHouseEngine(engine._place, schema)
    again.prepare(schema)
    return again


# --- walls ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO profiles (pid) VALUES (3)",
        "CREATE TABLE other (a Int8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE other (a Int8)",
        "ALTER TABLE profiles DELETE WHERE 1",
        "TRUNCATE TABLE profiles",
        "DROP TABLE profiles",
        "SELECT * FROM file('/etc/hostname', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
        "SELECT * FROM remote('127.0.0.1', 'system.one')",
        "SELECT * FROM executable('a', 'TSV', 'a String')",
        "SET readonly = 0",
        "SET max_execution_time = 0",
        "SELECT 1 SETTINGS max_execution_time = 0",
        "SELECT 1 SETTINGS max_result_rows = 5",
    ],
)
def test_a_connection_that_reads_can_do_nothing_else(engine: ClickHouseEngine, statement: str) -> None:
    with engine._sessions.lend(reading(Limits())) as asked, pytest.raises(ClickHouseError) as caught:
        asked.query(statement)

    assert getattr(caught.value, "code", None) == 164  # READONLY
    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT p.external_id FROM profiles AS p WHERE p.plan__str = file('/etc/hostname')",
        "SELECT p.external_id FROM profiles AS p INTO OUTFILE 'out'",
        "SELECT p.external_id FROM profiles AS p SETTINGS max_execution_time = 0",
        "SELECT p.external_id FROM profiles AS p FORMAT CSV",
        "SELECT p.external_id FROM merge('.*', 'profiles') AS p",
        "SELECT p.external_id FROM other.profiles AS p",
        "SELECT p.external_id FROM profiles AS p WHERE p.pid IN (SELECT number FROM numbers(5))",
        "SELECT p.external_id FROM profiles AS p WHERE dictHas('a', p.pid)",
        "SELECT p.external_id FROM profiles AS p WHERE sleep(3) = 0",
        "SELECT p.external_id FROM profiles AS p FINAL",
        "SELECT p.external_id FROM profiles AS p SAMPLE 0.1",
        "SELECT p.external_id FROM profiles AS p PREWHERE 1",
        "SELECT p.external_id FROM profiles AS p LIMIT 1 BY p.pid",
        "SELECT p.external_id FROM profiles AS p ARRAY JOIN range(100000000) AS x",
        "SELECT getSetting('readonly')",
        "KILL QUERY WHERE 1",
    ],
)
def test_what_reading_alone_does_not_forbid_the_check_refuses(sql: str) -> None:
    with pytest.raises(InternalError, match="query check"):
        check_query(sql, "members", SCHEMA, client._DIALECT)


def test_a_query_is_checked_before_it_runs(engine: ClickHouseEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = BACKEND.generate(planned(PRO), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql="SELECT 1 FROM system.settings"))

    with pytest.raises(InternalError, match="query check"):
        engine.count(planned(PRO), CLOCK)


def test_a_query_is_generated_once_for_one_plan(engine: ClickHouseEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []

    def noted(*parts: Any) -> Query:
        made.append(parts)
        return generate(*parts)

    monkeypatch.setattr(queries, "generate", noted)
    for _ in range(3):
        engine.count(planned(PRO), CLOCK)

    assert len(made) == 1


# --- limits -----------------------------------------------------------------------------------------------------
ENDLESS = "SELECT count() FROM numbers(100000000000) WHERE number % 7 = 3"


def test_a_query_that_takes_too_long_is_stopped(engine: ClickHouseEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = BACKEND.generate(planned(TRUE), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql=ENDLESS, parameters=()))
    monkeypatch.setattr(client, "check_query", lambda *_: None)
    started = time.monotonic()

    with pytest.raises(EngineError, match=r"0\.2 s") as caught:
        engine.count(planned(TRUE), CLOCK, Limits(seconds=0.2))

    assert caught.value.limit == "seconds"
    assert time.monotonic() - started < 20
    monkeypatch.undo()
    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize("seconds", [0, 1e-9])
def test_no_time_is_no_time_and_not_for_ever(engine: ClickHouseEngine, seconds: float) -> None:
    for ask in (engine.members, engine.count):
        with pytest.raises(EngineError) as caught:
            ask(planned(TRUE), CLOCK, Limits(seconds=seconds))
        assert caught.value.limit == "seconds"
    engine.load(PEOPLE, EVENTS)

    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u1"]


class Cut:
    """A connection whose queries give no rows and no error when their time is up, as the engine's now and then do."""

    def __init__(self, took: float) -> None:
        self.took = took

    def query_arrow(self, _: str, *, parameters: dict[str, object]) -> pa.Table:
        assert parameters == {}
        time.sleep(self.took)
        return pa.table({"external_id": pa.array([], pa.string())})


def test_an_answer_that_was_cut_short_is_not_taken_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = open_engine("", SCHEMA)
    monkeypatch.setattr(engine._sessions, "lend", lambda _: nullcontext(Cut(0.05)))

    for ask in (engine.members, engine.count):
        with pytest.raises(EngineError) as caught:
            ask(planned(TRUE), CLOCK, Limits(seconds=0.05))
        assert caught.value.limit == "seconds"
    assert engine.members(planned(TRUE), CLOCK, Limits(seconds=5)).to_pylist() == []
    monkeypatch.undo()
    engine.close()


@pytest.mark.slow
def test_an_answer_under_a_short_limit_is_whole_or_an_error() -> None:
    engine = open_engine("", SCHEMA)
    engine.load(PEOPLE, EVENTS)
    wrong: list[object] = []
    refused: list[str | None] = []
    end = time.monotonic() + 10

    def ask() -> None:
        while time.monotonic() < end:
            try:
                found = engine.members(planned(TRUE), CLOCK, Limits(seconds=0.01)).to_pylist()
            except EngineError as error:
                refused.append(error.limit)
            else:
                wrong.extend([] if found == ["u1", "u2"] else [found])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()

    assert wrong == []
    assert set(refused) == {"seconds"}


def test_a_query_that_needs_too_much_memory_says_so(engine: ClickHouseEngine) -> None:
    crowd(engine)

    with pytest.raises(EngineError) as caught:
        engine.members(planned(TRUE), CLOCK, Limits(memory_bytes=1_000_000))

    assert caught.value.limit == "memory_bytes"
    assert "1 MB" in str(caught.value)
    assert len(engine.members(planned(TRUE), CLOCK)) == MANY


def test_no_memory_is_no_memory_and_not_all_of_it(engine: ClickHouseEngine) -> None:
    crowd(engine)

    with pytest.raises(EngineError) as caught:
        engine.members(planned(TRUE), CLOCK, Limits(memory_bytes=0))

    assert caught.value.limit == "memory_bytes"


def test_loading_is_not_held_to_the_limit_of_the_query_before(engine: ClickHouseEngine) -> None:
    engine.count(planned(TRUE), CLOCK, Limits(memory_bytes=20_000_000))
    crowd(engine)

    assert engine.count(planned(TRUE), CLOCK) == MANY


def test_more_members_than_allowed_are_an_error_not_a_shorter_list(engine: ClickHouseEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert len(engine.members(planned(TRUE), CLOCK, Limits(rows=2))) == 2
    for rows_ in (1, 0):
        with pytest.raises(EngineError, match=f"more than {rows_} people") as caught:
            engine.members(planned(TRUE), CLOCK, Limits(rows=rows_))
        assert caught.value.limit == "rows"
    assert engine.count(planned(TRUE), CLOCK, Limits(rows=1)) == 2
    assert engine.members(planned(TRUE), CLOCK).to_pylist() == ["u1", "u2"]


def test_a_limit_on_rows_counts_members_and_not_what_is_read(engine: ClickHouseEngine) -> None:
    crowd(engine)
    engine.load(PEOPLE, EVENTS)

    assert engine.members(planned(PRO), CLOCK, Limits(rows=1)).to_pylist() == ["u1"]


def test_without_limits_there_are_none(engine: ClickHouseEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert engine.count(planned(TRUE), CLOCK, Limits(seconds=None, memory_bytes=None)) == 2
    assert engine.count(planned(TRUE), CLOCK, Limits(seconds=float("inf"))) == 2


def test_another_failure_is_told_in_the_engines_words(engine: ClickHouseEngine) -> None:
    with engine._writing() as writer:
        writer.command("DROP TABLE profiles")

    with pytest.raises(EngineError, match=r"^ClickHouse failed: Code: 60\. DB::Exception: .*UNKNOWN_TABLE") as caught:
        engine.count(planned(TRUE), CLOCK)

    assert caught.value.limit is None


def test_a_closed_engine_says_so_and_may_be_closed_again(engine: ClickHouseEngine) -> None:
    engine.close()
    engine.close()

    for ask in (engine.count, engine.members):
        with pytest.raises(EngineError, match="closed"):
            ask(planned(TRUE), CLOCK)
    with pytest.raises(EngineError, match="closed"):
        engine.load(PEOPLE, EVENTS)


def test_threads_may_ask_at_once(engine: ClickHouseEngine) -> None:
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


def test_a_query_that_was_stopped_leaves_the_others_alone(engine: ClickHouseEngine) -> None:
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
