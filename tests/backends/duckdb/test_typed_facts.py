"""What SQL finds in a typed file: what keeps it from being queried in place, and what the Schema is made of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.duckdb.typed_columns import ColumnRead
from muster.backends.duckdb.typed_facts import EventFacts, Person, TypedFacts
from muster.backends.duckdb.typed_file import NotExact, TypedEvents
from muster.backends.tables.places import COUNTED_TEXTS, Place

COLUMNS: dict[str, Any] = {
    "id": ["u2", "u1", "u2"],
    "event": ["buy", "login", "buy"],
    "ts": pa.array([2, 3, 1], pa.timestamp("us")),
    "mid": ["m1", "m2", "m3"],
    "plan": ["pro", None, "pro"],
    "usd": pa.array([10**18, None, 5], pa.int64()),
}


@contextmanager
def looked_at(folder: Path, **columns: Any) -> Iterator[TypedFacts]:
    path = folder / "a.parquet"
    table = pa.table(COLUMNS | columns)
    pq.write_table(table, path)
    found = path.stat()
    events = TypedEvents(
        path=path,
        mark=(found.st_size, found.st_mtime_ns),
        id=ColumnRead("id", "text"),
        event=ColumnRead("event", "text"),
        constant="",
        time=ColumnRead("ts", "time"),
        order=ColumnRead("mid", "text"),
        message_id=ColumnRead("mid", "text"),
        values={"plan": ColumnRead("plan", "text"), "usd": ColumnRead("usd", "whole", (20, 0))},
    )
    with closing(TypedFacts(events, table.column_names)) as facts:
        yield facts


def test_an_exact_file_has_no_flaw_and_its_large_numbers_are_counted(tmp_path: Path) -> None:
    with looked_at(tmp_path) as facts:
        assert facts.judge() is None
        assert facts.dropped == {"usd": 1}


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("id", ["u1", "", "u2"]),
        ("id", ["u1", None, "u2"]),
        ("id", ["u1", "a\0", "u2"]),
        ("id", ["u1", "e\u0301", "u2"]),
        ("event", [None, "a", "b"]),
        ("event", ["a", "e\u0301", "b"]),
        ("ts", pa.array([None, 0, 0], pa.timestamp("us"))),
        ("ts", pa.array([2**62, 0, 0], pa.timestamp("us"))),
        ("ts", pa.array([0, 0, 0], pa.timestamp("ns"))),
        ("mid", ["m", "n", "m"]),
        ("mid", ["m", "n", None]),
        ("plan", ["\u212b", "", ""]),
        ("plan", ["a\0", None, None]),
        ("plan", pa.array([b"a", b"b", b"c"])),
        ("usd", pa.array([0.5, 1.0, 2.0])),
    ],
)
def test_what_keeps_a_file_from_being_queried_names_its_column(tmp_path: Path, column: str, values: Any) -> None:
    with looked_at(tmp_path, **{column: values}) as facts:
        found = facts.judge()

    assert isinstance(found, NotExact)
    assert found.column == column


@pytest.mark.parametrize("name", ["ID", "file_row_number"])
def test_columns_that_duckdb_sees_otherwise_are_the_files_fault(tmp_path: Path, name: str) -> None:
    with looked_at(tmp_path, **{name: [1, 2, 3]}) as facts:
        found = facts.judge()

    assert isinstance(found, NotExact)
    assert found.column is None


def test_message_ids_are_not_composed(tmp_path: Path) -> None:
    with looked_at(tmp_path, mid=["e\u0301", "é", "x"]) as facts:
        assert facts.judge() is None


def test_people_come_in_the_order_of_their_first_rows(tmp_path: Path) -> None:
    with looked_at(tmp_path) as facts:
        assert list(facts.people()) == [Person("u2", 1, 2, 2), Person("u1", 3, 3, 1)]


def test_events_say_what_their_properties_hold(tmp_path: Path) -> None:
    plan = Place(2, [2, 0, 0, 0], texts={"pro": 2})
    with looked_at(tmp_path) as facts:
        assert list(facts.events(None)) == [
            EventFacts("buy", 2, {("plan",): plan, ("usd",): Place(1, [0, 1, 0, 0])}),
            EventFacts("login", 1, {}),
        ]


def test_only_the_events_of_known_people_count(tmp_path: Path) -> None:
    with looked_at(tmp_path) as facts:
        assert list(facts.events(["u1", "it's"])) == [EventFacts("login", 1, {})]
        assert list(facts.events([])) == []


def test_texts_are_counted_as_they_were_met_but_for_long_ones(tmp_path: Path) -> None:
    texts = ["x" * 81, *(f"t{number}" for number in range(COUNTED_TEXTS + 5, 0, -1)), "t1", "t9"]
    count = len(texts)
    columns = {"id": ["u"] * count, "event": ["e"] * count, "ts": pa.array([0] * count, pa.timestamp("us"))}
    more = {"mid": [str(number) for number in range(count)], "usd": pa.array([None] * count, pa.int64())}
    with looked_at(tmp_path, **columns, **more, plan=texts) as facts:
        (event,) = facts.events(None)

    place = Place()
    place.count_texts(texts)
    assert event.places["plan",].texts == place.texts


def test_a_file_that_duckdb_cannot_read_is_told_by_its_words(tmp_path: Path) -> None:
    with looked_at(tmp_path) as facts:
        (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else PAR1")
        found = facts.judge()

    assert isinstance(found, NotExact)
    assert "DuckDB" in found.reason
