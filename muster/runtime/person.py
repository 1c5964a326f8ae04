"""What messages make of one person: first and last seen, and traits of which the last write wins.

Kept apart from whose a message is (`identity.py`). Everything here commutes: the same messages in any order make the
same person, and two halves of a person make the whole. Each trait has a clock, also one that was removed, or a
write that comes late would bring it back.

Ways to go wrong, each with a test: an old trait that comes late and wins, a removal that is undone, a value of an
anonymous visit that wins over what the user said.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from muster.backends.base import Json
from muster.backends.tables.scalars import nfc, views_of
from muster.runtime.message import Message


class Written(NamedTuple):
    """A trait's value and its clock: of two, the greater clock counts. A value that is null removes the trait."""

    is_user: bool
    ts: int
    message_id: str
    value: Json


@dataclass(slots=True)
class Person:
    """A person so far; instants are UTC microseconds."""

    first_seen: int | None = None
    last_seen: int | None = None
    created: int | None = None
    traits: dict[str, Written] = field(default_factory=dict)

    def add(self, message_id: str, message: Message) -> bool:
        """Take a message of theirs into account; tell whether more changed than when they were seen."""
        created = _least(self.created, message.received)
        is_older, self.created = created != self.created, created
        if message.is_active:
            self.first_seen = _least(self.first_seen, message.ts)
            self.last_seen = _greatest(self.last_seen, message.ts)
        if message.type != "identify" or not message.document:
            return is_older
        clock = (message.user is not None, message.ts, message_id)
        written = {nfc(key): Written(*clock, value) for key, value in message.document.items()}
        return self._write(written) or is_older

    def take(self, other: Person) -> None:
        """Become both, as when an anonymous person turns out to be this one."""
        self.created = _least(self.created, other.created)
        self.first_seen = _least(self.first_seen, other.first_seen)
        self.last_seen = _greatest(self.last_seen, other.last_seen)
        self._write(other.traits)

    def _write(self, traits: Mapping[str, Written]) -> bool:
        changed = False
        for key, written in traits.items():
            before = self.traits.get(key)
            if before is None or written[:3] > before[:3]:
                self.traits[key] = written
                changed = True
        return changed

    def known_traits(self) -> dict[str, Json]:
        """Give the traits there are, without those that were removed."""
        return {key: written.value for key, written in self.traits.items() if not _is_null(written.value)}


def _is_null(value: Json) -> bool:
    return not isinstance(value, (dict, list)) and views_of(value) is None


def _least(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _greatest(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
