"""The audit log."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import delete, update

from muster.runtime.ledger.audit import first_broken, log, read_log
from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.ledger.projects import create_project
from muster.runtime.ledger.tables import audit
from tests.runtime.ledger.ledgers import LEDGERS, Address


def write(ledger: Ledger, project_id: int | None, action: str) -> None:
    with ledger.write() as connection:
        log(connection, project_id, action, actor="me", subject=b"\x01", detail={"size": 3})


def opened(address: Address) -> tuple[Ledger, int]:
    ledger = open_ledger(address)
    with ledger.write() as connection:
        return ledger, create_project(connection, "acme", "web").id


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_what_was_done_is_read_back_in_order(address: Address) -> None:
    ledger, project = opened(address)
    write(ledger, project, "audience.created")
    write(ledger, project, "audience.deleted")
    with ledger.read() as connection:
        first, second = read_log(connection, project)
        assert read_log(connection, project, after=first.seq) == [second]
        assert first_broken(connection, project) is None

    assert (first.action, second.action) == ("audience.created", "audience.deleted")
    assert (first.actor, first.subject, dict(first.detail)) == ("me", b"\x01", {"size": 3})
    ledger.close()


@pytest.mark.parametrize("change", ["actor", "action", "at", "gone"])
def test_a_row_that_is_changed_or_taken_out_shows(change: str) -> None:
    ledger, project = opened("")
    for number in range(4):
        write(ledger, project, f"step {number}")
    with ledger.write() as connection:
        rows = read_log(connection, project)
        row = audit.c.seq == rows[1].seq
        connection.execute(
            delete(audit).where(row)
            if change == "gone"
            else update(audit).where(row).values({change: 5 if change == "at" else "other"})
        )
        broken = first_broken(connection, project)

    assert broken == (rows[2].seq if change == "gone" else rows[1].seq)
    ledger.close()


@pytest.mark.parametrize("of_project", [True, False])
@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_writers_of_many_threads_make_one_chain(address: Address, *, of_project: bool) -> None:
    ledger, made = opened(address)
    project = made if of_project else None
    threads = [threading.Thread(target=write, args=(ledger, project, f"step {each}")) for each in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with ledger.read() as connection:
        assert len(read_log(connection, project)) == 12
        assert first_broken(connection, project) is None
    ledger.close()


def test_projects_have_chains_of_their_own() -> None:
    ledger, one = opened("")
    with ledger.write() as connection:
        other = create_project(connection, "acme", "shop").id
    for project in (one, other, one):
        write(ledger, project, "done")
    with ledger.write() as connection:
        connection.execute(delete(audit).where(audit.c.project_id == other))
        assert first_broken(connection, one) is None
        assert read_log(connection, other) == []
    ledger.close()
