"""Bringing a ledger's tables up to date, by Alembic.

Kept apart so that a ledger that is up to date, which is nearly every one, opens without loading Alembic. All steps
are one transaction: a ledger is of the old form or of the new one.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, Table, Text, inspect, select

from muster.compiler.messages import ledger as say
from muster.runtime.errors import StoreError

HEAD = "0001"
MIGRATIONS = Path(__file__).parent / "migrations"
_revisions = Table("alembic_version", MetaData(), Column("version_num", Text))


class TooNewError(StoreError):
    """The ledger was made by a newer Muster."""


def migrate(connection: Connection) -> None:
    """Make the tables, or change them into those of today; raises TooNewError."""
    found = _revision(connection)
    if found == HEAD:
        return
    from alembic import command  # noqa: PLC0415 (see above)
    from alembic.config import Config  # noqa: PLC0415 (see above)
    from alembic.script import ScriptDirectory  # noqa: PLC0415 (see above)

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise TooNewError(say.too_new(found, HEAD))
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(_revisions.name):
        return None
    found: str | None = connection.scalar(select(_revisions.c.version_num))
    return found
