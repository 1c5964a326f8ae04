"""Where a database is: what a location means, and what is said where none can be."""

from __future__ import annotations

import logging
import socket
import sys
from pathlib import Path
from typing import Any

import clickhouse_connect
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muster.backends.base import EngineError, Limits
from muster.backends.clickhouse import BACKEND, places
from muster.backends.clickhouse.client import open_engine
from muster.backends.clickhouse.places import InProcess, OnServer, open_place, reason
from muster.backends.clickhouse.sessions import reading
from muster.compiler.expr import TRUE
from muster.compiler.planner import plan
from tests.cases import CLOCK
from tests.clickhouse_server import address, serving
from tests.sql_text import PEOPLE, SCHEMA

EVERYONE = plan(TRUE, TRUE)


# --- locations --------------------------------------------------------------------------------------------------
def test_a_location_with_two_slashes_is_a_servers(server: str, tmp_path: Path) -> None:
    for location, kind, durable in (
        (address(server, "default"), OnServer, False),
        ("", InProcess, False),
        (str(tmp_path / "a"), InProcess, True),
    ):
        place = open_place(location)
        assert isinstance(place, kind)
        assert place.durable is durable
        assert place.in_process is (kind is InProcess)
        assert not place.is_lost()
        place.close()


@pytest.mark.parametrize("location", ["///default", "//:8123/x", "//host:port/x", "//host:99999/x"])
def test_an_address_without_sense_is_refused(location: str) -> None:
    with pytest.raises(EngineError, match=r"is no address of a ClickHouse server; one looks like clickhouse://"):
        open_place(location)


@settings(max_examples=15)
@given(st.text("/?#@:&=%[] +'\"", max_size=4), st.text("/?#@:&=%[] +'\"", max_size=4))
@example("", "/12@")
@example("1?", "")
@example("[", "")
def test_what_is_said_of_an_address_has_no_password(before: str, after: str) -> None:
    """Of one that nobody answers, or that is none; a password that holds what an address is made of included."""
    for location in (f"//me:{before}Geheim{after}@127.0.0.1:1/x", f"//127.0.0.1:1/x?password={before}Geheim{after}"):
        with pytest.raises(EngineError) as caught:
            open_place(location)

        assert "geheim" not in str(caught.value).lower(), location


def test_an_address_becomes_options(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def refuse(**options: Any) -> None:
        asked.append(options)
        raise clickhouse_connect.driver.exceptions.OperationalError("no")

    monkeypatch.setattr(clickhouse_connect, "get_client", refuse)
    wanted = ("host", "port", "username", "password", "database", "secure")
    for location, expected in {
        "//h": ("h", 8123, "default", "", "default", False),
        "//h?secure=true": ("h", 8443, "default", "", "default", True),
        "//u%40v:p%2Fw%3A@h:9/d%C3%A9/?secure=1": ("h", 9, "u@v", "p/w:", "dé", True),
        "//[::1]:9/d?secure=no": ("::1", 9, "default", "", "d", False),
    }.items():
        with pytest.raises(EngineError, match="No ClickHouse server answers at"):
            open_place(location)
        assert tuple(asked[-1][each] for each in wanted) == expected


@pytest.mark.parametrize(("limits", "seconds"), [(Limits(600), 630), (Limits(None), 86_430), (Limits(0.1), 30)])
def test_the_driver_waits_longer_than_the_query_may_take(
    server: str, monkeypatch: pytest.MonkeyPatch, limits: Limits, seconds: int
) -> None:
    place = OnServer(address(server, "default"))
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(clickhouse_connect, "get_client", lambda **options: asked.append(options))
    place.open_client(reading(limits))

    assert asked[0]["send_receive_timeout"] == seconds


# --- in this process --------------------------------------------------------------------------------------------
def test_what_is_in_memory_belongs_to_one_engine_and_is_gone_with_it() -> None:
    first, second = open_engine("", SCHEMA), open_engine("", SCHEMA)
    first.load(PEOPLE, ())

    assert (first.count(EVERYONE, CLOCK), second.count(EVERYONE, CLOCK)) == (2, 0)
    first.close()
    with second._sessions.lend(()) as client:
        databases = {row[0] for row in client.query("SHOW DATABASES").result_rows}
    assert len([each for each in databases if each.startswith("muster_")]) == 1
    second.close()


def test_a_folder_keeps_what_was_loaded(tmp_path: Path) -> None:
    location = str(tmp_path / "it's é %2F")
    first = BACKEND.connect(location, SCHEMA)
    first.load(PEOPLE, ())
    first.close()

    second = BACKEND.connect(location, SCHEMA)
    assert second.members(EVERYONE, CLOCK).to_pylist() == ["u1", "u2"]
    second.close()


def test_a_folder_whose_name_would_be_read_as_options_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cannot hold a ClickHouse database: its name has a \"\?\""):
        open_engine(str(tmp_path / "a?mode=ro"), SCHEMA)

    assert list(tmp_path.iterdir()) == []


def test_an_old_engine_in_this_process_is_refused_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(places, "_FIRST_AND_LAST", ("1900-01-01 00:00:00.000000", "2299-12-31 23:59:59.999999"))

    with pytest.raises(EngineError, match="cuts times before 1900"):
        open_engine("", SCHEMA)
    monkeypatch.undo()
    open_engine(str(tmp_path / "a"), SCHEMA).close()


def test_a_setting_that_the_engine_does_not_know_leaves_no_connection_behind() -> None:
    place = InProcess("")

    with pytest.raises(clickhouse_connect.driver.exceptions.ClickHouseError):
        place.open_client((("no_such_setting", "1"),))
    place.close()
    place.close()


def test_a_missing_engine_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.split(".")[0] == "chdb"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "clickhouse_connect.driver._chdbclient", raising=False)
    monkeypatch.delitem(sys.modules, "clickhouse_connect.driver._backend.chdb_backend", raising=False)
    monkeypatch.setitem(sys.modules, "chdb", None)

    with pytest.raises(EngineError, match=r"chdb-core, which is not installed.*pip install '\.\[chdb\]'"):
        open_engine("", SCHEMA)


# --- on a server ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("database", "password", "said"),
    [("nowhere", "", "UNKNOWN_DATABASE"), ("default", "wrong", "AUTHENTICATION_FAILED")],
)
def test_a_server_that_refuses_is_heard(server: str, database: str, password: str, said: str) -> None:
    where = address(server, database, password) if password else address(server, database)

    told = (
        rf"^The ClickHouse server at {server} does not let us in: Code: \d+\. DB::Exception: .*{said}\); check the user"
    )
    with pytest.raises(EngineError, match=told) as caught:
        open_engine(where, SCHEMA)
    assert "http" not in str(caught.value)


def test_where_nobody_listens_the_place_and_the_reason_are_said(caplog: pytest.LogCaptureFixture) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with caplog.at_level(logging.CRITICAL), pytest.raises(EngineError) as caught:
            open_engine(f"//me:secret@127.0.0.1:{port}/x", SCHEMA)

    assert str(caught.value) == f"No ClickHouse server answers at 127.0.0.1:{port}: [Errno 111] Connection refused"
    assert logging.getLogger("clickhouse_connect").handlers  # the driver does not write to stderr beside us


def test_what_is_no_clickhouse_is_no_clickhouse() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        from threading import Thread  # noqa: PLC0415 (only here)

        def answer() -> None:
            for _ in range(4):
                try:
                    connection, _ = mute.accept()
                except OSError:
                    return
                connection.recv(65_536)
                connection.sendall(b"220 mail.example ESMTP\r\n")
                connection.close()

        Thread(target=answer, daemon=True).start()
        with pytest.raises(EngineError, match=r"^No ClickHouse server answers at 127\.0\.0\.1:"):
            open_engine(f"//127.0.0.1:{mute.getsockname()[1]}/x", SCHEMA)


def test_a_server_whose_times_are_cut_is_refused() -> None:
    with serving("--old") as where, pytest.raises(EngineError, match=r"ClickHouse [0-9.]+ cuts times before 1900"):
        open_engine(address(where, "default"), SCHEMA)


def test_an_answer_that_breaks_off_is_an_error_and_not_fewer_members() -> None:
    with serving("--cut") as where:
        engine = open_engine(address(where, "default"), SCHEMA)
        ids = [f"u{number:06}" for number in range(100_000)]
        engine.append("profiles", pa.table({"pid": list(range(100_000)), "external_id": ids}))
        with pytest.raises(EngineError, match="ClickHouse failed"):
            engine.members(EVERYONE, CLOCK)
        engine.close()


def test_a_server_that_goes_away_is_an_error_of_the_engine() -> None:
    with serving() as where:
        engine = open_engine(address(where, "default"), SCHEMA)
        assert engine.count(EVERYONE, CLOCK) == 0
    with pytest.raises(EngineError, match=r"ClickHouse failed: "):
        engine.count(EVERYONE, CLOCK)
    engine.close()


def test_settings_of_one_connection_do_not_reach_another(server: str) -> None:
    place = OnServer(address(server, "default"))
    narrow, wide = place.open_client((("max_result_rows", "5"),)), place.open_client(())
    asked = "SELECT getSetting('max_result_rows')"

    assert [client.query(asked).result_rows for client in (narrow, wide, narrow)] == [[(5,)], [(0,)], [(5,)]]


def test_the_reason_is_the_engines_or_that_of_the_network_below() -> None:
    refused = clickhouse_connect.driver.exceptions.DatabaseError("driver, server response: Code: 1. No", code=1)
    lost = clickhouse_connect.driver.exceptions.OperationalError("driver")
    lost.__cause__ = OSError("gone\nfor ever")
    lost.__cause__.__cause__ = TimeoutError()

    assert reason(refused) == "Code: 1. No"
    assert reason(lost) == "TimeoutError"
    lost.__cause__.__cause__ = None
    assert reason(lost) == "gone"
