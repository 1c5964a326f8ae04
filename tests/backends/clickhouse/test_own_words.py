"""JSON in somebody's own tables on ClickHouse: what its members are read as, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.compiler.own_tables import MemberHow
from tests.own_databases import Database, clickhouse_database
from tests.own_members import CASES, answer, schema_of


@pytest.fixture
def theirs(server: str) -> Iterator[Database]:
    """Make an empty database."""
    with clickhouse_database(server) as made:
        yield made


@pytest.mark.parametrize(("hows", "path", "document", "rule"), CASES)
def test_what_json_holds_is_read_or_refused(
    theirs: Database, hows: tuple[MemberHow, ...], path: tuple[str, ...], document: str, rule: str | None
) -> None:
    schema = schema_of(hows, path, theirs.namespace)
    said = answer("clickhouse", theirs_with(theirs, document), schema, rule or "x is set")

    if rule is None:
        assert f"holds something else than {' or '.join(hows)} in 1 row" in said
    else:
        assert said == "u1"


def theirs_with(theirs: Database, document: str) -> Database:
    """Make a person u1 who has a document."""
    theirs.run("CREATE TABLE events (id String, called String, came DateTime64(6, 'UTC')) ENGINE = Memory")
    theirs.run("CREATE TABLE people (id String, held String) ENGINE = Memory")
    theirs.insert("people", [("u1", document)])
    theirs.done()
    return theirs


@pytest.mark.parametrize("document", ['{"a": 0.12345678901234567}', '{"a": 1'])
def test_what_its_reader_does_not_keep_is_refused(theirs: Database, document: str) -> None:
    schema = schema_of(("num",), ("a",), theirs.namespace)
    said = answer("clickhouse", theirs_with(theirs, document), schema, "x > 0")

    assert "holds something else than num in 1 row" in said


@pytest.mark.parametrize("document", ['{"a": 0.30000000000000004}', '{"a": 0.3, "id": 12345678901234567890.5}'])
def test_what_a_double_keeps_is_read_whatever_is_beside_it(theirs: Database, document: str) -> None:
    schema = schema_of(("num",), ("a",), theirs.namespace)

    assert answer("clickhouse", theirs_with(theirs, document), schema, "x = 0.3") == "u1"
