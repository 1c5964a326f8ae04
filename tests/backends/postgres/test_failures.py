"""Each error of the driver is one sentence of ours, that names the limit if it was one."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import errors

from muster.backends.base import EngineError, Limits
from muster.backends.postgres.failures import failures, first_line, refusal

LIMITS = Limits(seconds=2, memory_bytes=5_000_000)


@pytest.mark.parametrize(
    ("error", "message", "limit"),
    [
        (errors.QueryCanceled("x"), "after 2 s", "seconds"),
        (errors.OutOfMemory("x"), "5 MB", "memory_bytes"),
        (errors.InsufficientPrivilege("x"), "cannot be made or changed: x", None),
        (errors.ReadOnlySqlTransaction("x"), "cannot be made or changed: x", None),
        (errors.LockNotAvailable("x"), "try again", None),
        (errors.AdminShutdown("x"), "broke off: x", None),
        (errors.CrashShutdown("x"), "broke off: x", None),
        (psycopg.OperationalError("gone\nThis probably means"), "broke off: gone$", None),
        (errors.DiskFull("x"), "Postgres failed: x", None),
        (errors.SyntaxError('near "x"\nLINE 1: SELECT secret'), 'Postgres failed: near "x"$', None),
        (psycopg.ProgrammingError(), "Postgres failed: ProgrammingError", None),
    ],
)
def test_what_failed_is_told(error: psycopg.Error, message: str, limit: str | None) -> None:
    with pytest.raises(EngineError, match=message) as caught, failures(LIMITS):
        raise error

    assert caught.value.limit == limit
    assert caught.value.__cause__ is error


def test_a_query_that_somebody_else_stopped_passed_no_limit() -> None:
    with pytest.raises(EngineError, match="canceled") as caught, failures():
        raise errors.QueryCanceled("canceled")

    assert caught.value.limit is None


def test_what_is_not_the_drivers_passes() -> None:
    with pytest.raises(ValueError, match="no"), failures():
        raise ValueError("no")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            'connection to server at "h", port 1 failed: FATAL:  role "a" does not exist\nmore',
            'role "a" does not exist',
        ),
        ('connection to server at "h", port 1 failed: fe_sendauth: no password supplied', "no password supplied"),
        ('connection to server at "h", port 1 failed: Connection refused', None),
        ("connection timeout expired", None),
    ],
)
def test_what_a_server_says_is_told_apart_from_silence(said: str, reason: str | None) -> None:
    assert refusal(psycopg.OperationalError(said)) == reason


def test_one_line_is_repeated() -> None:
    assert first_line(psycopg.Error("\na\nb")) == "a"
    assert first_line(psycopg.Error()) == "Error"
