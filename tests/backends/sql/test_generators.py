"""The source of the generators keeps to its own rules: no raw SQL, no free-form nodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generator_rules import FORBIDDEN, RESERVED, raw_nodes, unparsed_sql
from tests.project_rules import PACKAGE, read

BACKENDS = PACKAGE / "backends"
MODULES = sorted(BACKENDS.rglob("*.py"))


def module(path: Path) -> str:
    return path.relative_to(BACKENDS).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_nodes_are_made_only_where_they_may_be(path: Path) -> None:
    assert raw_nodes(read(path), module(path)) == []


@pytest.mark.parametrize("path", MODULES, ids=module)
def test_only_sql_that_was_written_from_a_tree_is_run(path: Path) -> None:
    assert unparsed_sql(read(path)) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("exp.Anonymous(this=name)", ["Anonymous"]),
        ("exp.And(this=a, expression=b)", ["And"]),
        ("exp.func(name)", ["func"]),
        ("sqlglot.parse_one(text)", ["parse_one"]),
        ("exp.select(text).where(text)", ["select"]),
        ("exp.Literal.string(text)", ["Literal.string"]),
        ("exp.Literal(this=text)", ["Literal"]),
        ("exp.DataType.build(text)", ["build"]),
        ("from sqlglot import parse_one\nparse_one(text)", ["parse_one"]),
        ("from sqlglot.expressions import Column as C\nC(this=1)", []),
        ("exp.EQ(this=a, expression=b)", []),
    ],
)
def test_a_raw_node_is_found(source: str, found: list[str]) -> None:
    assert raw_nodes(source, "sql/atoms.py") == found


def test_each_reserved_node_is_free_in_its_own_module() -> None:
    for name, modules in RESERVED.items():
        assert name not in FORBIDDEN
        for each in modules:
            assert raw_nodes(f"exp.{name}(this=a)", each.replace("*", "duckdb")) == []


def test_a_module_that_reads_sql_may_parse_but_not_build_from_text() -> None:
    assert raw_nodes("sqlglot.parse(text)", "sql/check.py") == []
    assert raw_nodes("sqlglot.parse_one(text)", "sql/check.py") == ["parse_one"]


def test_sql_given_as_text_is_found() -> None:
    source = 'connection.execute("DROP TABLE x")\nconnection.sql(f"FROM {x}")\nconnection.execute(write(tree))\n'

    assert len(unparsed_sql(source)) == 2
