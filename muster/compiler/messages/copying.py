"""Wording of copying a store: what cannot be copied, and what went wrong."""

from __future__ import annotations

from muster.compiler.messages.counts import counted


def differs(what: str, read: int, written: int) -> str:
    """Say that a copy does not hold what was copied."""
    return (
        f"The copy differs in {what}: {read:,} rows were read and {written:,} were written, or some of them changed. "
        "The copy is not used; is something else writing there?"
    )


def holds_something() -> str:
    """Say that a copy would be mixed with what is there."""
    return "There is a store already where it is to be copied to. A store is copied into an empty place only."


def two_copies() -> str:
    """Say that two copies were made into one place."""
    return "Another copy into the same place was begun meanwhile; this one is given up."


def not_the_engine(project: str, applied: int, step: int) -> str:
    """Say that an engine is not at the step that the ledger says."""
    return (
        f"The engine is at step {applied} of {project} and the ledger at step {step}: they do not belong together. "
        "A folder is opened with the engine it was made with: duckdb:FOLDER, or chdb:FOLDER."
    )


def forgets(project: str) -> str:
    """Say that an engine does not keep anything."""
    return f"The engine to copy to did not keep what was copied of {project}: it is gone when that is opened again."


def changed_meanwhile() -> str:
    """Say that projects came or went during a copy."""
    return "Projects were made while the store was copied. Stop what uses it, and copy again."


def ledger_where(scheme: str, option: str) -> str:
    """Say that an engine's server has no place for a ledger."""
    return f"There is no ledger on {scheme}: name it with {option}, as postgresql://…"


def no_place(address: str) -> str:
    """Say how a store is named that can be copied."""
    return (
        f'"{address}" names no store. Give a folder, duckdb:FOLDER, chdb:FOLDER, postgresql://… '
        "or, with a ledger of its own, clickhouse://…"
    )


def copied(projects: int, people: int, events: int) -> str:
    """Say what was copied."""
    held = (counted(projects, "project"), counted(people, "person", "people"), counted(events, "event"))
    return f"Copied and compared: {', '.join(held)}."
