"""The value normaliser: raw JSON documents become cells, the views of what they hold, by path (docs/adr/0009).

Kept apart from `scalars.py`, which reads one value; here is what objects, lists and paths through them mean.

Ways to go wrong, each with a test: keys that differ only in their Unicode form, paths through lists of lists,
nulls that keep a position, documents so deep that their layout explodes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain
from typing import Final, Literal

from muster.backends.base import Json
from muster.backends.tables.scalars import ScalarColumn, Views, gather, nfc, read_column, views_of
from muster.compiler.values import Path

# Objects and lists inside a trait or property, the outermost included. Every level of objects doubles the columns
# of what it holds (a place is reached by its path and through each object around it), hence a low limit.
MAX_DEPTH = 8
LIST: Final = "list"
OBJECT: Final = "object"

_SPARSE = 4  # keys in all documents together, for each key that one has
Document = Mapping[str, Json]


class Nested(Enum):
    """A list inside a list: it takes a position and has nothing else."""

    LIST = "list"


@dataclass(frozen=True, slots=True)
class Shaped:
    """A list, or an object as a list of one: its non-null elements in order."""

    stored: Literal["list", "object"]
    elements: tuple[Element, ...]


Cell = Views | Shaped
Record = dict[Path, Cell]  # missing places have no entry; an object element is a Record of its own
Element = Views | Record | Nested


@dataclass(slots=True)
class Column:
    """One place over many documents: its scalars, and its lists and objects with the index of each's document."""

    scalars: ScalarColumn
    shaped_rows: list[int] = field(default_factory=list)
    shaped: list[Shaped] = field(default_factory=list)


def normalise(document: Document) -> Record:
    """Give every place of a document that holds something, by path, with the views of what it holds."""
    return _record(document, MAX_DEPTH)


def normalise_all(documents: Sequence[Document]) -> dict[Path, Column]:
    """Normalise many documents by place: the cells that `normalise` gives, several times faster."""
    held = _by_key(documents)
    if not all(map(str.isascii, held)):
        held = _by_key([_with_nfc_keys(document) for document in documents])
    columns: dict[Path, Column] = {}
    for key, (rows, values) in held.items():
        _read_column(columns, (key,), rows, values)
    return columns


def _by_key(documents: Sequence[Document]) -> dict[str, tuple[list[int], list[Json]]]:
    keys = dict.fromkeys(chain.from_iterable(documents))
    if len(keys) * len(documents) > _SPARSE * sum(map(len, documents)):
        return _by_key_of_each(documents)
    held: dict[str, tuple[list[int], list[Json]]] = {}
    for key in keys:
        values = [document[key] for document in documents if key in document]
        if len(values) == len(documents):
            held[key] = (list(range(len(documents))), values)
        else:
            held[key] = ([row for row, document in enumerate(documents) if key in document], values)
    return held


def _by_key_of_each(documents: Sequence[Document]) -> dict[str, tuple[list[int], list[Json]]]:
    """Do the same where most documents lack most keys."""
    held: dict[str, tuple[list[int], list[Json]]] = {}
    for row, document in enumerate(documents):
        for key, value in document.items():
            column = held.get(key)
            if column is None:
                column = held[key] = ([], [])
            column[0].append(row)
            column[1].append(value)
    return held


def _with_nfc_keys(document: Document) -> Document:
    return {nfc(key): value for key, value in document.items()}


def _read_column(columns: dict[Path, Column], path: Path, rows: list[int], values: list[Json]) -> None:
    if set(map(type, values)).isdisjoint((dict, list)):
        scalars = read_column(rows, values)
        if scalars.rows:
            columns[path] = Column(scalars)
        return
    cells: dict[Path, list[tuple[int, Cell]]] = {}
    for row, value in zip(rows, values, strict=True):
        record: Record = {}
        _place(record, path, value, MAX_DEPTH)
        for place, cell in record.items():
            cells.setdefault(place, []).append((row, cell))
    for place, found in cells.items():
        scalars_found = [(row, cell) for row, cell in found if isinstance(cell, Views)]
        columns[place] = Column(
            gather([row for row, _ in scalars_found], [views for _, views in scalars_found]),
            [row for row, cell in found if isinstance(cell, Shaped)],
            [cell for _, cell in found if isinstance(cell, Shaped)],
        )


def _record(document: Document, room: int) -> Record:
    record: Record = {}
    if not all(map(str.isascii, document)):
        document = _with_nfc_keys(document)
    for key, value in document.items():
        _place(record, (key,), value, room)
    return record


def _place(record: Record, path: Path, value: Json, room: int) -> None:
    """Enter a value, and everything below it, into a record."""
    if isinstance(value, (dict, list)):
        shaped = _shaped(value, room)
        if shaped is not None:
            record[path] = shaped
            _spread(record, path, shaped)
    else:
        views = views_of(value)
        if views is not None:
            record[path] = views


def _shaped(value: dict[str, Json] | list[Json], room: int) -> Shaped | None:
    """Read an object or a list; None, as if it were null, where documents may not be that deep."""
    if room == 0:
        return None
    if isinstance(value, dict):
        return Shaped(OBJECT, (_record(value, room - 1),))
    elements = (_element(item, room - 1) for item in value)
    return Shaped(LIST, tuple(element for element in elements if element is not None))


def _element(value: Json, room: int) -> Element | None:
    if isinstance(value, list):
        return Nested.LIST if room else None
    if isinstance(value, dict):
        return _record(value, room - 1) if room else None
    return views_of(value)


def _spread(record: Record, path: Path, shaped: Shaped) -> None:
    """Enter what lies below an object or a list under its own path; through a list it becomes one list."""
    if shaped.stored == OBJECT:
        for element in shaped.elements:
            assert isinstance(element, dict)
            for below, cell in element.items():
                record[path + below] = cell
        return
    found: dict[Path, list[Element]] = {}
    for element in shaped.elements:
        if isinstance(element, dict):
            for below, cell in element.items():
                held = found.setdefault(below, [])
                if isinstance(cell, Shaped):
                    held.extend(cell.elements)
                else:
                    held.append(cell)
    for below, held in found.items():
        record[path + below] = Shaped(LIST, tuple(held))
