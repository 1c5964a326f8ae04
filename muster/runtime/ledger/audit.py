"""The audit log: who did what, to whom, chained so that a row that is changed or taken out shows.

Kept apart from what is logged. A row's digest is of the row and of the digest before it in its project, so that the
last digest vouches for all. Nobody is named: a person is a keyed digest. Ways to go wrong, each with a test: two
writers who both follow one row, a row that is changed later, the last rows taken away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from muster.backends.base import Json
from muster.runtime.exact_json import decode, encode
from muster.runtime.ledger.database import lock_project
from muster.runtime.ledger.projects import now
from muster.runtime.ledger.tables import audit

_NO_PROJECT = 0  # for the lock; projects are numbered from 1


@dataclass(frozen=True, slots=True)
class AuditRow:
    """Something that was done, at an instant (UTC microseconds); `subject` is a person's digest."""

    seq: int
    at: int
    actor: str
    action: str
    subject: bytes | None
    detail: Mapping[str, Json]
    digest: bytes


def log(
    connection: Connection,
    project_id: int | None,
    action: str,
    *,
    actor: str = "",
    subject: bytes | None = None,
    detail: Mapping[str, Json] | None = None,
) -> None:
    """Log what the transaction does; `detail` may hold nothing of a person. What is of no project has its own chain."""
    lock_project(connection, project_id or _NO_PROJECT)  # who writes next follows this row
    last = select(audit.c.digest).where(audit.c.project_id == project_id).order_by(audit.c.seq.desc()).limit(1)
    row = (now(), actor, action, subject, encode(dict(detail or {})))
    connection.execute(
        insert(audit).values(
            project_id=project_id,
            at=row[0],
            actor=actor,
            action=action,
            subject=subject,
            detail=row[4],
            digest=_digest(connection.scalar(last) or b"", row),
        )
    )


def read_log(connection: Connection, project_id: int | None, *, after: int = 0, most: int = 1000) -> list[AuditRow]:
    """Give the rows after one, the oldest first."""
    wanted = (
        select(audit).where(audit.c.project_id == project_id, audit.c.seq > after).order_by(audit.c.seq).limit(most)
    )
    return [
        AuditRow(row.seq, row.at, row.actor, row.action, row.subject, decode(row.detail), row.digest)
        for row in connection.execute(wanted)
    ]


def first_broken(connection: Connection, project_id: int | None) -> int | None:
    """Give the `seq` of the first row that is not what was logged, or that does not follow the one before; or None."""
    before = b""
    for row in connection.execute(select(audit).where(audit.c.project_id == project_id).order_by(audit.c.seq)):
        if row.digest != _digest(before, (row.at, row.actor, row.action, row.subject, row.detail)):
            return int(row.seq)
        before = row.digest
    return None


def _digest(before: bytes, row: tuple[int, str, str, bytes | None, str]) -> bytes:
    at, actor, action, subject, detail = row
    parts = [before, str(at).encode(), actor.encode(), action.encode(), subject or b"", detail.encode()]
    # Each with its length, so that nothing moves from one part to the next unseen.
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).digest()
