"""Files of one's own become a source of people and events: CSV, NDJSON, Parquet, or logs of messages.

Kept apart from reading and planning: here the passes over the files are made. One reads everything, finds who there
is and what kinds occur (so that the Schema is complete before anything is compiled); later ones give the same rows
again. docs/adr/0011 says what was decided and why.

Ways to go wrong, each with a test: an event of somebody who is in no profiles file, a message id that came twice,
a source that gives other rows the second time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from muster.backends.base import EventRow, ProfileRow
from muster.backends.duckdb.typed_file import NotExact, TypedEvents
from muster.backends.tables import ANY_NUMBER, PROPERTIES, Catalogue
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.compiler.messages.in_place import read_instead
from muster.compiler.schema import Schema
from muster.runtime.errors import Problem
from muster.runtime.file_plan import plan_events, plan_profiles
from muster.runtime.file_rows import FileEvents, FileProfiles, KeptRows, People, make_profile
from muster.runtime.file_types import found_in_passing, holds_messages, open_table
from muster.runtime.in_place import typed_events
from muster.runtime.mapping import FileMap, read_map
from muster.runtime.messages import Folded, fold
from muster.runtime.ndjson_file import NdjsonFile
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.rows import EventCells, EventPlan, ProfilePlan, read_events, read_profiles
from muster.runtime.table_file import BadRows, TableFile

Progress = Callable[[str, int], None]
_REPORT_EVERY = 20_000
_EXAMPLES = 3
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Source:
    """People and events that can be iterated again and again, and the schema of the tables that hold them.

    `notes` say what was guessed (info) and what is doubtful (warning); `bad` lists the first rows left out, of
    `bad_count`. With `in_place` DuckDB can query the events where they are, and gives the same answers. `links` are the
    anonymous ids of messages that belong to users.
    """

    profiles: Iterable[ProfileRow]
    events: Iterable[EventRow]
    catalogue: Catalogue
    schema: Schema
    notes: tuple[Diagnostic, ...]
    bad: tuple[Problem, ...]
    bad_count: int
    in_place: TypedEvents | None = None
    links: Mapping[str, str] = field(default_factory=dict)


def open_files(
    events: Path | None,
    profiles: Path | None = None,
    mapping: Path | None = None,
    *,
    skip_bad_rows: bool = False,
    in_place: bool = False,
    progress: Progress | None = None,
) -> Source:
    """Open an events file, a profiles file or both; raises DataError naming file, row and column.

    With `in_place`, typed events that DuckDB can query where they are are only counted. `progress` is called now and
    then with what is being done and the rows so far.
    """
    mapped = FileMap() if mapping is None else read_map(mapping)
    opening = _Opening(mapped, BadRows(skip=skip_bad_rows), progress)
    if profiles is not None:
        opening.read_profiles(profiles)
    if events is not None:
        opening.read_events(events, in_place=in_place)
    return opening.source()


class _Opening:
    """The first pass over the files: who there is, what occurs, what is to be told."""

    def __init__(self, mapped: FileMap, bad: BadRows, progress: Progress | None) -> None:
        self._mapped = mapped
        self._bad = bad
        self._progress = progress
        self._catalogue = Catalogue()
        for name, spec in () if mapped.profiles is None else mapped.profiles.values.items():
            if spec.single:
                self._catalogue.declare((name,), single=True)
        self._people = People()
        self._profiles: Iterable[ProfileRow] | None = None
        self._events: Iterable[EventRow] = ()
        self._order: str | None = None
        self._strangers: dict[str, int] = {}
        self._notes: list[Diagnostic] = []
        self._in_place: TypedEvents | None = None
        self._links: Mapping[str, str] = {}

    def read_profiles(self, path: Path) -> None:
        """Take the people of a file as the universe."""
        file = open_table(path, self._mapped.profiles, self._bad)
        plan, notes = plan_profiles(file, self._mapped.profiles)
        self._notes += notes
        self._profiles = FileProfiles(file, plan, self._bad, self._people)
        self._catalogue.observe_profiles(self._first_profiles(file, plan))
        self._notes += found_in_passing(file)

    def read_events(self, path: Path, *, in_place: bool) -> None:
        """Read the events of a file; without a profiles file its people are the universe."""
        file = open_table(path, self._mapped.events, self._bad)
        if self._mapped.events is None and isinstance(file, NdjsonFile) and holds_messages(file):
            self._take(file, self._fold(file))
        else:
            plan, notes = plan_events(file, self._mapped.events)
            self._notes += notes
            self._order = None if plan.order is None and plan.message_id is None else "mid"
            stored = FileEvents(file, plan, self._bad, self._people, set())
            if in_place and isinstance(file, ParquetFile) and self._count(file, plan):
                self._events = stored
            else:
                self._read(stored)
        self._notes += found_in_passing(file)

    def source(self) -> Source:
        """Put everything together."""
        if self._profiles is None:
            self._profiles = self._people
            self._catalogue.observe_profiles(self._people)
        if self._strangers:
            count, examples = sum(self._strangers.values()), tuple(self._strangers)[:_EXAMPLES]
            self._notes.append(data.people_without_profile(len(self._strangers), count, examples))
        if self._bad.count:
            self._notes.append(data.rows_skipped(self._bad.count))
        return Source(
            profiles=self._profiles,
            events=self._events,
            catalogue=self._catalogue,
            schema=self._catalogue.schema(
                self._order,
                # of a file in place all rows are there, those of people without a profile too
                known_people=self._in_place is None or not self._strangers,
                property_room=PROPERTIES if self._in_place is None else ANY_NUMBER,
            ),
            notes=tuple(self._notes),
            bad=self._bad.first,
            bad_count=self._bad.count,
            in_place=self._in_place,
            links=self._links,
        )

    def _first_profiles(self, file: TableFile, plan: ProfilePlan) -> Iterator[ProfileRow]:
        rows: dict[str, int] = {}
        for cells in self._reported(read_profiles(file, plan, self._bad), file.name):
            if cells.id in rows:
                self._bad.add(file.name, cells.row, data.repeated_id(cells.id, rows[cells.id]), plan.id)
            else:
                rows[cells.id] = cells.row
                yield make_profile(self._people.add(cells.id), cells, None, None)

    def _count(self, file: ParquetFile, plan: EventPlan) -> bool:
        """Let DuckDB say what a typed file holds; False, with a note, where the file has to be read instead."""
        found = typed_events(file, plan)
        if isinstance(found, TypedEvents):
            found = self._take_facts(file, found)
        if isinstance(found, TypedEvents):
            self._in_place = found
            return True
        self._notes.append(read_instead(file.name, found.column, found.reason))
        return False

    def _take_facts(self, file: ParquetFile, events: TypedEvents) -> TypedEvents | NotExact:
        from muster.backends.duckdb.typed_facts import TypedFacts  # noqa: PLC0415 (other files need no driver)

        with closing(TypedFacts(events, file.columns)) as facts:
            odd = facts.judge()
            if odd is not None:
                return odd
            count = 0
            for person in facts.people():
                if self._meet(person.id, person.events):
                    pid = self._people.pids[person.id]
                    self._people.see(pid, person.first)
                    self._people.see(pid, person.last)
                    self._catalogue.observe_times(person.first, person.last)
                count += person.events
            known = None if self._profiles is None else tuple(self._people.pids)
            for event in facts.events(known):
                self._catalogue.add_event(event.event, event.rows, event.places)
            file.numbers_dropped.update(facts.dropped)
        file.check()
        self._report(file.name, count)
        return events

    def _read(self, stored: FileEvents) -> None:
        kept = KeptRows()
        self._catalogue.observe_events(self._first_events(stored, kept))
        self._events = stored if kept.are_too_many else kept.rows
        if stored.repeated:
            self._notes.append(data.duplicates_dropped(len(stored.repeated)))

    def _first_events(self, stored: FileEvents, kept: KeptRows) -> Iterator[EventRow]:
        """Read all events once."""
        message_ids: set[str] = set()
        count = 0
        for cells in read_events(stored.file, stored.plan, self._bad):
            if stored.plan.message_id is not None:
                stored.repeated.update(_repeated(cells, message_ids))
                cells = stored.without_repeated(cells)  # noqa: PLW2901 (the rest of what was read)
            for identity, times in Counter(cells.ids).items():
                self._meet(identity, times)
            rows = list(stored.rows_of(cells))
            for row in rows:
                self._people.see(row.pid, row.ts)
            kept.add(rows)
            yield from rows
            count += len(cells.rows)
            self._report(stored.file.name, count)

    def _meet(self, identity: str, events: int) -> bool:
        """Take note of a person who has events; tell whether the profiles file, if there is one, has them."""
        if identity in self._people.pids:
            return True
        if self._profiles is None:
            self._people.add(identity)
            return True
        self._strangers[identity] = self._strangers.get(identity, 0) + events
        return False

    # --- messages -----------------------------------------------------------------------------------------------
    def _fold(self, file: NdjsonFile) -> Folded:
        rows: list[int] = []

        def messages() -> Iterator[object]:
            for row, record in self._reported(file.records(), file.name):
                rows.append(row)
                yield record

        folded = fold(messages())
        for reject in folded.rejects:
            self._bad.add(file.name, rows[reject.index], data.rejected_message(reject.reason))
        return folded

    def _take(self, file: NdjsonFile, folded: Folded) -> None:
        """Take what messages say; with a profiles file only the events of the users that it has."""
        self._order = "mid"
        self._links = folded.links
        self._notes += (data.messages_recognised(file.name), *folded.warnings)
        if self._profiles is None:
            self._profiles, self._events = folded.profiles, folded.events
            self._catalogue.observe_profiles(folded.profiles)
        else:
            self._events = tuple(self._events_of_known(folded))
            if any(profile.traits for profile in folded.profiles):
                self._notes.append(data.traits_not_used(file.name))
        self._catalogue.observe_events(self._events)

    def _events_of_known(self, folded: Folded) -> Iterator[EventRow]:
        owners = {profile.pid: profile for profile in folded.profiles}
        for event in folded.events:
            owner = owners[event.pid]
            if self._meet(owner.external_id, 1) and not owner.is_anonymous:
                pid = self._people.pids[owner.external_id]
                self._people.see(pid, event.ts)
                yield EventRow(pid, event.event, event.ts, event.mid, event.properties)

    def _reported(self, rows: Iterable[_Item], file: str) -> Iterator[_Item]:
        """Pass rows on, and tell now and then how many there were."""
        for count, row in enumerate(rows, 1):
            yield row
            if count % _REPORT_EVERY == 0:
                self._report(file, count)

    def _report(self, file: str, count: int) -> None:
        if self._progress is not None:
            self._progress(file, count)


def _repeated(cells: EventCells, seen: set[str]) -> Iterator[int]:
    """Give the rows whose message id came before."""
    for row, message_id in zip(cells.rows, cells.message_ids, strict=True):
        if message_id in seen:
            yield row
        seen.add(message_id)
