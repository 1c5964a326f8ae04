"""Types and tables: each made after what it needs, widened by what it lacks, named within 63 bytes."""

from __future__ import annotations

from muster.backends.base import EventRow, ProfileRow
from muster.backends.postgres.ddl import (
    LONGEST_NAME,
    Relation,
    create,
    indexes,
    relations,
    type_name,
    widen,
)
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.sql.names import Sql
from tests.sql_text import SCHEMA, schema_of

NESTED = schema_of(
    (ProfileRow(1, "u1", traits={"tags": [{"deep": [1]}]}),), (EventRow(1, "buy", 0, "m", {"items": [1]}),)
)


def written(tree: Sql) -> str:
    return PostgresDialect().write(tree)


def test_a_type_is_made_before_what_it_is_in() -> None:
    names = [(each.kind, each.name) for each in relations(NESTED)]

    assert names == [
        ("TYPE", "profiles_tags__items_deep__items"),
        ("TYPE", "profiles_tags__items"),
        ("TYPE", "profiles_tags_deep__items"),
        ("TABLE", "profiles"),
        ("TYPE", "events_items__items"),
        ("TABLE", "events"),
    ]


def test_texts_compare_by_code_point_and_keys_are_never_null() -> None:
    made = {each.name: written(create(each)) for each in relations(NESTED)}

    assert made["events_items__items"] == ("CREATE TYPE events_items__items AS (num DECIMAL(38, 9), nested BOOLEAN)")
    assert made["events"].startswith(
        'CREATE TABLE events (pid BIGINT NOT NULL, event TEXT COLLATE "C", ts TIMESTAMP NOT NULL, mid TEXT COLLATE "C"'
    )
    assert made["events"].endswith("items__size DECIMAL(38, 9), items__items events_items__items[])")


def test_what_is_lacking_is_added() -> None:
    people = next(each for each in relations(SCHEMA) if each.name == "profiles")
    lacking = list(people.columns)[2:4]
    present = frozenset(people.columns) - set(lacking)

    assert [written(each).split(" COLLATE")[0].rsplit(" ", 1)[0] for each in widen(people, present)] == [
        f"ALTER TABLE profiles ADD COLUMN {name}" for name in lacking
    ]
    assert list(widen(people, frozenset(people.columns))) == []


def test_a_type_is_given_attributes() -> None:
    (item, *_) = relations(NESTED)
    held = Relation(item.kind, item.name, item.columns)

    assert written(next(iter(widen(held, frozenset())))) == (
        "ALTER TYPE profiles_tags__items_deep__items ADD ATTRIBUTE num DECIMAL(38, 9)"
    )


def test_indexes_are_for_a_window_and_for_a_person() -> None:
    assert [written(each) for each in indexes(SCHEMA).values()] == [
        'CREATE INDEX "profiles_pid" ON profiles(pid)',
        'CREATE INDEX "events_event_ts" ON events(event, ts) INCLUDE (pid)',
        'CREATE INDEX "events_event_pid_ts" ON events(event, pid, ts)',
    ]


def test_long_names_stay_apart() -> None:
    names = {type_name("t" * 70 + end) for end in "AB"}

    assert len(names) == 2
    assert {len(name) for name in names} == {LONGEST_NAME}
    assert type_name("short") == "short"
