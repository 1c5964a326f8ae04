"""The projector of a project: brings messages from the inbox to people, traits and the engine's tables, in order.

Kept apart from deciding what messages do (`decide.py`). One runs at a time for a project: threads of a process take
turns, and so do processes on a ledger that they share (docs/adr/0023).

Ways to go wrong, each with a test: an end between any two of its actions, an engine that fails and is asked again, a
catalogue in memory that is wider than the one on disk, a reader who sees the engine before what it acknowledged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from muster.backends.base import Change, EventRow, Json, ProfileRow, ProjectEngine
from muster.backends.tables.catalogue import Catalogue
from muster.compiler.schema import Schema
from muster.compiler.values import Path
from muster.runtime.exact_json import decode
from muster.runtime.ledger import inbox, notices, people, steps
from muster.runtime.ledger.catalogues import catalogue_version, find_catalogue, save_catalogue
from muster.runtime.ledger.database import Connection, Ledger, lock_project
from muster.runtime.ledger.inbox import Waiting
from muster.runtime.ledger.notices import Notice
from muster.runtime.ledger.projects import ProjectRecord
from muster.runtime.ledger.steps import Step
from muster.runtime.message import read_document, read_message
from muster.runtime.store.decide import Arrived, Decision, decide
from muster.runtime.store.ingest import Answer, Read, answers_of, judge, read_all
from muster.runtime.store.recent import Recent

MOST_MESSAGES = 4096  # of a step
SOURCE = "message"  # the column that keeps each event's message
_SAVED_AFTER = 60.0  # seconds, for counts; what is new is saved at once

OpenEngine = Callable[[Schema], ProjectEngine]
Listener = Callable[[Notice], None]


class Projector:
    """Brings a project up to date. Threads may share it."""

    def __init__(self, ledger: Ledger, project: ProjectRecord, open_engine: OpenEngine) -> None:
        self._ledger = ledger
        self._project = project
        self._turn = threading.RLock()
        self._listeners: list[Listener] = []
        self._catalogue: Catalogue | None = None
        self._saved = (0, 0.0)  # the version on disk, and when it was written
        self._untidy = True  # steps may be written down that the engine has taken
        with ledger.read() as connection:
            self._catalogue = find_catalogue(connection, project.id)
        self.engine = open_engine(_schema(self._catalogue))
        self.synced = 0.0  # on the monotonic clock
        self.recent = Recent()
        self._has_news = threading.Event()  # since the last look, as far as this process knows
        self._has_news.set()

    def wake(self) -> None:
        """Note that messages came."""
        self._has_news.set()

    def listen(self, listener: Listener) -> None:
        """Have a function told of what happens to people, in order and at least once."""
        self._listeners.append(listener)

    def sync(self) -> None:
        """Take in everything that was acknowledged before; after a LedgerError or EngineError it can be tried again."""
        if self._is_idle():
            self.synced = time.monotonic()
            return
        with self._turn, self._ledger.alone(self._project.id):
            began = time.monotonic()
            self._catch_up()
            self._tidy()
            self.synced = began
        self._tell()

    def load(self, messages: Iterable[Json], received: int, note: Callable[[Connection], None]) -> list[Answer]:
        """Take messages in without the inbox, after all that is in it; `note` writes in the same transaction."""
        read = read_all(messages, received)
        with self._turn, self._ledger.alone(self._project.id):
            self._catch_up()
            answers: list[Answer] = []

            def take(connection: Connection) -> list[Arrived]:
                lock_project(connection, self._project.id)
                judged = judge(connection, self._project, read, received)
                accepted = [each for each in judged if isinstance(each, Read)]
                is_new = inbox.remember(connection, self._project.id, [each.message_id for each in accepted], received)
                answers.extend(answers_of(judged, is_new))
                note(connection)
                return [
                    Arrived(Waiting(0, received, each.message_id, each.text), each.message)
                    for each, new in zip(accepted, is_new, strict=True)
                    if new
                ]

            self._step(take)
            self._tidy()
        self._tell()
        return answers

    def run(self, act: Callable[[Connection, int], Step]) -> None:
        """Take a step of another kind than messages make, once everything is taken in.

        `act` writes to the ledger what the step does, given its number.
        """
        with self._turn, self._ledger.alone(self._project.id):
            self._catch_up()
            with self._ledger.write() as connection:
                step = act(connection, steps.next_number(connection, self._project.id))
                steps.save_step(connection, self._project.id, step)
            self._untidy = True
            self._finish()
            self._tidy()
        self._tell()

    def declare(self, trait: Path, *, single: bool) -> None:
        """Declare a trait to hold one value, or take that back."""
        with self._turn, self._ledger.alone(self._project.id):
            with self._ledger.write() as connection:
                catalogue = self.catalogue(connection)
                catalogue.declare(trait, single=single)
                self._save(connection, catalogue)
            self._widen(catalogue)

    def catalogue(self, connection: Connection) -> Catalogue:
        """Give the catalogue as it is on disk or, in the turn of the projector, wider."""
        version = catalogue_version(connection, self._project.id)
        if self._catalogue is None or version > self._catalogue.version:  # another process has widened it
            self._catalogue = find_catalogue(connection, self._project.id)
            self._saved = (version, time.monotonic())
        return self._catalogue

    def close(self) -> None:
        """Write down what was counted, and let go of the engine."""
        try:
            with self._turn, self._ledger.write() as connection:
                self._save(connection, self.catalogue(connection))
        finally:
            self.engine.close()

    # --- steps --------------------------------------------------------------------------------------------------
    def _is_idle(self) -> bool:
        """Tell whether there is nothing to do and nobody is at it, which is what most reads find."""
        if self._ledger.is_sqlite:  # which no other process has open
            has_news = self._has_news.is_set()
        else:
            with self._ledger.read() as connection:
                is_empty = inbox.is_empty(connection, self._project.id)
                is_wide = catalogue_version(connection, self._project.id) <= self.engine.schema.version
                has_news = not (is_empty and is_wide)
        return not has_news and not self._untidy  # asked for in this order, as whoever takes news is untidy before

    def _catch_up(self) -> None:
        """Take everything in that is in the inbox."""
        self._untidy = True  # until all is taken: who asks meanwhile waits
        self._has_news.clear()
        try:
            self._finish()
            while self._step(self._take):
                pass
        except BaseException:
            self._has_news.set()
            raise

    def _take(self, connection: Connection) -> list[Arrived]:
        waiting = inbox.take(connection, self._project.id, MOST_MESSAGES)
        return [
            Arrived(each, self.recent.pop(each.message_id) or read_message(decode(each.message), each.received))
            for each in waiting
        ]

    def _step(self, take: Callable[[Connection], list[Arrived]]) -> bool:
        """Take some messages in; tell whether there were any."""
        try:
            with self._ledger.write() as connection:
                steps.remove_steps(connection, self._project.id, self.engine.applied)
                arrived = take(connection)
                catalogue = self.catalogue(connection)
                if not arrived:
                    self._widen(catalogue)
                    return False
                decision = decide(connection, self._project, arrived)
                self._observe(catalogue, decision)
                if catalogue.version > self._saved[0] or time.monotonic() - self._saved[1] > _SAVED_AFTER:
                    self._save(connection, catalogue)
        except BaseException:
            self._catalogue = None  # it may know what is not on disk
            raise
        self._untidy = True
        self._widen(catalogue)
        self.engine.apply(_change(decision.step, [each.row for each in decision.changed]))
        return True

    def _observe(self, catalogue: Catalogue, decision: Decision) -> None:
        before = [
            each.before
            for each in decision.changed
            if each.before is not None and each.row.pid not in decision.step.seen
        ]
        catalogue.forget_profiles((*before, *decision.removed))
        catalogue.observe_profiles(each.row for each in decision.changed if each.row.pid not in decision.step.seen)
        catalogue.observe_events(decision.step.events)

    def _save(self, connection: Connection, catalogue: Catalogue) -> None:
        save_catalogue(connection, self._project.id, catalogue)
        self._saved = (catalogue.version, time.monotonic())

    def _widen(self, catalogue: Catalogue) -> None:
        if catalogue.version > self.engine.schema.version:
            self.engine.widen(_schema(catalogue))

    def _finish(self) -> None:
        """Have the engine take the steps that are written down and that it has not taken."""
        if not self._untidy:
            return
        with self._ledger.read() as connection:
            catalogue = self.catalogue(connection)
            left = [
                (step, [known.row() for known in people.people_of(connection, self._project.id, step.changed)])
                for step in steps.find_steps(connection, self._project.id)
                if step.number > self.engine.applied
            ]
        for step, rows in left:
            self._widen(catalogue)
            self.engine.apply(_change(step, rows))

    def _tidy(self) -> None:
        if self._untidy:
            with self._ledger.write() as connection:
                steps.remove_steps(connection, self._project.id, self.engine.applied)
            self._untidy = False

    # --- notices ------------------------------------------------------------------------------------------------
    def _tell(self) -> None:
        """Tell listeners what happened; what one of them fails on is told again."""
        with self._turn:
            while True:
                with self._ledger.read() as connection:
                    found = notices.find_notices(connection, self._project.id, self.engine.applied)
                if not found:
                    return
                for notice in found:
                    for listener in self._listeners:
                        listener(notice)
                with self._ledger.write() as connection:
                    notices.remove_notices(connection, self._project.id, found[-1].seq)


def _schema(catalogue: Catalogue) -> Schema:
    return catalogue.schema(known_people=True, source=SOURCE)


def _change(step: Step, rows: Iterable[ProfileRow]) -> Change:
    return Change(
        number=step.number,
        profiles=tuple(rows),
        events=tuple(with_properties(each) for each in step.events),
        moved=step.moved,
        gone=step.gone,
        erased=step.erased,
        seen=step.seen,
    )


def with_properties(event: EventRow) -> EventRow:
    """Read the properties of an event that is known by its message only."""
    if event.properties or event.source is None:
        return event
    return replace(event, properties=read_document(decode(event.source)))
