"""Normalised cells become Arrow columns: each value with its row, nulls everywhere else.

Kept apart from `arrow.py`, which knows tables and rows; a list's elements are a small table of their own, made by
the same code. The maps of names without a column are in `maps.py`.

Ways to go wrong, each with a test: a value without a column (the catalogue was not widened first) must never be
dropped silently, an empty list must stay apart from a missing one, sparse columns must keep their positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from muster.backends.tables.fields import NUM, TYPES, element_type, maps_of
from muster.backends.tables.maps import MapColumn, MapEntries
from muster.backends.tables.scalars import ScalarColumn, Views, gather
from muster.backends.tables.values import LIST, Cell, Column, Nested, Record, Shaped
from muster.compiler.diagnostics import InternalError
from muster.compiler.schema import Held, Name, Shape
from muster.compiler.schema import Record as Names
from muster.compiler.values import KINDS, Kind, Path, path_text

_Maps = Mapping[str, MapColumn]


class _Column:
    """Values of one column, each with its row; rows without one become null."""

    __slots__ = ("kind", "rows", "values")

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.rows: list[int] = []
        self.values: list[Any] = []

    def add(self, row: int, value: Any) -> None:
        """Put a value at a row after all rows that have one."""
        self.rows.append(row)
        self.values.append(value)

    def add_all(self, rows: Sequence[int], values: Sequence[Any]) -> None:
        """Put values at rows after all rows that have one."""
        self.rows.extend(rows)
        self.values.extend(values)

    def array(self, length: int) -> pa.Array:
        """Give the column with nulls in all other rows."""
        if len(self.values) == length:
            return pa.array(self.values, self.kind)
        spread: list[Any] = [None] * length
        for row, value in zip(self.rows, self.values, strict=True):
            spread[row] = value
        return pa.array(spread, self.kind)


class _ViewColumns:
    """The columns, or entries of maps, of a scalar's views; a kind the schema lacks has none."""

    __slots__ = ("columns", "path")

    def __init__(self, path: Path, places: Mapping[Kind, Held], maps: _Maps) -> None:
        self.path = path
        self.columns = tuple(_column(kind, places[kind], maps) if kind in places else None for kind in KINDS)

    def add_all(self, scalars: ScalarColumn) -> None:
        """Put each view into its column."""
        for column, views in zip(self.columns, scalars.kinds, strict=True):
            if views is not None:
                if column is None:
                    raise _unknown(self.path)
                column.add_all(scalars.rows, views)

    def arrays(self, length: int) -> list[pa.Array]:
        """Give the columns there are, in the order of KINDS."""
        return [column.array(length) for column in self.columns if isinstance(column, _Column)]


def _column(kind: Kind, held: Held, maps: _Maps) -> _Column | MapEntries:
    return _Column(TYPES[kind]) if isinstance(held, str) else MapEntries(held.key, maps[held.column])


class _NameColumns:
    """All columns of one name."""

    __slots__ = ("path", "shape", "views")

    def __init__(self, path: Path, name: Name, maps: _Maps) -> None:
        self.path = path
        self.views = _ViewColumns(path, name.columns, maps)
        self.shape = None if name.shape is None else _ShapeColumns(path, name.shape)

    def add_all(self, column: Column) -> None:
        """Put cells where they belong: scalars into the scalar columns, lists and objects into the shape's."""
        self.views.add_all(column.scalars)
        for row, shaped in zip(column.shaped_rows, column.shaped, strict=True):
            self._shape_columns().add(row, shaped)

    def add(self, row: int, cell: Cell) -> None:
        """Put one cell where it belongs."""
        if isinstance(cell, Views):
            self.views.add_all(gather([row], [cell]))
        else:
            self._shape_columns().add(row, cell)

    def _shape_columns(self) -> _ShapeColumns:
        if self.shape is None:
            raise _unknown(self.path)
        return self.shape

    def arrays(self, length: int) -> list[pa.Array]:
        """Give the columns in the order of the fields of a name."""
        return self.views.arrays(length) + ([] if self.shape is None else self.shape.arrays(length))


class _ShapeColumns:
    """Stored kind, size and items of a name; the items are columns again, one row an element."""

    __slots__ = ("element", "kind", "lengths", "nested", "path", "scalars", "size", "stored", "total", "views")

    def __init__(self, path: Path, shape: Shape) -> None:
        self.path = path
        self.kind = element_type(shape)
        self.stored = _Column(pa.string())
        self.size = _Column(NUM)
        self.lengths: dict[int, int] = {}
        self.total = 0
        self.scalars: tuple[list[int], list[Views]] = ([], [])
        self.views = _ViewColumns(path, shape.scalars, {})
        self.nested = _Column(pa.bool_())
        self.element = RecordColumns(shape.element)

    def add(self, row: int, cell: Shaped) -> None:
        """Append the elements of a list or object."""
        self.stored.add(row, cell.stored)
        if cell.stored == LIST:
            self.size.add(row, len(cell.elements))
        self.lengths[row] = len(cell.elements)
        for position, element in enumerate(cell.elements, start=self.total):
            self.nested.add(position, element is Nested.LIST)
            if isinstance(element, Views):
                self.scalars[0].append(position)
                self.scalars[1].append(element)
            elif isinstance(element, dict):
                self.element.add(position, element)
        self.total += len(cell.elements)

    def arrays(self, length: int) -> list[pa.Array]:
        """Give the three columns."""
        self.views.add_all(gather(*self.scalars))
        children = [
            *self.views.arrays(self.total),
            self.nested.array(self.total),
            *self.element.arrays(self.total),
        ]
        structs = pa.StructArray.from_arrays(children, fields=list(self.kind))
        offsets = [0]
        for row in range(length):
            offsets.append(offsets[-1] + self.lengths.get(row, 0))
        items = pa.ListArray.from_arrays(
            pa.array(offsets, pa.int32()),
            structs,
            type=pa.list_(self.kind),
            mask=pa.array([row not in self.lengths for row in range(length)], pa.bool_()),
        )
        return [self.stored.array(length), self.size.array(length), items]


class RecordColumns:
    """The columns of all names of a record, and the maps that names without one share."""

    __slots__ = ("maps", "names")

    def __init__(self, names: Names) -> None:
        self.maps = {column: MapColumn(TYPES[kind]) for column, kind in maps_of(names).items()}
        self.names = {path: _NameColumns(path, name, self.maps) for path, name in names.items()}

    def add_all(self, columns: Mapping[Path, Column]) -> None:
        """Put normalised documents into their rows."""
        for path, column in columns.items():
            self._columns(path).add_all(column)

    def add(self, row: int, record: Record) -> None:
        """Put one object of a list into its row."""
        for path, cell in record.items():
            self._columns(path).add(row, cell)

    def _columns(self, path: Path) -> _NameColumns:
        columns = self.names.get(path)
        if columns is None:
            raise _unknown(path)
        return columns

    def arrays(self, length: int) -> list[pa.Array]:
        """Give the columns in the order of `record_fields`."""
        columns = [array for columns in self.names.values() for array in columns.arrays(length)]
        return columns + [entries.array(length) for entries in self.maps.values()]


def _unknown(path: Path) -> InternalError:
    return InternalError("tables", f"the schema has no column for a value at {path_text(path)}; it was not widened")
