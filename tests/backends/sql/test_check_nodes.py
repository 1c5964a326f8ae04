from __future__ import annotations

import pytest
import sqlglot

from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.check_nodes import INSIDE, INSIDE_OWN, allowed, allowed_of_own, check_node
from muster.compiler.diagnostics import InternalError

DIALECT = DuckDbDialect()
FUNCTIONS = frozenset(name.upper() for name in DIALECT.functions | DIALECT.own.functions)
ONLY_IN_OWN = ("TRY_CAST(a AS DECIMAL(38, 9))", "JSON_TYPE(a, $p0)", "ROW_NUMBER() OVER (PARTITION BY a ORDER BY b)")


def check_own(text: str) -> None:
    for node in sqlglot.parse_one(text, read="duckdb").walk():
        check_node(node, allowed_of_own(DIALECT), FUNCTIONS, INSIDE_OWN)


def check_rule(text: str) -> None:
    for node in sqlglot.parse_one(text, read="duckdb").walk():
        check_node(node, allowed(DIALECT), frozenset(DIALECT.functions), INSIDE)


@pytest.mark.parametrize("text", ONLY_IN_OWN)
def test_what_reads_own_tables_may_say_more_than_a_query_of_a_rule(text: str) -> None:
    check_own(text)

    with pytest.raises(InternalError):
        check_rule(text)


@pytest.mark.parametrize("text", ["read_text('x')", "'UTC' || 'x'", "a::BLOB", "CAST(a AS INTEGER[])", "a.b.c.d"])
def test_neither_may_say_what_no_generator_makes(text: str) -> None:
    with pytest.raises(InternalError):
        check_own(text)
