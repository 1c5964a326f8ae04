"""Copying a store to another place: each project's events and people from engine to engine, then the ledger.

Kept apart from a store that is in use. The ledger comes last, in one transaction, so that a copy that was broken off
is no store; what it left in the engine is removed when it is copied there again. The copy's projects have namespaces
of their own, so it can be on the same engine. Nothing is changed where it is copied from,
but projectors wait meanwhile. What was written is read again and compared.

Ways to go wrong, each with a test: a copy onto another store, or that was broken off, or of which there are two at
once; messages that wait; a step that the engine has not taken; an engine that is not the ledger's, or that forgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from muster.backends.base import Change, EventRow, Limits, ProfileRow, ProjectEngine
from muster.compiler.messages import copying as say
from muster.runtime.errors import ChoiceError, StoreError
from muster.runtime.evaluation import evaluate
from muster.runtime.ledger import people, steps
from muster.runtime.ledger.catalogues import find_catalogue
from muster.runtime.ledger.copying import begin_copy, broken_off, copy_ledger, is_new
from muster.runtime.ledger.database import Connection
from muster.runtime.ledger.projects import ProjectRecord, list_projects, step_of
from muster.runtime.row_digest import RowDigest
from muster.runtime.store.place import Place
from muster.runtime.store.projector import SOURCE, with_properties

Progress = Callable[[str, int], None]
_PEOPLE = 2000
_NO_LIMITS = Limits(None, None, None)


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy holds."""

    projects: int
    people: int
    events: int


def copy_store(source: Place, target: Place, progress: Progress = lambda _what, _rows: None) -> Copied:
    """Copy a store into an empty place; raises ChoiceError, StoreError and EngineError, and then there is no store.

    What is sent to the source meanwhile may be missing in the copy, so nothing should be.
    """
    with source.ledger.read() as connection:
        projects = list_projects(connection)
    with source.ledger.alone(*[project.id for project in projects]):
        namespaces = _begin(target, projects)
        copied = [_copy_project(source, target, each, namespaces[each.id], progress) for each in projects]
        with source.ledger.read() as reading, target.ledger.write() as writing:
            if list_projects(reading) != projects:
                raise StoreError(say.changed_meanwhile())
            _check_new(writing)
            copy_ledger(reading, writing, namespaces, progress)
    return Copied(len(projects), sum(people for people, _ in copied), sum(events for _, events in copied))


def _begin(target: Place, projects: Iterable[ProjectRecord]) -> dict[int, str]:
    """Remove what is left of copies that were broken off, and note what is made now."""
    with target.ledger.read() as connection:
        _check_new(connection)
        left = broken_off(connection)
    for namespace in left:
        target.holder.drop_project(target.location, namespace)
    with target.ledger.write() as connection:
        return begin_copy(connection, [project.id for project in projects])


def _check_new(connection: Connection) -> None:
    if not is_new(connection):
        raise ChoiceError(say.holds_something())


def _copy_project(
    source: Place, target: Place, project: ProjectRecord, namespace: str, progress: Progress
) -> tuple[int, int]:
    with source.ledger.read() as connection:
        schema = find_catalogue(connection, project.id).schema(known_people=True, source=SOURCE)
        step = step_of(connection, project.id)
        waiting = {each.number for each in steps.find_steps(connection, project.id)}
    name = f"{project.org}/{project.name}"
    read, known = RowDigest(), _Counted(_people(source, project))
    with closing(source.holder.open_project(source.location, project.namespace, schema)) as old:
        applied = old.applied
        if applied != step and not (applied == step - 1 and step in waiting):
            raise StoreError(say.not_the_engine(name, applied, step))
        with closing(target.holder.open_project(target.location, namespace, schema)) as new:
            new.load(known, _events(old, read, lambda rows: progress(f"{name}, events", rows)))
            new.apply(Change(number=applied))
    # What is compared is what is there when it is opened again.
    with closing(target.holder.open_project(target.location, namespace, schema)) as new:
        if new.applied != applied:
            raise StoreError(say.forgets(name))
        _compare(new, name, read, known.rows, progress)
    return known.rows, read.rows


def _compare(engine: ProjectEngine, name: str, read: RowDigest, people: int, progress: Progress) -> None:
    written = RowDigest()
    for _ in _events(engine, written, lambda rows: progress(f"{name}, events compared", rows)):
        pass
    if written != read:
        raise StoreError(say.differs(f"the events of {name}", read.rows, written.rows))
    found = evaluate({"all": []}, engine, limits=_NO_LIMITS).count()
    if found != people:
        raise StoreError(say.differs(f"the people of {name}", people, found))


def _people(source: Place, project: ProjectRecord) -> Iterator[ProfileRow]:
    after = 0
    while True:
        with source.ledger.read() as connection:
            found = people.list_people(connection, project.id, after=after, most=_PEOPLE)
        if not found:
            return
        yield from (known.row() for known in found)
        after = found[-1].pid


def _events(engine: ProjectEngine, digest: RowDigest, progress: Callable[[int], None]) -> Iterator[EventRow]:
    for batch in engine.all_events():
        digest.over((event.pid, event.ts, event.event, event.mid, event.source) for event in batch)
        progress(digest.rows)
        yield from map(with_properties, batch)


class _Counted:
    """People, counted as they are given."""

    def __init__(self, given: Iterator[ProfileRow]) -> None:
        self._given = given
        self.rows = 0

    def __iter__(self) -> Iterator[ProfileRow]:
        for row in self._given:
            self.rows += 1
            yield row
