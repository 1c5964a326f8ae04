"""Where a ClickHouse database is: in this process, in memory or in a folder, or on a server; and its connections.

Kept apart from running queries, which is the same everywhere. It could go wrong by opening a server whose times do
not reach as far as ours, so that is tried before anything else.
"""

from __future__ import annotations

import logging
import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit
from uuid import uuid4

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, Error
from sqlglot import exp

from muster.backends.base import EngineError, Parameter
from muster.backends.clickhouse.cluster import WRITING, Cluster, cluster_of, servers
from muster.backends.clickhouse.ddl import create_database, drop
from muster.backends.clickhouse.dialect import ClickHouseDialect, call
from muster.backends.clickhouse.process import PROCESS
from muster.backends.clickhouse.sessions import Settings
from muster.compiler.messages import clickhouse as say
from muster.compiler.messages.engine import failed, not_installed

logging.getLogger("clickhouse_connect").addHandler(logging.NullHandler())  # or it writes what it raises to stderr
_DIALECT = ClickHouseDialect()
_DATABASE = "muster"
_THEIRS = "default"
_HTTP, _HTTPS = 8123, 8443
_NO_START = "Error initializing EmbeddedServer"
_NOT_LET_IN = (81, 192, 193, 194, 516)  # no such database, no such user, a wrong password or none
_THEY_SAID = "server response: "
_KNOWN = ("cluster", "secure")  # options of a server's address
_OPTIONS = "?"  # what follows it in a folder's name the engine takes for options
_WRITES: Settings = (("max_partitions_per_insert_block", "0"),)  # a load may hold all months there are
_GRACE_SECONDS, _LONGEST_SECONDS = 30, 86_400  # to wait for a server after a query's limit, or without one
_FIRST_AND_LAST = ("0001-01-01 00:00:00.000000", "9999-12-31 23:59:59.999999")
_THEIR_MICROS = (-62_135_596_800_000_000, 253_402_300_799_999_999)


class Place(ABC):
    """A database, by name, and how to connect to it.

    `reading`, `writing`: the settings of a connection that does so there. `durable`: what is written shall be on disk
    at once. `cluster`: the servers it is spread over, if it is.
    """

    in_process: bool
    durable: bool
    database: str
    reading: Settings = ()
    writing: Settings = _WRITES
    cluster: Cluster | None = None

    @abstractmethod
    def open_client(self, settings: Settings) -> Client:
        """Open a connection with settings."""

    @abstractmethod
    def close(self) -> None:
        """Let go of it; what was in memory is gone."""

    @abstractmethod
    def check(self) -> None:
        """Raise EngineError where it cannot be used any more."""

    @abstractmethod
    def is_lost(self) -> bool:
        """Tell whether its connections may not even be closed."""


class InProcess(Place):
    """A database of the engine in this process."""

    in_process = True

    def __init__(self, folder: str, *, made: bool = True, database: str = _DATABASE) -> None:
        """`made`: the database is ours, and is made where it is missing; else it is the one that is always there."""
        if _OPTIONS in os.path.realpath(folder):
            raise EngineError(say.no_folder(folder, f'its name has a "{_OPTIONS}", which the engine reads as options.'))
        self._place = PROCESS.enter(folder)
        self.durable = bool(folder)
        self._made = made
        self.database = _THEIRS if not made else database if folder else f"{_DATABASE}_{uuid4().hex}"
        self._keeper: Client | None = None  # what is in memory goes with the last connection
        try:
            self._keeper = self._client((), None)
            _check_times(self._keeper)
            if made:
                self._keeper.command(_DIALECT.write(create_database(self.database)))
        except BaseException as error:
            self._leave()
            if isinstance(error, ClickHouseError) and _NO_START in str(error):
                raise EngineError(say.unopened(folder)) from error
            if isinstance(error, ClickHouseError):
                raise EngineError(failed("ClickHouse", reason(error))) from error
            raise

    def open_client(self, settings: Settings) -> Client:
        """Open a connection of its own; settings of one do not reach another."""
        return self._client(settings, self.database)

    def close(self) -> None:
        """Drop what was in memory, and let go of the folder."""
        if self._keeper is None:
            return
        try:
            if self._made and not self.durable:
                self._keeper.command(_DIALECT.write(drop("DATABASE", self.database)))
        finally:
            self._leave()

    def check(self) -> None:
        """Raise EngineError in a forked child."""
        PROCESS.check()

    def is_lost(self) -> bool:
        """Tell whether this is a forked child, where even closing waits for ever."""
        return PROCESS.forked

    def _leave(self) -> None:
        keeper, self._keeper = self._keeper, None
        try:
            if keeper is not None:
                keeper.close()
        finally:
            PROCESS.leave()

    def _client(self, settings: Settings, database: str | None) -> Client:
        PROCESS.check()
        options: dict[str, Any] = {"interface": "chdb", "path": self._place, "database": database}
        try:
            client = clickhouse_connect.get_client(**options)
        except ImportError as error:
            raise EngineError(not_installed("chdb-core", "chdb")) from error
        try:
            for name, value in settings:
                client.set_client_setting(name, value)
        except BaseException:
            client.close()
            raise
        return client


class OnServer(Place):
    """A database on a server, or on all servers of a cluster, over HTTP."""

    in_process = False
    durable = False  # a server's own settings say when it writes

    def __init__(self, location: str, *, database: str | None = None) -> None:
        """`database`: one that is made where it is missing, beside the one that the address names."""
        url, port = _address(location)
        self._where = f"{url.hostname}:{port or ''}".rstrip(":")
        given = _given(url)
        self._options = _options(url, port, given)
        client = self.open_client(())
        try:
            _check_times(client)
            if database is not None:
                client.command(_DIALECT.write(create_database(database)))
                self._options["database"] = database
            self.database = self._options["database"]
            if "cluster" in given:
                found: Any = client.query(_DIALECT.write(servers())).result_rows
                self.cluster = cluster_of(given["cluster"], self.database, found)
                self.reading, self.writing = self.cluster.reading, (*_WRITES, *WRITING)
        finally:
            client.close()

    def open_client(self, settings: Settings) -> Client:
        """Open a connection; its settings go with every request."""
        given = dict(settings)
        seconds = float(given.get("max_execution_time", _LONGEST_SECONDS)) + _GRACE_SECONDS
        try:
            return clickhouse_connect.get_client(**self._options, settings=given, send_receive_timeout=int(seconds))
        except ClickHouseError as error:
            code = getattr(error, "code", None)
            if code in _NOT_LET_IN:
                raise EngineError(say.refused(self._where, reason(error))) from error
            if code is not None:  # it answered, and failed otherwise
                raise EngineError(failed("ClickHouse", reason(error))) from error
            raise EngineError(say.no_server(self._where, reason(error))) from error

    def close(self) -> None:
        """Leave the server as it is."""

    def check(self) -> None:
        """Do nothing: a server answers for itself."""

    def is_lost(self) -> bool:
        """Tell nothing is lost: a connection can be closed anywhere."""
        return False


def open_place(location: str, *, made: bool = True) -> Place:
    """Open a place: `//host:port/database` is a server's, anything else a folder, "" memory; `made` see InProcess."""
    return OnServer(location) if location.startswith("//") else InProcess(location, made=made)


def open_namespace(location: str, namespace: str) -> Place:
    """Open a database of a place, made where it is missing; in memory each has its own."""
    if location.startswith("//"):
        return OnServer(location, database=namespace)
    return InProcess(location, database=namespace)


def reason(error: BaseException) -> str:
    """Give the engine's own words: without the driver's before them, or those of the network below the driver."""
    if isinstance(error, Error) and error.code is not None:
        return str(error).rpartition(_THEY_SAID)[2]
    while error.__cause__ is not None:
        error = error.__cause__
    return str(error).splitlines()[0] if str(error).strip() else type(error).__name__


def _address(location: str) -> tuple[SplitResult, int | None]:
    """Take an address apart; an `@` after the host is from a password that ended too early."""
    try:
        url = urlsplit(f"clickhouse:{location}")
        port = url.port
    except ValueError:
        raise EngineError(say.no_address()) from None  # it would repeat a part
    if not url.hostname or "@" in f"{url.path}{url.query}{url.fragment}":
        raise EngineError(say.no_address())
    return url, port


def _given(url: SplitResult) -> dict[str, str]:
    """Read the options of an address; a misspelled one must not mean one server instead of a cluster."""
    given = {name: values[-1] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
    for name in given:
        if name not in _KNOWN:
            raise EngineError(say.unknown_option(name, _KNOWN))
    return given


def _options(url: SplitResult, port: int | None, given: Mapping[str, str]) -> dict[str, Any]:
    secure = given.get("secure", "").lower() in {"1", "true", "yes"}
    return {
        "host": url.hostname,
        "port": port or (_HTTPS if secure else _HTTP),
        "username": unquote(url.username or "default"),
        "password": unquote(url.password or ""),
        "database": unquote(url.path.strip("/")) or "default",
        "secure": secure,
        "form_encode_query_params": True,  # long lists are parameters, and addresses have a limit
        "autogenerate_session_id": False,  # a session lets one query run at a time
        "show_clickhouse_errors": "scrub",  # the address is said where it matters, and may hold a password
    }


def _check_times(client: Client) -> None:
    ends = {f"p{index}": text for index, text in enumerate(_FIRST_AND_LAST)}
    asked = [
        call("toUnixTimestamp64Micro", _DIALECT.parameter(Parameter(name, "time", end))) for name, end in ends.items()
    ]
    found = client.query(_DIALECT.write(exp.Select(expressions=asked)), parameters=ends)
    if tuple(found.result_rows[0]) != _THEIR_MICROS:
        raise EngineError(say.times_are_cut(str(client.server_version)))
