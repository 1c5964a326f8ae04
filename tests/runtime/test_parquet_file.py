"""Typed columns keep their types."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.base import PlainText
from muster.runtime.errors import DataError
from muster.runtime.parquet_file import ParquetFile, cut
from muster.runtime.table_file import CHUNK_ROWS, BadRows, StableFile


def opened(
    tmp_path: Path, table: pa.Table, *, timezone: str = "UTC", skipped: tuple[str, ...] = (), bad: BadRows | None = None
) -> ParquetFile:
    path = tmp_path / "a.parquet"
    pq.write_table(table, path)
    return ParquetFile(StableFile(path), timezone, skipped, bad or BadRows(skip=False))


def column(tmp_path: Path, array: pa.Array, timezone: str = "UTC") -> list[Any]:
    file = opened(tmp_path, pa.table({"x": array}), timezone=timezone)
    return [value for chunk in file.chunks() for value in chunk.column("x")]


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (pa.array(["12", None]), [PlainText("12"), None]),
        (pa.array([b"12"]), [PlainText("12")]),
        (pa.array(["a"]).dictionary_encode(), [PlainText("a")]),
        (pa.array([1, None], pa.int32()), [1, None]),
        (pa.array([0.1]), [0.1]),
        (pa.array([Decimal("1.50")], pa.decimal128(10, 2)), [Decimal("1.50")]),
        (pa.array([True]), [True]),
        (pa.array([date(2024, 1, 31)]), [datetime(2024, 1, 31, tzinfo=UTC)]),
        (pa.array([0], pa.timestamp("us", "UTC")), [datetime(1970, 1, 1, tzinfo=UTC)]),
        (pa.array([0], pa.timestamp("us", "Asia/Tokyo")), [datetime(1970, 1, 1, tzinfo=UTC)]),
        (pa.array([-1], pa.timestamp("ns")), [datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)]),
        (pa.array([["a", None]]), [[PlainText("a"), None]]),
        (pa.array([{"a": "x", "b": [1]}]), [{"a": PlainText("x"), "b": [1]}]),
        (pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string())), [{"k": PlainText("v")}]),
        (pa.nulls(1), [None]),
    ],
)
def test_a_typed_column_keeps_its_type(tmp_path: Path, array: pa.Array, expected: list[Any]) -> None:
    found = column(tmp_path, array)

    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


def test_a_timestamp_without_a_zone_is_local(tmp_path: Path) -> None:
    array = pa.array([datetime(2024, 7, 1, 12)], pa.timestamp("us"))  # noqa: DTZ001 (local by intent)

    assert column(tmp_path, array, "Europe/London") == [datetime(2024, 7, 1, 11, tzinfo=UTC)]


def test_rows_are_numbered_from_one_over_chunks(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"x": range(CHUNK_ROWS + 1)}))

    numbers = [row for chunk in file.chunks() for row in chunk.rows]

    assert (numbers[0], numbers[-1], len(numbers)) == (1, CHUNK_ROWS + 1, CHUNK_ROWS + 1)


def test_kinds_of_columns_that_a_built_in_field_could_take(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"t": pa.array([0], pa.timestamp("s")), "b": [True], "x": [1]}))

    assert [file.kind_of(name) for name in ("t", "b", "x")] == ["time", "bool", None]


def test_numbers_that_count_as_missing_are_counted(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"x": [10**18, 5, -(10**18), None]}))
    list(file.chunks())

    assert file.numbers_dropped == {"x": 2}


def test_numbers_that_count_as_missing_are_counted_once_in_several_passes(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"x": [10**18, 5]}))
    next(file.chunks())
    list(file.chunks())

    assert file.numbers_dropped == {"x": 1}


def test_a_file_tells_where_it_is_and_its_types(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"x": [1]}))
    found = (tmp_path / "a.parquet").stat()

    assert file.path == tmp_path / "a.parquet"
    assert file.mark == (found.st_size, found.st_mtime_ns)
    assert file.type_of("x") == pa.int64()
    (tmp_path / "a.parquet").write_bytes(b"")
    with pytest.raises(DataError, match="changed"):
        file.check()


def test_floats_that_count_as_missing_are_counted(tmp_path: Path) -> None:
    file = opened(tmp_path, pa.table({"x": [1e18, float("nan"), float("-inf"), 0.5, None], "y": [0.5] * 5}))
    list(file.chunks())

    assert file.numbers_dropped == {"x": 3}


_NS = pa.timestamp("ns", "UTC")
_BEFORE = datetime(1970, 1, 1, tzinfo=UTC) - timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        (pa.list_(_NS), [[-1, None], None, [], [-1]], [[_BEFORE, None], None, [], [_BEFORE]]),
        (pa.large_list(_NS), [[-1], None], [[_BEFORE], None]),
        (pa.list_(_NS, 1), [[-1], None, [-1]], [[_BEFORE], None, [_BEFORE]]),
        (pa.struct({"t": _NS, "n": pa.int64()}), [{"t": -1, "n": 5}, None], [{"t": _BEFORE, "n": 5}, None]),
        (pa.list_(pa.struct({"t": _NS})), [[{"t": -1}, None], None], [[{"t": _BEFORE}, None], None]),
        (pa.map_(pa.string(), _NS), [[("a", -1)], None, []], [{"a": _BEFORE}, None, {}]),
    ],
    ids=str,
)
def test_nanoseconds_are_cut_at_any_depth(
    tmp_path: Path, kind: pa.DataType, values: list[Any], expected: list[Any]
) -> None:
    assert column(tmp_path, pa.array(values, kind)) == expected

    whole = pa.array([*values, *values], kind)
    assert cut(whole.slice(1)).to_pylist() == cut(whole).to_pylist()[1:]


def test_nested_times_keep_their_rows_over_chunks(tmp_path: Path) -> None:
    values = [None if number % 7 == 0 else [number * 1000] * (number % 3) for number in range(CHUNK_ROWS + 50)]
    found = column(tmp_path, pa.array(values, pa.list_(_NS)))

    assert [None if each is None else len(each) for each in found] == [
        None if each is None else len(each) for each in values
    ]
    assert found[-1] == column(tmp_path, pa.array(values[-1:], pa.list_(_NS)))[0]


def test_text_that_cannot_be_stored_spoils_its_row(tmp_path: Path) -> None:
    bad = BadRows(skip=True)
    file = opened(tmp_path, pa.table({"x": ["a\0b", "c"], "y": pa.array([b"d", b"\xff"])}), bad=bad)
    list(file.chunks())

    assert [str(problem) for problem in bad.first] == [
        'a.parquet, row 1, column "x": found text with the character NUL, which cannot be stored.',
        (
            'a.parquet, row 2, column "y": found bytes that are not UTF-8 text.'
            " Try: iconv -f latin1 -t utf-8 FILE > NEW_FILE"
        ),
    ]


def test_a_type_without_a_kind_is_refused_unless_left_out(tmp_path: Path) -> None:
    table = pa.table({"x": pa.array([1], pa.duration("us")), "y": [1]})

    with pytest.raises(DataError) as caught:
        opened(tmp_path, table)

    assert str(caught.value) == (
        'a.parquet: Values of the type duration[us] have no kind here. A map can leave the column out: "skip".'
    )
    assert opened(tmp_path, table, skipped=("x",)).columns == ("x", "y")


def test_a_type_that_is_too_deep_is_refused(tmp_path: Path) -> None:
    kind = pa.int64()
    for _ in range(9):
        kind = pa.list_(kind)

    with pytest.raises(DataError, match="more than 8 objects and lists inside each other at x"):
        opened(tmp_path, pa.table({"x": pa.array([None], kind)}))


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["x", "x"])

    with pytest.raises(DataError, match='Two columns are called "x"'):
        opened(tmp_path, table)


@pytest.mark.parametrize("cut", [0, 20, 200])
def test_a_broken_file_is_told(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": range(100)}), path)
    path.write_bytes(path.read_bytes()[:cut])

    with pytest.raises(DataError, match=r"a\.parquet: The file is no whole Parquet file"):
        ParquetFile(StableFile(path), "UTC", (), BadRows(skip=False))


def test_a_broken_page_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"x": [f"text {number}" for number in range(1000)]}), path, compression="gzip")
    content = bytearray(path.read_bytes())
    content[60:160] = b"\0" * 100
    path.write_bytes(content)
    file = ParquetFile(StableFile(path), "UTC", (), BadRows(skip=False))

    with pytest.raises(DataError, match=r"a\.parquet: The file is no whole Parquet file"):
        list(file.chunks())
