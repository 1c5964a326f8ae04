"""Who was erased: digests of their ids, which nothing enters for any more.

A user and each anonymous id that was theirs has one. It is lifted when they agree anew: from then on what they do
enters, and what they did up to then does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, exists, select, update

from muster.runtime.identity import Owner
from muster.runtime.ledger.projects import ProjectRecord
from muster.runtime.ledger.statements import upsert
from muster.runtime.ledger.tables import tombstones

_KINDS = {False: "user", True: "anonymous"}


def digest_of(project: ProjectRecord, owner: Owner) -> bytes:
    """Give what stands for a person's id."""
    return project.digest(_KINDS[owner.is_anonymous], owner.id)


def bury(connection: Connection, project: ProjectRecord, owners: Iterable[Owner], at: int, reason: str) -> None:
    """Let nothing of these people enter any more."""
    upsert(
        connection,
        tombstones,
        [
            {
                "project_id": project.id,
                "digest": digest_of(project, owner),
                "cutoff": at,
                "lifted": None,
                "reason": reason,
            }
            for owner in owners
        ],
    )


def lift(connection: Connection, project: ProjectRecord, owner: Owner, at: int) -> bool:
    """Let in what this person does from an instant on; tell whether they were buried."""
    theirs = (tombstones.c.project_id == project.id) & (tombstones.c.digest == digest_of(project, owner))
    lifted = update(tombstones).where(theirs, tombstones.c.lifted.is_(None))
    return connection.execute(lifted.values(lifted=at, cutoff=at)).rowcount > 0


def has_buried(connection: Connection, project: ProjectRecord) -> bool:
    """Tell whether anybody is buried, which of most projects nobody is."""
    return bool(connection.scalar(select(exists().where(tombstones.c.project_id == project.id))))


def buried(connection: Connection, project: ProjectRecord, owners: Collection[Owner]) -> dict[Owner, int | None]:
    """Tell which of these people are buried, and up to when (None: for good)."""
    if not owners or not has_buried(connection, project):
        return {}
    by_digest = {digest_of(project, owner): owner for owner in owners}
    wanted = select(tombstones).where(tombstones.c.project_id == project.id, tombstones.c.digest.in_(by_digest))
    return {by_digest[row.digest]: None if row.lifted is None else row.cutoff for row in connection.execute(wanted)}
