"""Transactions of the ledger: whole or not at all, one writer at a time, readers that see one state."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, text

from muster.runtime.ledger.database import Ledger, LedgerError, lock_project, open_ledger
from muster.runtime.ledger.tables import organisations
from tests.runtime.ledger.ledgers import LEDGERS, Address


def add(ledger: Ledger, name: str) -> None:
    with ledger.write() as connection:
        connection.execute(insert(organisations).values(name=name, created=0))


def names(ledger: Ledger) -> int:
    with ledger.read() as connection:
        return connection.scalar(select(func.count()).select_from(organisations)) or 0


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_a_transaction_that_fails_leaves_nothing(address: Address) -> None:
    ledger = open_ledger(address)
    with pytest.raises(LedgerError, match=r"(?i)not.null"), ledger.write() as connection:
        connection.execute(insert(organisations), [{"name": "acme", "created": 0}, {"name": None, "created": 0}])

    assert names(ledger) == 0
    ledger.close()


@pytest.mark.parametrize("address", ["sqlite", "postgres"], indirect=True)
def test_what_was_written_is_there_when_it_is_opened_again(address: Address) -> None:
    ledger = open_ledger(address)
    add(ledger, "acme")
    ledger.close()
    again = open_ledger(address)

    assert names(again) == 1
    again.close()


@pytest.mark.parametrize("address", ["sqlite", "postgres"], indirect=True)
def test_a_reader_sees_one_state_while_others_write(address: Address) -> None:
    ledger = open_ledger(address)
    with ledger.read() as connection:
        before = connection.scalar(select(func.count()).select_from(organisations))
        writer = threading.Thread(target=add, args=(ledger, "acme"))
        writer.start()
        writer.join()

        assert connection.scalar(select(func.count()).select_from(organisations)) == before == 0
    assert names(ledger) == 1
    ledger.close()


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_writers_of_many_threads_wait_for_each_other(address: Address) -> None:
    ledger = open_ledger(address)

    def count_up() -> None:
        for _ in range(10):
            with ledger.write() as connection:
                lock_project(connection, 7)
                held = connection.scalar(select(func.count()).select_from(organisations))
                connection.execute(insert(organisations).values(name=f"{held}", created=0))

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names(ledger) == 40
    ledger.close()


def test_commits_of_a_file_are_synced(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"))
    with ledger.read() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("synchronous", "journal_mode")
        }

    assert found == {"synchronous": 2, "journal_mode": "wal"}
    ledger.close()


@pytest.mark.parametrize(
    "address", ["mysql://me:geheim@host/db", "postgresql://u:geheim@127.0.0.1:1/db", "postgresql://u:ge@heim:x/db"]
)
def test_an_address_that_does_not_work_is_told_without_its_password(address: str) -> None:
    with pytest.raises(LedgerError) as caught:
        open_ledger(address)

    assert "heim" not in str(caught.value)


def test_a_failure_of_the_database_is_one_sentence(tmp_path: Path) -> None:
    ledger = open_ledger(str(tmp_path / "ledger.sqlite"))

    told = r"^The ledger failed: no such table: nowhere\. Nothing that was"
    with pytest.raises(LedgerError, match=told), ledger.read() as connection:
        connection.execute(text("SELECT * FROM nowhere"))
    ledger.close()


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="unable to open database file"):
        open_ledger(str(tmp_path / "missing" / "ledger.sqlite"))
