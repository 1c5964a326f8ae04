"""What a person was judged by is written as rules write it, whichever engine the person comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from muster.api.person import person_json, person_text
from muster.backends.base import EventRow, ProfileRow
from muster.backends.discover import get_reader
from muster.backends.memory.explain import Evidence, Explanation, explain_person
from muster.compiler.expr import Broken, Sample
from muster.compiler.moments import to_micros
from muster.compiler.own_tables import Column, Member, MemberHow
from muster.compiler.values import Path as KeyPath
from muster.grammar.text import parse
from muster.runtime.clock import to_clock
from muster.runtime.compilation import compile_query
from muster.runtime.evaluation import evaluate
from muster.runtime.exact_json import decode
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value
from tests.clickhouse_server import serving
from tests.own_databases import Database, clickhouse_database, duckdb_database, postgres_database

AS_OF = "2024-06-15"
RULE = (
    'plan = "pro" and member = true and ltv > 5 and last_seen after 2024-01-01 and avg(x) of buy > 1 '
    "and first(x) of buy = 3 and did buy for the first time in last 30 days"
)
FIRST, SECOND = "2024-06-01T00:00:00+00:00", "2024-06-02T00:00:00+00:00"
TOLD = f"""\
u1 is a member.
  yes  trait plan = "pro"  (saw "pro")
  yes  trait member = true  (saw true)
  yes  trait ltv > 5  (saw 1000000.5)
  yes  profile last_seen >= start of 2024-01-01 +1 day  (saw 2024-06-01T10:00:00.000001+00:00)
  yes  avg(x) of buy [-∞, as_of) > 1  (saw 3.5, from {FIRST}, {SECOND})
  yes  first(x) of buy [-∞, as_of) = 3  (saw 3, from {FIRST})
  yes  first time of buy [-∞, as_of) in [as_of -30d, as_of)  (saw {FIRST}, from {FIRST})"""
SEEN = datetime(2024, 6, 1, 10, 0, 0, 1)  # noqa: DTZ001 (UTC, as tables hold it)
HAPPENED = (datetime(2024, 6, 1), datetime(2024, 6, 2))  # noqa: DTZ001 (see SEEN)
TRAITS = '{"plan": "pro", "member": true, "ltv": 1000000.5}'
BOUGHT = ('{"x": 3}', '{"x": 4}')
TYPES = {
    "duckdb": ("VARCHAR", "TIMESTAMP", "JSON", ""),
    "postgres": ("text", "timestamp", "jsonb", ""),
    "clickhouse": ("String", "DateTime64(6, 'UTC')", "String", " ENGINE = MergeTree ORDER BY tuple()"),
}
MAKES: dict[str, Callable[[Path, str], AbstractContextManager[Database]]] = {
    "duckdb": lambda folder, _: duckdb_database(folder),
    "postgres": lambda *_: postgres_database(),
    "clickhouse": lambda _, server: clickhouse_database(server),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Give the host and port of a running server."""
    with serving() as where:
        yield where


def mapped(namespace: str) -> TableMap:
    def held(key: str, how: MemberHow) -> tuple[KeyPath, Value]:
        return (key,), Member("held", (key,), (how,))

    return TableMap(
        (
            EventsTable(
                (namespace, "own_events"),
                Column("id", "text"),
                Column("came", "time"),
                name="called",
                order=Column("mid", "text"),
                values=dict([held("x", "num")]),
            ),
        ),
        PeopleTable(
            (namespace, "own_people"),
            Column("id", "text"),
            fields={"last_seen": Column("last_seen", "time")},
            values=dict([held("plan", "text"), held("member", "bool"), held("ltv", "num")]),
        ),
    )


def fill(made: Database, name: str) -> None:
    text, time, data, engine = TYPES[name]
    made.run(f"CREATE TABLE own_events (id {text}, called {text}, came {time}, mid {text}, held {data}){engine}")
    made.run(f"CREATE TABLE own_people (id {text}, last_seen {time}, held {data}){engine}")
    rows = [("u1", "buy", at, f"m{nr}", held) for nr, (at, held) in enumerate(zip(HAPPENED, BOUGHT, strict=True))]
    made.insert("own_events", rows)
    made.insert("own_people", [("u1", SEEN, TRAITS)])
    made.done()


def told(profile: ProfileRow, events: Iterable[EventRow]) -> str:
    compiled = compile_query(RULE, as_of=AS_OF).compiled
    return person_text("u1", explain_person(compiled.lowered, profile, events, to_clock(AS_OF)))


@pytest.mark.parametrize("name", MAKES)
def test_a_person_of_any_engine_is_explained_in_the_same_words(name: str, tmp_path: Path, server: str) -> None:
    with MAKES[name](tmp_path, server) as made:
        fill(made, name)
        engine = get_reader(name).attach(made.location, own_schema(mapped(made.namespace)))
        found = engine.person("u1")
        members = evaluate(RULE, engine, as_of=AS_OF).members().to_pylist()
        engine.close()

    assert found is not None
    assert told(*found) == TOLD
    assert members == ["u1"]


def test_the_reference_explains_a_person_in_the_same_words() -> None:
    def micros(at: datetime) -> int:
        return to_micros(at.replace(tzinfo=UTC))

    events = [
        EventRow(1, "buy", micros(at), f"m{nr}", decode(held))
        for nr, (at, held) in enumerate(zip(HAPPENED, BOUGHT, strict=True))
    ]

    assert told(ProfileRow(1, "u1", last_seen=micros(SEEN), traits=decode(TRAITS)), events) == TOLD


def evidence(*seen: object) -> list[str]:
    data: Any = person_json("u1", Explanation(member=True, atoms=(Evidence(Broken("x"), holds=True, seen=seen),)))
    (condition,) = data["conditions"]
    return list(condition["seen"])


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ('a "quoted"\nline', '"a \\"quoted\\"\\nline"'),
        (True, "true"),
        (10, "10"),
        (Decimal("1E+1"), "10"),
        (Decimal("1.50"), "1.5"),
        (1e21, "1" + "0" * 21),
        (0.1, "0.1"),
        (Fraction(7, 2), "3.5"),
        (Fraction(10**15 + 1, 1), str(10**15 + 1)),
        (Fraction(1, 3), "about 0.333333333"),
        (datetime(2024, 6, 1, 10, tzinfo=UTC), "2024-06-01T10:00:00+00:00"),
        (datetime(2024, 6, 1, 10, tzinfo=timezone(timedelta(hours=2))), "2024-06-01T10:00:00+02:00"),
        (("at_risk", datetime(2024, 6, 1, tzinfo=UTC)), "at_risk at 2024-06-01T00:00:00+00:00"),
        ([1, "a", None], '[1, "a", null]'),
        ({"a": [Decimal("2.0")], "b": False}, '{"a": [2], "b": false}'),
    ],
    ids=repr,
)
def test_a_value_is_written_as_rules_write_it(value: object, written: str) -> None:
    assert evidence(value) == [written]


@pytest.mark.parametrize("value", ['a "b"', True, Decimal("1E+1"), Decimal("-0.5"), Fraction(7, 2), 1e17])
def test_what_is_written_reads_back_in_a_rule(value: object) -> None:
    (written,) = evidence(value)

    assert parse(f"x = {written}") is not None


def test_a_share_has_no_exponent() -> None:
    assert 'sample 10% by "s"' in person_text(
        "u1", Explanation(member=True, atoms=(Evidence(Sample("s", Decimal("1E+1")), holds=True),))
    )
