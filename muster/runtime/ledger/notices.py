"""What others are to be told of, until it was told: takeovers, erasures.

A notice is written in the transaction that makes it true, and removed once it was told; so it is told at least once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from muster.backends.base import Json
from muster.runtime.exact_json import decode, encode
from muster.runtime.ledger.tables import notices

NoticeKind = Literal["profile.takeover", "profile.deleted"]


class Notice(NamedTuple):
    """Something that happened to a person, at an instant (UTC microseconds); `detail` is as the API has it."""

    seq: int
    step: int
    kind: NoticeKind
    at: int
    pid: int
    detail: Mapping[str, Json]


def save_notices(connection: Connection, project_id: int, made: Iterable[Notice]) -> None:
    """Write notices; their `seq` is given here."""
    rows = [
        {
            "project_id": project_id,
            "step": notice.step,
            "kind": notice.kind,
            "at": notice.at,
            "pid": notice.pid,
            "detail": encode(dict(notice.detail)),
        }
        for notice in made
    ]
    if rows:
        connection.execute(insert(notices), rows)


def find_notices(connection: Connection, project_id: int, up_to_step: int, most: int = 1000) -> list[Notice]:
    """Give the first notices of steps that are done."""
    wanted = select(notices).where(notices.c.project_id == project_id, notices.c.step <= up_to_step)
    return [
        Notice(row.seq, row.step, row.kind, row.at, row.pid, decode(row.detail))
        for row in connection.execute(wanted.order_by(notices.c.seq).limit(most))
    ]


def remove_notices(connection: Connection, project_id: int, up_to_seq: int) -> None:
    """Remove notices that were told."""
    told = (notices.c.project_id == project_id) & (notices.c.seq <= up_to_seq)
    connection.execute(delete(notices).where(told))
