"""What the catalog of a Postgres server tells to a role that may only read some of what is there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from muster.backends.discover import get_reader
from tests.own_databases import Database, postgres_database


@pytest.fixture
def theirs() -> Iterator[Database]:
    """Make an empty schema."""
    with postgres_database() as made:
        yield made


@pytest.fixture
def reader(theirs: Database) -> Iterator[str]:
    """Give the address of the database for a role that may only read, and of one column only where it is secret."""
    role = theirs.namespace.replace("theirs", "reader")
    theirs.run("CREATE TABLE log (id uuid PRIMARY KEY, user_id text NOT NULL, at timestamptz, kind text)")
    theirs.run("CREATE UNIQUE INDEX ON log (kind) WHERE kind <> 'x'")
    theirs.run("CREATE UNIQUE INDEX ON log (user_id, kind)")
    theirs.run("CREATE DOMAIN email AS varchar(99)")
    theirs.run("CREATE TYPE plan AS ENUM ('free', 'pro')")
    theirs.run("CREATE MATERIALIZED VIEW users AS SELECT 'u1'::text AS id, 'free'::plan AS plan, 'a@b'::email AS mail")
    theirs.run("CREATE UNIQUE INDEX ON users (id) INCLUDE (plan)")
    theirs.run("CREATE TABLE secrets (id text, password text, gone text)")
    theirs.run("ALTER TABLE secrets DROP COLUMN gone")
    theirs.run(f"CREATE FOREIGN DATA WRAPPER {role}")
    theirs.run(f"CREATE SERVER {role} FOREIGN DATA WRAPPER {role}")
    theirs.run(f"CREATE FOREIGN TABLE far (id text, tags text[], plans plan[]) SERVER {role}")
    theirs.run(f"CREATE ROLE {role}")
    theirs.run(f"GRANT USAGE ON SCHEMA {theirs.namespace} TO {role}")
    theirs.run(f"GRANT SELECT ON log, users, far TO {role}")
    theirs.run(f"GRANT SELECT (id) ON secrets TO {role}")
    try:
        yield f"{theirs.location}&schema={theirs.namespace}&options=-c%20role%3D{role}"
    finally:
        theirs.run(f"DROP FOREIGN DATA WRAPPER {role} CASCADE")
        theirs.run(f"DROP OWNED BY {role}")
        theirs.run(f"DROP ROLE {role}")


def test_all_that_a_role_may_read_is_seen_with_its_unique_indexes(theirs: Database, reader: str) -> None:
    found = {each.table[-1]: each for each in get_reader("postgres").inspect(reader)}
    hows = {name: {each.name: each.hows[:1] for each in table.columns} for name, table in found.items()}

    assert hows == {
        "far": {"id": ("text",), "tags": (), "plans": ()},
        "log": {"id": ("spelled",), "user_id": ("text",), "at": ("zoned",), "kind": ("text",)},
        "secrets": {"id": ("text",)},
        "users": {"id": ("text",), "plan": ("spelled",), "mail": ("text",)},
    }
    assert {name: table.unique for name, table in found.items()} == {
        "far": frozenset(),
        "log": {"id"},
        "secrets": frozenset(),
        "users": {"id"},
    }
    assert [each.name for each in found["log"].columns if not each.nullable] == ["id", "user_id"]
    assert all(each.table[0] == theirs.namespace for each in found.values())
