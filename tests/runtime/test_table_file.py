"""Files that are read several times, and the rows of them that are bad."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from muster.compiler.messages import data
from muster.runtime.errors import DataError
from muster.runtime.table_file import LISTED, BadRows, Chunk, StableFile


def test_the_first_bad_row_stops() -> None:
    with pytest.raises(DataError, match=r'a\.csv, row 3, column "usd": found 2 fields'):
        BadRows(skip=False).add("a.csv", 3, data.wrong_width(2, 3), "usd")


def test_bad_rows_are_counted_once_however_often_the_file_is_read() -> None:
    bad = BadRows(skip=True)
    for _ in range(2):
        for row in range(30):
            bad.add("a.csv", row, data.wrong_width(2, 3))
    bad.add("b.csv", 1, data.wrong_width(2, 3))

    assert bad.count == 31
    assert [problem.place.row for problem in bad.first] == list(range(LISTED))
    assert bad.rows("b.csv") == {1}
    assert bad.rows("c.csv") == frozenset()


def test_the_rows_kept_are_those_of_least_number_in_their_order() -> None:
    bad = BadRows(skip=True)
    for row in (*range(1000, 1030), 7, 3, 1010):
        bad.add("b.csv", row, data.wrong_width(2, 3))
    bad.add("a.csv", 2, data.wrong_width(2, 3))

    assert [(problem.place.file, problem.place.row) for problem in bad.first] == [
        ("b.csv", row) for row in (3, 7, *range(1000, 1018))
    ]


def test_a_chunk_of_objects_has_columns_too() -> None:
    assert Chunk([1, 2], records=[{"a": 1}, {}]).column("a") == [1, None]
    assert Chunk([1], {"a": ("x",)}).column("a") == ("x",)


def test_a_file_can_be_opened_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"x")
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"x", mtime=0))

    for name in ("a.csv", "a.csv.gz"):
        file = StableFile(tmp_path / name)
        for _ in range(2):
            with file.open("CSV") as stream:
                assert stream.read() == b"x"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        StableFile(tmp_path / "gone.csv")

    assert str(caught.value) == "gone.csv: The file cannot be read: No such file or directory."


def test_what_can_be_read_only_once_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")

    with pytest.raises(DataError, match="it is no regular file, and has to be read more than once"):
        StableFile(tmp_path / "pipe.csv")


def test_a_file_that_changes_meanwhile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"x")
    file = StableFile(path)

    with pytest.raises(DataError, match="changed while it was being read"), file.open("CSV"):
        path.write_bytes(b"xy")
    with pytest.raises(DataError, match="changed while it was being read"), file.open("CSV"):
        pass


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"x" * 1000, mtime=0)[:-12], b""])
def test_a_broken_gzip_file_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(content)
    file = StableFile(path)

    if not content:  # nothing packed is nothing
        with file.open("CSV") as stream:
            assert stream.read() == b""
        return
    with pytest.raises(DataError, match=r"a\.csv\.gz: The file is no whole gzip CSV file"), file.open("CSV") as stream:
        stream.read()
