"""Where a Postgres database is: on a server, or for "" on one of this process's own.

Kept apart from running queries, which is the same everywhere. A project's tables lie in a namespace of their own
(`?schema=NAME`), and a connection sees no other. It can go wrong by a server that reads text otherwise than we write
it, so that is looked at first, and by telling a password in a message.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from uuid import uuid4

import psycopg
from psycopg import Cursor, IsolationLevel
from psycopg.types.string import StrDumper
from sqlalchemy import Engine as Pool
from sqlalchemy import create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import PoolProxiedConnection

from muster.backends.base import EngineError, Parameter
from muster.backends.postgres.ddl import (
    LONGEST_NAME,
    create_namespace,
    drop_namespace,
    set_for_transaction,
)
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import LOCK_SECONDS, failures, first_line, refusal
from muster.backends.postgres.throwaway import throwaway
from muster.backends.sql.names import Sql
from muster.compiler.messages import postgres as told

_DIALECT = PostgresDialect()
_NAMESPACE = "muster"
_OLDEST = 140_000  # EXTRACT is exact since 14
_CONNECT_SECONDS, _WAIT_SECONDS = "10", 30
# Of every transaction: behind a proxy the next one may be on another connection to the server.
_SETTINGS = {
    "DateStyle": "ISO",
    "TimeZone": "UTC",
    "standard_conforming_strings": "on",
    "jit": "off",  # a query's text is new to it each time
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": "10min",
}


# Who waited for a lock sees what was made meanwhile; who looks twice sees one thing.
_CURRENT, _STEADY = IsolationLevel.READ_COMMITTED, IsolationLevel.REPEATABLE_READ
_TOLD = {"standard_conforming_strings": "on", "server_encoding": "UTF8", "client_encoding": "UTF8"}


class Place:
    """A namespace of a database, and connections to it. Threads may share it.

    `names_namespace`: its address says which; else it is the one that we give to our own tables.
    """

    def __init__(self, location: str, *, namespace: str | None = None) -> None:
        """Connect to a place; its address may name the namespace, and does unless `namespace` is another than ours."""
        self._temporary = not location
        url = _url(location) if location else throwaway()
        query = dict(url.query)
        self.names_namespace = "schema" in query
        self.namespace = str(query.pop("schema", namespace or (_NAMESPACE if location else f"muster_{uuid4().hex}")))
        if len(self.namespace.encode()) > LONGEST_NAME or self.namespace == "$user":  # cut, or another one, silently
            raise EngineError(told.no_namespace(LONGEST_NAME))
        path = f'"{self.namespace.replace(chr(34), chr(34) * 2)}"'
        self._settings = {**_SETTINGS, "search_path": path}
        self._pool = _pool(url.set(query=query))
        try:
            with self.connection() as connection:
                self._check(connection)
                if self._temporary:
                    run(connection.cursor(), create_namespace(self.namespace))
        except BaseException:
            self._pool.dispose()
            raise

    @contextmanager
    def connection(self, *, steady: bool = False, **settings: str) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection in a transaction with settings; what is not committed is undone.

        `steady`: all its statements see the tables as they were at the first.
        """
        try:
            lent = self._pool.raw_connection()
        except (ArgumentError, psycopg.ProgrammingError):
            raise EngineError(told.no_address()) from None  # they repeat a part of the address
        except psycopg.Error as error:
            refused = refusal(error)
            raise EngineError(
                told.no_server(first_line(error)) if refused is None else told.refused(refused)
            ) from error
        except PoolTimeout as error:
            raise EngineError(told.all_in_use(_WAIT_SECONDS)) from error
        connection: Any = lent.driver_connection
        try:
            with failures():
                connection.isolation_level = _STEADY if steady else _CURRENT
                _set(connection, self._settings | settings)
            yield connection
            with failures():
                connection.commit()
        except BaseException:
            _undo(lent, connection)
            raise
        finally:
            lent.close()

    @contextmanager
    def outside(self) -> Iterator[psycopg.Connection[Any]]:
        """Lend a connection on which each statement is by itself, for those that may not be in a transaction."""
        with self.connection() as connection:
            connection.commit()
            connection.autocommit = True
            try:
                path = _settings_text(("search_path",), local=False)
                connection.execute(path, {"p0": self._settings["search_path"]})
                yield connection
            finally:
                connection.autocommit = False

    def close(self) -> None:
        """Drop what was temporary, and let go of the connections."""
        try:
            if self._temporary:
                with failures(), self.connection() as connection:
                    run(connection.cursor(), drop_namespace(self.namespace))
        finally:
            self._pool.dispose()

    def _check(self, connection: psycopg.Connection[Any]) -> None:
        info = connection.info
        if info.server_version < _OLDEST:
            raise EngineError(told.too_old(info.server_version // 10_000, _OLDEST // 10_000))
        for name, wanted in _TOLD.items():
            found = info.parameter_status(name)
            if found != wanted:
                raise EngineError(told.other_setting(name, str(found), wanted))


def run(cursor: Cursor[Any], statement: Sql) -> Cursor[Any]:
    """Run a statement of ours, with parameters if only none, as the dialect writes it."""
    return cursor.execute(_DIALECT.write(statement), ())


def _set(connection: psycopg.Connection[Any], settings: Mapping[str, str]) -> None:
    """Set all in one go. The values are parameters: how a text is read is among what is set."""
    connection.execute(_settings_text(tuple(settings)), {f"p{at}": each for at, each in enumerate(settings.values())})


@lru_cache(maxsize=64)
def _settings_text(names: tuple[str, ...], *, local: bool = True) -> str:
    values = {name: _DIALECT.parameter(Parameter(f"p{at}", "str", "")) for at, name in enumerate(names)}
    return _DIALECT.write(set_for_transaction(values, local=local))


def _undo(lent: PoolProxiedConnection, connection: psycopg.Connection[Any]) -> None:
    """Roll back, or give a connection up on which that fails; what it was lent for has failed before, and says why."""
    try:
        connection.rollback()
    except psycopg.Error:
        lent.invalidate()


def _pool(url: URL) -> Pool:
    pool = create_engine(
        url,
        pool_reset_on_return=None,
        pool_pre_ping=True,  # a server that was started again has closed all of them
        pool_timeout=_WAIT_SECONDS,
        connect_args={"connect_timeout": _CONNECT_SECONDS, "client_encoding": "utf8"},
    )

    @event.listens_for(pool, "connect")
    def connected(driver: psycopg.Connection[Any], _: object) -> None:
        driver.prepare_threshold = None  # a prepared statement's plan would not know the values
        driver.adapters.register_dumper(str, StrDumper)  # text is text, also where Postgres could take it for more

    return pool


def _url(location: str) -> URL:
    """Read an address; the driver is always the same."""
    try:
        url = make_url(f"postgresql:{location}")
    except (ArgumentError, ValueError):
        raise EngineError(told.no_address()) from None  # it may repeat a password
    who_and_host, *others = re.split("[/?#]", location.removeprefix("//"), maxsplit=1)
    ended_early = who_and_host.count("@") > 1 or "@" in "".join(others)  # a password did, and would be the host
    if ended_early or not location.startswith("//"):
        raise EngineError(told.no_address())
    return url.set(drivername="postgresql+psycopg")
