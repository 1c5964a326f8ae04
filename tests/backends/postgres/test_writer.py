"""What COPY is given comes back as it was: hostile texts, lists in lists, and nothing at all."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from muster.backends.base import EngineError, EventRow, ProfileRow
from muster.backends.postgres.client import open_engine
from muster.backends.postgres.writer import _reader, _rows
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


ITEM = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.struct([("c", pa.string())])))])
PRESENT = {"t_v": {"b": "", "late": "", "a": ""}, "t_v_b": {"c": ""}, "t_m": {"value": "", "key": ""}}


@pytest.mark.parametrize(
    ("name", "kind", "values", "expected"),
    [
        (
            "v",
            pa.list_(ITEM),
            [[{"a": 1, "b": [{"c": "x"}]}], [], None, [{"a": None, "b": None}]],
            [[([("x",)], None, 1)], [], None, [(None, None, None)]],
        ),
        ("m", pa.map_(pa.string(), pa.int64()), [[("k", 1)], [], None, []], [[(1, "k")], [], None, []]),
        ("s", pa.string(), ["a", None, "", "b"], ["a", None, "", "b"]),
    ],
)
def test_items_become_tuples_in_the_order_of_their_type(
    name: str, kind: pa.DataType, values: list[Any], expected: list[Any]
) -> None:
    rows = pa.table({name: pa.array(values, kind)})

    assert [value for (value,) in _rows(rows, [_reader(kind, f"t_{name}", PRESENT)])] == expected


def test_a_type_that_lacks_an_attribute_is_refused() -> None:
    with pytest.raises(EngineError, match='"t_v_b" has lost "c"'):
        _reader(pa.list_(ITEM), "t_v", {**PRESENT, "t_v_b": {}})


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
