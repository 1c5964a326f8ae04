"""One person of somebody's own tables: what the reference says of their rows is what the engine counts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from muster.backends.base import PlainText
from muster.backends.discover import get_reader
from muster.backends.memory.explain import explain_person
from muster.compiler.own_tables import Column, Member
from muster.compiler.values import Path as KeyPath
from muster.runtime.clock import to_clock
from muster.runtime.evaluation import evaluate
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value
from tests.own_databases import duckdb_database, postgres_database
from tests.own_layouts import AS_OF, HELD, warehouse

MEMBERS = {
    ("x",): Member("held", ("x",), ("num", "str")),
    ("deep", "y"): Member("held", ("deep", "y"), ("text",)),
}
PLAIN: dict[KeyPath, Value] = {("kind",): Column("Kind", "text")}


def test_a_person_is_read_as_the_map_says(tmp_path: Path) -> None:
    events = EventsTable(("main", "log"), Column("id", "text"), Column("at", "time"), name="what", values=MEMBERS)
    people = PeopleTable(
        ("main", "people"),
        Column("id", "text"),
        fields={"first_seen": Column("since", "date")},
        values={("plan",): Column("plan", "text")},
    )
    with duckdb_database(tmp_path) as made:
        made.run("CREATE TABLE people (id VARCHAR, plan VARCHAR, since DATE)")
        made.run("INSERT INTO people VALUES ('a', '12', '2024-01-02'), ('b', NULL, NULL)")
        made.run('CREATE TABLE log (id VARCHAR, what VARCHAR, "at" TIMESTAMP, held JSON)')
        made.run("""INSERT INTO log VALUES ('a', 'buy', '2024-06-01', '{"x": "7", "deep": {"y": "8"}}')""")
        made.run(
            """INSERT INTO log VALUES ('a', 'buy', '2024-06-02', '{"x": 1.5}'), (NULL, 'buy', '2024-06-02', '{}')"""
        )
        made.done()
        engine = get_reader("duckdb").attach(made.location, own_schema(TableMap((events,), people)))
        found = engine.person("a")
        nobody, quiet = engine.person("z"), engine.person("b")
        engine.close()

    assert found is not None
    profile, history = found
    assert isinstance(profile.traits["plan"], PlainText)
    assert profile.first_seen == 1_704_153_600_000_000
    assert [event.properties for event in history] == [{"x": "7", "deep": {"y": "8"}}, {"x": Decimal("1.5")}]
    assert not isinstance(history[0].properties["x"], PlainText)
    assert nobody is None
    assert quiet is not None
    assert (quiet[0].traits, quiet[1]) == ({}, ())


def test_a_person_of_tables_that_are_read_under_their_own_names(tmp_path: Path) -> None:
    events = EventsTable(
        ("main", "log"), Column("who", "text"), Column("at", "time"), name="what", never_null=True, values=PLAIN
    )
    people = PeopleTable(("main", "people"), Column("id", "text"), never_null=True, values=PLAIN)
    with duckdb_database(tmp_path) as made:
        made.run('CREATE TABLE people (id VARCHAR, "Kind" VARCHAR)')
        made.run("INSERT INTO people VALUES ('a', 'x')")
        made.run('CREATE TABLE log (who VARCHAR, what VARCHAR, "at" TIMESTAMP, "Kind" VARCHAR)')
        made.run("INSERT INTO log VALUES ('a', 'buy', '2024-06-01', 'y')")
        made.done()
        engine = get_reader("duckdb").attach(made.location, own_schema(TableMap((events,), people)))
        found = engine.person("a")
        engine.close()

    assert found is not None
    assert found[0].traits == {"kind": "x"}
    assert [(each.event, each.properties) for each in found[1]] == [("buy", {"kind": "y"})]


def test_what_explains_a_person_is_what_is_counted() -> None:
    from muster.runtime.own_presets import segment  # noqa: PLC0415 (one test of a layout)

    rules = ('plan = "pro" or sum(total) of order_completed > 100', 'did product_viewed where (category = "toys")')
    with postgres_database() as made:
        warehouse(made, "postgres", HELD, users=False)
        reader = get_reader("postgres")
        tables = [each for each in reader.inspect(made.location) if each.table[0] == made.namespace]
        engine = reader.attach(made.location, own_schema(segment(tables, lambda _, __: ())))
        for rule in rules:
            asked = evaluate(rule, engine, as_of=AS_OF)
            members = set(asked.members().to_pylist())
            for person in HELD.people:
                found = engine.person(person.id)
                assert found is not None
                told = explain_person(asked.compiled.lowered, *found, to_clock(AS_OF))
                assert told.member == (person.id in members)
        engine.close()
