"""No name can be read as anything else than a name."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.sql import names
from tests.sql_text import DIALECT

TRAPS = (
    *("true", "false", "null", "inf", "nan", "user", "current_date", "session_user", "select", "order"),
    *("x\n", "x y", 'x"y', "X", "é", "1x", "", "a.b", "x'", "p0", "$p0", "__", "a__", "__a", "step_", "people_1x"),
    *("plan__str\n", "Plan__str", "plan__STR", "plan__s tr", "step_1;", "x_2 "),
)


@pytest.mark.parametrize("name", TRAPS)
def test_a_name_that_could_be_read_otherwise_is_quoted(name: str) -> None:
    assert DIALECT.write(names.identifier(name)).startswith('"')


@pytest.mark.parametrize("name", ["plan__str", "a_b_2__items", "step_1", "people_12", "step_1_1", "x", "x_2", "pid"])
def test_our_own_names_stand_bare(name: str) -> None:
    assert DIALECT.write(names.identifier(name)) == name


def test_no_bare_name_is_a_reserved_word() -> None:
    with duckdb.connect() as connection:
        rows = connection.execute("FROM duckdb_keywords() SELECT keyword_name, keyword_category").fetchall()
    categories = {category for word, category in rows if names.is_plain(word)}

    assert len(rows) > 100
    assert categories <= {"unreserved", "column_name"}


@given(st.text(min_size=1).filter(lambda text: "\0" not in text))
def test_any_text_survives_as_a_name(text: str) -> None:
    printed = DIALECT.write(names.column("p", text))
    table, dot, name = printed.partition(".")

    assert (table, dot) == ("p", ".")
    assert name == text or name == '"' + text.replace('"', '""') + '"'


def test_a_table_is_read_under_its_alias() -> None:
    assert DIALECT.write(names.table("my events", "e")) == '"my events" AS e'
    assert DIALECT.write(names.table("events")) == "events"


def test_an_output_keeps_the_name_it_has() -> None:
    assert DIALECT.write(names.named(names.column("e", "pid"), "pid")) == "e.pid"
    assert DIALECT.write(names.named(names.column("e", "user"), "pid")) == 'e."user" AS pid'
