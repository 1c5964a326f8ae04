"""Which names get typed columns: a table has room for so many, and the rest share one map column a kind.

Kept apart, and pure, because it is the only decision here: it is made when tables are made, and again with newer
numbers when they are written anew. Names that rules use come first, then the most filled.

Ways to go wrong, each with a test: a choice that depends on the order in which names were met, a name in neither
place or in both, a used name behind a merely frequent one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from muster.compiler.values import KINDS, Kind, Path

Slot = tuple[Path, Kind]  # one kind of one name, which is what a column holds
Fill = Mapping[Slot, int]  # values of each


@dataclass(frozen=True, slots=True)
class Room:
    """How many typed columns a table may have for its names (None: any number), and the names that rules use."""

    columns: int | None
    used: frozenset[Path] = frozenset()

    def without(self, taken: int) -> Room:
        """Give what is left of it."""
        return self if self.columns is None else replace(self, columns=max(0, self.columns - taken))


# Beyond these what every insert pays for columns is more than maps cost (docs/adr/0017).
TRAITS, PROPERTIES, ANY_NUMBER = Room(200), Room(64), Room(None)


def promoted(fill: Fill, room: Room) -> frozenset[Slot]:
    """Choose the slots that get a column: those of used names, then the most filled, ties by name and kind."""

    def rank(slot: Slot) -> tuple[bool, int, Path, int]:
        path, kind = slot
        return path not in room.used, -fill[slot], path, KINDS.index(kind)

    return frozenset(sorted(fill, key=rank)[: room.columns])
