"""Which column is the id, the event's name and its time, where no map says so: by name, or not at all.

Kept apart because guessing must stay modest: it looks only at names that people give these columns, takes the one
candidate of the best rank, and where two are equally good it stops and says what a map would look like.

Ways to go wrong, each with a test: an order's id taken for the customer's, two columns of the same rank.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data

Role = Literal["id", "name", "time", "message_id"]

# By rank; names are compared without case and separators.
_RANKS: dict[Role, tuple[frozenset[str], ...]] = {
    "id": (
        frozenset({"userid", "externalid", "distinctid"}),
        frozenset(
            {"customerid", "personid", "profileid", "memberid", "clientid", "subscriberid", "contactid", "visitorid"}
        ),
        frozenset({"accountid", "householdid"}),
        frozenset({"id", "uid", "user", "customer", "email"}),
    ),
    "name": (
        frozenset({"event", "eventname"}),
        frozenset({"eventtype", "action", "activity"}),
        frozenset({"name", "type"}),
    ),
    "time": (
        frozenset({"timestamp", "ts", "time", "eventtime", "eventtimestamp", "occurredat", "datetime"}),
        frozenset({"date", "createdat", "eventdate", "day", "orderdate", "invoicedate"}),
    ),
    "message_id": (frozenset({"messageid", "insertid"}), frozenset({"eventid"})),
}
_ROLE_WORDS: dict[Role, str] = {
    "id": "the id of a person",
    "name": "the name of the event",
    "time": "the time of the event",
    "message_id": "the id of the message",
}
_DELIMITERS = (";", "\t", "|", ",")
_SEPARATORS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several columns that could be it."""

    candidates: tuple[str, ...]


def guess(role: Role, columns: Sequence[str]) -> str | Ambiguous | None:
    """Guess the column of a role by its name."""
    for names in _RANKS[role]:
        candidates = tuple(column for column in columns if _SEPARATORS.sub("", column.lower()) in names)
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            return Ambiguous(candidates)
    return None


def not_guessed(role: Role, found: Ambiguous | None, columns: Sequence[str], table: str) -> Diagnostic:
    """Say why nothing was guessed, and what a map would say."""
    lines = f"[{table}]\n{_line(role, found)}"
    if isinstance(found, Ambiguous):
        return data.role_ambiguous(_ROLE_WORDS[role], found.candidates, lines)
    return data.role_not_found(_ROLE_WORDS[role], columns, lines)


def _line(role: Role, found: Ambiguous | None) -> str:
    if role == "name" and found is None:
        return 'name = { value = "purchase" }  # when every row is the same event'
    if isinstance(found, Ambiguous):
        others = " or ".join(f'"{each}"' for each in found.candidates[1:])
        return f'{role} = "{found.candidates[0]}"  # or {others}'
    return f'{role} = "…"  # the name of the column'


def guess_delimiter(columns: Sequence[str]) -> str | None:
    """Give what seems to separate fields where a header fell into fewer columns than it has of these characters."""
    header = "".join(columns)
    likely = max(_DELIMITERS, key=header.count)
    return likely if columns and header.count(likely) >= len(columns) else None


def near(name: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Give columns whose names are close to one that does not exist."""
    close = difflib.get_close_matches(name.lower(), [column.lower() for column in columns], n=2, cutoff=0.7)
    return tuple(column for column in columns if column.lower() in close)
