"""Where the ledger is: a SQLite file, Postgres by URL, or memory; and transactions on it.

Kept apart from what is read and written. Whoever writes on SQLite has the write lock from the start of the
transaction, so that what was read in it still holds when it commits; on Postgres a lock of the project does the same
(`lock_project`). A commit is on disk when it returns: `synchronous=FULL` in SQLite's write-ahead mode, and
`synchronous_commit` on Postgres. https://www.sqlite.org/pragma.html#pragma_synchronous

Ways to go wrong, each with a test: a read that becomes a write and finds the lock taken, a password in a message,
an older Muster on a newer ledger, a folder on a full disk.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, true
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import StaticPool
from sqlalchemy.schema import CreateSchema

from muster.compiler.messages import ledger as say
from muster.runtime.errors import StoreError
from muster.runtime.ledger.migrate import migrate

__all__ = ["Connection", "Ledger", "LedgerError", "lock_project", "open_ledger"]

_LOCK_SECONDS = 30
_CONNECT_SECONDS = "10"
_NAMESPACE = "muster_ledger"
_WRITES = "muster_writes"
_SQLITE = {
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "foreign_keys": "ON",
    "secure_delete": "FAST",  # what is freed inside a page is overwritten; freed pages are, by `scrub`
    "cache_size": "-65536",  # KiB
    "temp_store": "MEMORY",
    "busy_timeout": str(_LOCK_SECONDS * 1000),
}
_POSTGRES = {
    "synchronous_commit": "on",
    "lock_timeout": f"{_LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": "10min",
    "standard_conforming_strings": "on",
}


class LedgerError(StoreError):
    """The ledger failed; what was acknowledged is still there, and what was not may be tried again."""


class Ledger:
    """An open ledger. Threads may share it; each transaction is one thread's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self.path = Path(engine.url.database) if self.is_sqlite and engine.url.database else None
        # What is in memory has one connection, which threads take in turn; a SQLite file lets one write at a time.
        self._turn = threading.RLock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Lend a connection that sees one state of the ledger throughout."""
        turn = self._turn if self.is_sqlite and self.path is None else nullcontext()
        with turn, _failures(), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Lend a connection in a transaction that is committed, and on disk, when the context ends without an error."""
        turn = self._turn if self.is_sqlite else nullcontext()
        with (
            turn,
            _failures(),
            self._engine.connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def alone(self, *project_ids: int) -> Iterator[None]:
        """Wait until no other process projects some projects, and do it alone; one of SQLite has but one process."""
        if self.is_sqlite:
            yield
            return
        with _failures(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")
            taken: list[int] = []
            try:
                for each in sorted(project_ids):  # in one order, so that nobody waits for who waits for them
                    connection.execute(select(func.pg_advisory_lock(_PROJECTOR, each)))
                    taken.append(each)
                yield
            finally:
                for each in taken:
                    connection.execute(select(func.pg_advisory_unlock(_PROJECTOR, each)))

    def close(self) -> None:
        """Let go of the connections."""
        self._engine.dispose()


def open_ledger(address: str) -> Ledger:
    """Open a ledger, made or brought up to date where it is not; raises LedgerError.

    `address`: the path of a SQLite file, the URL of a database (on Postgres `?schema=` names where in it), or "" for
    memory.
    """
    url = _url(address)
    if url.get_backend_name() == "sqlite":
        engine = _open_sqlite(url)
    elif url.get_backend_name() == "postgresql":
        engine = _open_postgres(url)
    else:
        raise LedgerError(say.no_ledger_address())
    ledger = Ledger(engine)
    try:
        with ledger.write() as connection:
            migrate(connection)
    except BaseException:
        ledger.close()
        raise
    return ledger


def lock_project(connection: Connection, project_id: int) -> None:
    """Wait until nobody else writes to a project's inbox, until the transaction ends: order is then what it says.

    SQLite lets one write at a time anyhow.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_INBOX, project_id)))


_SERVERS = ("postgresql://", "postgres://")
# Our first keys of advisory locks.
_INBOX, _PROJECTOR = 0x6D757374, 0x6D757375


def is_ledger_url(address: str) -> bool:
    """Tell whether a ledger can be on the server that a URL names."""
    return address.startswith(_SERVERS)


def _url(address: str) -> URL:
    if "://" not in address:
        return URL.create("sqlite", database=address or None)
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise LedgerError(say.no_ledger_address()) from None  # it may repeat a password
    return url.set(drivername="postgresql+psycopg") if url.get_backend_name() in {"postgresql", "postgres"} else url


def _open_sqlite(url: URL) -> Engine:
    given: dict[str, Any] = {"connect_args": {"check_same_thread": False, "timeout": _LOCK_SECONDS}}
    if not url.database:
        given["poolclass"] = StaticPool
    engine = create_engine(url, **given)

    @event.listens_for(engine, "connect")
    def connected(driver: Any, _: object) -> None:
        driver.isolation_level = None  # transactions begin where we say
        for name, value in _SQLITE.items():
            driver.execute(f"PRAGMA {name}={value}")

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _open_postgres(url: URL) -> Engine:
    query = dict(url.query)
    namespace = str(query.pop("schema", _NAMESPACE))
    try:
        engine = create_engine(
            url.set(query=query),
            pool_pre_ping=True,  # a server that was started again has closed all of them
            pool_timeout=_LOCK_SECONDS,
            connect_args={"connect_timeout": _CONNECT_SECONDS, "client_encoding": "utf8"},
        )
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise LedgerError(say.no_driver()) from error
    quoted = namespace.replace('"', '""')
    path = {"search_path": f'"{quoted}"'}
    settings = select(*[func.set_config(name, value, true()) for name, value in (_POSTGRES | path).items()])

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES)
        level = "READ COMMITTED" if writes else "REPEATABLE READ"  # who waited for a lock sees what was done meanwhile
        connection.exec_driver_sql(f"SET TRANSACTION ISOLATION LEVEL {level}")
        connection.execute(settings)

    with _failures(), engine.connect() as connection, connection.begin():
        if not inspect(connection).has_schema(namespace):
            connection.execute(CreateSchema(namespace, if_not_exists=True))
    return engine


@contextmanager
def _failures() -> Iterator[None]:
    """Turn the database's errors into ours, in one line and without what it was told."""
    try:
        yield
    except PoolTimeout as error:
        raise LedgerError(say.all_in_use(_LOCK_SECONDS)) from error
    except DBAPIError as error:
        raise LedgerError(say.failed(_first_line(error))) from error
    except SQLAlchemyError as error:
        raise LedgerError(say.failed(type(error).__name__)) from error


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
