"""The lock on a store's folder: one process has it open, and another one is told which.

Kept apart from what is in the folder. The lock is the operating system's, so it goes with the process however that
ends; the file's text is only for people. It could go wrong by being inherited by a child process, which opens the
folder anew to have a lock of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

from muster.compiler.messages import keeping as say
from muster.runtime.errors import StoreError

if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


_FILE = "lock"


class FolderInUseError(StoreError):
    """Another process has the folder open; the text says which."""


class FolderLock:
    """A lock on a folder, until it is closed or the process ends."""

    def __init__(self, folder: Path) -> None:
        """Take the lock; raises FolderInUseError."""
        path = folder / _FILE
        file = path.open("a+", encoding="utf-8")
        try:
            _take(file)
        except OSError:
            file.seek(0)
            holder = file.readline().strip()
            file.close()
            raise FolderInUseError(say.folder_in_use(str(folder), holder)) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} ({Path(sys.argv[0]).name or 'python'})\n")
        file.flush()
        self._file = file

    def close(self) -> None:
        """Let go of the lock; the file stays, as another process may be waiting on it."""
        self._file.close()
