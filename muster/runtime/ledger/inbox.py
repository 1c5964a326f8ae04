"""The inbox: messages that were acknowledged and wait for the projector, each once.

Kept apart from what they mean: here they are texts with ids. A message's id is remembered in the transaction that puts
it in, as a digest, so that neither can be without the other.

Ways to go wrong, each with a test: one id twice in one batch, two threads with one id, a message that is taken and lost
because the transaction fails, one taken out of turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, insert, select

from muster.runtime.ledger.statements import new_rows
from muster.runtime.ledger.tables import inbox, message_ids


class Waiting(NamedTuple):
    """A message in the inbox: its place in the order, when it came, its id and its JSON text."""

    seq: int
    received: int
    message_id: str
    message: str


def put(connection: Connection, project_id: int, messages: Sequence[tuple[str, str]], received: int) -> list[bool]:
    """Put (id, text) of messages in, in their order; tell of each whether it is new."""
    digests = [_digest(message_id) for message_id, _ in messages]
    unseen = _remember(connection, project_id, set(digests), received)
    is_new = []
    for digest in digests:
        is_new.append(digest in unseen)
        unseen.discard(digest)
    rows = [
        {"project_id": project_id, "received": received, "message_id": message_id, "message": text}
        for (message_id, text), new in zip(messages, is_new, strict=True)
        if new
    ]
    if rows:
        connection.execute(insert(inbox), rows)
    return is_new


def _remember(connection: Connection, project_id: int, digests: set[bytes], received: int) -> set[bytes]:
    """Remember digests of ids, and give those that were not known."""
    rows = [{"project_id": project_id, "digest": digest, "received": received} for digest in digests]
    if not rows:
        return set()
    statement = new_rows(connection, message_ids).returning(message_ids.c.digest)
    return set(connection.execute(statement, rows).scalars())


def take(connection: Connection, project_id: int, most: int) -> list[Waiting]:
    """Take the first messages out, in order; they are back if the transaction fails."""
    first = select(inbox.c.seq).where(inbox.c.project_id == project_id).order_by(inbox.c.seq).limit(most)
    taken = delete(inbox).where(inbox.c.seq.in_(first.scalar_subquery()))
    rows = connection.execute(taken.returning(inbox.c.seq, inbox.c.received, inbox.c.message_id, inbox.c.message))
    return sorted(Waiting(*row) for row in rows)


def is_empty(connection: Connection, project_id: int) -> bool:
    """Tell whether nothing waits."""
    return not connection.scalar(select(exists().where(inbox.c.project_id == project_id)))


def waiting(connection: Connection, project_id: int) -> int:
    """Count what waits."""
    count = select(func.count()).select_from(inbox).where(inbox.c.project_id == project_id)
    return connection.scalar(count) or 0


def forget_ids(connection: Connection, project_id: int, before: int) -> None:
    """Forget the ids of messages that came before an instant: one that comes again is then a new one."""
    old = message_ids.c.received < before
    connection.execute(delete(message_ids).where(message_ids.c.project_id == project_id, old))


def _digest(message_id: str) -> bytes:
    return hashlib.blake2b(message_id.encode(), digest_size=16).digest()
