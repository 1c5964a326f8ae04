"""NDJSON files, plain or gzipped, as chunks of objects.

Kept apart from what the objects mean: here is only one JSON object a line, and what no engine can hold in it.

Ways to go wrong, each with a test: one JSON array instead of lines, a line cut off at the end of a download, NUL
and lone surrogates written as escapes, depth that would overflow a stack.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import IO

from muster.backends.base import Json
from muster.backends.tables.flaws import find_flaws
from muster.backends.tables.values import MAX_DEPTH
from muster.compiler.messages import data
from muster.runtime.conversion import UnfitError, parse_json
from muster.runtime.table_file import CHUNK_ROWS, BadRows, Chunk, StableFile

_LOOKED_AT = 1000


class NdjsonFile:
    """A file with one JSON object a line; blank lines are left out."""

    def __init__(self, file: StableFile, bad: BadRows) -> None:
        self._file = file
        self._bad = bad
        self.name = file.name
        self.numbers_dropped: dict[int, str] = {}
        self.first_records = [record for _, record in islice(self.records(), _LOOKED_AT)]
        if not self.first_records and not bad.rows(file.name):
            raise file.error(data.no_rows("one JSON object a line"))
        self.columns = tuple(dict.fromkeys(key for record in self.first_records for key in record))

    def chunks(self) -> Iterator[Chunk]:
        """Read all lines that hold an object."""
        records = self._storable()
        while found := list(islice(records, CHUNK_ROWS)):
            yield Chunk([row for row, _ in found], records=[record for _, record in found])

    def records(self) -> Iterator[tuple[int, dict[str, Json]]]:
        """Give each object with the number of its line, whatever is in it."""
        with self._file.open("NDJSON") as stream:
            self._refuse_array(stream)
            for row, line in enumerate(stream, 1):
                if line.isspace():
                    continue
                try:
                    record = _record(row, line)
                except UnfitError as error:
                    self._bad.add(self.name, row, error.diagnostic)
                    continue
                yield row, record

    def _storable(self) -> Iterator[tuple[int, dict[str, Json]]]:
        for row, record in self.records():
            try:
                self._examine(row, record)
            except UnfitError as error:
                self._bad.add(self.name, row, error.diagnostic)
                continue
            yield row, record

    def _refuse_array(self, stream: IO[bytes]) -> None:
        start = stream.read(64)
        stream.seek(0)
        if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
            raise self._file.error(data.json_array())

    def _examine(self, row: int, record: dict[str, Json]) -> None:
        for flaw in find_flaws(record):
            where = ".".join(flaw.path)
            if flaw.kind == "number":
                self.numbers_dropped.setdefault(row, where)
            else:
                raise UnfitError(data.flawed(flaw.kind, where, MAX_DEPTH))


def _record(row: int, line: bytes) -> dict[str, Json]:
    try:
        text = line.decode("utf-8-sig" if row == 1 else "utf-8")
    except UnicodeDecodeError:
        raise UnfitError(data.not_utf8()) from None
    record = parse_json(text.rstrip())
    if not isinstance(record, dict):
        raise UnfitError(data.not_an_object(_called(record)))
    return record


def _called(value: Json) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a number"
