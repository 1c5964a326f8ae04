"""Audiences in the ledger: their rows, versions, and what a name in a rule stands for.

Kept apart from what a rule means. A deleted audience keeps its row, so that a rule that refers to it is known to refer
to something that was; its name is free again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from sqlalchemy import Connection, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from muster.runtime.ledger.projects import now
from muster.runtime.ledger.tables import audience_references, audience_versions, audiences

Form = Literal["text", "json"]


class NameTakenError(Exception):
    """Another audience of the project is called so."""


@dataclass(frozen=True, slots=True)
class AudienceRow:
    """An audience and the version of its rule that holds; instants are UTC microseconds."""

    id: str
    name: str
    description: str
    version: int
    created: int
    updated: int
    deleted: int | None
    form: Form
    source: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class VersionRow:
    """A rule that an audience has or had, as it was given."""

    version: int
    form: Form
    source: str
    fingerprint: str
    created: int
    author: str


def _audiences(project_id: int) -> Select[Any]:
    current = (audience_versions.c.audience_id == audiences.c.id) & (audience_versions.c.version == audiences.c.version)
    columns = [audiences.c[name] for name in ("id", "name", "description", "version", "created", "updated", "deleted")]
    columns += [audience_versions.c[name] for name in ("form", "source", "fingerprint")]
    return select(*columns).join(audience_versions, current).where(audiences.c.project_id == project_id)


def find_audience(connection: Connection, project_id: int, name_or_id: str) -> AudienceRow | None:
    """Find an audience by its id or name, living ones only."""
    is_it = (audiences.c.id == name_or_id) | (audiences.c.name == name_or_id)
    rows = connection.execute(_audiences(project_id).where(is_it, audiences.c.deleted.is_(None))).all()
    found = sorted((AudienceRow(*row) for row in rows), key=lambda row: row.id != name_or_id)
    return found[0] if found else None


def list_audiences(
    connection: Connection, project_id: int, *, after: str = "", most: int | None = None, with_deleted: bool = False
) -> list[AudienceRow]:
    """List audiences by name, those after one."""
    wanted = _audiences(project_id).where(audiences.c.name > after).order_by(audiences.c.name).limit(most)
    if not with_deleted:
        wanted = wanted.where(audiences.c.deleted.is_(None))
    return [AudienceRow(*row) for row in connection.execute(wanted)]


def add_audience(connection: Connection, project_id: int, name: str, description: str) -> str:
    """Add an audience without a rule yet, and give its id; raises NameTakenError."""
    made = str(uuid4())
    row = {"id": made, "project_id": project_id, "name": name, "description": description, "version": 0}
    try:
        with connection.begin_nested():
            connection.execute(insert(audiences).values(**row, created=now(), updated=now()))
    except IntegrityError as error:
        raise NameTakenError from error
    return made


def add_version(
    connection: Connection, audience_id: str, version: int, rule: tuple[Form, str, str], author: str
) -> None:
    """Give an audience a rule: its form, source and fingerprint."""
    form, source, fingerprint = rule
    row = {"audience_id": audience_id, "version": version, "form": form, "source": source, "fingerprint": fingerprint}
    connection.execute(insert(audience_versions).values(**row, created=now(), author=author))
    connection.execute(update(audiences).where(audiences.c.id == audience_id).values(version=version, updated=now()))


def change_audience(connection: Connection, audience_id: str, **changes: str | int) -> None:
    """Change an audience's name, description or deletion; raises NameTakenError."""
    try:
        with connection.begin_nested():
            connection.execute(update(audiences).where(audiences.c.id == audience_id).values(updated=now(), **changes))
    except IntegrityError as error:
        raise NameTakenError from error


def list_versions(connection: Connection, audience_id: str) -> list[VersionRow]:
    """List the rules that an audience had, the first one first."""
    columns = [audience_versions.c[name] for name in ("version", "form", "source", "fingerprint", "created", "author")]
    wanted = select(*columns).where(audience_versions.c.audience_id == audience_id)
    return [VersionRow(*row) for row in connection.execute(wanted.order_by(audience_versions.c.version))]


def bind(connection: Connection, audience_id: str, references: Mapping[str, str]) -> None:
    """Say which audience each name in an audience's rule stands for."""
    theirs = audience_references.c.audience_id == audience_id
    connection.execute(delete(audience_references).where(theirs))
    rows = [{"audience_id": audience_id, "written": written, "refers_to": id_} for written, id_ in references.items()]
    if rows:
        connection.execute(insert(audience_references), rows)


def bindings(connection: Connection, project_id: int) -> dict[str, dict[str, str]]:
    """Give, for each audience of a project, which audience each name in its rule stands for."""
    found: dict[str, dict[str, str]] = {}
    wanted = select(audience_references).join(audiences, audiences.c.id == audience_references.c.audience_id)
    for row in connection.execute(wanted.where(audiences.c.project_id == project_id)):
        found.setdefault(row.audience_id, {})[row.written] = row.refers_to
    return found
