"""What COPY is given comes back as it was: hostile texts, lists in lists, and nothing at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from muster.backends.base import EventRow, ProfileRow
from muster.backends.postgres.client import open_engine
from muster.backends.postgres.writer import _rows
from tests.sql_text import schema_of

HOSTILE = [
    "",
    "\\",
    "\\N",
    '"',
    '","',
    "{}",
    "{a,b}",
    "(1,2)",
    "NULL",
    "a\tb\nc\rd",
    "it's",
    "%s %(p0)s",
    "é🙂\u2028",
    " x ",
]


def test_texts_in_lists_in_objects_come_back() -> None:
    people = tuple(
        ProfileRow(number, f"u{number}", traits={"plain": each, "list": [each, [each], {"deep": [each, None]}]})
        for number, each in enumerate(HOSTILE)
    )
    engine = open_engine("", schema_of(people, ()))
    engine.load(people, ())
    with engine._place.connection() as connection:
        found = connection.execute(
            "SELECT plain__str, (list__items)[1].str, (((list__items)[3]).deep__items)[1].str"
            " FROM profiles ORDER BY pid"
        ).fetchall()
        counts = connection.execute("SELECT DISTINCT CARDINALITY(list__items), list__size FROM profiles").fetchall()
    engine.close()

    assert found == [(each, each, each) for each in HOSTILE]
    assert counts == [(3, 3)]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (
            pa.list_(pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])),
            [[(1, ["x"])], [], None, [(None, None)]],
        ),
        (pa.map_(pa.string(), pa.int64()), [[("k", 1)], [], None, []]),
        (pa.string(), ["a", None, "", "b"]),
    ],
)
def test_lists_become_arrays_of_tuples(kind: pa.DataType, values: list[Any]) -> None:
    if pa.types.is_list(kind):
        names = [field.name for field in kind.value_type]
        given = [None if each is None else [dict(zip(names, item, strict=True)) for item in each] for each in values]
    else:
        given = values
    rows = pa.table({"v": pa.array(given, kind)})

    assert [value for (value,) in _rows(rows)] == values


def test_instants_of_any_year_come_back_as_microseconds() -> None:
    instants = [0, -1, 253_402_300_799_999_999, 253_402_300_800_000_000, -62_135_596_800_000_001, -(10**17), 9 * 10**17]
    events = tuple(EventRow(1, "buy", ts, f"m{number}") for number, ts in enumerate(instants))
    people = (ProfileRow(1, "u1"),)
    engine = open_engine("", schema_of(people, events))
    engine.load(people, events)
    with engine._place.connection() as connection:
        found = connection.execute(
            "SELECT (EXTRACT(EPOCH FROM ts) * 1000000)::bigint FROM events ORDER BY mid"
        ).fetchall()
    engine.close()

    assert [each for (each,) in found] == instants
