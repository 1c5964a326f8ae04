"""Where a ClickHouse database is: in this process, in memory or in a folder, or on a server; and its connections.

Kept apart from running queries, which is the same everywhere. It could go wrong by opening a server whose times do
not reach as far as ours, so that is tried before anything else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from uuid import uuid4

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError
from sqlglot import exp

from muster.backends.base import EngineError, Parameter
from muster.backends.clickhouse.ddl import create_database, drop
from muster.backends.clickhouse.dialect import ClickHouseDialect, call
from muster.backends.clickhouse.process import PROCESS
from muster.backends.clickhouse.sessions import Settings
from muster.compiler.messages import clickhouse as say

_DIALECT = ClickHouseDialect()
_DATABASE = "muster"
_HTTP, _HTTPS = 8123, 8443
_WRITES: Settings = (("max_partitions_per_insert_block", "0"),)  # a load may hold all months there are
# What this process acknowledges is on disk: by default nothing is synced (RELIABILITY.md F28).
_DURABLE: Settings = (("fsync_after_insert", "1"), ("fsync_part_directory", "1"))
_FIRST_AND_LAST = ("0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999")
_THEIR_MICROS = (-62_135_596_800_000_000, 253_402_300_799_999_999)


class Place(ABC):
    """A database, and how to connect to it. `writing`: the settings of a connection that writes there."""

    in_process: bool
    writing: Settings

    @abstractmethod
    def open_client(self, settings: Settings) -> Client:
        """Open a connection with settings."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; what was in memory is gone."""

    @abstractmethod
    def check(self) -> None:
        """Raise EngineError where it cannot be used any more."""


class InProcess(Place):
    """A database of the engine in this process."""

    in_process = True

    def __init__(self, folder: str) -> None:
        self._place = PROCESS.enter(folder)
        self._in_memory = not folder
        self.writing = _WRITES if self._in_memory else _WRITES + _DURABLE
        self._database = f"{_DATABASE}_{uuid4().hex}" if self._in_memory else _DATABASE
        self._keeper: Client | None = None  # what is in memory goes with the last connection
        try:
            self._keeper = self._client((), None)
            self._keeper.command(_DIALECT.write(create_database(self._database)))
        except BaseException:
            self._leave()
            raise

    def open_client(self, settings: Settings) -> Client:
        """Open a connection of its own; settings of one do not reach another."""
        return self._client(settings, self._database)

    def close(self) -> None:
        """Drop what was in memory, and let go of the folder."""
        if self._keeper is None:
            return
        try:
            if self._in_memory:
                self._keeper.command(_DIALECT.write(drop("DATABASE", self._database)))
        finally:
            self._leave()

    def check(self) -> None:
        """Raise EngineError in a forked child."""
        PROCESS.check()

    def _leave(self) -> None:
        if self._keeper is not None:
            self._keeper.close()
            self._keeper = None
        PROCESS.leave()

    def _client(self, settings: Settings, database: str | None) -> Client:
        PROCESS.check()
        options: dict[str, Any] = {"interface": "chdb", "path": self._place, "database": database}
        try:
            client = clickhouse_connect.get_client(**options)
        except ImportError as error:
            raise EngineError(say.not_installed("chdb-core", "chdb")) from error
        for name, value in settings:
            client.set_client_setting(name, value)
        return client


class OnServer(Place):
    """A database on a server, over HTTP."""

    in_process = False
    writing = _WRITES

    def __init__(self, location: str) -> None:
        url = urlsplit(f"clickhouse:{location}")
        try:
            port = url.port
        except ValueError:
            port = -1
        if not url.hostname or port == -1:
            raise EngineError(say.no_address(f"clickhouse:{location}"))
        self._where = f"{url.hostname}:{port or ''}".rstrip(":")
        self._options = _options(url, port)
        client = self.open_client(())
        try:
            _check_times(client)
        finally:
            client.close()

    def open_client(self, settings: Settings) -> Client:
        """Open a connection; its settings go with every request."""
        try:
            return clickhouse_connect.get_client(**self._options, settings=dict(settings))
        except ClickHouseError as error:
            raise EngineError(say.no_server(self._where, str(error).splitlines()[0])) from error

    def close(self) -> None:
        """Leave the server as it is."""

    def check(self) -> None:
        """Do nothing: a server answers for itself."""


def open_place(location: str) -> Place:
    """Open a place: `//host:port/database` is a server's, anything else a folder, "" memory."""
    return OnServer(location) if location.startswith("//") else InProcess(location)


def _options(url: SplitResult, port: int | None) -> dict[str, Any]:
    secure = parse_qs(url.query).get("secure", ["false"])[-1].lower() in {"1", "true", "yes"}
    return {
        "host": url.hostname,
        "port": port or (_HTTPS if secure else _HTTP),
        "username": unquote(url.username or "default"),
        "password": unquote(url.password or ""),
        "database": unquote(url.path.strip("/")) or "default",
        "secure": secure,
        "form_encode_query_params": True,  # long lists are parameters, and addresses have a limit
        "autogenerate_session_id": False,  # a session lets one query run at a time
    }


def _check_times(client: Client) -> None:
    ends = {f"p{index}": text for index, text in enumerate(_FIRST_AND_LAST)}
    asked = [
        call("toUnixTimestamp64Micro", _DIALECT.parameter(Parameter(name, "time", end))) for name, end in ends.items()
    ]
    found = client.query(_DIALECT.write(exp.Select(expressions=asked)), parameters=ends)
    if tuple(found.result_rows[0]) != _THEIR_MICROS:
        raise EngineError(say.times_are_cut(str(client.server_version)))
