"""Wording of what goes wrong in the ledger of a store."""

from __future__ import annotations


def no_ledger_address() -> str:
    """Say what the address of a ledger looks like; the one that was given may hold a password."""
    return (
        "The address of the ledger cannot be read: give the path of a SQLite file, "
        "postgresql://user:password@host/database, or nothing for memory."
    )


def no_driver() -> str:
    """Say how to get a ledger's driver."""
    return "A ledger on Postgres needs psycopg: pip install 'muster[postgres]'."


def all_in_use(seconds: int) -> str:
    """Say that no connection was free."""
    return f"All connections to the ledger were in use for {seconds} s; try again."


def failed(reason: str) -> str:
    """Pass on what the ledger's database said."""
    return f"The ledger failed: {reason}. Nothing that was acknowledged is lost; try again."


def too_new(found: str, known: str) -> str:
    """Say that a ledger is of a later form."""
    return (
        f"The ledger is of form {found}, made by a newer Muster; this one knows forms up to {known}. "
        "Install the newer one again."
    )


def no_zone(found: str) -> str:
    """Say that a time zone is unknown."""
    return f'There is no time zone called "{found}"; zones are called as Europe/London or UTC.'


def no_name(longest: int) -> str:
    """Say what organisations and projects may be called."""
    return f"An organisation or a project is called by 1 to {longest} printable characters."
