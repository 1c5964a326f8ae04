"""Organisations and projects."""

from __future__ import annotations

import threading

import pytest

from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.ledger.projects import (
    ProjectError,
    ProjectRecord,
    create_project,
    find_project,
    list_projects,
)
from tests.runtime.ledger.ledgers import LEDGERS, Address


def create(ledger: Ledger, org: str, name: str, timezone: str = "UTC") -> ProjectRecord:
    with ledger.write() as connection:
        return create_project(connection, org, name, timezone)


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_a_project_is_made_once_and_found_by_its_names_in_any_unicode_form(address: Address) -> None:
    ledger = open_ledger(address)
    made = create(ledger, "acme", "caf\u00e9", "Europe/London")

    assert create(ledger, "acme", "cafe\u0301") == made
    assert (made.org, made.name, made.timezone) == ("acme", "caf\u00e9", "Europe/London")
    with ledger.read() as connection:
        assert find_project(connection, "acme", "cafe\u0301") == made
        assert find_project(connection, "other", "caf\u00e9") is None
        assert list_projects(connection) == [made]
    ledger.close()


@pytest.mark.parametrize("address", LEDGERS, indirect=True)
def test_two_who_create_one_project_at_once_get_the_same(address: Address) -> None:
    ledger = open_ledger(address)
    made: list[ProjectRecord] = []
    threads = [threading.Thread(target=lambda: made.append(create(ledger, "acme", "web"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 8
    assert len({each.namespace for each in made}) == 1
    ledger.close()


def test_projects_have_namespaces_and_digests_of_their_own() -> None:
    ledger = open_ledger("")
    one, other = create(ledger, "acme", "web"), create(ledger, "acme", "shop")

    assert one.namespace != other.namespace
    assert one.namespace.isalnum()
    assert one.digest("user", "u1") != other.digest("user", "u1")
    assert one.digest("user", "u1") != one.digest("anonymous", "u1")
    assert one.digest("user", "u1") == one.digest("user", "u1")
    assert str(one.secret) not in repr(one)
    ledger.close()


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_what_nothing_can_be_called_is_refused(name: str) -> None:
    ledger = open_ledger("")
    with pytest.raises(ProjectError, match="1 to 200 printable"):
        create(ledger, "acme", name)
    ledger.close()


@pytest.mark.parametrize("zone", ["Europe/Londn", "", "../etc"])
def test_a_zone_that_is_not_there_is_refused(zone: str) -> None:
    ledger = open_ledger("")
    with pytest.raises(ProjectError, match="no time zone"):
        create(ledger, "acme", "web", zone)
    ledger.close()
