"""JSON in somebody's own tables on Postgres: what its members are read as, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.compiler.own_tables import MemberHow
from tests.own_databases import Database, postgres_database
from tests.own_members import CASES, answer, schema_of


@pytest.fixture
def theirs() -> Iterator[Database]:
    """Make an empty database."""
    with postgres_database() as made:
        yield made


@pytest.mark.parametrize(("hows", "path", "document", "rule"), CASES)
def test_what_json_holds_is_read_or_refused(
    theirs: Database, hows: tuple[MemberHow, ...], path: tuple[str, ...], document: str, rule: str | None
) -> None:
    schema = schema_of(hows, path, theirs.namespace)
    said = answer("postgres", theirs_with(theirs, document), schema, rule or "x is set")

    if rule is None:
        assert f"holds something else than {' or '.join(hows)} in 1 row" in said
    else:
        assert said == "u1"


def theirs_with(theirs: Database, document: str) -> Database:
    """Make a person u1 who has a document."""
    theirs.run("CREATE TABLE events (id text, called text, came timestamp)")
    theirs.run("CREATE TABLE people (id text, held jsonb)")
    theirs.insert("people", [("u1", document)])
    theirs.done()
    return theirs


def test_numbers_of_many_digits_are_exact(theirs: Database) -> None:
    schema = schema_of(("num",), ("a",), theirs.namespace)
    said = answer(
        "postgres",
        theirs_with(theirs, '{"a": 123456789012345678.123456789}'),
        schema,
        "x = 123456789012345678.123456789",
    )

    assert said == "u1"
