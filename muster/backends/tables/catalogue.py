"""`Catalogue`: learns from rows which traits, events and properties exist, and gives the Schema of their tables.

Kept apart from the engines because it must be widened, and stored, before the rows that need it are written: then
what is compiled against it is sound. It only ever widens: names, kinds, columns and shapes are added, never
changed or taken away. Only `choose_again` moves what is in a map into a column or back.

Ways to go wrong, each with a test: a column that moves when catalogues are joined or read back, a version that
stays when something new came or grows when nothing did, an event that sees the kinds of another event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables.chunks import chunks
from muster.backends.tables.places import (
    Layout,
    Place,
    Places,
    fill_of,
    forget,
    forget_rare_texts,
    merge,
    names_of,
    observe,
    places_from_json,
    places_to_json,
)
from muster.backends.tables.promotion import ANY_NUMBER, PROPERTIES, TRAITS, Fill, Room
from muster.backends.tables.scalars import nfc
from muster.backends.tables.values import Document, normalise_all
from muster.compiler.rule import LIFECYCLE_MEASURES
from muster.compiler.schema import EventTable, ProfileTable, Schema, Stats
from muster.compiler.values import Path

LIFECYCLE_FIELDS = ("lifecycle_stage", *LIFECYCLE_MEASURES)


@dataclass(slots=True)
class _Event:
    rows: int = 0
    places: Places = field(default_factory=dict)


def _by_event(rows: Iterable[EventRow]) -> dict[str, list[Document]]:
    found: dict[str, list[Document]] = {}
    for row in rows:
        found.setdefault(row.event, []).append(row.properties)
    documents: dict[str, list[Document]] = {}
    for name, held in found.items():
        documents.setdefault(nfc(name), []).extend(held)
    return documents


class Catalogue:
    """What the rows of one project held so far; `version` grows by one with every batch that held news."""

    def __init__(self) -> None:
        self.version = 0
        self._profiles = 0
        self._traits: Places = {}
        self._trait_layout = Layout()
        self._events: dict[str, _Event] = {}
        self._property_layout = Layout()
        self._fields: set[str] = set()
        self._stage_log = False
        self._times: tuple[int, int] | None = None

    def observe_profiles(self, rows: Iterable[ProfileRow]) -> None:
        """Take people into account."""
        for chunk in chunks(rows):
            self._profiles += len(chunk)
            widened = observe(self._traits, normalise_all([row.traits for row in chunk]))
            fields = {field for row in chunk for field in row.fields}
            stages = any(row.stages for row in chunk)
            widened |= not fields <= self._fields or (stages and not self._stage_log)
            self._fields |= fields
            self._stage_log |= stages
            self.version += widened

    def observe_events(self, rows: Iterable[EventRow]) -> None:
        """Take events into account."""
        for chunk in chunks(rows):
            times = [row.ts for row in chunk]
            self.observe_times(min(times), max(times))
            widened = False
            for event, documents in _by_event(chunk).items():
                widened |= event not in self._events
                seen = self._events.setdefault(event, _Event())
                seen.rows += len(documents)
                widened |= observe(seen.places, normalise_all(documents))
            self.version += widened

    def forget_profiles(self, rows: Iterable[ProfileRow]) -> None:
        """Take back people who are there no more, or are there as others; what there can be stays known."""
        for chunk in chunks(rows):
            self._profiles = max(0, self._profiles - len(chunk))
            forget(self._traits, normalise_all([row.traits for row in chunk]))

    def forget_events(self, rows: Iterable[EventRow]) -> None:
        """Take back events that are there no more."""
        for event, documents in _by_event(rows).items():
            if event in self._events:
                seen = self._events[event]
                seen.rows = max(0, seen.rows - len(documents))
                forget(seen.places, normalise_all(documents))

    def forget_rare_texts(self, profiles: Iterable[ProfileRow], events: Iterable[EventRow], fewest: int) -> None:
        """Forget texts of people and events that were taken back, where fewer than `fewest` others hold them."""
        forget_rare_texts(self._traits, normalise_all([row.traits for row in profiles]), fewest)
        for event, documents in _by_event(events).items():
            if event in self._events:
                forget_rare_texts(self._events[event].places, normalise_all(documents), fewest)

    def add_event(self, name: str, rows: int, places: Places) -> None:
        """Take events of one name into account that were counted elsewhere."""
        is_new = name not in self._events
        seen = self._events.setdefault(name, _Event())
        seen.rows += rows
        self.version += merge(seen.places, places) | is_new

    def observe_times(self, first: int, last: int) -> None:
        """Take the first and the last of some events into account, in UTC microseconds."""
        known = self._times or (first, last)
        self._times = (min(known[0], first), max(known[1], last))

    def declare(self, trait: Path, *, single: bool) -> None:
        """Declare a trait to hold one value (a list is then a mismatch), or take that back."""
        place = self._traits.setdefault(tuple(map(nfc, trait)), Place())
        self.version += place.single != single
        place.single = single

    def merge(self, other: Catalogue) -> None:
        """Add what another catalogue learned; columns that this one has given stay."""
        widened = merge(self._traits, other._traits)
        self._profiles += other._profiles
        for event, theirs in other._events.items():
            widened |= event not in self._events
            seen = self._events.setdefault(event, _Event())
            seen.rows += theirs.rows
            widened |= merge(seen.places, theirs.places)
        widened |= not other._fields <= self._fields or (other._stage_log and not self._stage_log)
        self._fields |= other._fields
        self._stage_log |= other._stage_log
        if other._times is not None:
            self.observe_times(*other._times)
        self.version += widened

    def schema(
        self,
        order: str | None = "mid",
        *,
        known_people: bool = False,
        source: str | None = None,
        trait_room: Room = TRAITS,
        property_room: Room = PROPERTIES,
    ) -> Schema:
        """Give the Schema of the tables that `arrow.py` makes; `order` names the column that breaks ties.

        `known_people`, `source`: see EventTable. What came since the last time is given a column while there is room,
        else a place in a map; it stays there.
        """
        self._trait_layout.settle(fill_of(self._traits), trait_room)
        self._property_layout.settle(self._property_fill(), property_room)
        plain = ProfileTable()
        lifecycle = {name: name for name in LIFECYCLE_FIELDS if name in self._fields}
        return Schema(
            profiles=ProfileTable(
                fields={**plain.fields, **lifecycle},
                traits=names_of(self._traits, self._trait_layout),
            ),
            events=EventTable(
                order=order,
                known_people=known_people,
                source=source,
                events={event: names_of(seen.places, self._property_layout) for event, seen in self._events.items()},
            ),
            stats=Stats(
                profiles=self._profiles,
                traits={path: place.stats() for path, place in self._traits.items()},
                events={event: seen.rows for event, seen in self._events.items()},
                properties={
                    (event, path): place.stats()
                    for event, seen in self._events.items()
                    for path, place in seen.places.items()
                },
                times=self._times,
            ),
            stage_log=self._stage_log,
            version=self.version,
        )

    def choose_again(self, trait_room: Room = TRAITS, property_room: Room = PROPERTIES) -> None:
        """Choose the names that have columns anew, by what was observed since: for tables that are written anew."""
        moved = self._trait_layout.choose_again(fill_of(self._traits), trait_room)
        moved |= self._property_layout.choose_again(self._property_fill(), property_room)
        self.version += moved

    def _property_fill(self) -> Fill:
        return fill_of(*(seen.places for seen in self._events.values()))

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON-able data."""
        self.schema()  # gives every name its slug and place, so that none moves when read back
        return {
            "version": self.version,
            "profiles": self._profiles,
            "traits": places_to_json(self._traits),
            "trait_columns": self._trait_layout.to_json(),
            "events": {
                event: {"rows": seen.rows, "properties": places_to_json(seen.places)}
                for event, seen in self._events.items()
            },
            "property_columns": self._property_layout.to_json(),
            "fields": sorted(self._fields),
            "stage_log": self._stage_log,
            "times": self._times and list(self._times),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Catalogue:
        """Read what `to_json` gave."""
        catalogue = cls()
        catalogue.version = data["version"]
        catalogue._profiles = data["profiles"]
        catalogue._traits = places_from_json(data["traits"])
        catalogue._trait_layout = Layout.from_json(data["trait_columns"])
        catalogue._events = {
            event: _Event(seen["rows"], places_from_json(seen["properties"])) for event, seen in data["events"].items()
        }
        catalogue._property_layout = Layout.from_json(data["property_columns"])
        catalogue._fields = set(data["fields"])
        catalogue._stage_log = data["stage_log"]
        if data.get("times"):  # catalogues of before did not take note
            catalogue.observe_times(*data["times"])
        catalogue._trait_layout.settle(fill_of(catalogue._traits), ANY_NUMBER)  # what is in no map is in a column
        catalogue._property_layout.settle(catalogue._property_fill(), ANY_NUMBER)
        return catalogue
