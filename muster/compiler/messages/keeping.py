"""Wording of what goes wrong with a store: where it is, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.spelling import closest


def folder_in_use(folder: str, holder: str) -> str:
    """Say who has a folder open."""
    return f'The folder "{folder}" is open in {holder or "another process"}; a store is open in one process at a time.'


def not_a_folder(path: str) -> str:
    """Say that a store is a folder."""
    return f'"{path}" is a file; a store is a folder.'


def store_from_python(folder: str) -> str:
    """Say that a folder is a store, which commands over data do not open yet."""
    return (
        f'The folder "{folder}" is a store, whose people are asked from Python so far: muster.open("{folder}"), and '
        "count, members or explain of one of its projects. Here --store is a folder from `muster load`."
    )


def forgets(engine: str) -> str:
    """Say that what an engine in memory holds is gone before what a ledger on disk holds."""
    return (
        f'The engine "{engine}" is in memory and the ledger is not: what is acknowledged would be lost. '
        "Give the engine a place (duckdb:FOLDER), or leave the ledger out."
    )


def folder_and_more() -> str:
    """Say that a folder has both a ledger and an engine."""
    return "A folder has its own ledger and engine: give either the folder, or ledger= and engine=."


def needs_server(ledger: str) -> str:
    """Say that a ledger that several processes share needs an engine that they can share."""
    return (
        f"The ledger is {ledger}, which several processes can share, and the engine is in a folder, which they cannot; "
        "only this process may have it open."
    )


def no_project(org: str, name: str, known: Sequence[str]) -> str:
    """Say that a project is not there, with the nearest one."""
    near = closest(f"{org}/{name}", known, most=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no project "{org}/{name}".{hint} With create=True it is made.'


def project_is_not_there(org: str, name: str, known: Sequence[str]) -> str:
    """Say that a command names a project that is not there, with the nearest one."""
    near = closest(f"{org}/{name}", known, most=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no project "{org}/{name}".{hint} muster project create {org}/{name} makes it.'


def no_project_name(found: str) -> str:
    """Say how a project is named."""
    return f'A project is named ORG/NAME, as in acme/web; "{found}" was found.'


def no_store(place: str) -> str:
    """Say that there is no store."""
    return f'There is no store in "{place}". muster project create ORG/NAME --store {place} makes one.'


def one_store() -> str:
    """Say how a store is named."""
    return "Give --store FOLDER or --ledger URL, one of the two."


def nobody(external_id: str) -> str:
    """Say that nobody has an id."""
    return f'Nobody is called "{external_id}" here.'


def behind(reason: str) -> str:
    """Say that what was acknowledged waits."""
    return f"Messages that were acknowledged wait in the inbox, and are taken in when this is over: {reason}"


def closed() -> str:
    """Say that a store is closed."""
    return "The store is closed."


# --- audiences --------------------------------------------------------------------------------------------------
def no_audience(name: str, known: Sequence[str]) -> str:
    """Say that an audience is not there, with the nearest one."""
    near = closest(name, known, most=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'There is no audience "{name}".{hint}'


def no_audience_name(longest: int) -> str:
    """Say what audiences may be called."""
    return f"An audience is called by 1 to {longest} printable characters."


def name_taken(name: str) -> str:
    """Say that a name is another audience's."""
    return f'There is an audience "{name}" already. Change its rule, or choose another name.'


def everyone() -> str:
    """Say that a rule finds everyone."""
    return "The rule finds everyone. If that is meant, say so: confirm_everyone=True"


def referenced(name: str, others: Sequence[str]) -> str:
    """Say whose rules would be broken."""
    named = ", ".join(f'"{each}"' for each in sorted(others))
    return (
        f'The rules of {named} refer to "{name}". Change them first, or delete it with force=True: '
        "in their rules it is nobody then."
    )


def stale(name: str, expected: int, found: int) -> str:
    """Say that an audience was changed meanwhile."""
    return f'"{name}" was changed meanwhile: it is at version {found}, and the change is of version {expected}.'


def no_cursor() -> str:
    """Say that a cursor is none."""
    return "The cursor is none that was given; leave it out to begin anew."
