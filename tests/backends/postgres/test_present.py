"""What is there is read as we would make it, and what we could not make is refused."""

from __future__ import annotations

from typing import Any

import pytest

from muster.backends.base import EngineError
from muster.backends.postgres.client import PostgresEngine
from muster.backends.postgres.ddl import Relation, relations
from muster.backends.postgres.present import check_present, read_present
from tests.sql_text import SCHEMA

PEOPLE = next(each for each in relations(SCHEMA) if each.name == "profiles")
WIDE = Relation("TYPE", "wide", {f"c{number}": PEOPLE.columns["pid"] for number in range(1_600)})


def test_all_that_was_made_is_read_as_it_was_meant(engine: PostgresEngine) -> None:
    with engine._place.connection() as connection:
        found = read_present(connection.cursor(), engine._place.namespace)
        strange = read_present(connection.cursor(), "another")

    wanted = {each.name: each.spelled() for each in relations(SCHEMA)}
    assert {name: found[name] for name in wanted} == wanted
    assert [list(found[each.name]) for each in relations(SCHEMA)] == [list(each.columns) for each in relations(SCHEMA)]
    assert set(found) - set(wanted) == {"profiles_pid", "events_event_ts", "events_event_pid_ts"}
    assert strange == {}


@pytest.mark.parametrize("present", [None, PEOPLE.spelled(), {**PEOPLE.spelled(), "more": "json"}])
def test_what_is_not_there_or_is_wider_is_fine(present: Any) -> None:
    check_present(PEOPLE, present)


@pytest.mark.parametrize(
    ("relation", "present", "message"),
    [
        (PEOPLE, {}, 'has no column "pid"'),
        (PEOPLE, {**PEOPLE.spelled(), "plan__str": 'text COLLATE "de_DE"'}, 'is text COLLATE "de_DE"; .* COLLATE "C"'),
        (WIDE, {"c0": "bigint", "more": "json"}, "1,601"),
    ],
)
def test_what_cannot_be_ours_is_refused(relation: Relation, present: Any, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        check_present(relation, present)


def test_as_many_columns_as_there_may_be_are_fine() -> None:
    check_present(WIDE, None)
