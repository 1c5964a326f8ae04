"""How much a project's part of the ledger holds, counted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, func, select

from muster.runtime.ledger.tables import audiences, dead_letters, inbox, profiles


@dataclass(frozen=True, slots=True)
class Contents:
    """What there is: people (of whom `anonymous` have no user id), audiences, messages that wait or were rejected."""

    people: int
    anonymous: int
    audiences: int
    waiting: int
    rejected: int


def contents(connection: Connection, project_id: int) -> Contents:
    """Count what a project holds."""

    def count(table: Table, *conditions: ColumnElement[bool]) -> int:
        wanted = select(func.count()).select_from(table).where(table.c.project_id == project_id, *conditions)
        return connection.scalar(wanted) or 0

    return Contents(
        people=count(profiles),
        anonymous=count(profiles, profiles.c.is_anonymous.is_(True)),
        audiences=count(audiences, audiences.c.deleted.is_(None)),
        waiting=count(inbox),
        rejected=count(dead_letters),
    )
