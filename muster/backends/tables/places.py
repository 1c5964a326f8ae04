"""What a table's places held so far: kinds, shapes and counts by path, and the slug each place was given.

Kept apart from `catalogue.py`, which knows tables, events and versions; here is only the tree of places. Several
records (the events of a project) can share one layout, so that a property has one column whatever event it is on.

Ways to go wrong, each with a test: a slug that changes once it was given, a kind forgotten when two trees are
joined, counts that grow without end because every row has another text, a value looked for in a map that is in a
column.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from muster.backends.tables.promotion import Fill, Room, Slot, promoted
from muster.backends.tables.scalars import Views, count_none
from muster.backends.tables.slugs import NESTED_FIELD, Slugs, map_column, scalar_column, shape_columns
from muster.backends.tables.values import LIST, Column, Record, Shaped
from muster.compiler.schema import Entry, Held, Name, NameStats, Shape
from muster.compiler.values import KINDS, Kind, Path

FREQUENT_TEXTS = 50
COUNTED_TEXTS = 1000
COUNTED_LENGTH = 80
_TIMES = 8  # how often few texts come again


class Layout:
    """Slugs by path, given once and never changed, for a table or for the objects in one of its lists.

    Where a kind of a path is, in a column or in a map, is settled once as well, and changes only with `choose_again`.
    What was never settled, as the fields of list elements, is in a column.
    """

    def __init__(self) -> None:
        self._slugs = Slugs()
        self._slug_of: dict[Path, str] = {}
        self._elements: dict[Path, Layout] = {}
        self._columns: set[Slot] = set()
        self._mapped: set[Slot] = set()

    def slug(self, path: Path) -> str:
        """Give the slug of a path."""
        slug = self._slug_of.get(path)
        if slug is None:
            slug = self._slug_of[path] = self._slugs.assign(path)
        return slug

    def held(self, path: Path, kind: Kind) -> Held:
        """Say where the values of a kind of a path are."""
        slug = self.slug(path)
        return Entry(map_column(kind), slug) if (path, kind) in self._mapped else scalar_column(slug, kind)

    def settle(self, fill: Fill, room: Room) -> None:
        """Give what has no place yet the columns that are left; the rest goes into maps."""
        new = {slot: count for slot, count in fill.items() if slot not in self._columns and slot not in self._mapped}
        self._columns |= promoted(new, room.without(len(self._columns)))
        self._mapped |= new.keys() - self._columns

    def choose_again(self, fill: Fill, room: Room) -> bool:
        """Choose the columns anew, for a table that is written anew; tell whether any moved."""
        before = self._mapped
        self._columns = set(promoted(fill, room))
        self._mapped = fill.keys() - self._columns
        return self._mapped != before

    def element(self, path: Path) -> Layout:
        """Give the layout of the objects at a path."""
        return self._elements.setdefault(path, Layout())

    def to_json(self) -> list[dict[str, Any]]:
        """Give it as JSON-able data, in the order the slugs were given."""
        return [
            {"path": list(path), "slug": slug}
            | ({"mapped": mapped} if (mapped := [kind for kind in KINDS if (path, kind) in self._mapped]) else {})
            | ({"element": self._elements[path].to_json()} if path in self._elements else {})
            for path, slug in self._slug_of.items()
        ]

    @classmethod
    def from_json(cls, data: Iterable[Mapping[str, Any]]) -> Layout:
        """Read what `to_json` gave."""
        layout = cls()
        for entry in data:
            path = tuple(entry["path"])
            layout._slug_of[path] = entry["slug"]
            layout._mapped.update((path, kind) for kind in entry.get("mapped", ()))
            if "element" in entry:
                layout._elements[path] = cls.from_json(entry["element"])
        layout._slugs = Slugs(layout._slug_of.values())
        return layout


@dataclass(slots=True)
class Place:
    """What one path held: in how many rows, each kind how often, lists, frequent texts; shape once it had one."""

    rows: int = 0
    kinds: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    lists: int = 0
    texts: dict[str, int] = field(default_factory=dict)
    single: bool = False
    shape: PlaceShape | None = None

    def count_texts(self, texts: Iterable[str]) -> None:
        """Count texts, but neither long ones nor ever more: people choose only among a few."""
        for text, count in Counter(texts).items():
            if text in self.texts:
                self.texts[text] += count
            elif len(self.texts) < COUNTED_TEXTS and len(text) <= COUNTED_LENGTH:
                self.texts[text] = count

    def forget_texts(self, texts: Iterable[str]) -> None:
        """Take back that texts were counted."""
        for text, count in Counter(texts).items():
            if text in self.texts:
                self.texts[text] -= count
                if self.texts[text] <= 0:
                    del self.texts[text]

    def add_texts(self, texts: Mapping[str, int]) -> None:
        """Add the counts of another place, keeping the most frequent."""
        for text, count in texts.items():
            self.texts[text] = self.texts.get(text, 0) + count
        self.texts = dict(self._by_frequency()[:COUNTED_TEXTS])

    def _by_frequency(self) -> list[tuple[str, int]]:
        return sorted(self.texts.items(), key=lambda entry: (-entry[1], entry[0]))

    def stats(self) -> NameStats:
        """Give the counts as messages need them."""
        return NameStats(
            rows=self.rows,
            kinds={kind: count for kind, count in zip(KINDS, self.kinds, strict=True) if count},
            lists=self.lists,
            texts=dict(self._by_frequency()[:FREQUENT_TEXTS]),
            distinct_texts=len(self.texts),
            few_texts=self._has_few_texts(),
        )

    def _has_few_texts(self) -> bool:
        """Tell whether every text was counted, each several times."""
        counted = sum(self.texts.values())
        is_whole = len(self.texts) < COUNTED_TEXTS and counted == self.kinds[KINDS.index("str")]
        return is_whole and 0 < len(self.texts) * _TIMES <= counted


@dataclass(slots=True)
class PlaceShape:
    """What the lists and objects of a place held: views of scalar elements, and the places of objects."""

    scalars: list[int] = field(default_factory=lambda: [0] * len(KINDS))
    element: dict[Path, Place] = field(default_factory=dict)


Places = dict[Path, Place]


def observe(places: Places, columns: Mapping[Path, Column]) -> bool:
    """Take normalised documents into account; tell whether they held anything new."""
    widened = False
    for path, column in columns.items():
        place = places.setdefault(path, Place())
        place.rows += len(column.scalars.rows) + len(column.shaped)
        widened |= _add_kinds(place.kinds, [_held(views) for views in column.scalars.kinds])
        if column.scalars.texts is not None:
            place.count_texts(text for text in column.scalars.texts if text is not None)
        for cell in column.shaped:
            place.lists += cell.stored == LIST
            widened |= _observe_shape(place, cell)
    return widened


def forget(places: Places, columns: Mapping[Path, Column]) -> None:
    """Take back that documents were taken into account: they are there no more, or are other ones.

    What a place can hold stays known, as rows that were not counted may hold it: the last of a kind stays counted.
    """
    for path, column in columns.items():
        place = places.get(path)
        if place is None:
            continue
        place.rows = max(0, place.rows - len(column.scalars.rows) - len(column.shaped))
        held = [_held(views) for views in column.scalars.kinds]
        place.kinds = [max(min(1, had), had - count) for had, count in zip(place.kinds, held, strict=True)]
        place.lists = max(0, place.lists - sum(cell.stored == LIST for cell in column.shaped))
        if column.scalars.texts is not None:
            place.forget_texts(text for text in column.scalars.texts if text is not None)


def forget_rare_texts(places: Places, columns: Mapping[Path, Column], fewest: int) -> None:
    """Forget the texts of documents that fewer than `fewest` others hold."""
    for path, column in columns.items():
        place = places.get(path)
        for text in column.scalars.texts or ():
            if place is not None and text is not None and place.texts.get(text, fewest) < fewest:
                del place.texts[text]


def _held(views: Sequence[object] | None) -> int:
    return 0 if views is None else len(views) - count_none(views)


def _count(kinds: list[int], views: Views) -> bool:
    return _add_kinds(kinds, [view is not None for view in views])


def _observe_shape(place: Place, cell: Shaped) -> bool:
    widened = place.shape is None
    shape = place.shape = place.shape or PlaceShape()
    for element in cell.elements:
        if isinstance(element, Views):
            widened |= _count(shape.scalars, element)
        elif isinstance(element, dict):
            widened |= _observe_element(shape.element, element)
    return widened


def _observe_element(places: Places, record: Record) -> bool:
    widened = False
    for path, cell in record.items():
        place = places.setdefault(path, Place())
        if isinstance(cell, Views):
            widened |= _count(place.kinds, cell)
        else:
            widened |= _observe_shape(place, cell)
    return widened


def merge(places: Places, others: Mapping[Path, Place]) -> bool:
    """Add what other places held; tell whether anything was new."""
    widened = False
    for path, other in others.items():
        place = places.get(path)
        if place is None:
            place = places[path] = Place()
        place.rows += other.rows
        place.lists += other.lists
        widened |= _add_kinds(place.kinds, other.kinds) | (other.single and not place.single)
        place.single |= other.single
        place.add_texts(other.texts)
        if other.shape is not None:
            widened |= place.shape is None
            shape = place.shape = place.shape or PlaceShape()
            widened |= _add_kinds(shape.scalars, other.shape.scalars) | merge(shape.element, other.shape.element)
    return widened


def _add_kinds(kinds: list[int], others: list[int]) -> bool:
    widened = any(count and not held for held, count in zip(kinds, others, strict=True))
    kinds[:] = [held + count for held, count in zip(kinds, others, strict=True)]
    return widened


def fill_of(*records: Mapping[Path, Place]) -> Fill:
    """Count the values of each kind of each path, over records that share a table."""
    fill: dict[Slot, int] = {}
    for places in records:
        for path, place in places.items():
            for kind, count in zip(KINDS, place.kinds, strict=True):
                if count:
                    fill[path, kind] = fill.get((path, kind), 0) + count
    return fill


def names_of(places: Mapping[Path, Place], layout: Layout) -> dict[Path, Name]:
    """Give the schema's names of places, with the columns of a layout."""
    return {path: _name(path, place, layout) for path, place in places.items()}


def _name(path: Path, place: Place, layout: Layout) -> Name:
    columns = {kind: layout.held(path, kind) for kind, count in zip(KINDS, place.kinds, strict=True) if count}
    return Name(columns, None if place.shape is None else _shape(path, place.shape, layout), place.single)


def _shape(path: Path, shape: PlaceShape, layout: Layout) -> Shape:
    stored, size, items = shape_columns(layout.slug(path))
    scalars: dict[Kind, str] = {kind: kind for kind, count in zip(KINDS, shape.scalars, strict=True) if count}
    return Shape(stored, size, items, NESTED_FIELD, scalars, names_of(shape.element, layout.element(path)))


def places_to_json(places: Mapping[Path, Place]) -> list[dict[str, Any]]:
    """Give places as JSON-able data."""
    return [
        {
            "path": list(path),
            "rows": place.rows,
            "kinds": place.kinds,
            "lists": place.lists,
            "texts": place.texts,
            "single": place.single,
        }
        | (
            {}
            if place.shape is None
            else {"scalars": place.shape.scalars, "element": places_to_json(place.shape.element)}
        )
        for path, place in places.items()
    ]


def places_from_json(data: Iterable[Mapping[str, Any]]) -> Places:
    """Read what `places_to_json` gave."""
    return {
        tuple(entry["path"]): Place(
            rows=entry["rows"],
            kinds=list(entry["kinds"]),
            lists=entry["lists"],
            texts=dict(entry["texts"]),
            single=entry["single"],
            shape=PlaceShape(list(entry["scalars"]), places_from_json(entry["element"]))
            if "element" in entry
            else None,
        )
        for entry in data
    }
