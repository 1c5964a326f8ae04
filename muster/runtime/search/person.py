"""A person that is made up, with all their events, as the reference evaluator sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from muster.backends.base import EventRow, ProfileRow
from muster.backends.memory.evaluate import Scene
from muster.compiler.moments import Clock
from muster.compiler.values import Path

NAME = "somebody"
_NOTHING_KNOWN = ProfileRow(pid=1, external_id=NAME)


@dataclass(frozen=True, slots=True)
class Person:
    """A profile and its events."""

    profile: ProfileRow = _NOTHING_KNOWN
    events: tuple[EventRow, ...] = ()

    def scene(self, clock: Clock, single: frozenset[Path] = frozenset()) -> Scene:
        """Give what a test can see of the person."""
        return Scene(self.profile, self.events, clock, single)

    def with_events(self, events: tuple[EventRow, ...]) -> Person:
        """Give the same person with other events, their message ids in the order given."""
        numbered = tuple(replace(event, mid=f"{number:05}") for number, event in enumerate(events))
        return replace(self, events=numbered)
