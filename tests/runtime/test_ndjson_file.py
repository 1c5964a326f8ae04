"""One object a line, and what is wrong with lines that hold none."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from muster.backends.base import Json
from muster.runtime.errors import DataError
from muster.runtime.ndjson_file import NdjsonFile
from muster.runtime.table_file import CHUNK_ROWS, BadRows, StableFile
from tests.documents import deep


def opened(tmp_path: Path, content: bytes, *, skip: bool = False) -> tuple[NdjsonFile, BadRows]:
    path = tmp_path / "a.ndjson"
    path.write_bytes(content)
    bad = BadRows(skip=skip)
    return NdjsonFile(StableFile(path), bad), bad


def objects(file: NdjsonFile) -> list[dict[str, Json]]:
    return [record for chunk in file.chunks() for record in chunk.records or []]


def test_objects_are_kept_as_they_are(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b'\xef\xbb\xbf{"a":1}\n\n  \n{"b":{"c":[0.1,null]}}\r\n')

    assert list(file.records()) == [(1, {"a": 1}), (4, {"b": {"c": [Decimal("0.1"), None]}})]
    assert file.columns == ("a", "b")


def test_a_repeated_key_keeps_its_last_value(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b'{"a":1,"a":2}\n')

    assert list(file.records()) == [(1, {"a": 2})]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b'{"a":', "a.ndjson, row 2: expected JSON; expecting value at character 6."),
        (b"[" * 10_000, "a.ndjson, row 2: expected JSON; it is nested too deeply."),
        (b'"text"', "a.ndjson, row 2: found a text, expected a JSON object."),
        (b"[]", "a.ndjson, row 2: found a list, expected a JSON object."),
        (b"null", "a.ndjson, row 2: found null, expected a JSON object."),
        (b"true", "a.ndjson, row 2: found a boolean, expected a JSON object."),
        (b"1.5", "a.ndjson, row 2: found a number, expected a JSON object."),
        (
            b'{"a":"\\u0000"}',
            "a.ndjson, row 2: found text with the character NUL at a, which cannot be stored.",
        ),
        (
            b'{"a":{"b":"\\ud800"}}',
            "a.ndjson, row 2: found text with half of a surrogate pair at a.b, which cannot be stored.",
        ),
        (
            json.dumps(deep(10, 1)).encode(),
            (
                "a.ndjson, row 2: found more than 8 objects and lists inside each other at a.a.a.a.a.a.a.a.a,"
                " which cannot be stored."
            ),
        ),
        (
            b'{"a":"caf\xe9"}',
            ("a.ndjson, row 2: found bytes that are not UTF-8 text. Try: iconv -f latin1 -t utf-8 FILE > NEW_FILE"),
        ),
    ],
)
def test_a_line_that_holds_no_object_we_can_store(tmp_path: Path, line: bytes, message: str) -> None:
    content = b'{"ok":1}\n' + line + b'\n{"ok":2}\n'
    file, bad = opened(tmp_path, content, skip=True)

    assert objects(file) == [{"ok": 1}, {"ok": 2}]
    assert [str(problem) for problem in bad.first] == [message]
    with pytest.raises(DataError) as caught:
        objects(opened(tmp_path, content)[0])
    assert str(caught.value) == message


def test_numbers_that_count_as_missing_are_remembered_once(tmp_path: Path) -> None:
    file, _ = opened(tmp_path, b'{"a":1e18}\n{"b":{"c":NaN}}\n{"b":-Infinity}\n{"a":100000000000000000000}\n')
    for _ in range(2):
        objects(file)

    assert file.numbers_dropped == {1: "a", 2: "b.c", 3: "b", 4: "a"}


def test_what_cannot_be_stored_is_no_fault_of_an_object_that_is_not_stored(tmp_path: Path) -> None:
    """A message may hold anything in its context."""
    file, _ = opened(tmp_path, b'{"a":"\\u0000"}\n')

    assert list(file.records()) == [(1, {"a": "\0"})]


def test_one_array_is_told_how_to_become_lines(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        opened(tmp_path, b' [{"a":1}]')

    assert str(caught.value) == (
        'a.ndjson: The file starts with "[": one JSON array. One JSON object a line was expected.'
        " Try: jq -c '.[]' FILE > FILE.ndjson"
    )


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_an_empty_file_is_told(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DataError, match="The file is empty; one JSON object a line was expected"):
        opened(tmp_path, content)


def test_chunks_hold_all_objects(tmp_path: Path) -> None:
    count = CHUNK_ROWS + 2
    file, _ = opened(tmp_path, b"".join(b'{"n":%d}\n' % number for number in range(count)))

    found: list[Json] = [value for chunk in file.chunks() for value in chunk.column("n")]

    assert found == list(range(count))
    assert len(file.first_records) == 1000
