"""Every engine makes the same tables of a schema."""

from __future__ import annotations

from dataclasses import replace

from muster.backends.sql.layout import keys, tables
from muster.backends.tables.arrow import STAGES, arrow_schema
from tests.sql_text import SCHEMA


def test_a_schema_has_a_table_of_stages_only_with_a_log() -> None:
    assert set(tables(SCHEMA)) == {"profiles", "events", "stage_log"}
    assert set(tables(replace(SCHEMA, stage_log=False))) == {"profiles", "events"}


def test_columns_are_those_that_loading_fills() -> None:
    arrow = arrow_schema(SCHEMA)

    assert list(tables(SCHEMA).values()) == [arrow.profiles, arrow.events, STAGES]


def test_tables_and_keys_have_the_names_of_the_schema() -> None:
    other = replace(
        SCHEMA,
        profiles=replace(SCHEMA.profiles, table="people", key="id"),
        events=replace(SCHEMA.events, table="log", key="person", time="at"),
    )

    assert set(tables(other)) == {"people", "log", "stage_log"}
    assert keys(other) == {"id", "external_id", "person", "at"}


def test_what_an_analyst_may_leave_empty_is_no_key() -> None:
    assert keys(SCHEMA) == {"pid", "external_id", "ts"}
