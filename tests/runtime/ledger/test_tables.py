"""The tags of the ledger's columns: nothing of a person is held where neither export nor erasure looks."""

from __future__ import annotations

from typing import get_args

import pytest
from sqlalchemy import Table

from muster.runtime.ledger.tables import HOLDS, WHOSE, Holds, Whose, metadata

TABLES = sorted(metadata.tables.values(), key=lambda table: table.name)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_column_says_what_it_holds_of_a_person(table: Table) -> None:
    assert {
        column.name: column.info.get(HOLDS) for column in table.columns if column.info.get(HOLDS) not in get_args(Holds)
    } == {}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_with_something_of_people_says_how_theirs_is_found(table: Table) -> None:
    holds_people = any(column.info[HOLDS] == "person" for column in table.columns)

    assert (table.info[WHOSE] in get_args(Whose)) == holds_people


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_columns_by_which_a_persons_rows_are_found_are_there(table: Table) -> None:
    wanted = {"pid": {"project_id", "pid"}, "ids": {"project_id", "user_id", "anonymous_id"}}

    assert wanted.get(table.info[WHOSE], set()) <= set(table.columns.keys())
