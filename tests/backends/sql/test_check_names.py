"""Names in a query: those of its own schema and no other, and those that it gives."""

from __future__ import annotations

from dataclasses import replace

import sqlglot
from sqlglot import exp

from muster.backends.base import EventRow, ProfileRow
from muster.backends.sql.check_names import columns_of, given_names
from muster.backends.tables import Room
from tests.sql_text import DIALECT, SCHEMA, schema_of


def test_columns_and_all_that_is_in_them_are_known() -> None:
    people = (ProfileRow(1, "u1", traits={"tags": [{"deep": [1], "name": "a"}]}),)
    schema = schema_of(people, (EventRow(1, "buy", 1, "m", {"amount": 5}),))
    found = columns_of(schema, DIALECT)

    assert {"pid", "external_id", "ts", "tags__items", "deep__items", "num", "name__str", "amount__num"} <= found
    assert "plan__str" not in found
    assert "plan__str" in columns_of(SCHEMA, DIALECT)


def test_entries_of_maps_are_known() -> None:
    assert {"key", "value"} <= columns_of(schema_of(room=Room(0)), DIALECT)
    assert "key" not in columns_of(SCHEMA, DIALECT)


def test_a_schema_is_asked_for_once_and_another_one_for_itself() -> None:
    other = replace(SCHEMA, profiles=replace(SCHEMA.profiles, external_id="identity"))

    assert columns_of(SCHEMA, DIALECT) is columns_of(SCHEMA, DIALECT)
    assert "identity" in columns_of(other, DIALECT)
    assert "identity" not in columns_of(SCHEMA, DIALECT)


def test_a_query_names_what_it_reads_and_what_it_gives() -> None:
    tree = sqlglot.parse_one("WITH step_1 AS (SELECT a AS b FROM t AS c) SELECT d FROM UNNEST(x) AS e(f)")
    assert isinstance(tree, exp.Select)
    sources, names = given_names(tree)

    assert sources == {"step_1", "c", "e"}
    assert names == {"b", "f"}
