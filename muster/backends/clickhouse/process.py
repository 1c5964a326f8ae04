"""The one ClickHouse engine that a process may hold, and the folder it is open on.

Kept apart because the engine's own rules are about the process, not about a query: one place at a time, one process a
folder, nothing across a fork. Broken, they end in an empty message or in waiting for ever, so they are looked at
before. A lock file names who has a folder; the system lets go of it when its process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path
from threading import Lock
from typing import IO

from muster.backends.base import EngineError
from muster.compiler.messages import clickhouse as say

MEMORY = ":memory:"
LOCK_FILE = "muster.lock"


class Process:
    """Who holds the engine of this process, and where."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._place: str | None = None
        self._users = 0
        self._held: IO[str] | None = None
        self.forked = False  # in a child of a process that had loaded the engine
        os.register_at_fork(after_in_child=self._after_fork)

    def enter(self, folder: str) -> str:
        """Take part in the engine on a folder, "" being memory; gives the place as the engine spells it."""
        place = os.path.realpath(folder) if folder else MEMORY
        with self._lock:
            self.check()
            if self._users and place != self._place:
                raise EngineError(say.another_folder(_named(place), _named(self._place or MEMORY)))
            if not self._users:
                self._held = None if place == MEMORY else _lock_folder(Path(place))
                self._place = place
            self._users += 1
        return place

    def leave(self) -> None:
        """Let go of the folder when nobody uses it any more."""
        with self._lock:
            self._users -= 1
            if not self._users and self._held is not None:
                self._held.close()
                self._held = None

    def check(self) -> None:
        """Raise EngineError where the engine cannot work: in a child of a process that had loaded it."""
        if self.forked:
            raise EngineError(say.forked())

    def _after_fork(self) -> None:
        self._lock = Lock()
        self.forked = "chdb" in sys.modules
        if self._held is not None:
            self._held.close()  # or the folder would stay taken while this child lives
            self._held = None


PROCESS = Process()


def _lock_folder(folder: Path) -> IO[str]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        held = (folder / LOCK_FILE).open("a+", encoding="utf-8")
    except OSError as error:
        raise EngineError(say.no_folder(str(folder), error.strerror or str(error))) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.seek(0)
        holder = held.read().strip() or "of another name"
        held.close()
        raise EngineError(say.taken(str(folder), holder)) from error
    held.truncate(0)
    held.write(str(os.getpid()))
    held.flush()
    return held


def _named(place: str) -> str:
    return "its memory" if place == MEMORY else f'"{place}"'
