"""Rows in batches."""

from __future__ import annotations

from muster.backends.tables.chunks import chunks


def test_the_last_chunk_is_shorter() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]


def test_no_rows_make_no_chunk() -> None:
    assert list(chunks([], 2)) == []
