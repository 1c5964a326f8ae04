"""Work that takes long, and how far it is: noted in the transaction that does a part of it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection, select

from muster.runtime.ledger.projects import now
from muster.runtime.ledger.statements import upsert
from muster.runtime.ledger.tables import jobs

JobKind = Literal["load"]


def progress_of(connection: Connection, project_id: int, kind: JobKind, key: str) -> int:
    """Give how far a piece of work is; 0 before it began."""
    wanted = select(jobs.c.progress).where(jobs.c.id == _id(project_id, kind, key))
    return int(connection.scalar(wanted) or 0)


def note_progress(connection: Connection, project_id: int, kind: JobKind, key: str, done: int) -> None:
    """Note how far a piece of work is."""
    row = {
        "id": _id(project_id, kind, key),
        "project_id": project_id,
        "kind": kind,
        "state": "running",
        "progress": float(done),
        "detail": "{}",
        "created": now(),
        "updated": now(),
    }
    upsert(connection, jobs, [row])


def _id(project_id: int, kind: JobKind, key: str) -> str:
    return f"{kind}-{project_id}-{key}"
