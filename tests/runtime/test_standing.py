"""Rules as SQL that stands by itself, run by the engines as their users would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from muster.compiler.own_tables import Column
from muster.runtime.compilation import compile_query
from muster.runtime.errors import ChoiceError, InputError
from muster.runtime.own_schema import own_schema
from muster.runtime.standing import Form, standing
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap
from tests.own_databases import Database, duckdb_database, postgres_database

RULES = (
    "did buy in last 30 days",
    "did not buy in last 7 days",
    "did buy in this year",
    "did buy in previous month or did buy in last 2 months",
    "did buy in at least 2 of the last 3 weeks",
    'plan = "it\'s {{ pro }}" and did buy',
    "did buy then buy within 10 days",
)


def mapped(namespace: str) -> TableMap:
    events = EventsTable(
        (namespace, "log"), Column("id", "text"), Column("came", "time"), name="what", order=Column("nr", "text")
    )
    people = PeopleTable((namespace, "people"), Column("id", "text"), values={("plan",): Column("plan", "text")})
    return TableMap((events,), people)


def fill(made: Database, text: str) -> None:
    """Make people whose events lie hours, days and months before now, but near no bound."""
    made.run(f"CREATE TABLE people (id {text}, plan {text})")
    made.run(f"CREATE TABLE log (id {text}, what {text}, came timestamp, nr {text})")
    made.insert("people", [(f"u{number}", "it's {{ pro }}" if number % 2 else "free") for number in range(8)])
    now = datetime.now(UTC).replace(tzinfo=None)
    ages = (0.2, 3.3, 9.4, 16.6, 25.2, 33.3, 50.1, 100.7, 400.2)
    rows = [
        (f"u{number}", "buy", now - timedelta(days=age + number), f"{number}-{age}")
        for number in range(7)
        for age in ages[number % 4 :: 2]
    ]
    made.insert("log", rows)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("form", ["view", "cte", "dbt"])
def test_a_view_of_duckdb_has_the_members(rule: str, form: Form, tmp_path: Path) -> None:
    with duckdb_database(tmp_path) as made:
        fill(made, "VARCHAR")
        compiled = compile_query(rule, "duckdb", schema=own_schema(mapped("main")))
        text = standing(compiled, form, "wanted")
        if form == "dbt":  # does as follows
            text = text.replace("{{ config(materialized='view') }}", "").replace("{{ '{' }}", "{")
        if form == "view":
            made.run(text)
            text = "SELECT * FROM wanted ORDER BY 1"
        found = made.run(text).fetchall()  # type: ignore[attr-defined] # a connection's
        expected = made.run(compiled.inline()).fetchall()  # type: ignore[attr-defined] # a connection's

    assert sorted(found) == sorted(expected)
    assert 0 < len(found) <= 8


@pytest.mark.parametrize("rule", RULES)
def test_a_view_of_postgres_has_the_members(rule: str) -> None:
    with postgres_database() as made:
        fill(made, "text")
        compiled = compile_query(rule, "postgres", schema=own_schema(mapped(made.namespace)))
        made.run(standing(compiled, "view", "wanted"))
        found = made.run("SELECT * FROM wanted").fetchall()  # type: ignore[attr-defined] # a cursor's
        expected = made.run(compiled.inline()).fetchall()  # type: ignore[attr-defined] # a cursor's

    assert sorted(found) == sorted(expected)


def test_what_dbt_would_take_for_a_template_is_text_to_it() -> None:
    compiled = compile_query('plan = "{{ secret }}"', "duckdb")

    assert "{{ '{' }}" in standing(compiled, "dbt", "wanted")
    assert "{{ '{' }}" not in standing(compile_query('plan = "pro"', "duckdb"), "dbt", "wanted")


def test_a_bound_that_engines_give_otherwise_is_told() -> None:
    compiled = compile_query("did buy in last 2 months", "duckdb", timezone="Europe/London")

    with pytest.raises(InputError, match="Months before now in Europe/London"):
        standing(compiled, "view", "wanted")


@pytest.mark.parametrize("name", ["", "1x", 'a"b', "x" * 64])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ChoiceError, match="is no name for a view"):
        standing(compile_query("did buy", "duckdb"), "view", name)
