"""Which rows of somebody's tables count: doubles, versions, what is gone, and columns that are called as ours are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from muster.backends.base import EngineError
from muster.backends.discover import all_backends, get_reader
from muster.compiler.moments import to_micros
from muster.compiler.own_tables import Column, Member
from muster.runtime.evaluation import evaluate
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap
from tests.clickhouse_server import serving
from tests.own_databases import Database, clickhouse_database, duckdb_database, postgres_database

SQL = [backend.name for backend in all_backends() if backend.dialect is not None]
_TYPES = {
    "duckdb": ("VARCHAR", "INTEGER", "TIMESTAMP", ""),
    "postgres": ("text", "integer", "timestamp", ""),
    "clickhouse": ("Nullable(String)", "Nullable(Int32)", "Nullable(DateTime64(6, 'UTC'))", " ENGINE = Memory"),
}
Tables = dict[str, tuple[str, list[str]]]


@pytest.fixture(scope="module")
def clickhouse_server() -> Iterator[str]:
    """Give the host and port of a running server."""
    with serving() as where:
        yield where


@pytest.fixture(params=SQL)
def theirs(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Database]]:
    """Give an engine's name and an empty database of it."""
    made: dict[str, Callable[[], AbstractContextManager[Database]]] = {
        "duckdb": partial(duckdb_database, tmp_path),
        "postgres": postgres_database,
    }
    if request.param == "clickhouse":
        made["clickhouse"] = partial(clickhouse_database, request.getfixturevalue("clickhouse_server"))
    with made[request.param]() as database:
        yield request.param, database


def who(theirs: tuple[str, Database], tables: Tables, mapped: Callable[[str], TableMap], rule: str) -> list[str]:
    """Make tables (columns as T, N and D for text, number and time) and give the members of a rule."""
    name, database = theirs
    text, number, time, ending = _TYPES[name]
    for table, (columns, rows) in tables.items():
        spelled = re.sub(
            r"\bD$|\bD(?=,)", time, re.sub(r"\bN$|\bN(?=,)", number, re.sub(r"\bT$|\bT(?=,)", text, columns))
        )
        database.run(f"CREATE TABLE {table} ({spelled}){ending}")
        for row in rows:
            database.run(f"INSERT INTO {table} VALUES ({row})")
    database.done()
    engine = get_reader(name).attach(database.location, own_schema(mapped(database.namespace)))
    try:
        found = evaluate(rule, engine, as_of="2024-06-15")
        ids: list[str] = found.members().to_pylist()
        assert found.count() == len(ids)
        return ids
    finally:
        engine.close()


def test_columns_that_are_called_as_ours_are_not_taken_for_them(theirs: tuple[str, Database]) -> None:
    tables = {
        "log": (
            "who T, event_name T, happened D, event T, ts T, pid T, nth N",
            ["'a', 'buy', '2024-06-01 00:00:00', 'struct', 'x', 'y', 5"],
        ),
        "folk": ("who T, external_id T, pid T", ["'a', 'p', 'q'"]),
    }

    def mapped(namespace: str) -> TableMap:
        values: dict[tuple[str, ...], Column | Member] = {(key,): Column(key, "text") for key in ("event", "ts", "pid")}
        events = EventsTable(
            (namespace, "log"),
            Column("who", "text"),
            Column("happened", "time"),
            name="event_name",
            only={"event": "struct"},
            unique="nth",
            values=values,
        )
        traits: dict[tuple[str, ...], Column | Member] = {
            ("external_id",): Column("external_id", "text"),
            ("pid",): Column("pid", "text"),
        }
        return TableMap((events,), PeopleTable((namespace, "folk"), Column("who", "text"), values=traits))

    rule = 'did buy where (event = "struct" and ts = "x" and pid = "y") and pid = "q" and trait external_id = "p"'
    assert who(theirs, tables, mapped, rule) == ["a"]


def test_rows_of_others_are_not_looked_at_and_the_latest_of_the_rest_counts(theirs: tuple[str, Database]) -> None:
    rows = ["'1', 2, 1, 'old', 7, 0", "'1', 2, 3, 'pro', 1, 0", "'1', 3, 5, 'free', 2, 0", "'2', 2, 1, 'pro', 1, 0"]
    tables = {
        "log": ("who T, what T, came D", []),
        "folk": ("who T, team N, version N, plan T, nth N, gone N", [*rows, "'2', 2, 2, 'pro', 1, 1"]),
    }

    def mapped(namespace: str) -> TableMap:
        people = PeopleTable(
            (namespace, "folk"),
            Column("who", "text"),
            only={"team": 2},
            gone={"gone": 1},
            latest="version",
            values={("plan",): Column("plan", "text"), ("nth",): Column("nth", "int")},
        )
        return TableMap((_log(namespace),), people)

    assert who(theirs, tables, mapped, 'plan = "pro" and nth = 1') == ["1"]


def test_a_patch_without_a_time_tells_nothing(theirs: tuple[str, Database]) -> None:
    rows = ["'a', '2024-01-01 00:00:00', 'free'", "'a', NULL, 'pro'", "'b', '2024-01-02 00:00:00', 'pro'"]
    tables = {"log": ("who T, what T, came D", []), "folk": ("who T, at_time D, plan T", rows)}

    def mapped(namespace: str) -> TableMap:
        values: dict[tuple[str, ...], Column | Member] = {("plan",): Column("plan", "text")}
        people = PeopleTable((namespace, "folk"), Column("who", "text"), patches="at_time", values=values)
        return TableMap((_log(namespace),), people)

    assert who(theirs, tables, mapped, 'plan = "pro"') == ["b"]


def test_nobody_is_in_a_set_of_ids_with_null_and_two_rows_of_one_person_are_refused(
    theirs: tuple[str, Database],
) -> None:
    tables = {
        "log": ("who T, what T, came D", ["'a', 'buy', '2024-06-01 00:00:00'", "NULL, 'buy', '2024-06-01 00:00:00'"]),
        "folk": ("who T", ["'a'", "'b'", "NULL", "'b'"]),
    }

    def mapped(namespace: str) -> TableMap:
        return TableMap((_log(namespace),), PeopleTable((namespace, "folk"), Column("who", "text")))

    with pytest.raises(EngineError, match="has 1 row more than people"):
        who(theirs, tables, mapped, "did not buy")


def test_an_order_that_is_missing_is_told_where_it_is_asked_for(theirs: tuple[str, Database]) -> None:
    tables = {
        "log": ("who T, what T, came D, nr T, v T", ["'a', 'buy', '2024-06-01 00:00:00', NULL, 'x'"]),
        "folk": ("who T", ["'a'"]),
    }

    def mapped(namespace: str) -> TableMap:
        events = EventsTable(
            (namespace, "log"),
            Column("who", "text"),
            Column("came", "time"),
            name="what",
            order=Column("nr", "text"),
            values={("v",): Column("v", "text")},
        )
        return TableMap((events,), PeopleTable((namespace, "folk"), Column("who", "text")))

    with pytest.raises(EngineError, match=r"log\.nr is NULL in 1 row, and of equal times"):
        who(theirs, tables, mapped, 'first(v) of buy = "x"')


def _log(namespace: str) -> EventsTable:
    return EventsTable((namespace, "log"), Column("who", "text"), Column("came", "time"), name="what")


# --- times of a zone's clocks -----------------------------------------------------------------------------------
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "America/St_Johns")


def instants(zone: str) -> dict[str, tuple[str, datetime]]:
    """Give times that clocks showed, by who: those about the changes of 2024 among them."""
    here, found = ZoneInfo(zone), dict[str, tuple[str, datetime]]()
    day = datetime(2024, 1, 1, tzinfo=UTC)
    for number in range(366):
        moment = day + timedelta(days=number)
        if (
            moment.astimezone(here).utcoffset() != (moment + timedelta(days=1)).astimezone(here).utcoffset()
            or number % 200 == 0
        ):
            for hour in (0, 1, 2, 3, 12, 23, 25, 26, 27):
                shown = moment.replace(tzinfo=None) + timedelta(hours=hour, minutes=20)
                found[f"{number}-{hour}"] = (str(shown), _as_defined(shown, here))
    return found


def _as_defined(shown: datetime, zone: ZoneInfo) -> datetime:
    """Give the later instant of a time that is twice; of one that is skipped, the one by the clocks before."""
    later = shown.replace(tzinfo=zone, fold=1).astimezone(UTC)
    is_shown = later.astimezone(zone).replace(tzinfo=None) == shown
    return later if is_shown else shown.replace(tzinfo=zone, fold=0).astimezone(UTC)


@pytest.mark.parametrize("zone", ZONES)
def test_what_clocks_of_a_zone_showed_is_read_as_an_instant(theirs: tuple[str, Database], zone: str) -> None:
    expected = instants(zone)
    rows = ", ".join(f"('{who_}', '{shown}')" for who_, (shown, _) in expected.items())

    def mapped(namespace: str) -> TableMap:
        at = Column("came", "local", zone)
        people = PeopleTable(
            (namespace, "people"), Column("id", "text"), values={("at",): at}, fields={"created_at": at}
        )
        log = EventsTable((namespace, "people"), Column("id", "text"), at, constant="came")
        return TableMap((log,), people)

    name, database = theirs
    text, _, time, ending = _TYPES[name]
    database.run(f"CREATE TABLE people (id {text}, came {time}){ending}")
    database.run(f"INSERT INTO people VALUES {rows}")
    database.done()
    engine = get_reader(name).attach(database.location, own_schema(mapped(database.namespace)))
    try:
        found = {who_: engine.person(who_) for who_ in expected}
        read = {who_: (rows[0].created_at, rows[1][0].ts) for who_, rows in found.items() if rows is not None}
        assert read == {who_: (to_micros(instant), to_micros(instant)) for who_, (_, instant) in expected.items()}
        edge = sorted({instant for _, instant in expected.values()})[len(expected) // 2]
        later = sorted(who_ for who_, (_, instant) in expected.items() if instant >= edge)
        for rule in (f"at >= {edge:%Y-%m-%dT%H:%M:%SZ}", f"did came after {edge:%Y-%m-%dT%H:%M:%SZ}"):
            assert sorted(evaluate(rule, engine, as_of="2026-01-01").members().to_pylist()) == later
    finally:
        engine.close()


def test_times_of_which_zones_are_not_known_alike_everywhere_are_refused(theirs: tuple[str, Database]) -> None:
    rows = ["'a', 'buy', '1969-12-31 23:59:59', 1", "'b', 'buy', '1970-01-01 00:00:00', 1", "'c', 'buy', NULL, 1"]
    tables = {"log": ("who T, what T, came D, n N", rows), "folk": ("who T", ["'a'", "'b'", "'c'"])}

    def mapped(namespace: str) -> TableMap:
        at = Column("came", "local", "Europe/Berlin")
        log = EventsTable((namespace, "log"), Column("who", "text"), at, name="what")
        return TableMap((log,), PeopleTable((namespace, "folk"), Column("who", "text")))

    with pytest.raises(EngineError, match=r"log\.came is before 1970 or after 2099 in 1 row, for which engines"):
        who(theirs, tables, mapped, "did buy")


def test_of_rows_that_are_one_event_the_earliest_instant_counts(theirs: tuple[str, Database]) -> None:
    # 02:30 was skipped in Berlin: by the clocks before it is 01:30 UTC, after 03:10 by the clocks after.
    rows = ["'a', 'm', '2024-03-31 02:30:00'", "'a', 'm', '2024-03-31 03:10:00'"]
    tables = {"log": ("who T, nr T, came D", rows), "folk": ("who T", ["'a'"])}

    def mapped(namespace: str) -> TableMap:
        at = Column("came", "local", "Europe/Berlin")
        log = EventsTable((namespace, "log"), Column("who", "text"), at, constant="buy", unique="nr")
        return TableMap((log,), PeopleTable((namespace, "folk"), Column("who", "text")))

    assert who(theirs, tables, mapped, "did buy before 2024-03-31T01:20:00Z") == ["a"]
