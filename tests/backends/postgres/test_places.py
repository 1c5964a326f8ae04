"""Addresses, and what is looked at before a server is trusted; nothing that is told holds a password."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from muster.backends.base import EngineError
from muster.backends.postgres import places
from muster.backends.postgres.places import Place
from muster.backends.postgres.throwaway import throwaway


@pytest.fixture
def place() -> Iterator[Place]:
    opened = Place("")
    yield opened
    opened.close()


@pytest.mark.parametrize("location", ["/somewhere", "here", "//host:port/base"])
def test_what_is_no_address_is_said_so(location: str) -> None:
    with pytest.raises(EngineError, match="no address of a Postgres server"):
        Place(location)


@pytest.mark.parametrize("name", ["a" * 64, "%24user"])
def test_a_namespace_that_would_be_another_one_is_refused(name: str) -> None:
    with pytest.raises(EngineError, match="at most 63 bytes"):
        Place(f"//me@127.0.0.1:1/base?schema={name}")


def test_a_server_that_is_not_there_is_said_so_without_the_password() -> None:
    with pytest.raises(EngineError, match="cannot be reached: connection") as caught:
        Place("//me:secret@127.0.0.1:1/base")

    assert "secret" not in str(caught.value)


def _location(username: str | None = None, password: str | None = None, database: str | None = None) -> str:
    url = throwaway().set(drivername="postgresql", username=username, password=password, database=database)
    return url.render_as_string(hide_password=False).removeprefix("postgresql:")


@pytest.fixture(scope="module")
def _asks_for_a_password() -> None:
    """Have the server ask one user for a password, and let everybody else in as before."""
    with psycopg.connect(f"postgresql:{_location()}", autocommit=True) as connection:
        (rules,) = connection.execute("SHOW hba_file").fetchone() or ()
        path = Path(rules)
        path.write_text(f"local all careful scram-sha-256\n{path.read_text()}", encoding="utf-8")
        connection.execute("CREATE ROLE careful LOGIN PASSWORD 'Geheim'")
        connection.execute("SELECT pg_reload_conf()")
    for _ in range(100):
        try:
            psycopg.connect(f"postgresql:{_location(username='careful')}").close()
        except psycopg.OperationalError:
            return
        time.sleep(0.1)
    pytest.fail("the server asks nobody for a password")


@pytest.mark.usefixtures("_asks_for_a_password")
@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"username": "nobody"}, 'role "nobody" does not exist'),
        ({"database": "nowhere"}, 'database "nowhere" does not exist'),
        ({"username": "careful", "password": "Gehalt"}, 'password authentication failed for user "careful"'),
        ({"username": "careful"}, "no password supplied"),
    ],
    ids=["user", "database", "password", "no password"],
)
def test_a_server_that_lets_nobody_in_is_no_server_that_is_not_there(other: dict[str, str], said: str) -> None:
    with pytest.raises(EngineError) as caught:
        Place(_location(**other))

    assert str(caught.value) == (
        f"The Postgres server does not let us in: {said}; "
        "check the user, the password and the database of postgresql://user:password@host:5432/database."
    )


@settings(max_examples=15)
@given(st.text("/?#@:&=%[] +'\"", max_size=4), st.text("/?#@:&=%[] +'\"", max_size=4))
@example("@", "")
@example("@[", "]")
@example("&", "=")
@example("", "@")
@example("/", ":")
def test_what_is_said_of_an_address_has_no_password(before: str, after: str) -> None:
    for address in (f"//me:{before}Geheim{after}@127.0.0.1:1/x", f"//127.0.0.1:1/x?password={before}Geheim{after}"):
        with pytest.raises(EngineError) as caught:
            Place(address)

        assert "geheim" not in str(caught.value).lower(), address


def test_a_connection_sees_its_own_namespace_only(place: Place) -> None:
    other = Place("")
    with place.connection() as mine:
        mine.execute("CREATE TABLE only_here (i INT)")
    with place.connection() as mine:
        assert mine.execute("SELECT COUNT(*) FROM only_here").fetchone() == (0,)
    with other.connection() as theirs:
        found = theirs.execute("SELECT to_regclass('only_here')").fetchone()
    other.close()

    assert found == (None,)


def test_what_is_not_committed_is_undone(place: Place) -> None:
    def half() -> None:
        with place.connection() as connection:
            connection.execute("CREATE TABLE half (i INT)")
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        half()
    with place.connection() as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_more_at_once_than_there_are_connections_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_WAIT_SECONDS", 0)
    place = Place("")

    def ask(depth: int) -> None:
        with place.connection():
            ask(depth + 1)

    with pytest.raises(EngineError, match="in use for 0 s"):
        ask(0)
    place.close()


def test_a_temporary_namespace_ends_with_its_place() -> None:
    place, other = Place(""), Place("")
    name = place.namespace
    place.close()
    with other.connection() as connection:
        found = connection.execute("SELECT COUNT(*) FROM pg_namespace WHERE nspname = %s", (name,)).fetchone()
    other.close()

    assert found == (0,)


SHOWN = ("standard_conforming_strings", "TimeZone", "DateStyle", "lock_timeout", "search_path")


def shown(place: Place) -> dict[str, Any]:
    with place.connection() as connection:
        return {name: connection.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in SHOWN}


def test_the_settings_that_meaning_hangs_on_are_made_for_each_transaction(place: Place) -> None:
    """Behind a proxy the next transaction is on another connection, and others use this one after us."""
    before = shown(place)
    lent = place._pool.raw_connection()
    driver: Any = lent.driver_connection
    left = {driver.execute(f"SHOW {name}").fetchone() for name in ("search_path", "lock_timeout")}
    driver.rollback()
    driver.autocommit = True
    driver.execute("DISCARD ALL")
    driver.autocommit = False
    lent.close()

    assert left == {('"$user", public',), ("0",)}
    assert before == shown(place)
    assert before == {
        "standard_conforming_strings": ("on",),
        "TimeZone": ("UTC",),
        "DateStyle": ("ISO, MDY",),
        "lock_timeout": ("10s",),
        "search_path": (f'"{place.namespace}"',),
    }


def test_more_settings_are_made_for_one_transaction(place: Place) -> None:
    with place.connection(work_mem="64") as connection:
        assert connection.execute("SHOW work_mem").fetchone() == ("64kB",)
    with place.connection() as connection:
        assert connection.execute("SHOW work_mem").fetchone() != ("64kB",)


def test_what_failed_is_said_even_if_the_connection_broke_meanwhile(place: Place) -> None:
    def half() -> None:
        with place.connection() as broken, place.connection() as other:
            other.execute("SELECT pg_terminate_backend(%s)", (broken.info.backend_pid,))
            other.commit()
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        half()
    assert shown(place)["TimeZone"] == ("UTC",)


def test_a_connection_that_breaks_before_the_end_is_an_error_of_ours(place: Place) -> None:
    with pytest.raises(EngineError, match="broke off"), place.connection() as broken, place.connection() as other:
        other.execute("SELECT pg_terminate_backend(%s)", (broken.info.backend_pid,))


def test_a_namespace_that_cannot_be_dropped_is_an_error_of_ours() -> None:
    place, other = Place(""), Place("")
    with place.connection() as connection:
        connection.execute("CREATE TABLE held (i INT)")
    place._settings["lock_timeout"] = "10ms"
    with other.connection() as connection:
        connection.execute(f'LOCK TABLE "{place.namespace}".held')
        with pytest.raises(EngineError, match="try again"):
            place.close()
    other.close()


def test_an_address_with_a_wrong_part_is_refused_without_repeating_it() -> None:
    with pytest.raises(EngineError, match="no address of a Postgres server") as caught:
        Place("//me:secret@host:port/base")

    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


class _Told:
    """What a server of other settings tells of itself."""

    def __init__(self, version: int, **settings: str) -> None:
        self.server_version = version
        self._settings = {
            "standard_conforming_strings": "on",
            "server_encoding": "UTF8",
            "client_encoding": "UTF8",
            **settings,
        }

    @property
    def info(self) -> _Told:
        """Tell of itself, as a connection does."""
        return self

    def parameter_status(self, name: str) -> str | None:
        """Tell a setting."""
        return self._settings.get(name)


@pytest.mark.parametrize(
    ("server", "words"),
    [
        (_Told(130_004), "Postgres 13; from 14 on"),
        (_Told(150_000, standard_conforming_strings="off"), "standard_conforming_strings = off"),
        (_Told(150_000, server_encoding="LATIN1"), "server_encoding = LATIN1"),
        (_Told(150_000, client_encoding="LATIN1"), "client_encoding = LATIN1"),
    ],
)
def test_a_server_that_would_answer_wrongly_is_refused(place: Place, server: Any, words: str) -> None:
    with pytest.raises(EngineError, match=words):
        place._check(server)
