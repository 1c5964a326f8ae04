"""The people and events of files, in every pass the same, once a first pass has found who there is.

Kept apart from the first pass (`files.py`): what is here is what engines iterate, as often as they like.

Ways to go wrong, each with a test: rows that were left out in the first pass and are there in the second, a person's
first day taken from a file that does not say it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from muster.backends.base import EventRow, ProfileRow
from muster.runtime.mapping import PROFILE_TIMES
from muster.runtime.rows import EventCells, EventPlan, ProfileCells, ProfilePlan, read_events, read_profiles
from muster.runtime.table_file import BadRows, TableFile

_KEPT_ROWS = 100_000  # so many events are kept from the first pass instead of being read again


@dataclass(slots=True)
class People:
    """Who there is: a dense number for each id, and when each was first and last seen in the events."""

    pids: dict[str, int] = field(default_factory=dict)
    first: list[int | None] = field(default_factory=list)
    last: list[int | None] = field(default_factory=list)

    def add(self, identity: str) -> int:
        """Give a new person a number."""
        pid = self.pids[identity] = len(self.pids)
        self.first.append(None)
        self.last.append(None)
        return pid

    def see(self, pid: int, ts: int) -> None:
        """Take an event into account."""
        first, last = self.first[pid], self.last[pid]
        if first is None or ts < first:
            self.first[pid] = ts
        if last is None or ts > last:
            self.last[pid] = ts

    def __iter__(self) -> Iterator[ProfileRow]:
        for (identity, pid), first, last in zip(self.pids.items(), self.first, self.last, strict=True):
            yield ProfileRow(pid, identity, first_seen=first, last_seen=last)


@dataclass(frozen=True, slots=True)
class FileProfiles:
    """The people of a profiles file, in every pass the same."""

    file: TableFile
    plan: ProfilePlan
    bad: BadRows
    people: People

    def __iter__(self) -> Iterator[ProfileRow]:
        for cells in read_profiles(self.file, self.plan, self.bad):
            pid = self.people.pids[cells.id]
            yield make_profile(pid, cells, self.people.first[pid], self.people.last[pid])


@dataclass(frozen=True, slots=True)
class FileEvents:
    """The events of a file whose people exist, in every pass the same; `repeated` rows are left out."""

    file: TableFile
    plan: EventPlan
    bad: BadRows
    people: People
    repeated: set[int]

    def __iter__(self) -> Iterator[EventRow]:
        for cells in read_events(self.file, self.plan, self.bad):
            yield from self.rows_of(cells)

    def without_repeated(self, cells: EventCells) -> EventCells:
        """Leave out the rows whose message id came before."""
        return cells.select([row not in self.repeated for row in cells.rows]) if self.repeated else cells

    def rows_of(self, cells: EventCells) -> Iterator[EventRow]:
        """Make the events of a chunk whose people exist."""
        cells = self.without_repeated(cells)
        known = self.people.pids
        cells = cells.select(list(map(known.__contains__, cells.ids)))
        pids = map(known.__getitem__, cells.ids)
        return map(EventRow, pids, cells.events, cells.times, cells.mids, cells.documents)


@dataclass(slots=True)
class KeptRows:
    """The events of a first pass while they are few; many are read again instead."""

    rows: list[EventRow] = field(default_factory=list)
    are_too_many: bool = False

    def add(self, rows: list[EventRow]) -> None:
        """Keep some more, or let go of all."""
        self.are_too_many |= len(self.rows) + len(rows) > _KEPT_ROWS
        if self.are_too_many:
            self.rows.clear()
        else:
            self.rows += rows


def make_profile(pid: int, cells: ProfileCells, first: int | None, last: int | None) -> ProfileRow:
    """Make a person; times that the file does not have come from the events."""
    fields = {key: value for key, value in cells.fields.items() if value is not None}
    times = {key: fields.pop(key, None) for key in PROFILE_TIMES}
    return ProfileRow(
        pid=pid,
        external_id=cells.id,
        is_anonymous=fields.pop("is_anonymous", False),
        first_seen=first if times["first_seen"] is None else times["first_seen"],
        last_seen=last if times["last_seen"] is None else times["last_seen"],
        created_at=times["created_at"],
        traits=cells.traits,
        fields=fields,
    )
