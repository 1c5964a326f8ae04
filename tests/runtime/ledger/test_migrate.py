"""Migrations: a ledger of any age becomes one of today, and a newer one is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from muster.runtime.ledger.database import open_ledger
from muster.runtime.ledger.migrate import HEAD, MIGRATIONS, TooNewError
from muster.runtime.ledger.tables import metadata
from tests.runtime.ledger.ledgers import LEDGERS, Address


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_migrations_make_the_tables_that_the_code_knows(address: Address) -> None:
    ledger = open_ledger(address)

    with ledger.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    ledger.close()


def test_the_form_that_opens_fast_is_the_last_one() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))

    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_a_ledger_of_a_newer_form_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.sqlite")
    ledger = open_ledger(path)
    with ledger.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    ledger.close()

    with pytest.raises(TooNewError, match="9999, made by a newer Muster"):
        open_ledger(path)
