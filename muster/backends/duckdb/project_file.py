"""The file of a project, what stands beside it, and a copy that takes its place.

Kept apart from what is in the file. DuckDB writes its log, what it puts off from memory, and during a checkpoint two
more files, each named after the file. A log belongs to one file only: beside another one DuckDB refuses to open it.

Ways to go wrong, each with a test: a process that ends between any two of these files, a file that is replaced while
somebody has it open (whose log would then be taken for the new one's), a name that the disk has forgotten.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from muster.backends.base import EngineError
from muster.backends.duckdb.client import open_to_read
from muster.compiler.messages import engine as say


class ProjectFile:
    """The file of a project in a folder."""

    def __init__(self, location: str, namespace: str) -> None:
        """Name a file, which may not be there yet; raises EngineError where the folder is not."""
        folder = Path(location)
        if not folder.is_dir():
            raise EngineError(say.no_folder_for_projects(location))
        self.path = folder / f"{namespace}.duckdb"
        self.copy = self.path.with_name(f"{self.path.name}.new")
        self._log = self.path.with_name(f"{self.path.name}.wal")

    def tidy(self) -> None:
        """Remove what a process that ended left; whoever calls has the file open, and has done nothing yet."""
        with _told():
            self.remove_copy()
            _remove(self.path.with_name(f"{self.path.name}.tmp"))
            _sync(self.path.parent)  # the name of the file, or of a log that was there, may be new

    def remove_copy(self) -> None:
        """Remove a copy that is not finished."""
        with _told():
            for path in self._named(f"{self.copy.name}*"):
                _remove(path)

    def remove(self) -> None:
        """Remove the file and all that stands beside it, if there is something."""
        with _told():
            for path in (self.path, *self._named(f"{self.path.name}.*")):
                _remove(path)
            _sync(self.path.parent)

    def put_copy_in_place(self) -> None:
        """Have the copy take the file's place, durably; nobody has either open. Raises EngineError.

        At any instant the name stands for one of the two, whole.
        """
        if self._log.exists() or self._is_open():
            raise EngineError(say.file_in_use(str(self.path)))
        with _told():
            _sync(self.copy)
            self.copy.replace(self.path)
            _sync(self.path.parent)

    @contextmanager
    def lasting_log(self) -> Iterator[None]:
        """Have the name of the log on disk afterwards, where it was made meanwhile; DuckDB syncs what is in it."""
        is_there = self._log.exists()
        try:
            yield
        finally:
            if not is_there and self._log.exists():
                with _told():
                    _sync(self.path.parent)

    def _named(self, pattern: str) -> list[Path]:
        return sorted(self.path.parent.glob(pattern))

    def _is_open(self) -> bool:
        """Tell whether this process still has the file open: DuckDB opens it to read only if it has not."""
        try:
            open_to_read(str(self.path)).close()
        except duckdb.ConnectionException:
            return True
        return False


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EngineError(say.failed("The file system", str(error))) from error


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Have a file, or the names in a folder, on disk."""
    if os.name == "nt" and path.is_dir():  # Windows has no such call, and writes names in order
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
