"""Messages that were rejected, with the reason: kept for people to look at and to send again, up to a number.

Ways to go wrong, each with a test: more kept than the number, the newest dropped instead of the oldest, text that no
database can hold.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select

from muster.runtime.ledger.statements import among
from muster.runtime.ledger.tables import dead_letters

MOST_KEPT = 10_000  # of a project
MOST_CHARACTERS = 32_768  # of a message


class DeadLetter(NamedTuple):
    """A rejected message: when it came, its ids as far as they are known, why, and its JSON text, cut if it is long."""

    id: int
    received: int
    message_id: str | None
    user_id: str | None
    anonymous_id: str | None
    code: str
    reason: str
    message: str


def keep(connection: Connection, project_id: int, letters: Sequence[DeadLetter]) -> None:
    """Keep rejected messages, the oldest giving way; their `id` is given here."""
    if not letters:
        return
    rows = [
        {"project_id": project_id, **letter._replace(message=letter.message[:MOST_CHARACTERS])._asdict()}
        for letter in letters[-MOST_KEPT:]
    ]
    for row in rows:
        del row["id"]
    connection.execute(insert(dead_letters), rows)
    newest = (
        select(dead_letters.c.id)
        .where(dead_letters.c.project_id == project_id)
        .order_by(dead_letters.c.id.desc())
        .offset(MOST_KEPT)
        .limit(1)
    )
    last = connection.scalar(newest)
    if last is not None:
        old = (dead_letters.c.project_id == project_id) & (dead_letters.c.id <= last)
        connection.execute(delete(dead_letters).where(old))


_COLUMNS = tuple(dead_letters.c[name] for name in DeadLetter._fields)


def find_letters(connection: Connection, project_id: int, after: int, most: int) -> list[DeadLetter]:
    """List rejected messages after an id, the oldest first."""
    wanted = select(*_COLUMNS).where(dead_letters.c.project_id == project_id, dead_letters.c.id > after)
    return [DeadLetter(*row) for row in connection.execute(wanted.order_by(dead_letters.c.id).limit(most))]


def letters_of(
    connection: Connection, project_id: int, users: Collection[str], anonymous: Collection[str]
) -> list[DeadLetter]:
    """List the rejected messages of a person, whose ids these are."""
    theirs = among(connection, dead_letters.c.user_id, users) | among(
        connection, dead_letters.c.anonymous_id, anonymous
    )
    wanted = select(*_COLUMNS).where(dead_letters.c.project_id == project_id, theirs)
    return [DeadLetter(*row) for row in connection.execute(wanted.order_by(dead_letters.c.id))]


def remove_letters(connection: Connection, project_id: int, ids: Collection[int]) -> None:
    """Remove rejected messages that were sent again, or whose people are erased."""
    gone = among(connection, dead_letters.c.id, ids)
    connection.execute(delete(dead_letters).where(dead_letters.c.project_id == project_id, gone))


def count_letters(connection: Connection, project_id: int) -> int:
    """Count the rejected messages that are kept."""
    counted = select(func.count()).select_from(dead_letters).where(dead_letters.c.project_id == project_id)
    return connection.scalar(counted) or 0
