"""Which reader a file gets."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.runtime.csv_file import CsvFile
from muster.runtime.errors import DataError
from muster.runtime.file_types import found_in_passing, holds_messages, open_table
from muster.runtime.mapping import ColumnSpec, TableMap
from muster.runtime.ndjson_file import NdjsonFile
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.table_file import BadRows, TableFile


def opened(path: Path, mapped: TableMap | None = None) -> TableFile:
    return open_table(path, mapped, BadRows(skip=False))


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", b"id\n", CsvFile),
        ("A.CSV", b"id\n", CsvFile),
        ("a.tsv", b"id\tx\n", CsvFile),
        ("a.csv.gz", gzip.compress(b"id\n", mtime=0), CsvFile),
        ("a.ndjson", b"{}\n", NdjsonFile),
        ("a.jsonl", b"{}\n", NdjsonFile),
        ("a.json.gz", gzip.compress(b"{}\n", mtime=0), NdjsonFile),
    ],
)
def test_the_ending_of_the_name_tells(tmp_path: Path, name: str, content: bytes, kind: type) -> None:
    (tmp_path / name).write_bytes(content)

    assert type(opened(tmp_path / name)) is kind


def test_a_tsv_file_has_tabs_and_a_map_may_say_otherwise(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b"id\tplan|x\n")

    assert opened(tmp_path / "a.tsv").columns == ("id", "plan|x")
    assert opened(tmp_path / "a.tsv", TableMap(delimiter="|")).columns == ("id\tplan", "x")


def test_texts_for_missing_values_are_of_csv_alone(tmp_path: Path) -> None:
    missing = TableMap(missing=("NULL",))
    for name in ("a.csv", "a.ndjson", "a.parquet"):
        (tmp_path / name).write_bytes(b"id\nNULL\n")

    (chunk,) = opened(tmp_path / "a.csv", missing).chunks()
    assert chunk.column("id") == (None,)
    for name in ("a.ndjson", "a.parquet"):
        with pytest.raises(DataError, match="which only CSV and TSV need"):
            opened(tmp_path / name, missing)


def test_a_parquet_file_leaves_out_what_the_map_skips(tmp_path: Path) -> None:
    for name in ("a.parquet", "a.pq"):
        pq.write_table(pa.table({"x": pa.array([1], pa.duration("s"))}), tmp_path / name)
        mapped = TableMap(values={"x": ColumnSpec("x", "skip")})

        assert isinstance(opened(tmp_path / name, mapped), ParquetFile)


@pytest.mark.parametrize("name", ["a", "a.xlsx", "a.gz", "a.parquet.gz"])
def test_another_ending_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    if name == "a.parquet.gz":
        name = "a.txt.gz"
        (tmp_path / name).write_bytes(b"x")

    with pytest.raises(DataError) as caught:
        opened(tmp_path / name)

    assert str(caught.value) == (
        f"{name}: The name does not tell what kind of file this is."
        " Known endings: .csv .tsv .ndjson .jsonl .json .parquet .pq (.gz)."
    )


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([{"type": "track", "userId": "u"}, {"type": "page", "anonymousId": "a"}], True),
        ([{"type": "identify", "messageId": "m"}], True),
        ([{"type": "track", "user": "u"}], False),
        ([{"type": "purchase", "userId": "u"}], False),
        ([{"type": "track", "userId": "u"}, {"x": 1}], False),
        ([{"type": ["track"], "userId": "u"}], False),
    ],
)
def test_messages_are_recognised_by_their_first_objects(
    tmp_path: Path,
    records: list[dict[str, Any]],
    expected: bool,  # noqa: FBT001 (an expectation)
) -> None:
    path = tmp_path / "a.ndjson"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    file = opened(path)

    assert isinstance(file, NdjsonFile)
    assert holds_messages(file) is expected


def test_what_was_noticed_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id,\n")
    (tmp_path / "a.ndjson").write_bytes(b'{"a":1e18}\n')
    pq.write_table(pa.table({"x": [10**18]}), tmp_path / "a.parquet")
    told = []
    for name in ("a.csv", "a.ndjson", "a.parquet"):
        file = opened(tmp_path / name)
        list(file.chunks())
        told += [note.message for note in found_in_passing(file)]

    assert told == [
        "Column 2 has no name and was left out.",
        "1 number of 10^18 or beyond, NaN or infinite count as missing; first at row 1, a.",
        '1 number of 10^18 or beyond, NaN or infinite count as missing; first at column "x".',
    ]


def test_nothing_noticed_is_nothing_told(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_bytes(b'{"a":1}\n')

    assert found_in_passing(opened(tmp_path / "a.ndjson")) == ()
