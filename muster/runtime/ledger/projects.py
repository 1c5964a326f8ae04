"""Organisations and their projects, and the digests that stand for people's ids.

Ways to go wrong, each with a test: two callers that create one project at once, names that differ only in their
Unicode form, a namespace that an engine cannot have, a digest that is the same in two projects.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, Select, Table, select

from muster.backends.tables.scalars import nfc
from muster.compiler.messages import ledger as say
from muster.runtime.errors import InputError
from muster.runtime.ledger.statements import new_rows
from muster.runtime.ledger.tables import organisations, projects

_SECRET_BYTES = 32
_LONGEST = 200


class ProjectError(InputError):
    """There is no such project, or it cannot be called so."""


@dataclass(frozen=True, slots=True)
class ProjectRecord:
    """A project as the ledger has it; `namespace` is what engines call it, `secret` keys its digests."""

    id: int
    org: str
    name: str
    namespace: str
    timezone: str
    created: int
    secret: bytes = field(repr=False)

    def digest(self, kind: str, text: str) -> bytes:
        """Give what stands for a text of a kind (as "user"): 32 bytes that tell nobody without the secret."""
        return hmac.digest(self.secret, f"{kind}\0{text}".encode(), "sha256")


def now() -> int:
    """Give the time in UTC microseconds."""
    return time.time_ns() // 1000


def new_namespace() -> str:
    """Make what engines call a project: nobody guesses it, and a project that is made again has another one."""
    return f"p{secrets.token_hex(8)}"


def create_project(connection: Connection, org: str, name: str, timezone: str = "UTC") -> ProjectRecord:
    """Give a project, made where it is missing, with its organisation; raises ProjectError for a bad name or zone."""
    org, name = _checked(org), _checked(name)
    try:
        ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        raise ProjectError(say.no_zone(timezone)) from None
    found = find_project(connection, org, name)
    if found is not None:
        return found
    _insert_new(connection, organisations, {"name": org, "created": now()})
    org_id = connection.scalar(select(organisations.c.id).where(organisations.c.name == org))
    _insert_new(
        connection,
        projects,
        {
            "org_id": org_id,
            "name": name,
            "namespace": new_namespace(),
            "timezone": timezone,
            "secret": secrets.token_bytes(_SECRET_BYTES),
            "next_pid": 1,
            "step": 0,
            "settings": "{}",
            "created": now(),
        },
    )
    made = find_project(connection, org, name)
    assert made is not None
    return made


def find_project(connection: Connection, org: str, name: str) -> ProjectRecord | None:
    """Find a project by its names."""
    wanted = _projects().where(organisations.c.name == nfc(org), projects.c.name == nfc(name))
    row = connection.execute(wanted).one_or_none()
    return None if row is None else _record(row)


def list_projects(connection: Connection, org: str | None = None) -> list[ProjectRecord]:
    """List the projects of an organisation, or all, by their names."""
    wanted = _projects().order_by(organisations.c.name, projects.c.name)
    if org is not None:
        wanted = wanted.where(organisations.c.name == nfc(org))
    return [_record(row) for row in connection.execute(wanted)]


def step_of(connection: Connection, project_id: int) -> int:
    """Give the number of a project's last step; 0 before the first."""
    return connection.scalar(select(projects.c.step).where(projects.c.id == project_id)) or 0


def _projects() -> Select[Any]:
    columns = (
        projects.c.id,
        organisations.c.name.label("org"),
        projects.c.name,
        projects.c.namespace,
        projects.c.timezone,
        projects.c.created,
        projects.c.secret,
    )
    return select(*columns).join(organisations, organisations.c.id == projects.c.org_id)


def _record(row: Row[Any]) -> ProjectRecord:
    return ProjectRecord(*tuple(row))


def _checked(name: str) -> str:
    name = nfc(name)
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise ProjectError(say.no_name(_LONGEST))
    return name


def _insert_new(connection: Connection, table: Table, row: dict[str, object]) -> None:
    """Insert a row unless there is one of its name: of two who do, one does nothing."""
    connection.execute(new_rows(connection, table).values(row))
