"""Why a file is read instead of queried: one sentence that names the column, if it is one."""

from __future__ import annotations

import pytest

from muster.compiler.messages import in_place


@pytest.mark.parametrize(
    ("column", "reason", "expected"),
    [
        ("usd", in_place.doubles(), 'column "usd" holds floats (a map can say as = "decimal").'),
        ("x", in_place.mapped("num", "string"), 'column "x" holds values of the type string and is mapped as num.'),
        ("x", in_place.unread_type("binary"), 'column "x" holds values of the type binary.'),
        (
            "ts",
            in_place.local_times("Asia/Tokyo"),
            'column "ts" holds times without a zone, which are local to Asia/Tokyo.',
        ),
        ("id", in_place.unfit_rows(1), 'column "id" has 1 row with nothing, or with a value that does not fit.'),
        ("mid", in_place.repeated_ids(2), 'column "mid" repeats 2 message ids.'),
        (None, in_place.odd_path(), "the file has a path with one of * ? [ ] { }."),
        (None, in_place.engine_cannot("\n"), "the file is one that DuckDB does not read (no reason given)."),
        (None, in_place.engine_cannot("Bad magic\nmore"), "the file is one that DuckDB does not read (Bad magic)."),
    ],
)
def test_a_note_is_one_sentence(column: str | None, reason: str, expected: str) -> None:
    note = in_place.read_instead("a.parquet", column, reason)

    assert (note.code, note.severity, note.name) == ("D35", "info", column)
    assert note.message == f"a.parquet is read row by row, not queried in place: {expected}"
