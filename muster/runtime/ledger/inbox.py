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

from sqlalchemy import Connection, delete, exists, func, select

from muster.runtime.ledger.statements import insert_all
from muster.runtime.ledger.tables import inbox, message_ids

_ASKED = 500  # ids at once; each is a parameter


class Waiting(NamedTuple):
    """A message in the inbox: its place in the order, when it came, its id and its JSON text."""

    seq: int
    received: int
    message_id: str
    message: str


def put(connection: Connection, project_id: int, messages: Sequence[tuple[str, str]], received: int) -> list[bool]:
    """Put (id, text) of messages in, in their order; tell of each whether it is new.

    Inside a transaction that nobody else's can come between (`lock_project`).
    """
    is_new = remember(connection, project_id, [message_id for message_id, _ in messages], received)
    put_in: list[tuple[object, ...]] = [
        (project_id, received, message_id, text)
        for (message_id, text), new in zip(messages, is_new, strict=True)
        if new
    ]
    insert_all(connection, inbox, ("project_id", "received", "message_id", "message"), put_in)
    return is_new


def remember(connection: Connection, project_id: int, ids: Sequence[str], received: int) -> list[bool]:
    """Remember the ids of messages; tell of each whether it is new."""
    digests = [_digest(message_id) for message_id in ids]
    seen = _known(connection, project_id, digests)
    is_new = []
    remembered: list[tuple[object, ...]] = []
    for digest in digests:
        is_new.append(digest not in seen)
        if digest not in seen:
            seen.add(digest)
            remembered.append((project_id, digest, received))
    insert_all(connection, message_ids, ("project_id", "digest", "received"), remembered)
    return is_new


def _known(connection: Connection, project_id: int, digests: Sequence[bytes]) -> set[bytes]:
    """Give those digests that are known; nobody else adds any meanwhile (`lock_project`)."""
    known: set[bytes] = set()
    for start in range(0, len(digests), _ASKED):
        asked = digests[start : start + _ASKED]
        wanted = select(message_ids.c.digest).where(message_ids.c.project_id == project_id)
        known.update(connection.execute(wanted.where(message_ids.c.digest.in_(asked))).scalars())
    return known


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
