"""The map column of a kind: what names without a column of their own hold, each row's values by key.

Kept apart from `columns.py` because values arrive name by name and a map is kept row by row.

Ways to go wrong, each with a test: a value in another row's map, a view that is missing entered as if it were there,
a row without entries that is no row of an empty map.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import pyarrow as pa


class MapColumn:
    """Values of all names that share a map, each with its row and its key."""

    __slots__ = ("keys", "kind", "rows", "values")

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.rows: list[int] = []
        self.keys: list[str] = []
        self.values: list[Any] = []

    def array(self, length: int) -> pa.Array:
        """Give a map a row; in each the keys are in the order in which names were entered."""
        order = sorted(range(len(self.rows)), key=self.rows.__getitem__)
        counts = [0] * (length + 1)
        for row in self.rows:
            counts[row + 1] += 1
        keys = pa.array([self.keys[at] for at in order], pa.string())
        values = pa.array([self.values[at] for at in order], self.kind)
        return pa.MapArray.from_arrays(pa.array(accumulate(counts), pa.int32()), keys, values)


class MapEntries:
    """The entries of one name in a map."""

    __slots__ = ("entries", "key")

    def __init__(self, key: str, entries: MapColumn) -> None:
        self.key = key
        self.entries = entries

    def add_all(self, rows: Sequence[int], values: Sequence[Any]) -> None:
        """Enter the values there are into the maps of their rows."""
        held = [(row, value) for row, value in zip(rows, values, strict=True) if value is not None]
        self.entries.rows.extend(row for row, _ in held)
        self.entries.keys.extend([self.key] * len(held))
        self.entries.values.extend(value for _, value in held)
