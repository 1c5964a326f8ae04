"""The maps that names share: each value in its row, under its name, and nowhere else."""

from __future__ import annotations

from decimal import Decimal

import pyarrow as pa

from muster.backends.base import Json
from muster.backends.tables.fields import TYPES
from muster.backends.tables.maps import MapColumn, MapEntries
from muster.backends.tables.promotion import Room
from tests.backends.tables.test_columns import names_for, table


def test_values_that_come_name_by_name_lie_row_by_row() -> None:
    column = MapColumn(TYPES["str"])
    MapEntries("a", column).add_all([0, 3], ["x", "y"])
    MapEntries("b", column).add_all([0, 1, 3], ["z", None, ""])

    made = column.array(5)

    made.validate(full=True)
    assert made.type == pa.map_(pa.string(), pa.string())
    assert made.to_pylist() == [[("a", "x"), ("b", "z")], [], [], [("a", "y"), ("b", "")], []]


def test_without_a_value_there_are_empty_maps_and_no_null() -> None:
    made = MapColumn(TYPES["num"]).array(2)

    assert (made.to_pylist(), made.null_count) == ([[], []], 0)
    assert MapColumn(TYPES["time"]).array(0).to_pylist() == []


def test_a_row_has_a_map_for_each_kind_that_a_name_without_a_column_holds() -> None:
    documents: list[dict[str, Json]] = [{"b": "12"}, {}, {"a": 1, "b": "x"}, {"b": None, "a": [True]}, {"a": 2}]
    stored = table(documents, names_for(documents, Room(0)))

    assert stored.column_names == ["row", "a__stored", "a__size", "a__items", "rest__map__str", "rest__map__num"]
    assert stored["rest__map__str"].to_pylist() == [[("b", "12")], [], [("b", "x")], [], []]
    assert stored["rest__map__num"].to_pylist() == [
        [("b", Decimal(12))],
        [],
        [("a", Decimal(1))],
        [],
        [("a", Decimal(2))],
    ]
