"""What columns of somebody's tables hold, and what must be read from them: cases that every engine is asked.

Apart from the engines' tests, which say how their types are spelled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from muster.backends.base import Engine
from muster.backends.discover import get_reader
from muster.compiler.own_tables import Column, ColumnHow
from muster.compiler.schema import Schema
from muster.runtime.evaluation import evaluate
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap
from tests.own_databases import Database

AS_OF = "2024-06-15"


def schema_with(column: Column, namespace: str) -> Schema:
    """Map people with one trait, x, and a table without events."""
    events = EventsTable((namespace, "events"), Column("id", "text"), Column("came", "time"), name="called")
    people = PeopleTable((namespace, "people"), Column("id", "text"), values={("x",): column})
    return own_schema(TableMap((events,), people))


@contextmanager
def attached(backend: str, theirs: Database, schema: Schema) -> Iterator[Engine]:
    """Open the tables."""
    engine = get_reader(backend).attach(theirs.location, schema)
    try:
        yield engine
    finally:
        engine.close()


def who(engine: Engine, rule: str) -> list[str]:
    """Give the members of a rule."""
    found: list[str] = evaluate(rule, engine, as_of=AS_OF).members().to_pylist()
    return found


# What a map says, a value as SQL text, and a rule that it must satisfy; None: that it is missing.
NUMBERS: tuple[tuple[ColumnHow, str, str | None], ...] = (
    ("int", "-7", "x = -7"),
    ("num", "12.5", "x = 12.5"),
    ("num", "999999999999999999", "x = 999999999999999999"),
    ("num", "1000000000000000000", None),
    ("decimal", "0.1", "x = 0.1"),
    ("decimal", "1e300", None),
    ("decimal", "0.1234567899", "x = 0.123456789"),
)
INSTANT = datetime(2024, 2, 29, 23, 59, 59, 123456)  # noqa: DTZ001 (UTC, as columns have it)
SEEN = "x >= 2024-02-29T23:59:59.123456Z and x < 2024-02-29T23:59:59.123457Z"
