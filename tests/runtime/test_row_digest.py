"""The digest of many rows: the same in any order, another for any other rows."""

from __future__ import annotations

import pytest

from muster.runtime.row_digest import RowDigest

ROWS = [(1, "a", b"\x00", None), (2, "b", b"", True), (3, "", b"a", 2.5)]


def digest(rows: list[tuple[object, ...]]) -> RowDigest:
    made = RowDigest()
    made.over(rows)
    return made


def test_the_order_and_the_batches_do_not_matter() -> None:
    parts = RowDigest()
    for row in reversed(ROWS):
        assert parts.over([row]) == [row]

    assert parts == digest([*ROWS])


@pytest.mark.parametrize(
    "other",
    [
        ROWS[:2],
        [*ROWS, ROWS[0]],
        [ROWS[0], ROWS[0], ROWS[2]],
        [(1, "a", b"\x00", 0), *ROWS[1:]],
        [(1, b"a", b"\x00", None), *ROWS[1:]],
        [(1, "a\x00", b"", None), *ROWS[1:]],
        [(2, "a", b"\x00", None), (1, "b", b"", True), ROWS[2]],
    ],
    ids=["lost", "doubled", "replaced", "null", "type", "border", "swapped"],
)
def test_other_rows_have_another(other: list[tuple[object, ...]]) -> None:
    assert digest([*ROWS]) != digest(other)
