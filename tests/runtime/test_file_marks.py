"""Files that are something else than their names say, known by their first bytes."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.runtime.errors import DataError
from muster.runtime.file_marks import LOOKED_AT, not_lines
from muster.runtime.table_file import StableFile

TEXT = "user_id,event\nu1,purchase\n"


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.csv", TEXT)
    return held.getvalue()


def parquet() -> bytes:
    held = io.BytesIO()
    pq.write_table(pa.table({"x": range(100)}), held)
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TEXT.encode("utf-16"), "The file is UTF-16 text; UTF-8 is expected. Try: iconv -f utf-16 -t utf-8"),
        (TEXT.encode("utf-16-be"), "The file is UTF-16BE text"),
        (TEXT.encode("utf-16-le"), "The file is UTF-16LE text"),
        (TEXT.encode("utf-32"), "The file is UTF-32 text"),
        (gzip.compress(gzip.compress(b"x", mtime=0), mtime=0), "packed by gzip twice"),
        (b"\x28\xb5\x2f\xfd\0", "packed by zstd"),
        (zipped(), "a ZIP archive, as a workbook of Excel"),
        (parquet(), "The file is a Parquet file; its name says something else. Call it FILE.parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0", "a workbook of Excel"),
    ],
    ids=lambda each: each[:40] if isinstance(each, str) else "",
)
def test_what_a_file_is_and_what_would_work_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    with pytest.raises(DataError, match=said), StableFile(path).open("CSV"):
        pass


@pytest.mark.parametrize("text", ["", "a", "PK,id\n", "PAR1,id\n", "BZ,id\n", "\ufeffid\n", "é,id\n", "id\0\n", "{}\n"])
def test_text_is_left_to_its_reader(text: str) -> None:
    assert not_lines(text.encode()[:LOOKED_AT]) is None


def test_a_gzipped_file_is_read_whatever_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(TEXT.encode()))

    with StableFile(path).open("CSV") as stream:
        assert stream.read() == TEXT.encode()
