from __future__ import annotations

from muster.runtime.table_map import EventsTable, PeopleTable, TableMap
from tests.backends.sql.test_own import EVENTS, PEOPLE, sql


def test_a_table_that_may_lack_ids_is_read_through_a_relation() -> None:
    found = sql(
        TableMap((EventsTable(EVENTS.table, EVENTS.id, EVENTS.time, name="what", values=EVENTS.values),), PEOPLE)
    )

    assert found.startswith('WITH events AS NOT MATERIALIZED (\n  SELECT\n    r."user_id" AS pid,')
    assert 'WHERE\n    r."user_id" IS NOT NULL AND r."at" IS NOT NULL AND r."what" IS NOT NULL' in found
    assert 'FROM "shop"."people" AS p' in found


def test_doubles_are_left_out_by_their_number_and_versions_by_the_latest() -> None:
    events = EventsTable(EVENTS.table, EVENTS.id, EVENTS.time, name="what", unique="nr")
    people = PeopleTable(PEOPLE.table, PEOPLE.id, latest="version", only={"team": 2}, gone={"away": True})
    found = sql(TableMap((events,), people), "did buy")

    assert 'ROW_NUMBER() OVER (PARTITION BY r."nr" ORDER BY r."at") AS "nth"' in found
    assert 'ROW_NUMBER() OVER (PARTITION BY r."id" ORDER BY r."version" DESC) AS "nth"' in found
    assert 'WHERE\n      r."team" = $' in found
    assert 'r."nth" = 1 AND r."away" IS DISTINCT FROM $' in found
