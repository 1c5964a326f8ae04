"""Which typed files are queried in place, and what is told where one is read instead."""

from __future__ import annotations

from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.discover import get_backend
from muster.backends.duckdb.client import open_in_place
from muster.backends.duckdb.typed_columns import ColumnRead
from muster.backends.duckdb.typed_file import NotExact, TypedEvents
from muster.runtime.evaluation import evaluate
from muster.runtime.file_plan import plan_events
from muster.runtime.files import open_files
from muster.runtime.in_place import typed_events
from muster.runtime.mapping import ColumnSpec, FileKind, TableMap
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.table_file import BadRows, StableFile

COLUMNS: dict[str, Any] = {
    "user_id": ["u1", "u2"],
    "event": ["buy", "buy"],
    "ts": pa.array([0, 1], pa.timestamp("us", "UTC")),
}
NUMBER = pa.array([Decimal("1.50"), None], pa.decimal128(10, 2))


def judged(folder: Path, mapped: TableMap | None = None, **columns: Any) -> TypedEvents | NotExact:
    path = folder / "a.parquet"
    pq.write_table(pa.table(COLUMNS | columns), path)
    given = mapped or TableMap()
    skipped = [source.column for source in given.values.values() if source.kind == "skip"]
    file = ParquetFile(StableFile(path), given.timezone, skipped, BadRows(skip=False))
    return typed_events(file, plan_events(file, mapped)[0])


def value(kind: FileKind) -> TableMap:
    return TableMap(values={"x": ColumnSpec("x", kind)})


@pytest.mark.parametrize(
    ("array", "kind", "expected"),
    [
        (pa.array(["a", "b"]), None, ColumnRead("x", "text")),
        (pa.array(["a", "b"]).dictionary_encode(), "text", ColumnRead("x", "text")),
        (pa.array(["a", "b"], pa.string_view()), None, ColumnRead("x", "text")),
        (pa.array([1, 2], pa.uint16()), None, ColumnRead("x", "whole", (5, 0))),
        (pa.array([1, 2]), "num", ColumnRead("x", "whole", (20, 0))),
        (pa.array([1, 2], pa.int32()), "epoch_s", ColumnRead("x", "epoch_s", (10, 0))),
        (pa.array([1, 2]), "epoch_ms", ColumnRead("x", "epoch_ms", (20, 0))),
        (NUMBER, None, ColumnRead("x", "decimal", (10, 2))),
        (NUMBER, "decimal", ColumnRead("x", "decimal", (10, 2))),
        (pa.array([0.1, 0.2], pa.float32()), "decimal", ColumnRead("x", "double")),
        (pa.array([True, None]), "bool", ColumnRead("x", "flag")),
        (pa.array([date(2024, 1, 1)] * 2), "time", ColumnRead("x", "date")),
        (pa.array([0, 1], pa.timestamp("ms")), None, ColumnRead("x", "time")),
        (pa.array([0, 1], pa.timestamp("ns")), None, ColumnRead("x", "time_ns")),
        (pa.array([0, 1], pa.timestamp("s", "+02:00")), None, ColumnRead("x", "zoned")),
        (pa.array([0, 1], pa.timestamp("ns", "UTC")), None, ColumnRead("x", "zoned_ns")),
    ],
)
def test_a_column_that_sql_reads_exactly(
    tmp_path: Path, array: pa.Array, kind: FileKind | None, expected: ColumnRead
) -> None:
    found = judged(tmp_path, None if kind is None else value(kind), x=array)

    assert isinstance(found, TypedEvents)
    assert found.values == {"x": expected}


@pytest.mark.parametrize(
    ("array", "kind", "reason"),
    [
        (pa.array([0.1, 0.2]), None, 'holds floats (a map can say as = "decimal")'),
        (pa.array([0.1, 0.2]), "num", 'holds floats (a map can say as = "decimal")'),
        (pa.array([0.1, 0.2]), "text", "is mapped as text"),
        (pa.array(["1", "2"]), "num", "is mapped as num"),
        (pa.array(["1", "2"]), "str", "is mapped as str"),
        (pa.array([1, 2]), "text", "is mapped as text"),
        (pa.array([b"1", b"2"]), None, "of the type binary"),
        (pa.array([["a"], []]), None, "of the type list<"),
        (pa.array([{"a": 1}, {}]), None, "of the type struct<"),
        (pa.array([Decimal("0.1")] * 2, pa.decimal128(20, 10)), None, "of the type decimal128(20, 10)"),
        (pa.array([Decimal("0.1")] * 2, pa.decimal256(40, 2)), None, "of the type decimal256(40, 2)"),
        (pa.array([0.5, 1], pa.float16()), None, "of the type halffloat"),
    ],
)
def test_any_other_column_is_named(tmp_path: Path, array: pa.Array, kind: FileKind | None, reason: str) -> None:
    found = judged(tmp_path, None if kind is None else value(kind), x=array)

    assert isinstance(found, NotExact)
    assert found.column == "x"
    assert reason in found.reason


def test_columns_that_are_left_out_or_empty_do_not_matter(tmp_path: Path) -> None:
    found = judged(tmp_path, value("skip"), x=pa.array([["a"], []]), y=pa.nulls(2))

    assert isinstance(found, TypedEvents)
    assert found.values == {}


@pytest.mark.parametrize(
    ("mapped", "columns", "column"),
    [
        (TableMap(), {"user_id": [True, False]}, "user_id"),
        (TableMap(), {"event": pa.nulls(2)}, "event"),
        (TableMap(), {"ts": pa.nulls(2)}, "ts"),
        (TableMap(timezone="Asia/Tokyo"), {"ts": pa.array([0, 1], pa.timestamp("us"))}, "ts"),
        (TableMap(order="x"), {"x": [0.5, 1.0]}, "x"),
        (TableMap(message_id="x"), {"x": [0.5, 1.0]}, "x"),
        (TableMap(), {"e\u0301": [1, 2]}, "e\u0301"),
        (TableMap(values={"x": ColumnSpec("y")}), {"x": [1, 2], "y": [1, 2]}, "x"),
        (TableMap(constant="a\0"), {}, None),
    ],
)
def test_roles_and_names_can_keep_a_file_from_it(
    tmp_path: Path, mapped: TableMap, columns: dict[str, Any], column: str | None
) -> None:
    found = judged(tmp_path, mapped, **columns)

    assert isinstance(found, NotExact)
    assert found.column == column


def test_a_path_with_a_pattern_keeps_a_file_from_it(tmp_path: Path) -> None:
    (tmp_path / "a[1]").mkdir()

    assert isinstance(judged(tmp_path / "a[1]"), NotExact)


def test_ids_and_orders_may_be_whole_numbers(tmp_path: Path) -> None:
    found = judged(tmp_path, TableMap(order="x", constant="e"), user_id=[1, 2], x=pa.array([1, 2], pa.int8()))

    assert isinstance(found, TypedEvents)
    assert (found.id.how, found.event, found.constant) == ("digits", None, "e")
    assert found.order == ColumnRead("x", "sortable", (3, 0))


def test_zoned_times_do_not_depend_on_the_maps_zone(tmp_path: Path) -> None:
    assert isinstance(judged(tmp_path, TableMap(timezone="Asia/Tokyo")), TypedEvents)


def test_what_is_read_instead_is_told_and_gives_the_same_answers(tmp_path: Path) -> None:
    path, mapping = tmp_path / "a.parquet", tmp_path / "m.toml"
    pq.write_table(pa.table(COLUMNS | {"usd": [0.1 + 0.2, float("nan")]}), path)
    mapping.write_text('[events.properties]\nusd = "decimal"\n', encoding="utf-8")
    read, found = open_files(path, in_place=True), open_files(path, mapping=mapping, in_place=True)

    assert read.in_place is None
    assert [note.message for note in read.notes if note.code == "D35"] == [
        'a.parquet is read row by row, not queried in place: column "usd" holds floats (a map can say as = "decimal").'
    ]
    assert found.in_place is not None
    assert [note.code for note in found.notes] == ["D30", "D23"]
    loaded = get_backend("duckdb").connect("", read.schema)
    loaded.load(read.profiles, read.events)
    for engine in (open_in_place(found.in_place, found.schema), loaded):
        with closing(engine):
            if engine is not loaded:
                engine.load(found.profiles, ())
            assert evaluate("did buy where (usd = 0.3)", engine, as_of="2024-01-01").members().to_pylist() == ["u1"]


def test_nothing_is_queried_in_place_unless_asked(tmp_path: Path) -> None:
    pq.write_table(pa.table(COLUMNS), tmp_path / "a.parquet")

    assert open_files(tmp_path / "a.parquet").in_place is None


def test_bad_rows_are_left_out_by_reading(tmp_path: Path) -> None:
    pq.write_table(pa.table(COLUMNS | {"user_id": ["u1", None]}), tmp_path / "a.parquet")
    source = open_files(tmp_path / "a.parquet", skip_bad_rows=True, in_place=True)

    assert source.in_place is None
    assert source.bad_count == 1
    assert {"D20", "D35"} <= {note.code for note in source.notes}


def test_progress_is_told_of_a_file_that_is_only_counted(tmp_path: Path) -> None:
    pq.write_table(pa.table(COLUMNS), tmp_path / "a.parquet")
    told: list[tuple[str, int]] = []
    open_files(tmp_path / "a.parquet", in_place=True, progress=lambda *report: told.append(report))

    assert told == [("a.parquet", 2)]


def test_a_file_of_many_columns_is_queried_in_place_too(tmp_path: Path) -> None:
    path = tmp_path / "wide.parquet"
    wide = {f"p{number}": pa.array([number, None], pa.int64()) for number in range(80)}
    pq.write_table(pa.table(COLUMNS | wide), path)
    source = open_files(path, in_place=True)
    assert source.in_place is not None
    with closing(open_in_place(source.in_place, source.schema)) as engine:
        engine.load(source.profiles, ())

        assert evaluate("did buy where (p79 = 79 and p3 = 3)", engine).members().to_pylist() == ["u1"]
