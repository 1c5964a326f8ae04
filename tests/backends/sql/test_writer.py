"""Plain columns and negated memberships print alike on every engine, and what needs quotes has them."""

from __future__ import annotations

import pytest
from sqlglot import exp

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.calls import integer
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import bare, column

DIALECTS = (DuckDbDialect(), ClickHouseDialect())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
@pytest.mark.parametrize("name", ["a b", 'a"b', "select", "A", "é", "", "a.b", "a\\b", "x`y", "a\n"])
def test_a_name_that_is_no_plain_word_is_quoted_as_the_engines_own_printer_does(dialect: SqlDialect, name: str) -> None:
    for tree in (bare(name), column("p", name)):
        assert dialect.write(tree.copy()) == tree.sql(dialect=dialect.name)


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_a_plain_column_is_two_words_and_a_dot(dialect: SqlDialect) -> None:
    assert dialect.write(column("p", "pid")) == "p.pid"
    assert dialect.write(bare("pid")) == "pid"


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_a_negated_membership_reads_as_people_write_it(dialect: SqlDialect) -> None:
    member = exp.In(this=bare("x"), expressions=[integer(1)])

    assert dialect.write(exp.Not(this=member)) == "x NOT IN (1)"
    assert dialect.write(exp.Not(this=bare("x"))) == "NOT x"


def test_a_negated_membership_of_an_array_reads_so_too() -> None:
    member = exp.In(this=bare("x"), field=bare("items"))

    assert ClickHouseDialect().write(exp.Not(this=member)) == 'x NOT IN "items"'
