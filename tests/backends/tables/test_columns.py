"""Cells in columns: every one at its place, none lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import Json
from muster.backends.tables.columns import RecordColumns
from muster.backends.tables.fields import record_fields
from muster.backends.tables.places import Layout, Places, fill_of, names_of, observe
from muster.backends.tables.promotion import ANY_NUMBER, Room
from muster.backends.tables.scalars import Views
from muster.backends.tables.values import Cell, Nested, Record, Shaped, normalise, normalise_all
from muster.compiler.diagnostics import InternalError
from muster.compiler.schema import Held, Name, Shape
from muster.compiler.schema import Record as Names
from muster.compiler.values import KINDS
from tests.documents import DOCUMENTS


def names_for(documents: list[dict[str, Json]], room: Room = ANY_NUMBER) -> Names:
    places: Places = {}
    observe(places, normalise_all(documents))
    layout = Layout()
    layout.settle(fill_of(places), room)
    return names_of(places, layout)


def table(documents: list[dict[str, Json]], names: Names) -> pa.Table:
    columns = RecordColumns(names)
    columns.add_all(normalise_all(documents))
    arrays = [pa.array(range(len(documents)), pa.int64()), *columns.arrays(len(documents))]
    fields = pa.schema([pa.field("row", pa.int64()), *record_fields(names)])
    batch = pa.RecordBatch.from_arrays(arrays, schema=fields)
    batch.validate(full=True)
    return pa.Table.from_batches([batch])


def read_back(row: dict[str, Any], names: Names) -> Record:
    """Read a stored row as the layout says it is to be read."""
    record: Record = {}
    for path, name in names.items():
        cell = _read_cell(row, name)
        if cell is not None:
            record[path] = cell
    return record


def _read_cell(row: dict[str, Any], name: Name) -> Cell | None:
    if name.shape is not None and row[name.shape.stored] is not None:
        elements = tuple(_read_element(item, name.shape) for item in row[name.shape.items])
        size = None if row[name.shape.stored] == "object" else Decimal(len(elements))
        assert row[name.shape.size] == size
        return Shaped(row[name.shape.stored], elements)
    return _views(*(None if (held := name.columns.get(kind)) is None else _read(row, held) for kind in KINDS))


def _read(row: dict[str, Any], held: Held) -> Any:
    if isinstance(held, str):
        return row[held]
    entries = row[held.column]
    assert len(dict(entries)) == len(entries)
    return dict(entries).get(held.key)


def _read_element(item: dict[str, Any], shape: Shape) -> Any:
    views = _views(*(item[shape.scalars[kind]] if kind in shape.scalars else None for kind in KINDS))
    if item[shape.nested]:
        return Nested.LIST
    return read_back(item, shape.element) if views is None else views


def _views(*values: Any) -> Views | None:
    return None if values == (None,) * 4 else Views(*values)


@pytest.mark.parametrize("columns", [None, 1, 0])
@given(documents=st.lists(DOCUMENTS, max_size=6))
def test_what_is_stored_reads_back_as_the_cells(documents: list[dict[str, Json]], columns: int | None) -> None:
    names = names_for(documents, Room(columns))
    stored = table(documents, names)
    micros = stored.cast(pa.schema([pa.field(field.name, _plain(field.type)) for field in stored.schema]))

    assert [read_back(row, names) for row in micros.to_pylist()] == [normalise(document) for document in documents]


def test_reading_back_notices_a_cell_in_another_row() -> None:
    documents: list[dict[str, Json]] = [{"a": 1}, {"a": [1]}]
    names = names_for(documents)
    rows = table(documents, names).to_pylist()

    assert [read_back(row, names) for row in reversed(rows)] != [normalise(document) for document in documents]


def _plain(kind: pa.DataType) -> pa.DataType:
    """Let times be read as numbers: Python cannot hold what lies in the last microsecond."""
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if pa.types.is_map(kind):
        return pa.map_(kind.key_type, _plain(kind.item_type))
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _plain(field.type)) for field in kind])
    return kind


def test_an_empty_list_a_missing_one_and_an_object_are_three_things() -> None:
    documents: list[dict[str, Json]] = [{"x": []}, {}, {"x": {}}, {"x": [None]}]

    rows = table(documents, names_for(documents)).to_pylist()

    assert [row["x__stored"] for row in rows] == ["list", None, "object", "list"]
    assert [row["x__size"] for row in rows] == [0, None, None, 0]
    assert [row["x__items"] for row in rows] == [[], None, [{"nested": False}], []]


def test_sparse_columns_keep_their_rows() -> None:
    documents: list[dict[str, Json]] = [{}, {"a": 1}, {"b": "x"}, {"a": 2, "b": "y"}, {}]
    stored = table(documents, names_for(documents))

    assert stored["a__num"].to_pylist() == [None, 1, None, 2, None]
    assert stored["b__str"].to_pylist() == [None, None, "x", "y", None]


@pytest.mark.parametrize("room", [ANY_NUMBER, Room(0)])
@pytest.mark.parametrize(
    ("known", "later"),
    [
        ({"a": 1}, {"b": 1}),
        ({"a": 1}, {"a": "x"}),
        ({"a": 1}, {"a": [1]}),
        ({"a": [1]}, {"a": ["x"]}),
        ({"a": [{"n": 1}]}, {"a": [{"n": "x"}]}),
        ({"a": [{"n": 1}]}, {"a": [{"m": 1}]}),
        ({"a": [{"n": 1}]}, {"a": [{"n": [1]}]}),
    ],
)
def test_a_value_without_a_column_is_never_dropped(known: dict[str, Json], later: dict[str, Json], room: Room) -> None:
    with pytest.raises(InternalError, match="not widened"):
        table([later], names_for([known], room))
