"""A cluster's tables: said to all servers, spread by person, filled before a load is over, read shard by shard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError
from sqlglot import exp

from muster.backends.base import EngineError, EventRow, Limits, ProfileRow
from muster.backends.clickhouse import client
from muster.backends.clickhouse.client import ClickHouseEngine, open_engine
from muster.backends.clickhouse.cluster import (
    Cluster,
    as_asked,
    check_engines,
    cluster_of,
    create_on_cluster,
    local_name,
    widen_on_cluster,
)
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import OnServer
from muster.backends.clickhouse.sessions import Settings, reading
from muster.backends.sql.batch import generate_batch
from muster.backends.sql.layout import tables
from muster.backends.sql.query import generate
from muster.backends.tables.fields import KEY
from muster.compiler.expr import TRUE, And, Compare, Count, Expr, Not
from muster.compiler.pipeline import compile_rule
from muster.compiler.planner import plan, plan_many
from muster.compiler.resolve import Surroundings
from muster.grammar.text import parse
from tests.backends.sql.test_golden import RULES
from tests.cases import CLOCK, compare, metric, num, text, trait
from tests.clickhouse_cluster import serving_clusters
from tests.clickhouse_server import address
from tests.sql_text import EVENTS, PEOPLE, SCHEMA, schema_of

DIALECT = ClickHouseDialect()
GOLDEN = Path(__file__).parents[2] / "golden" / "cluster.txt"
CLUSTER = Cluster("main", "shop", (1, 1))
EVERYONE = plan(TRUE, TRUE)
BOUGHT = metric(Count(), Compare("gte", num(1)))
PRO = compare(trait("plan"), "eq", text("pro"))
DENIED, UNREACHABLE, TOO_DEEP = 288, 279, 581


@pytest.fixture(scope="module")
def where() -> Iterator[str]:
    """Give the host and port of a server that knows clusters."""
    with serving_clusters() as found:
        yield found


@pytest.fixture
def database(where: str) -> str:
    """Give the address of an empty database on that server."""
    name = f"test_{uuid4().hex}"
    opened = OnServer(address(where, "default")).open_client(())
    opened.command(f"CREATE DATABASE {name}")
    opened.close()
    return address(where, name)


@pytest.fixture
def engine(database: str) -> Iterator[ClickHouseEngine]:
    """Give an engine on three shards."""
    opened = open_engine(f"{database}?cluster=three", SCHEMA)
    yield opened
    opened.close()


# --- statements -------------------------------------------------------------------------------------------------
def test_the_statements_of_a_cluster(golden: Callable[[Path, str], None]) -> None:
    traits = {"tags": ["a"], "plan": "pro"}  # often enough to be kept once
    people = [ProfileRow(pid, f"u{pid}", traits=traits, stages=(("new", 1),)) for pid in range(16)]
    schema = schema_of(tuple(people), (EventRow(1, "buy", 1, "m1", {"amount": 5}),))
    said: list[exp.Expr] = []
    for name, columns in tables(schema).items():
        lacking = pa.schema(list(columns)[:-1])
        said += create_on_cluster(name, columns, schema, CLUSTER)
        said += widen_on_cluster(name, columns, schema, CLUSTER, kept=lacking, shown=lacking)

    golden(GOLDEN, "".join(f"{DIALECT.write(each)};\n" for each in said))


def test_names_of_any_kind_stay_names() -> None:
    kept, shown = create_on_cluster("events", tables(SCHEMA)["events"], SCHEMA, Cluster("a", 'it\'s \\ "d"', (1,)))

    assert "'/clickhouse/tables/a/{shard}/it''s \\\\ \"d\"/events_local'" in DIALECT.write(kept)
    assert "Distributed('a', 'it''s \\\\ \"d\"', 'events_local', cityHash64(pid))" in DIALECT.write(shown)


def test_a_change_that_ended_half_way_is_said_again_to_all_shards() -> None:
    columns = pa.schema([("pid", KEY), ("x__str", pa.string())])
    before, after = pa.schema([columns.field("pid")]), columns
    added = 'ALTER TABLE {} ON CLUSTER "main" ADD COLUMN IF NOT EXISTS x__str Nullable(String)'

    def changes(kept: pa.Schema, shown: pa.Schema) -> list[str]:
        return [
            DIALECT.write(each)
            for each in widen_on_cluster("profiles", columns, SCHEMA, CLUSTER, kept=kept, shown=shown)
        ]

    both = [added.format('"profiles_local"'), added.format("profiles")]
    assert changes(before, before) == both
    assert changes(after, before) == both
    assert changes(before, after) == both[:1]
    assert changes(after, after) == []


def test_a_tuple_keeps_the_fields_that_only_the_shards_know() -> None:
    def items(*names: str) -> pa.Schema:
        return pa.schema([("x__items", pa.list_(pa.struct([(each, pa.string()) for each in names])))])

    said = widen_on_cluster("profiles", items("b"), SCHEMA, CLUSTER, kept=items("a"), shown=items())

    assert [re.findall(r"_local|[ab] Nullable", DIALECT.write(each)) for each in said] == [
        ["_local", "a Nullable", "b Nullable"],
        ["a Nullable", "b Nullable"],
    ]


# --- what is there ----------------------------------------------------------------------------------------------
def test_a_cluster_has_the_weights_of_its_shards() -> None:
    found = [("x", 2, 3, 1), ("x", 1, 1, 1), ("x", 1, 1, 1), ("y", 1, 9, 1)]

    assert cluster_of("x", "d", found) == Cluster("x", "d", (1, 3))
    assert cluster_of("x", "d", [("x", 1, 1, 0)]) == Cluster("x", "d", (1,))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere", r'knows no cluster "nowhere" .*it knows away, half, one, remote, three, twice\.'),
        ("twice", r"writes to each replica by itself \(shards 1\).*<internal_replication>true"),
        ("", r'knows no cluster ""'),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused(database: str, name: str, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        open_engine(f"{database}?cluster={name}", SCHEMA)


def test_a_server_without_clusters_says_so() -> None:
    with pytest.raises(EngineError, match="it knows none"):
        cluster_of("x", "d", [])


def test_a_misspelled_option_does_not_mean_one_server() -> None:
    with pytest.raises(EngineError, match='no option "clustr"; there are: cluster, secure'):
        open_engine("//host/x?clustr=main", SCHEMA)


def test_tables_of_a_cluster_are_not_taken_for_tables_of_a_server(database: str) -> None:
    open_engine(f"{database}?cluster=three", SCHEMA).close()

    with pytest.raises(EngineError, match=r"is spread over a cluster; add \"\?cluster=NAME\""):
        open_engine(database, SCHEMA)
    with pytest.raises(EngineError, match=r'not spread by person over the cluster "one" .*three'):
        open_engine(f"{database}?cluster=one", SCHEMA)


def test_tables_of_a_server_are_not_taken_for_tables_of_a_cluster(database: str) -> None:
    open_engine(database, SCHEMA).close()

    with pytest.raises(EngineError, match=r"not spread by person over the cluster \"three\" \(its engine: MergeTree"):
        open_engine(f"{database}?cluster=three", SCHEMA)
    assert not [name for name in names_in(database) if name.endswith("_local")]


def test_a_cluster_that_has_other_shards_than_before_is_refused() -> None:
    engine = "Distributed('main', 'shop', 'profiles_local', cityHash64(`pid`))"
    check_engines([("profiles", engine, CLUSTER.comment), ("other", "Log", "")], SCHEMA, CLUSTER, DIALECT.write)

    for comment in ("", Cluster("main", "shop", (1, 1, 1)).comment):
        with pytest.raises(EngineError, match="load into a new database"):
            check_engines([("profiles", engine, comment)], SCHEMA, CLUSTER, DIALECT.write)
    with pytest.raises(EngineError, match="not spread by person"):
        check_engines(
            [("profiles", engine.replace("`pid`", "external_id"), CLUSTER.comment)], SCHEMA, CLUSTER, DIALECT.write
        )


# --- loading ----------------------------------------------------------------------------------------------------
def names_in(database: str) -> list[str]:
    opened = OnServer(database).open_client(())
    found = [str(row[0]) for row in opened.query("SHOW TABLES").result_rows]
    opened.close()
    return found


def test_tables_are_made_once_and_widened_everywhere(database: str) -> None:
    small = schema_of(PEOPLE[1:], EVENTS[2:])
    first = open_engine(f"{database}?cluster=three", small)
    first.load(PEOPLE[1:], EVENTS[2:])
    first.close()

    for _ in range(2):
        wide = open_engine(f"{database}?cluster=three", SCHEMA)
        assert wide.members(plan(PRO, PRO), CLOCK).to_pylist() == []
    wide.load(PEOPLE[:1], EVENTS[:2])
    assert wide.members(plan(PRO, PRO), CLOCK).to_pylist() == ["u1"]
    assert wide.members(EVERYONE, CLOCK).to_pylist() == ["u1", "u2"]
    wide.close()
    assert sorted(names_in(database)) == sorted([*tables(SCHEMA), *map(local_name, tables(SCHEMA))])


def test_a_load_of_many_inserts_is_spread_as_well(
    engine: ClickHouseEngine, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_RUN_ROWS", 4)
    people = [ProfileRow(pid, f"u{pid}", traits={"plan": "pro"}) for pid in range(30)]
    engine.load(people, [EventRow(pid, "buy", 1, f"m{pid}") for pid in range(0, 30, 2)])

    assert engine.count(EVERYONE, CLOCK) == 30
    assert engine.count(plan(BOUGHT, BOUGHT), CLOCK) == 15
    assert engine.count(plan(Not(BOUGHT), Not(BOUGHT)), CLOCK) == 15
    assert sorted(names_in(database)) == sorted([*tables(SCHEMA), *map(local_name, tables(SCHEMA))])


def test_a_load_twice_is_there_twice_as_on_one_server(engine: ClickHouseEngine) -> None:
    for _ in range(2):
        engine.load((), EVENTS[:1])
    twice = metric(Count(), Compare("eq", num(2)))
    engine.load(PEOPLE, ())

    assert engine.members(plan(twice, twice), CLOCK).to_pylist() == ["u1"]


def test_all_rows_of_a_person_go_to_one_shard_and_a_load_is_told_of_when_they_are_there(database: str) -> None:
    """Of two shards one is gone: what belongs there is refused at once, for a person and their events alike."""
    asked = by_hand(database, "half", ())
    hashed = [
        int(row[0]) for row in asked.query("SELECT cityHash64(toUInt32(number)) % 2 FROM numbers(12)").result_rows
    ]
    writing = OnServer(f"{database}?cluster=half").writing
    asked.close()
    asked = OnServer(database).open_client(writing)
    for pid, shard in enumerate(hashed):
        rows = {
            "profiles": f"(pid, external_id) VALUES ({pid}, 'u{pid}')",
            "events": f"(pid, event, ts, mid) VALUES ({pid}, 'buy', '2024-01-01 00:00:00', 'm')",
            "stage_log": f"(pid, stage, ts) VALUES ({pid}, 'new', '2024-01-01 00:00:00')",
        }
        for name, values in rows.items():
            if shard == 0:
                asked.command(f"INSERT INTO {name} {values}")
            else:
                with pytest.raises(ClickHouseError, match=r"NETWORK_ERROR|ALL_CONNECTION_TRIES_FAILED"):
                    asked.command(f"INSERT INTO {name} {values}")
    there = [shard for shard in hashed if shard == 0]

    assert 0 < len(there) < len(hashed)
    for name in tables(SCHEMA):
        assert asked.query(f"SELECT count() FROM {name}_local").result_rows == [(len(there),)]
    asked.close()


def test_a_shard_that_is_gone_is_an_error_and_not_fewer_people(database: str) -> None:
    asked = by_hand(database, "half", Cluster("half", "", (1, 1)).reading)

    with pytest.raises(DatabaseError) as caught:
        asked.query("SELECT count() FROM profiles")
    assert caught.value.code == UNREACHABLE
    asked.close()


# --- queries ----------------------------------------------------------------------------------------------------
def by_hand(database: str, cluster: str, settings: Settings) -> Client:
    """Make the tables of a cluster whose servers cannot be asked, and give a connection with settings."""
    place = OnServer(database)
    asked = place.open_client(())
    name = database.rpartition("/")[2]
    for table, columns in tables(SCHEMA).items():
        for made in create_on_cluster(table, columns, SCHEMA, Cluster(cluster, name, (1, 1))):
            asked.command(DIALECT.write(made))
    asked.close()
    return place.open_client(settings)


def questions() -> Iterator[tuple[str, dict[str, object]]]:
    """Give the text and the parameters of a query of every shape there is that reads events of people."""
    lowered: list[Expr] = []
    for rule in RULES.values():
        compiled = compile_rule(parse(rule), Surroundings(schema=SCHEMA))
        lowered.append(compiled.lowered)
        for output in ("members", "count"):
            query = generate(compiled.plan, as_asked(SCHEMA), output, DIALECT)
            yield query.sql, client.bound(query, CLOCK)
    for many in ("counts", "memberships"):
        query = generate_batch(plan_many([(each, each) for each in lowered]), as_asked(SCHEMA), many, DIALECT)
        yield query.sql, client.bound(query, CLOCK)


def answers(asked: Client) -> dict[bool, set[int | str | None]]:
    """Ask every question; gives the codes of what went wrong, for those that read one table and those that join."""
    found: dict[bool, set[int | str | None]] = {False: set(), True: set()}
    for sql, values in questions():
        code: int | str | None = None
        try:
            asked.query_arrow(sql, parameters=values)
        except DatabaseError as error:
            code = error.code
        found[bool(re.search("FROM (events|stage_log) ", sql))].add(code)
    return found


@pytest.mark.parametrize(("mode", "code"), [("local", UNREACHABLE), ("deny", DENIED)])
def test_shards_are_asked_for_their_own_tables_only(database: str, mode: str, code: int) -> None:
    """By the engine's own judgement, which comes before it looks for servers that are not there."""
    settings = dict(Cluster("away", "", (1, 1)).reading)
    assert settings["distributed_product_mode"] == "local"
    given = settings | {"distributed_product_mode": mode}
    asked = by_hand(database, "away", (*given.items(), *reading(Limits())))

    assert answers(asked) == {False: {UNREACHABLE}, True: {code}}
    asked.close()


@pytest.mark.parametrize(("mode", "code"), [("local", None), ("allow", TOO_DEEP)])
def test_a_shard_that_would_ask_all_shards_in_turn_is_an_error(database: str, mode: str, code: int | None) -> None:
    given = dict(Cluster("three", "", (1, 1, 1)).reading) | {"distributed_product_mode": mode}
    asked = by_hand(database, "three", (*given.items(), *reading(Limits())))

    assert answers(asked) == {False: {None}, True: {code}}
    asked.close()


def test_the_text_of_a_query_is_that_for_one_server() -> None:
    for sql, _ in questions():
        assert not re.search("local|distributed|settings|global", sql, re.IGNORECASE)


def test_a_count_begins_at_the_people_so_that_keys_stay_on_their_shards(engine: ClickHouseEngine) -> None:
    assert SCHEMA.events.known_people
    for sql, _ in questions():
        assert re.search("FROM profiles AS p(?! .*FROM profiles AS p)", sql), sql

    assert engine._queries.one(plan(BOUGHT, BOUGHT), "count").sql.startswith("SELECT COUNT(*) FROM profiles AS p WHERE")
    assert engine.schema is SCHEMA


def test_one_shard_alone_may_ask_itself(database: str) -> None:
    engine = open_engine(f"{database}?cluster=one", SCHEMA)
    engine.load(PEOPLE, EVENTS)
    both = And((BOUGHT, PRO))

    assert engine.members(plan(both, both), CLOCK).to_pylist() == ["u1"]
    assert dict(engine._place.reading)["max_distributed_depth"] == "0"
    engine.close()
