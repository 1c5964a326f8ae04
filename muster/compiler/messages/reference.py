"""Wording of what the `memory:` engine refuses."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages.counts import counted


def no_sql() -> Diagnostic:
    """E40: SQL asked of the reference evaluator."""
    return Diagnostic(
        "E40",
        "The engine `memory:` evaluates rules itself and cannot express any construct as SQL.",
        hint="Compile for a dialect that has SQL, such as duckdb; `memory:` can count and list members.",
    )


def too_slow(seconds: float) -> str:
    """Say that the time limit was passed."""
    return (
        f"The engine `memory:` did not finish within {seconds:g} s. It tries everyone one by one; "
        "`duckdb:` gives the same answer faster."
    )


def too_many_rows(rows: int) -> str:
    """Say that the result has more rows than the limit."""
    return f"The result has more than {counted(rows, 'row')}, the limit of this query. A count has no such limit."


def loaded_twice(identity: str) -> str:
    """Say that two rows were loaded for one person."""
    return f'The profile "{identity}" was loaded twice; one row for each person is expected.'


def nothing_stored(location: str) -> str:
    """Say that the engine has no place on disk."""
    return f'The engine `memory:` keeps nothing on disk, so there is nothing at "{location}". `memory:` alone works.'
