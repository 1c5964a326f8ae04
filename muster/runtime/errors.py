"""What can be wrong with data, and where: file, row and column of a problem, and the error that carries it.

Kept apart from the wording (`compiler/messages/data.py`) and from `RuleError`: a rule has spans, a file has rows.
"""

from __future__ import annotations

from dataclasses import dataclass

from muster.compiler.diagnostics import Diagnostic, MusterError


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file: the row is the number of its first line, the header being line 1 (Parquet: rows from 1)."""

    file: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        parts = [self.file]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column is not None:
            parts.append(f'column "{self.column}"')
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic about data, at its place."""

    place: Place
    diagnostic: Diagnostic

    def __str__(self) -> str:
        hint = "" if self.diagnostic.hint is None else f" {self.diagnostic.hint}"
        return f"{self.place}: {self.diagnostic.message}{hint}"


class DataError(MusterError):
    """A file, or the map that describes it, is wrong; `.problem` says what and where."""

    def __init__(self, place: Place, diagnostic: Diagnostic) -> None:
        self.problem = Problem(place, diagnostic)
        super().__init__(str(self.problem))

    @property
    def code(self) -> str:
        """The code of the problem, as in D10."""
        return self.problem.diagnostic.code


class BadRowError(DataError):
    """A row is wrong, and could be left out."""


class InputError(MusterError):
    """What a command was given is wrong as a whole: nobody has that id, or a file of rules is no text."""


class ChoiceError(MusterError):
    """What a command was told to use is missing or does not go together; nothing was read."""


class StoreError(MusterError):
    """A store failed, or cannot be opened; what was acknowledged is still there."""
