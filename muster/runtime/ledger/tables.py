"""The tables of the ledger, and of every column what it holds of a person.

Kept apart from reading and writing them: exports and erasure are made from the tags here, so that a column that is
added is exported and erased, or a test says that nobody thought of it. Instants are UTC microseconds.

Ways to go wrong, each with a test: a column without a tag, a table with something of people and no way to find whose
a row is, a migration that makes other tables than these.
"""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine

# What a column holds: something of a person; something made from it that tells nobody who it was; nothing of people.
Holds = Literal["person", "derived", "nothing"]
# How the rows of a person are found. "pid": by (project, pid). "ids": by what their user_id or anonymous_id says.
# "passing": such rows are gone once the projector has taken its next step. "values": what they hold was counted.
Whose = Literal["pid", "ids", "passing", "values"]

HOLDS, WHOSE = "holds", "whose"

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

# SQLite counts up by itself only a column that is called INTEGER; it holds 64 bits too.
_Serial = BigInteger().with_variant(Integer, "sqlite")


_Kind = TypeEngine[Any] | type[TypeEngine[Any]]


def _column(name: str, kind: _Kind, holds: Holds, *args: Any, **given: Any) -> Column[Any]:
    return Column(name, kind, *args, info={HOLDS: holds}, nullable=given.pop("nullable", False), **given)


def _of_project(**given: Any) -> Column[Any]:
    return _column("project_id", Integer, "nothing", ForeignKey("projects.id"), **given)


def _table(name: str, *columns: Any, whose: Whose | None = None, **given: Any) -> Table:
    return Table(name, metadata, *columns, info={WHOSE: whose}, **given)


# --- who uses the store -----------------------------------------------------------------------------------------
organisations = _table(
    "organisations",
    _column("id", Integer, "nothing", primary_key=True),
    _column("name", Text, "nothing", unique=True),
    _column("created", BigInteger, "nothing"),
)

# `secret` keys the digests of people's ids. `next_pid`, `step`: what the projector counts up.
projects = _table(
    "projects",
    _column("id", Integer, "nothing", primary_key=True),
    _column("org_id", Integer, "nothing", ForeignKey("organisations.id")),
    _column("name", Text, "nothing"),
    _column("namespace", Text, "nothing", unique=True),
    _column("timezone", Text, "nothing"),
    _column("secret", LargeBinary, "nothing"),
    _column("next_pid", BigInteger, "nothing"),
    _column("step", BigInteger, "nothing"),
    _column("settings", Text, "nothing"),
    _column("created", BigInteger, "nothing"),
    UniqueConstraint("org_id", "name"),
)

# What a copy is making on the engine and no project has yet: what is left of it if the copy is broken off.
copies = _table(
    "copies",
    _column("namespace", Text, "nothing", primary_key=True),
    _column("begun", BigInteger, "nothing"),
)

# A key of an organisation has no project. `digest` is SHA-256 of the whole key, of which nothing else is kept.
keys = _table(
    "keys",
    _column("id", Integer, "nothing", primary_key=True),
    _column("org_id", Integer, "nothing", ForeignKey("organisations.id")),
    _of_project(nullable=True),
    _column("kind", Text, "nothing"),
    _column("name", Text, "nothing"),
    _column("public_id", Text, "nothing", unique=True),
    _column("digest", LargeBinary, "nothing"),
    _column("last4", Text, "nothing"),
    _column("scopes", Text, "nothing"),
    _column("created", BigInteger, "nothing"),
    _column("expires", BigInteger, "nothing", nullable=True),
    _column("revoked", BigInteger, "nothing", nullable=True),
)

# --- what came --------------------------------------------------------------------------------------------------
# Messages that were acknowledged and wait for the projector.
inbox = _table(
    "inbox",
    _column("seq", _Serial, "nothing", primary_key=True),
    _of_project(),
    _column("received", BigInteger, "derived"),
    _column("message_id", Text, "person"),
    _column("message", Text, "person"),
    Index("ix_inbox_project_id_seq", "project_id", "seq"),
    whose="passing",
    sqlite_autoincrement=True,  # a number is never given twice
)

# Digests of the ids of messages that came, for as long as one that comes again is dropped.
message_ids = _table(
    "message_ids",
    _of_project(primary_key=True),
    _column("digest", LargeBinary(16), "derived", primary_key=True),
    _column("received", BigInteger, "derived"),
    Index("ix_message_ids_project_id_received", "project_id", "received"),
    sqlite_with_rowid=False,
)

dead_letters = _table(
    "dead_letters",
    _column("id", _Serial, "nothing", primary_key=True),
    _of_project(),
    _column("received", BigInteger, "derived"),
    _column("message_id", Text, "person", nullable=True),
    _column("user_id", Text, "person", nullable=True),
    _column("anonymous_id", Text, "person", nullable=True),
    _column("code", Text, "nothing"),
    _column("reason", Text, "person"),
    _column("message", Text, "person"),
    Index("ix_dead_letters_project_id_id", "project_id", "id"),
    whose="ids",
    sqlite_autoincrement=True,
)

# A step of the projector that the engine may not have taken yet: what it does to the engine, fixed before it does.
steps = _table(
    "steps",
    _of_project(primary_key=True),
    _column("number", BigInteger, "nothing", primary_key=True),
    _column("events", LargeBinary, "person"),
    _column("people", Text, "derived"),
    whose="passing",
)

# --- people -----------------------------------------------------------------------------------------------------
# `traits`: JSON, each trait with its clock (`runtime/store/person.py`), removed ones too. `rev`: the step it is of.
profiles = _table(
    "profiles",
    _of_project(primary_key=True),
    _column("pid", BigInteger, "derived", primary_key=True, autoincrement=False),
    _column("uuid", Text, "derived"),
    _column("external_id", Text, "person"),
    _column("is_anonymous", Boolean, "derived"),
    _column("first_seen", BigInteger, "person", nullable=True),
    _column("last_seen", BigInteger, "person", nullable=True),
    _column("created", BigInteger, "person", nullable=True),
    _column("traits", Text, "person"),
    _column("rev", BigInteger, "nothing"),
    UniqueConstraint("project_id", "external_id", "is_anonymous"),
    UniqueConstraint("project_id", "uuid"),
    whose="pid",
)

# Anonymous ids that belong to a user, since when (of the message that said so).
aliases = _table(
    "aliases",
    _of_project(primary_key=True),
    _column("anonymous_id", Text, "person", primary_key=True),
    _column("pid", BigInteger, "derived"),
    _column("linked", BigInteger, "person"),
    _column("message_id", Text, "person"),
    Index("ix_aliases_project_id_pid", "project_id", "pid"),
    whose="pid",
    sqlite_with_rowid=False,
)

# Push tokens. Whose it is, the claim with the greatest (ts, message_id) says.
devices = _table(
    "devices",
    _of_project(primary_key=True),
    _column("token", Text, "person", primary_key=True),
    _column("pid", BigInteger, "derived"),
    _column("platform", Text, "person", nullable=True),
    _column("ts", BigInteger, "person"),
    _column("message_id", Text, "person"),
    Index("ix_devices_project_id_pid", "project_id", "pid"),
    whose="pid",
    sqlite_with_rowid=False,
)

# Who was erased, as a keyed digest of the id: nothing of theirs enters again, up to `cutoff` once it is lifted.
tombstones = _table(
    "tombstones",
    _of_project(primary_key=True),
    _column("digest", LargeBinary(32), "derived", primary_key=True),
    _column("cutoff", BigInteger, "derived"),
    _column("lifted", BigInteger, "derived", nullable=True),
    _column("reason", Text, "nothing"),
)

# What others are to be told of: takeovers, erasures; gone once it was told.
notices = _table(
    "notices",
    _column("seq", _Serial, "nothing", primary_key=True),
    _of_project(),
    _column("pid", BigInteger, "derived"),
    _column("step", BigInteger, "nothing"),
    _column("kind", Text, "nothing"),
    _column("at", BigInteger, "derived"),
    _column("detail", Text, "person"),
    Index("ix_notices_project_id_seq", "project_id", "seq"),
    whose="pid",
    sqlite_autoincrement=True,
)

# --- audiences --------------------------------------------------------------------------------------------------
_LIVING = text("deleted IS NULL")

audiences = _table(
    "audiences",
    _column("id", Text, "nothing", primary_key=True),
    _of_project(),
    _column("name", Text, "nothing"),
    _column("description", Text, "nothing"),
    _column("version", Integer, "nothing"),
    _column("created", BigInteger, "nothing"),
    _column("updated", BigInteger, "nothing"),
    _column("deleted", BigInteger, "nothing", nullable=True),
    Index(
        "uq_audiences_project_id_name",
        "project_id",
        "name",
        unique=True,
        sqlite_where=_LIVING,
        postgresql_where=_LIVING,
    ),
)

# `source`: the text or JSON as it was given.
audience_versions = _table(
    "audience_versions",
    _column("audience_id", Text, "nothing", ForeignKey("audiences.id"), primary_key=True),
    _column("version", Integer, "nothing", primary_key=True),
    _column("form", Text, "nothing"),
    _column("source", Text, "nothing"),
    _column("fingerprint", Text, "nothing"),
    _column("created", BigInteger, "nothing"),
    _column("author", Text, "nothing"),
)

# Which audience each name in another's rule stands for; of the version that holds.
audience_references = _table(
    "audience_references",
    _column("audience_id", Text, "nothing", ForeignKey("audiences.id"), primary_key=True),
    _column("written", Text, "nothing", primary_key=True),
    _column("refers_to", Text, "nothing", ForeignKey("audiences.id")),
    Index("ix_audience_references_refers_to", "refers_to"),
)

# --- the project's own ------------------------------------------------------------------------------------------
# `document`: what `Catalogue.to_json` gives. It counts frequent texts, which are what people's traits and events hold.
catalogues = _table(
    "catalogues",
    _of_project(primary_key=True),
    _column("version", BigInteger, "nothing"),
    _column("document", Text, "person"),
    whose="values",
)

# `subject` is a keyed digest, `detail` JSON that holds nothing of people. Each row's digest is of the one before too.
audit = _table(
    "audit",
    _column("seq", _Serial, "nothing", primary_key=True),
    _of_project(nullable=True),
    _column("at", BigInteger, "nothing"),
    _column("actor", Text, "nothing"),
    _column("action", Text, "nothing"),
    _column("subject", LargeBinary, "derived", nullable=True),
    _column("detail", Text, "nothing"),
    _column("digest", LargeBinary, "nothing"),
    Index("ix_audit_project_id_seq", "project_id", "seq"),
    sqlite_autoincrement=True,
)

# Work that goes on by itself. `detail` is JSON; of people it holds pids and digests.
jobs = _table(
    "jobs",
    _column("id", Text, "nothing", primary_key=True),
    _of_project(),
    _column("kind", Text, "nothing"),
    _column("state", Text, "nothing"),
    _column("progress", Double, "nothing"),
    _column("detail", Text, "derived"),
    _column("created", BigInteger, "nothing"),
    _column("updated", BigInteger, "nothing"),
    Index("ix_jobs_project_id_created", "project_id", "created"),
)
