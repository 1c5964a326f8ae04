"""What the readers of files share: rows in chunks, rows that are bad, and a file that may not change meanwhile.

Kept apart so that CSV, NDJSON and Parquet differ only in how they are parsed.

Ways to go wrong, each with a test: a bad row counted again on every pass over the file, a file that grows between
passes, a compressed file that is cut off.
"""

from __future__ import annotations

import gzip
import zlib
from bisect import insort
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

from muster.backends.base import Json
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.errors import BadRowError, DataError, Place, Problem
from muster.runtime.file_marks import GZIP, LOOKED_AT, not_lines

CHUNK_ROWS = 1024  # small enough for the cache of a processor: larger ones are read at half the speed
LISTED = 20


@dataclass(slots=True)
class Chunk:
    """Some rows of a file: the number of each, and their cells by column or, for NDJSON, whole objects."""

    rows: list[int]
    columns: dict[str, Sequence[Json]] = field(default_factory=dict)
    records: list[dict[str, Json]] | None = None

    def column(self, name: str) -> Sequence[Json]:
        """Give one column, None where a row has nothing."""
        if self.records is not None:
            return [record.get(name) for record in self.records]
        return self.columns[name]


class TableFile(Protocol):
    """A file of rows that can be read again and again."""

    @property
    def name(self) -> str:
        """The file's name, for messages."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns; of NDJSON the keys of its first rows."""

    def chunks(self) -> Iterator[Chunk]:
        """Read all rows that can be split into cells; those that turned out bad are among `BadRows.rows`."""


class BadRows:
    """Rows that cannot be read: the first one stops, or all are left out, counted once, those of least number kept."""

    def __init__(self, *, skip: bool) -> None:
        self._skip = skip
        self._rows: dict[str, set[int]] = {}
        self._first: list[tuple[int, int, Problem]] = []  # by file, in order of opening, and by row

    @property
    def first(self) -> tuple[Problem, ...]:
        """The first rows that were left out, file by file in order of their rows."""
        return tuple(problem for _, _, problem in self._first)

    @property
    def count(self) -> int:
        """How many rows were left out."""
        return sum(map(len, self._rows.values()))

    def rows(self, file: str) -> AbstractSet[int]:
        """Which rows of a file are bad, as far as it was read."""
        return self._rows.get(file, frozenset())

    def add(self, file: str, row: int, diagnostic: Diagnostic, column: str | None = None) -> None:
        """Take note of a bad row; raises BadRowError unless bad rows are to be left out."""
        place = Place(file, row, column)
        if not self._skip:
            raise BadRowError(place, diagnostic)
        rows = self._rows.setdefault(file, set())
        if row not in rows:
            rows.add(row)
            # Columns are converted one after another, so a later row may be found bad before an earlier one.
            insort(self._first, (list(self._rows).index(file), row, Problem(place, diagnostic)), key=_file_and_row)
            del self._first[LISTED:]


def _file_and_row(kept: tuple[int, int, Problem]) -> tuple[int, int]:
    return kept[:2]


def _gzip_reason(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it ends before its end is marked, as if it had been cut off"
    is_other = isinstance(error, gzip.BadGzipFile) and str(error).startswith("Not a gzipped")
    return "it does not begin as such files do" if is_other else "what is packed in it is damaged"


class StableFile:
    """Opens a file for every pass over it, and refuses to go on with another version of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.mark = self._fingerprint()

    def _fingerprint(self) -> tuple[int, int]:
        try:
            found = self.path.stat()
        except OSError as error:
            raise self.error(data.unreadable_file(error.strerror or str(error))) from error
        if not self.path.is_file():
            raise self.error(data.unreadable_file("it is no regular file, and has to be read more than once"))
        return found.st_size, found.st_mtime_ns

    @contextmanager
    def open(self, kind: str) -> Iterator[IO[bytes]]:
        """Open lines of text for one pass, unpacking gzip, whatever the name says of that.

        Raises DataError if the file is broken, is no UTF-8 text or has changed.
        """
        self.check()
        try:
            with gzip.open(self.path) if self._is_gzip() else self.path.open("rb") as stream:
                self._refuse_other_forms(stream)  # type: ignore[arg-type] # a GzipFile is no IO to typeshed
                yield stream  # type: ignore[misc] # and reads like one
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise self.error(data.broken_file(f"gzip {kind}", _gzip_reason(error))) from error
        except OSError as error:
            raise self.error(data.unreadable_file(error.strerror or str(error))) from error
        self.check()

    def _is_gzip(self) -> bool:
        if self.path.suffix.lower() == ".gz":
            return True
        with self.path.open("rb") as stream:
            return stream.read(len(GZIP)) == GZIP

    def _refuse_other_forms(self, stream: IO[bytes]) -> None:
        said = not_lines(stream.read(LOOKED_AT))
        if said is not None:
            raise self.error(said)
        stream.seek(0)

    def check(self) -> None:
        """Refuse a file that was written to since it was first looked at."""
        if self._fingerprint() != self.mark:
            raise self.error(data.changed_file())

    def error(self, diagnostic: Diagnostic, row: int | None = None) -> DataError:
        """Make an error about this file."""
        return DataError(Place(self.name, row), diagnostic)
