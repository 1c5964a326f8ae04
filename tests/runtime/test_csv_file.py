"""Lines, quotes and fields, each row with the number of its line."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from muster.runtime.csv_file import CsvFile
from muster.runtime.errors import DataError
from muster.runtime.table_file import CHUNK_ROWS, BadRows, StableFile

Rows = list[tuple[int, Mapping[str, Any]]]


def opened(tmp_path: Path, content: bytes, *, skip: bool = False, delimiter: str = ",") -> tuple[CsvFile, BadRows]:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    bad = BadRows(skip=skip)
    return CsvFile(StableFile(path), delimiter, bad), bad


def rows(file: CsvFile, bad: BadRows | None = None) -> Rows:
    found: Rows = []
    for chunk in file.chunks():
        columns = {name: chunk.column(name) for name in file.columns}
        found += [(row, {name: columns[name][index] for name in columns}) for index, row in enumerate(chunk.rows)]
    dropped = bad.rows(file.name) if bad is not None else frozenset()
    return [(row, cells) for row, cells in found if row not in dropped]


def told(content: bytes, tmp_path: Path) -> tuple[Rows, list[str]]:
    file, bad = opened(tmp_path, content, skip=True)
    return rows(file, bad), [str(problem) for problem in bad.first]


def test_an_empty_field_is_missing(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b'id,plan\nu1,pro\nu2,\nu3,""\n')

    assert rows(file) == [
        (2, {"id": "u1", "plan": "pro"}),
        (3, {"id": "u2", "plan": None}),
        (4, {"id": "u3", "plan": None}),
    ]


def test_quotes_commas_and_lines_inside_fields(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b'id,note\nu1,"a ""b"", c"\nu2,"two\nlines"\nu3,x\n')

    assert rows(file) == [
        (2, {"id": "u1", "note": 'a "b", c'}),
        (3, {"id": "u2", "note": "two\nlines"}),
        (5, {"id": "u3", "note": "x"}),
    ]


def test_marks_windows_lines_and_blank_lines_are_no_data(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b"\xef\xbb\xbfid, plan \r\n\r\nu1,pro\r\n\r\nu2,free")

    assert file.columns == ("id", "plan")
    assert rows(file) == [(3, {"id": "u1", "plan": "pro"}), (5, {"id": "u2", "plan": "free"})]


def test_another_delimiter(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b"id;plan\nu1;a,b\n", delimiter=";")

    assert rows(file) == [(2, {"id": "u1", "plan": "a,b"})]


def test_a_column_without_a_name_is_left_out_and_told(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b",id\n0,u1\n")

    assert rows(file) == [(2, {"id": "u1"})]
    assert [note.message for note in file.notes] == ["Column 1 has no name and was left out."]


def test_a_row_of_another_width(tmp_path: Path) -> None:
    found, problems = told(b"id,plan\nu1,pro,x\nu2\nu3,free\n", tmp_path)

    assert found == [(4, {"id": "u3", "plan": "free"})]
    assert problems == [
        "a.csv, row 2: found 3 fields, expected 2 as in the header.",
        "a.csv, row 3: found 1 field, expected 2 as in the header.",
    ]


def test_the_first_bad_row_stops_unless_they_are_left_out(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b"id,plan\nu1,pro\nu2\n")

    with pytest.raises(DataError, match="row 3: found 1 field, expected 2"):
        rows(file)


def test_quotes_that_do_not_match_spoil_their_row_only(tmp_path: Path) -> None:
    found, problems = told(b'id,plan\nu1,a\nu2,"b"c\nu3,d\n', tmp_path)

    assert found == [(2, {"id": "u1", "plan": "a"}), (4, {"id": "u3", "plan": "d"})]
    assert problems == [
        (
            'a.csv, row 3: the row cannot be split into fields: after a closing quote "," or the end of the line'
            ' was expected. A quote inside a field is doubled and its field quoted: "5"" disk".'
        )
    ]


def test_a_stray_carriage_return_spoils_its_row_only(tmp_path: Path) -> None:
    found, problems = told(b'id,plan\nu1,a\ru2,b\nu3,"c\rd"\n', tmp_path)

    assert found == [(3, {"id": "u3", "plan": "c\rd"})]
    assert problems == [
        (
            "a.csv, row 2: a carriage return stands in the middle of the line;"
            " inside a field it needs quotes around the field."
        )
    ]


def test_a_quote_that_is_never_closed_is_told_where_it_opens(tmp_path: Path) -> None:
    found, problems = told(b'id,plan\nu1,"two\nlines"\nu2,"open\nu3,d\nu4,e\n', tmp_path)

    assert found == [(2, {"id": "u1", "plan": "two\nlines"})]
    assert problems == [
        (
            "a.csv, row 4: a quote begins a field here and is never closed, so all that follows would be one field."
            ' A quote inside a field is doubled and its field quoted: "5"" disk".'
        )
    ]


def test_a_field_without_end_is_told_in_words(tmp_path: Path) -> None:
    _, problems = told(b'id,plan\nu1,"' + b"x" * 200_000 + b'"\nu2,a\n', tmp_path)

    assert problems[0].startswith("a.csv, row 2: a field is longer than 131,072 characters; maybe a quote")


def test_bytes_that_are_not_utf8_and_nul_spoil_their_row_only(tmp_path: Path) -> None:
    found, problems = told(b"id,plan\nu1,caf\xe9\nu2,a\0b\nu3,caf\xc3\xa9\n", tmp_path)

    assert found == [(4, {"id": "u3", "plan": "café"})]
    assert problems == [
        (
            'a.csv, row 2, column "plan": found bytes that are not UTF-8 text.'
            " Try: iconv -f latin1 -t utf-8 FILE > NEW_FILE"
        ),
        'a.csv, row 3, column "plan": found text with the character NUL, which cannot be stored.',
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "a.csv: The file is empty; a header with the names of the columns was expected."),
        (b"\n", "a.csv: The file is empty; a header with the names of the columns was expected."),
        (b"id,plan,id\n", 'a.csv, row 1: Two columns are called "id"; each needs a name of its own.'),
        (
            b"id,plan\ru1,pro\r",
            (
                "a.csv: The lines end with a carriage return alone; a line feed, or both, was expected."
                " Try: tr '\\r' '\\n' < FILE > NEW_FILE"
            ),
        ),
        (
            b'"id\n',
            (
                "a.csv, row 1: a quote begins a field here and is never closed, so all that follows would be one field."
                ' A quote inside a field is doubled and its field quoted: "5"" disk".'
            ),
        ),
        (
            b"id,caf\xe9\n",
            ("a.csv, row 1: found bytes that are not UTF-8 text. Try: iconv -f latin1 -t utf-8 FILE > NEW_FILE"),
        ),
    ],
)
def test_a_header_that_is_none(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, content)

    assert str(caught.value) == message


def test_a_header_alone_is_a_file_without_rows(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b"id,plan\n")

    assert rows(file) == []


def test_rows_keep_their_lines_over_chunks(tmp_path: Path) -> None:
    lines = [b"id,note"] + [b'u%d,"a\nb"' % number for number in range(CHUNK_ROWS + 3)]
    file, _ = opened(tmp_path, b"\n".join(lines))

    found = rows(file)

    assert [row for row, _ in found] == [2 + 2 * number for number in range(CHUNK_ROWS + 3)]
    assert found[-1][1]["id"] == f"u{CHUNK_ROWS + 2}"


def test_bad_rows_in_the_middle_of_a_chunk_lose_nothing(tmp_path: Path) -> None:
    lines = [b"id,plan"] + [b'u,"x"y' if number % 100 == 7 else b"u%d,p" % number for number in range(2500)]
    found, problems = told(b"\n".join(lines), tmp_path)

    assert [row for row, _ in found] == [number + 2 for number in range(2500) if number % 100 != 7]
    assert problems[1].startswith("a.csv, row 109:")


def test_a_gzipped_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"id\nu1\n"))

    assert rows(CsvFile(StableFile(path), ",", BadRows(skip=False))) == [(2, {"id": "u1"})]
