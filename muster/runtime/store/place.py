"""Where a store is: its ledger, its engine and the lock on its folder, opened together.

Kept apart from what a store does, as a store can be copied without being used. Ways to go wrong, each with a test: a
ledger on disk with an engine that forgets, two processes in one folder, a lock that stays when opening fails.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from muster.backends.base import HoldsProjects
from muster.backends.discover import get_holder
from muster.compiler.messages import keeping as say
from muster.runtime.errors import ChoiceError
from muster.runtime.ledger.database import Ledger, open_ledger
from muster.runtime.store.lock import FolderLock

LEDGER_FILE, ENGINE_FOLDER = "ledger.sqlite", "engine"


class Place(NamedTuple):
    """An open ledger, and the engine and location where its projects are; `lock` where that is a folder."""

    ledger: Ledger
    holder: HoldsProjects
    location: str
    lock: FolderLock | None

    def close(self) -> None:
        """Let go of the ledger and the folder."""
        try:
            self.ledger.close()
        finally:
            if self.lock is not None:
                self.lock.close()


def open_place(
    path: str | os.PathLike[str] | None = None, *, ledger: str | None = None, engine: str | None = None
) -> Place:
    """Open a folder, made where it is missing, or a ledger and an engine; as `open_store` takes them."""
    scheme, _, location = (engine or "duckdb:").partition(":")
    holder = get_holder(scheme)
    lock: FolderLock | None = None
    if path is not None:
        if ledger is not None or location:
            raise ChoiceError(say.folder_and_more())
        folder = Path(path)
        if folder.exists() and not folder.is_dir():
            raise ChoiceError(say.not_a_folder(str(folder)))
        (folder / ENGINE_FOLDER).mkdir(parents=True, exist_ok=True)
        lock = FolderLock(folder)
        ledger, location = str(folder / LEDGER_FILE), str(folder / ENGINE_FOLDER)
    elif ledger and not location:
        raise ChoiceError(say.forgets(f"{scheme}:"))
    try:
        return Place(open_ledger(ledger or ""), holder, location, lock)
    except BaseException:
        if lock is not None:
            lock.close()
        raise
