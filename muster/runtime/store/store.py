"""Opening a store: a folder with a ledger and an engine in it, or a ledger and an engine by their addresses.

Kept apart from its projects. A folder is one process's; it is locked, and a second one is told whose it is. A thread
brings projects up to date in the background, so that what was acknowledged is soon seen by who does not wait for it.

Ways to go wrong, each with a test: a ledger on disk with an engine that forgets, two processes in one folder, a
background thread that dies on the first failure, or that outlives the store.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable
from types import TracebackType
from typing import Self

from muster.backends.base import EngineError, HoldsProjects
from muster.compiler.messages import keeping as say
from muster.runtime.ledger.database import Ledger, LedgerError
from muster.runtime.ledger.projects import ProjectError, ProjectRecord, create_project, find_project, list_projects
from muster.runtime.store.lock import FolderLock
from muster.runtime.store.place import open_place
from muster.runtime.store.project import Project
from muster.runtime.store.projector import Projector

_IDLE_SECONDS, _LONGEST_PAUSE = 0.05, 30.0


class Store:
    """An open store. Threads may share it; close it, or use it in a `with`."""

    def __init__(self, ledger: Ledger, holder: HoldsProjects, location: str, lock: FolderLock | None) -> None:
        self._ledger = ledger
        self._holder = holder
        self._location = location
        self._lock = lock
        self._turn = threading.RLock()
        self._projectors: dict[int, tuple[Project, Projector]] = {}
        self._background = _Background(self._open_projectors)

    def project(self, org: str, name: str, *, create: bool = False, timezone: str = "UTC") -> Project:
        """Open a project; with `create` it is made where it is missing, in a time zone. Raises ProjectError."""
        with self._turn:
            if create:
                with self._ledger.write() as connection:
                    record = create_project(connection, org, name, timezone)
            else:
                record = self._find(org, name)
            if record.id not in self._projectors:
                projector = Projector(
                    self._ledger,
                    record,
                    lambda schema: self._holder.open_project(self._location, record.namespace, schema),
                )
                self._projectors[record.id] = Project(self._ledger, record, projector, self._background.wake), projector
            return self._projectors[record.id][0]

    def projects(self) -> list[ProjectRecord]:
        """List the projects."""
        with self._ledger.read() as connection:
            return list_projects(connection)

    def close(self) -> None:
        """Let go of everything; what was acknowledged and not yet projected is projected when it is opened again."""
        self._background.stop()
        with self._turn:
            try:
                while self._projectors:
                    self._projectors.popitem()[1][1].close()
            finally:
                self._ledger.close()
                if self._lock is not None:
                    self._lock.close()

    def __enter__(self) -> Self:
        """Give the store."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def _find(self, org: str, name: str) -> ProjectRecord:
        with self._ledger.read() as connection:
            found = find_project(connection, org, name)
            if found is None:
                known = [f"{each.org}/{each.name}" for each in list_projects(connection)]
                raise ProjectError(say.no_project(org, name, known))
            return found

    def _open_projectors(self) -> list[Projector]:
        with self._turn:
            return [projector for _, projector in self._projectors.values()]


class _Background:
    """The thread that brings projects up to date; it starts with the first message."""

    def __init__(self, projectors: Callable[[], list[Projector]]) -> None:
        self._projectors = projectors
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def wake(self) -> None:
        """Have it look whether there is something to do."""
        self._woken.set()
        with self._starting:
            if self._thread is None and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._run, name="muster-projector", daemon=True)
                self._thread.start()

    def stop(self) -> None:
        """End it, after what it is at."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        pause = _IDLE_SECONDS
        while not self._stopped.is_set():
            self._woken.wait()
            # Messages mostly come several at a time; who reads does not wait for this.
            self._stopped.wait(pause)
            self._woken.clear()
            if self._stopped.is_set():
                return
            try:
                for projector in self._projectors():
                    projector.sync()
                pause = _IDLE_SECONDS
            except (LedgerError, EngineError) as error:
                warnings.warn(say.behind(str(error)), stacklevel=1)
                pause = min(pause * 2, _LONGEST_PAUSE)
                self._woken.set()


def open_store(
    path: str | os.PathLike[str] | None = None, *, ledger: str | None = None, engine: str | None = None
) -> Store:
    """Open a store: a folder, made where it is missing; or a ledger and an engine by their addresses.

    `ledger`: the path of a SQLite file, or a URL of Postgres; without it, memory. `engine`: as `duckdb:FOLDER`,
    `chdb:FOLDER`, `clickhouse://…`, `postgresql://…` or `memory:`; without it, DuckDB in memory. With a folder, an
    engine by its scheme alone is in that folder. Raises ChoiceError, FolderInUseError, LedgerError.
    """
    return Store(*open_place(path, ledger=ledger, engine=engine))
