"""The engine: all or nothing when loading, only reading when asked, and stopped at every limit."""

from __future__ import annotations

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import shake_256
from typing import Any

import psycopg
import pyarrow as pa
import pytest

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow
from muster.backends.postgres import BACKEND, client, places
from muster.backends.postgres.client import PostgresEngine, open_engine
from muster.backends.postgres.ddl import LONGEST_EVENT
from muster.backends.postgres.present import read_present
from muster.backends.postgres.throwaway import throwaway
from muster.backends.tables import Catalogue, Room
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import EVER, TRUE, And, Compare, Count, Expr, StageEntered
from muster.compiler.plan import Plan
from muster.compiler.planner import plan
from tests.cases import CLOCK, at, compare, flag, metric, num, text, trait
from tests.sql_text import EVENTS, PEOPLE, SCHEMA, schema_of

PRO = compare(trait("plan"), "eq", text("pro"))


def planned(expr: Expr) -> Plan:
    return plan(expr, expr)


@pytest.fixture
def address() -> Iterator[str]:
    """Give the address of a namespace that outlives an engine."""
    url = throwaway().set(drivername="postgresql")
    name = f"kept_{time.monotonic_ns()}"
    yield f"{url.update_query_dict({'schema': name}).render_as_string(hide_password=False)}".removeprefix("postgresql:")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE".encode())


# --- loading and reading ----------------------------------------------------------------------------------------
def test_what_was_loaded_is_found(engine: PostgresEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert engine.schema is SCHEMA
    assert engine.members(planned(PRO), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(TRUE), CLOCK) == 2
    assert engine.members(planned(StageEntered("active", EVER)), CLOCK).to_pylist() == ["u1"]
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 1


def test_members_are_strings_in_the_order_of_their_code_points(engine: PostgresEngine) -> None:
    ids = ["b", "B", "é", "e\u0301", "🙂", "\uffff", "", "a b", "a"]
    engine.append("profiles", pa.table({"pid": list(range(len(ids))), "external_id": ids}))
    members = engine.members(planned(TRUE), CLOCK)

    assert members.type == pa.string()
    assert members.to_pylist() == sorted(ids)


def test_nobody_is_an_empty_array_of_strings(engine: PostgresEngine) -> None:
    for limits in (Limits(), Limits(rows=5)):
        members = engine.members(planned(TRUE), CLOCK, limits)

        assert members.to_pylist() == []
        assert members.type == pa.string()


def test_loading_is_all_or_nothing(engine: PostgresEngine) -> None:
    def broken() -> Iterator[EventRow]:
        yield from EVENTS
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        engine.load(PEOPLE, broken())

    assert engine.count(planned(TRUE), CLOCK) == 0
    engine.load(PEOPLE, EVENTS)
    assert engine.count(planned(TRUE), CLOCK) == 2


def test_a_value_without_a_column_is_refused_and_loads_nothing(engine: PostgresEngine) -> None:
    with pytest.raises(InternalError):
        engine.load([*PEOPLE, ProfileRow(3, "u3", traits={"unknown": 1})], ())

    assert engine.count(planned(TRUE), CLOCK) == 0


def test_a_text_that_postgres_cannot_keep_is_refused_and_loads_nothing(engine: PostgresEngine) -> None:
    with pytest.raises(EngineError, match="Postgres failed"):
        engine.append("profiles", pa.table({"pid": [1], "external_id": ["a\0b"]}))

    assert engine.count(planned(TRUE), CLOCK) == 0


def _noise(size: int) -> str:
    """Give a text that no compression makes shorter, which an index holds as it is."""
    return b64encode(shake_256(str(size).encode()).digest(size)).decode()[:size]


def test_ids_may_be_of_any_length(engine: PostgresEngine) -> None:
    people = [ProfileRow(number, _noise(size)) for number, size in enumerate((1, 2_700, 2_800, 100_000))]
    engine.load(people, ())

    found = engine.members(planned(TRUE), CLOCK).to_pylist()
    assert found == sorted(person.external_id for person in people)


def test_names_of_events_may_be_as_long_as_an_index_can_hold(engine: PostgresEngine) -> None:
    longest = _noise(LONGEST_EVENT)
    engine.load([ProfileRow(1, "u1")], [EventRow(1, longest, 1, "m")])
    found = planned(metric(Count(), Compare("gte", num(1)), names=(longest,)))
    assert engine.count(found, CLOCK) == 1

    longer = [EventRow(1, "buy", 1, "m"), EventRow(1, f"{longest}é", 1, "m")]
    with pytest.raises(EngineError, match=f'"{re.escape(longest[:40])}…" has a name of 2,602 bytes, .* at most 2,600'):
        engine.load((), longer)
    with pytest.raises(EngineError, match="at most 2,600"):
        engine.append("events", pa.table({"event": [None, f"{longest}x"]}))
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 0


def test_rows_for_a_table_that_does_not_exist_are_refused(engine: PostgresEngine) -> None:
    with pytest.raises(EngineError, match="profiles, events, stage_log"):
        engine.append("people", pa.table({"pid": [1]}))


def test_what_cannot_be_analyzed_is_loaded_all_the_same(engine: PostgresEngine) -> None:
    events = [EventRow(1, "buy", number, f"m{number}") for number in range(1_000)]
    engine._place._settings["lock_timeout"] = "10ms"
    with engine._place.connection() as connection:
        connection.execute("LOCK TABLE events IN SHARE UPDATE EXCLUSIVE MODE")  # as a vacuum takes it
        with pytest.warns(UserWarning, match="All was loaded, .* Others were loading"):
            engine.load(PEOPLE, events)
        with pytest.warns(UserWarning, match="All was loaded, .* Others were loading"):
            engine.append("events", pa.table({"pid": [1], "ts": pa.array([1], pa.timestamp("us")), "event": ["buy"]}))

    assert engine.count(planned(metric(Count(), Compare("gte", num(1_001)))), CLOCK) == 1


def test_tables_that_others_hold_are_waited_for_and_not_for_ever(engine: PostgresEngine) -> None:
    engine._place._settings["lock_timeout"] = "10ms"
    with engine._place.connection() as connection:
        connection.execute("LOCK TABLE profiles")
        with pytest.raises(EngineError, match="Others were loading or changing the tables for 10 s"):
            engine.load(PEOPLE, ())


def test_many_rows_are_looked_at_for_the_planner(engine: PostgresEngine) -> None:
    events = [EventRow(1, "buy", number, f"m{number}") for number in range(1_000)]
    engine.load(PEOPLE, events)

    with engine._place.connection() as connection:
        found = connection.execute("SELECT reltuples FROM pg_class WHERE oid = 'events'::regclass").fetchone()
    assert found == (1_000,)


def test_a_namespace_keeps_what_was_loaded_and_is_widened(address: str) -> None:
    people = (ProfileRow(1, "u1", traits={"plan": "pro", "tags": ["a"]}),)
    first = open_engine(address, schema_of(people, ()))
    first.load(people, ())
    first.close()

    more = (*people, ProfileRow(2, "u2", traits={"plan": 5, "tags": [{"deep": [1]}, "a"]}))
    second = open_engine(address, schema_of(more, ()))
    second.load(more[1:], ())

    assert second.members(planned(compare(trait("tags"), "eq", text("a"))), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("plan"), "eq", num(5))), CLOCK).to_pylist() == ["u2"]
    second.close()


def test_items_of_kinds_that_came_one_by_one_keep_their_values(address: str) -> None:
    """A type is widened at its end, so its order is that of coming; each engine knows another part of it."""
    rows = [
        (ProfileRow(1, "u1", traits={"tags": [True]}),),
        (ProfileRow(2, "u2", traits={"tags": ["a", 5]}),),
        (ProfileRow(3, "u3", traits={"tags": [{"name": "a", "deep": [1]}, "a", None]}),),
    ]
    engines = [open_engine(address, schema_of(each, ())) for each in rows]
    for engine, each in reversed(list(zip(engines, rows, strict=True))):
        engine.load(each, ())
        engine.close()
    last = open_engine(address, schema_of(tuple(row for each in rows for row in each), ()))
    found = {
        value: last.members(planned(compare(trait("tags"), "eq", each)), CLOCK).to_pylist()
        for value, each in (("a", text("a")), (5, num(5)), (True, flag(value=True)))
    }
    last.close()

    assert found == {"a": ["u2", "u3"], 5: ["u2"], True: ["u1"]}


def test_a_type_that_lost_an_attribute_is_not_loaded_into(address: str) -> None:
    people = (ProfileRow(1, "u1", traits={"tags": ["a"]}),)
    engine = open_engine(address, schema_of(people, ()))
    with engine._place.connection() as connection:
        connection.execute("ALTER TYPE profiles_tags__items DROP ATTRIBUTE str")

    with pytest.raises(EngineError, match='"profiles_tags__items" has lost "str"'):
        engine.load(people, ())
    engine.close()


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ("CREATE TABLE profiles (id INT)", 'no column "pid"'),
        ("CREATE TABLE profiles (pid INT NOT NULL)", '"pid" is integer NOT NULL; it would have to be bigint NOT NULL'),
        ("CREATE TABLE profiles (pid BIGINT)", "is bigint; it would have to be bigint NOT NULL"),
        (
            "CREATE TABLE events (pid BIGINT NOT NULL, event VARCHAR(9))",
            r"is character varying\(9\) COLLATE \"default\"; .* text COLLATE",
        ),
        (
            "CREATE TABLE events (pid BIGINT NOT NULL, event TEXT)",
            'is text COLLATE "default"; it would have to be text COLLATE "C"',
        ),
        (
            "CREATE TYPE profiles_tags__items AS (num FLOAT)",
            r"is double precision; it would have to be numeric\(38,9\)",
        ),
        (
            'CREATE TABLE profiles (pid BIGINT NOT NULL, external_id TEXT COLLATE "C" NOT NULL, tags__items TEXT[])',
            r'is text\[\] COLLATE "default"; .* profiles_tags__items\[\]',
        ),
        ("CREATE VIEW profiles AS SELECT 1::BIGINT AS pid", "would have to be bigint NOT NULL"),
    ],
)
def test_tables_of_others_are_left_alone(address: str, made: str, message: str) -> None:
    place = places.Place(address)
    with place.connection() as connection:
        connection.execute(f'CREATE SCHEMA "{place.namespace}"'.encode())
        connection.execute(made.encode())
    with pytest.raises(EngineError, match=message):
        open_engine(address, SCHEMA)
    with place.connection() as connection:
        present = read_present(connection.cursor(), place.namespace)
    place.close()

    assert [made.split()[2]] == list(present)


def test_what_we_made_is_known_again_whatever_its_name(address: str) -> None:
    people = (ProfileRow(1, "u1", traits={'Größe "x"': ["a"], "plan": "pro", "at": "2024-01-01", "is": True}),)
    schema = schema_of(people, EVENTS)
    named = replace(schema, profiles=replace(schema.profiles, table='Leute "x"'))
    open_engine(address, named).close()
    again = open_engine(address, named)
    again.load(people, ())

    assert again.count(planned(TRUE), CLOCK) == 1
    again.close()


def test_a_list_of_too_many_fields_is_refused_before_anything_is_made(address: str) -> None:
    people = (ProfileRow(1, "u1", traits={"all": [{f"f{number}": "x" for number in range(1_601)}]}),)

    with pytest.raises(
        EngineError, match=r"would have 1,60[0-9] columns, and Postgres lets a table or type have 1,600"
    ):
        open_engine(address, schema_of(people, ()))


def test_names_that_come_when_the_columns_are_taken_go_into_maps(address: str) -> None:
    few = (ProfileRow(1, "u1", traits={"plan": "pro"}),)
    more = (ProfileRow(2, "u2", traits={"plan": "pro", "rare": "x", "seats": 0}),)
    catalogue = Catalogue()
    catalogue.observe_profiles(few)
    first = open_engine(address, catalogue.schema(trait_room=Room(1)))
    first.load(few, ())
    catalogue.observe_profiles(more)
    first.close()
    second = open_engine(address, catalogue.schema(trait_room=Room(1)))
    second.load(more, ())

    assert second.members(planned(PRO), CLOCK).to_pylist() == ["u1", "u2"]
    assert second.members(planned(compare(trait("rare"), "eq", text("x"))), CLOCK).to_pylist() == ["u2"]
    assert second.members(planned(compare(trait("seats"), "lte", num(0))), CLOCK).to_pylist() == ["u2"]
    second.close()


def test_engines_that_open_one_namespace_at_once_wait_for_each_other(address: str) -> None:
    def opened(_: int) -> int:
        one = open_engine(address, SCHEMA)
        try:
            return one.count(planned(TRUE), CLOCK)
        finally:
            one.close()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(opened, range(4))) == [0] * 4


ODD = {
    "client_encoding": "LATIN1",
    "default_transaction_isolation": "serializable",
    "standard_conforming_strings": "off",
    "DateStyle": "German",
    "TimeZone": "Asia/Tokyo",
    "array_nulls": "off",
    "search_path": "pg_catalog",
}


@pytest.fixture
def odd_address() -> Iterator[str]:
    """Give the address of a namespace of an odd name, for somebody of odd settings."""
    url = throwaway().set(drivername="postgresql")
    name = f"odd_{time.monotonic_ns()}"
    space = f'{name} 東京 \\ %s %(p0)s "x"'
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        connection.execute(f"CREATE ROLE {name} SUPERUSER LOGIN".encode())
        for setting, value in ODD.items():
            connection.execute(f"ALTER ROLE {name} SET {setting} = '{value}'".encode())
    theirs = url.set(username=name).update_query_dict({"schema": space})
    yield theirs.render_as_string(hide_password=False).removeprefix("postgresql:")
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        quoted = space.replace('"', '""')
        connection.execute(f'DROP SCHEMA IF EXISTS "{quoted}" CASCADE; DROP ROLE {name}'.encode())


def test_the_settings_of_a_role_change_no_answer(odd_address: str) -> None:
    traits = {"plan": "é🙂\\", "at": "2024-06-30T23:30:00Z", "tags": ["a", {"deep": [1, "NULL"]}, 5]}
    people = (ProfileRow(1, "東京", first_seen=0, traits=traits),)
    engine = open_engine(odd_address, schema_of(people, EVENTS))
    engine.load(people, EVENTS)
    instant = at("2024-06-30T23:30:00+00:00")
    for each in (
        compare(trait("plan"), "eq", text("é🙂\\")),
        compare(trait("at"), "eq", instant),
        compare(trait("tags"), "eq", num(5)),
        compare(trait("tags.deep"), "eq", text("NULL")),
    ):
        assert engine.members(planned(each), CLOCK).to_pylist() == ["東京"], each
    assert engine.members(planned(compare(trait("plan"), "eq", text("é🙂"))), CLOCK).to_pylist() == []
    engine.close()


def test_engines_of_an_odd_role_wait_for_each_other_too(odd_address: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(lambda _: open_engine(odd_address, SCHEMA), range(4)))
    for engine in engines:
        engine.close()


@pytest.mark.parametrize("name", ["50%", "%s", "%(p0)s", "%%", '100% "x"'])
def test_names_may_hold_what_the_driver_takes_for_parameters(address: str, name: str) -> None:
    """An analyst's own tables and columns are called what they are called."""
    profiles = replace(SCHEMA.profiles, table=f"people {name}", external_id=f"id {name}")
    fields = {**profiles.fields, "external_id": profiles.external_id, "is_anonymous": f"anonymous {name}"}
    events = replace(SCHEMA.events, table=f"events {name}", event=f"event {name}", time=f"ts {name}")
    named = replace(SCHEMA, profiles=replace(profiles, fields=fields), events=events)
    engine = open_engine(address, named)
    engine.load(PEOPLE, EVENTS)
    bought = planned(And((PRO, metric(Count(), Compare("gte", num(1))))))

    assert engine.members(bought, CLOCK).to_pylist() == ["u1"]
    assert engine.members(planned(TRUE), CLOCK, Limits(rows=5)).to_pylist() == ["u1", "u2"]
    assert engine.count(planned(metric(Count(), Compare("gte", num(1)))), CLOCK) == 1
    engine.close()


# --- walls ------------------------------------------------------------------------------------------------------
def test_a_query_is_checked_before_it_runs(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    made = BACKEND.generate(planned(PRO), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql="SELECT COUNT(*) FROM pg_class"))

    with pytest.raises(InternalError, match="query check"):
        engine.count(planned(PRO), CLOCK)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("WITH gone AS (DELETE FROM profiles RETURNING 1) SELECT COUNT(*) FROM gone", "in a read-only transaction"),
        ("SELECT nextval('counted')", r"cannot execute nextval\(\) in a read-only transaction"),
        ("CREATE TABLE x AS SELECT 1", "cannot execute CREATE TABLE AS in a read-only transaction"),
        ("SELECT set_config('transaction_read_only', 'off', true)", "read-write mode must be set before any query"),
    ],
)
def test_a_query_can_only_read(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch, statement: str, message: str
) -> None:
    """Statements that would be fine, and give a number, if they might write."""
    with engine._place.connection() as connection:
        connection.execute("CREATE SEQUENCE counted")
    engine.load(PEOPLE, EVENTS)
    made = BACKEND.generate(planned(TRUE), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql=statement, parameters=()))
    monkeypatch.setattr(client, "check_query", lambda *_: None)

    with pytest.raises(EngineError, match=message):
        engine.count(planned(TRUE), CLOCK)
    monkeypatch.undo()
    assert engine.count(planned(TRUE), CLOCK) == 2


# --- limits -----------------------------------------------------------------------------------------------------
def _slow(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch, sql: str) -> None:
    made = BACKEND.generate(planned(TRUE), SCHEMA, "count")
    monkeypatch.setattr(engine._queries, "_one", lambda *_: replace(made, sql=sql, parameters=()))
    monkeypatch.setattr(client, "check_query", lambda *_: None)


def test_a_query_that_takes_too_long_is_stopped(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    _slow(engine, monkeypatch, "SELECT COUNT(*) FROM generate_series(1, 10000000000)")

    with pytest.raises(EngineError, match=r"0\.2 s") as caught:
        engine.count(planned(TRUE), CLOCK, Limits(seconds=0.2))

    assert caught.value.limit == "seconds"
    monkeypatch.undo()
    assert engine.count(planned(TRUE), CLOCK) == 0


@pytest.mark.parametrize("seconds", [0.000001, 0, -1])
def test_a_time_that_is_up_at_once_ends_short_queries_too(engine: PostgresEngine, seconds: float) -> None:
    with pytest.raises(EngineError) as caught:
        engine.count(planned(TRUE), CLOCK, Limits(seconds=seconds))

    assert caught.value.limit == "seconds"


def test_more_rows_than_the_limit_are_an_error(engine: PostgresEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    assert len(engine.members(planned(TRUE), CLOCK, Limits(rows=2))) == 2
    with pytest.raises(EngineError) as caught:
        engine.members(planned(TRUE), CLOCK, Limits(rows=1))
    assert caught.value.limit == "rows"
    assert engine.count(planned(TRUE), CLOCK, Limits(rows=1)) == 2


def test_memory_is_shared_out_among_the_steps_of_a_query() -> None:
    shown = [client._settings(Limits(memory_bytes=size))["work_mem"] for size in (1, 1 << 20, 1 << 30, 1 << 60)]

    assert shown == ["64", "256", "262144", "1048576"]
    assert "work_mem" not in client._settings(Limits(memory_bytes=None))
    assert "statement_timeout" not in client._settings(Limits(seconds=None))


def test_after_a_failure_the_next_query_is_answered(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load(PEOPLE, EVENTS)
    for _ in range(20):
        _slow(engine, monkeypatch, "SELECT 1 / 0")
        with pytest.raises(EngineError, match="division by zero"):
            engine.count(planned(TRUE), CLOCK)
        monkeypatch.undo()
        assert engine.count(planned(TRUE), CLOCK) == 2


def test_a_connection_that_broke_is_replaced(engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load(PEOPLE, EVENTS)
    _slow(engine, monkeypatch, "SELECT pg_terminate_backend(pg_backend_pid())")
    with pytest.raises(EngineError, match=r"The connection to Postgres broke off: .*terminating connection"):
        engine.count(planned(TRUE), CLOCK)
    with pytest.raises(EngineError, match="broke off"):
        engine.members(planned(TRUE), CLOCK, Limits(rows=5))
    monkeypatch.undo()

    assert engine.count(planned(TRUE), CLOCK) == 2


def test_rows_come_one_by_one_where_they_cannot_come_in_chunks(
    engine: PostgresEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    stream = psycopg.Cursor.stream

    def old(self: Any, query: Any, params: Any, *, size: int = 1) -> Any:
        sizes.append(size)
        return stream(self, query, params)

    monkeypatch.setattr(psycopg.Cursor, "stream", old)
    engine.load(PEOPLE, EVENTS)
    for can in (False, True):
        monkeypatch.setattr(psycopg.capabilities, "has_stream_chunked", lambda can=can, **_: can)
        assert engine.members(planned(TRUE), CLOCK, Limits(rows=5)).to_pylist() == ["u1", "u2"]

    assert sizes == [1, 10_000]


def test_threads_share_an_engine(engine: PostgresEngine) -> None:
    engine.load(PEOPLE, EVENTS)

    def ask(number: int) -> Any:
        if number % 3 == 0:
            with pytest.raises(EngineError):
                engine.members(planned(TRUE), CLOCK, Limits(rows=1))
        return engine.members(planned(PRO), CLOCK).to_pylist()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(100))) == [["u1"]] * 100


def test_who_may_only_read_can_open_what_is_complete(address: str) -> None:
    reading = f"{address}&options=-c%20default_transaction_read_only%3Don"
    open_engine(address, SCHEMA).close()
    opened = open_engine(reading, SCHEMA)
    assert opened.count(planned(TRUE), CLOCK) == 0
    opened.close()

    with pytest.raises(EngineError, match="cannot be made or changed"):
        open_engine(reading, schema_of((ProfileRow(1, "u1", traits={"new": 1}),), EVENTS))
