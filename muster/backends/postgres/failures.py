"""Postgres's errors become ours, naming the limit that was passed or what broke off.

Kept apart because the client and its places both meet them. It can go wrong where a failure of the server is not told
apart from a limit, or where more than its first line is repeated, which would hold the query.
https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors

from muster.backends.base import EngineError, Limits
from muster.compiler.messages import engine as say
from muster.compiler.messages import postgres as told

LOCK_SECONDS = 10  # to wait for who loads or changes tables
_SAID = re.compile(r" failed: (?:FATAL: +|fe_sendauth: )(?P<reason>.+)")  # by the server; libpq: it wants a password
_NO_LIMITS = Limits(seconds=None, memory_bytes=None)


@contextmanager
def failures(limits: Limits = _NO_LIMITS) -> Iterator[None]:
    """Raise EngineError for what the driver raises inside."""
    try:
        yield
    except psycopg.Error as error:
        raise _ours(error, limits) from error


def first_line(error: psycopg.Error) -> str:
    """Give the first line of what the server or the network said; more would repeat the query."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def refusal(error: psycopg.Error) -> str | None:
    """Give what a server said that answered and did not let us in; None where nobody answered.

    The driver gives no SQLSTATE of it. A server that speaks another language may have another word than FATAL; its
    words are told all the same, as those of a server that cannot be reached.
    """
    said = _SAID.search(first_line(error))
    return None if said is None else said["reason"]


def _ours(error: psycopg.Error, limits: Limits) -> EngineError:
    match error:
        case errors.QueryCanceled() if limits.seconds is not None:
            return EngineError(say.out_of_time(limits.seconds), limit="seconds")
        case errors.OutOfMemory():
            return EngineError(say.out_of_memory(limits.memory_bytes), limit="memory_bytes")
        case errors.InsufficientPrivilege() | errors.ReadOnlySqlTransaction():
            return EngineError(told.read_only(first_line(error)))
        case errors.LockNotAvailable():
            return EngineError(told.locked(LOCK_SECONDS))
        case errors.AdminShutdown() | errors.CrashShutdown():
            return EngineError(told.broke_off(first_line(error)))
        case psycopg.OperationalError() if error.sqlstate is None:  # nobody answered
            return EngineError(told.broke_off(first_line(error)))
        case _:
            return EngineError(say.failed("Postgres", first_line(error)))
