"""Keys in the ledger: whose they are, what they may do, and until when; of the key itself a digest only.

Kept apart from the text of a key. A key is found by the part of it that is not secret, and its digest is compared in a
time that does not tell how much of it is right. A name stays while keys change: `rotate_key` makes the next key of a
name, and both are live until the older one is revoked or expires.

Ways to go wrong, each with a test: a secret that is kept or printed, a key of another organisation that fits, a third
live key of one name, a revoked key that still opens, two processes that rotate at once.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from muster.backends.tables.scalars import nfc
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import keys as say
from muster.compiler.messages.keys import Refusal
from muster.runtime.errors import InputError
from muster.runtime.ledger.audit import log
from muster.runtime.ledger.key_text import KeyKind, KeyText, new_key, read_key
from muster.runtime.ledger.projects import now
from muster.runtime.ledger.scopes import ALL, checked_scopes, default_scopes
from muster.runtime.ledger.statements import new_rows
from muster.runtime.ledger.tables import keys, organisations, projects

_LONGEST = 100


class KeyChangeError(InputError):
    """A key cannot be made or changed so."""


class KeyRefusedError(MusterError):
    """A key opens nothing; `why` says the reason in a word."""

    def __init__(self, why: Refusal) -> None:
        self.why: Refusal = why
        super().__init__(say.refused(why))


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """A key as the ledger has it; without a project it is of all projects of its organisation. Instants in micros."""

    public_id: str
    kind: KeyKind
    name: str
    org: str
    project: str | None
    last4: str
    scopes: frozenset[str]
    created: int
    expires: int | None
    revoked: int | None
    org_id: int
    project_id: int | None

    def refusal(self, at: int) -> Refusal | None:
        """Tell why it opens nothing at an instant; None while it is live."""
        if self.revoked is not None and self.revoked <= at:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= at else None

    def allows(self, scope: str) -> bool:
        """Tell whether it has a scope."""
        return scope in self.scopes or ALL in self.scopes


@dataclass(frozen=True, slots=True)
class MadeKey:
    """A key that was just made: the only time that it can be read in full."""

    key: KeyText
    record: KeyRecord


def create_key(
    connection: Connection,
    org: str,
    project: str | None,
    kind: KeyKind,
    *,
    name: str = "default",
    scopes: Iterable[str] | None = None,
    expires: int | None = None,
    actor: str = "",
) -> MadeKey:
    """Make a key of a project, or of an organisation; raises KeyChangeError and ScopeError.

    Without `scopes` it has those of its kind. `expires`: UTC microseconds.
    """
    if project is None and kind == "pk":
        raise KeyChangeError(say.public_needs_project())
    if not name.strip() or len(name) > _LONGEST or not name.isprintable():
        raise KeyChangeError(say.no_key_name(_LONGEST))
    granted = default_scopes(is_public=kind == "pk") if scopes is None else checked_scopes(scopes)
    org, project, at = nfc(org), None if project is None else nfc(project), now()
    if expires is not None and expires <= at:
        raise KeyChangeError(say.already_over())
    org_id, project_id = _owner(connection, org, project)
    _lock(connection, org_id)
    wanted = KeyRecord("", kind, name, org, project, "", granted, at, expires, None, org_id, project_id)
    for live in _live_of_name(connection, wanted):
        raise KeyChangeError(say.name_in_use(name, live.public_id))
    return _made(connection, wanted, "key.created", actor)


def rotate_key(connection: Connection, public_id: str, *, keep: int | None = None, actor: str = "") -> MadeKey:
    """Make the next key of the same name, with the same scopes and span of life; raises KeyChangeError.

    The one before stays live for `keep` microseconds, or until it is revoked.
    """
    old = _locked(connection, public_id)
    at = now()
    if old.refusal(at) is not None:
        raise KeyChangeError(say.not_live(public_id))
    live = _live_of_name(connection, old)
    if len(live) > 1:
        raise KeyChangeError(say.two_live(old.name, [each.public_id for each in live]))
    if keep is not None:
        ends = at + keep if old.expires is None else min(at + keep, old.expires)
        connection.execute(update(keys).where(keys.c.public_id == public_id).values(expires=ends))
    expires = None if old.expires is None else at + old.expires - old.created
    return _made(connection, replace(old, created=at, expires=expires), "key.rotated", actor)


def revoke_key(connection: Connection, public_id: str, *, actor: str = "") -> KeyRecord:
    """Have a key open nothing from now on; one that was revoked stays as it is. Raises KeyChangeError."""
    found = _locked(connection, public_id)
    if found.revoked is not None:
        return found
    revoked = replace(found, revoked=now())
    connection.execute(update(keys).where(keys.c.public_id == public_id).values(revoked=revoked.revoked))
    log(connection, found.project_id, "key.revoked", actor=actor, detail={"key": public_id, "org": found.org_id})
    return revoked


def list_keys(connection: Connection, org: str, project: str | None = None) -> list[KeyRecord]:
    """List the keys of an organisation, or those that open one project of it; raises KeyChangeError."""
    org_id, project_id = _owner(connection, nfc(org), None if project is None else nfc(project))
    wanted = _keys().where(keys.c.org_id == org_id).order_by(keys.c.id)
    if project_id is not None:
        wanted = wanted.where((keys.c.project_id == project_id) | keys.c.project_id.is_(None))
    return [_record(row) for row in connection.execute(wanted)]


def authenticate(connection: Connection, text: str, at: int | None = None) -> KeyRecord:
    """Find whose key a text is, live at an instant (by default now); raises KeyRefusedError."""
    key = read_key(text)
    if key is None:
        raise KeyRefusedError("malformed")
    row = connection.execute(_keys(keys.c.digest).where(keys.c.public_id == key.public_id)).one_or_none()
    digest = bytes(len(key.digest)) if row is None else row.digest
    if not hmac.compare_digest(key.digest, digest) or row is None:
        raise KeyRefusedError("unknown")
    found = _record(row)
    if why := found.refusal(now() if at is None else at):
        raise KeyRefusedError(why)
    return found


# --- rows -------------------------------------------------------------------------------------------------------
def _keys(*more: Any) -> Select[Any]:
    columns = (
        *(keys.c[name] for name in ("public_id", "kind", "name", "last4", "scopes", "created", "expires", "revoked")),
        keys.c.org_id,
        keys.c.project_id,
        organisations.c.name.label("org"),
        projects.c.name.label("project"),
    )
    theirs = keys.join(organisations, organisations.c.id == keys.c.org_id)
    return select(*columns, *more).select_from(theirs.outerjoin(projects, projects.c.id == keys.c.project_id))


def _record(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        public_id=row.public_id,
        kind=row.kind,
        name=row.name,
        org=row.org,
        project=row.project,
        last4=row.last4,
        scopes=frozenset(row.scopes.split()),
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        org_id=row.org_id,
        project_id=row.project_id,
    )


def _owner(connection: Connection, org: str, project: str | None) -> tuple[int, int | None]:
    ids = {row.name: row.id for row in connection.execute(select(organisations.c.name, organisations.c.id))}
    if org not in ids:
        raise KeyChangeError(say.no_organisation(org, tuple(ids)))
    if project is None:
        return ids[org], None
    found = connection.scalar(select(projects.c.id).where(projects.c.org_id == ids[org], projects.c.name == project))
    if found is None:
        raise KeyChangeError(say.no_project(org, project))
    return ids[org], found


def _lock(connection: Connection, org_id: int) -> None:
    """Have nobody else change an organisation's keys until the transaction ends; SQLite lets one write anyhow."""
    connection.execute(select(organisations.c.id).where(organisations.c.id == org_id).with_for_update())


def _locked(connection: Connection, public_id: str) -> KeyRecord:
    """Find a key that is to be changed."""
    org_id = connection.scalar(select(keys.c.org_id).where(keys.c.public_id == public_id))
    if org_id is None:
        known = connection.execute(select(keys.c.public_id)).scalars().all()
        raise KeyChangeError(say.no_key(public_id, known))
    _lock(connection, org_id)
    return _record(connection.execute(_keys().where(keys.c.public_id == public_id)).one())


def _live_of_name(connection: Connection, key: KeyRecord) -> Sequence[KeyRecord]:
    wanted = _keys().where(keys.c.org_id == key.org_id, keys.c.kind == key.kind, keys.c.name == key.name)
    theirs = wanted.where(
        keys.c.project_id.is_(None) if key.project_id is None else keys.c.project_id == key.project_id
    )
    found = [_record(row) for row in connection.execute(theirs.order_by(keys.c.id))]
    return [each for each in found if each.refusal(now()) is None]


def _made(connection: Connection, wanted: KeyRecord, action: str, actor: str) -> MadeKey:
    while True:  # until the id is nobody else's
        key = new_key(wanted.kind)
        row = {
            "org_id": wanted.org_id,
            "project_id": wanted.project_id,
            "kind": wanted.kind,
            "name": wanted.name,
            "public_id": key.public_id,
            "digest": key.digest,
            "last4": key.last4,
            "scopes": " ".join(sorted(wanted.scopes)),
            "created": wanted.created,
            "expires": wanted.expires,
        }
        if connection.execute(new_rows(connection, keys).values(row)).rowcount:
            break
    log(connection, wanted.project_id, action, actor=actor, detail={"key": key.public_id, "org": wanted.org_id})
    return MadeKey(key, replace(wanted, public_id=key.public_id, last4=key.last4))
