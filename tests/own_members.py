"""What a member of JSON may hold by the map, what it holds, and whether that is a flaw: cases for every engine."""

from __future__ import annotations

from muster.backends.base import EngineError
from muster.compiler.own_tables import Column, Member, MemberHow
from muster.compiler.schema import Schema
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap
from tests.own_columns import attached, who
from tests.own_databases import Database

# hows, path, document, and a rule that it satisfies; None: the map does not say that it may hold this.
CASES: tuple[tuple[tuple[MemberHow, ...], tuple[str, ...], str, str | None], ...] = (
    (("num",), ("a",), '{"a": 1.5}', "x = 1.5"),
    (("num",), ("a",), '{"a": "1.5"}', None),
    (("num",), ("a",), '{"a": null}', "x is not set"),
    (("num",), ("b",), '{"a": "x"}', "x is not set"),
    (("str",), ("a",), '{"a": "1.5"}', "x = 1.5"),
    (("text",), ("a",), '{"a": "1.5"}', 'x = "1.5" and not x = 1.5'),
    (("text",), ("a",), '{"a": 1.5}', None),
    (("text", "num"), ("a",), '{"a": 1.5}', "x = 1.5"),
    (("bool",), ("a",), '{"a": true}', "x is true"),
    (("bool",), ("a",), '{"a": "true"}', None),
    (("str",), ("a",), '{"a": "TRUE"}', "x is true"),
    (("time",), ("a",), '{"a": "2024-02-29T01:02+05:30"}', "x on 2024-02-28"),
    (("time",), ("a",), '{"a": "yesterday"}', None),
    (("num",), ("a",), '{"a": [1]}', None),
    (("num",), ("a",), '{"a": {"b": 1}}', None),
    (("num",), ("a", "b"), '{"a": {"b": 1}}', "x = 1"),
    (("num",), ("a", "0"), '{"a": [1]}', None),
    (("text",), ('it\'s "a"/b~c',), '{"it\'s \\"a\\"/b~c": "y"}', 'x = "y"'),
)


def schema_of(hows: tuple[MemberHow, ...], path: tuple[str, ...], namespace: str) -> Schema:
    """Map people whose x is at a path of their JSON."""
    events = EventsTable((namespace, "events"), Column("id", "text"), Column("came", "time"), name="called")
    member = Member("held", path, hows)
    return own_schema(
        TableMap((events,), PeopleTable((namespace, "people"), Column("id", "text"), values={("x",): member}))
    )


def answer(backend: str, theirs: Database, schema: Schema, rule: str) -> str:
    """Give the members of a rule, or what is said instead."""
    with attached(backend, theirs, schema) as engine:
        try:
            return ", ".join(who(engine, rule))
        except EngineError as error:
            return str(error)
