"""CSV and TSV files, plain or gzipped, as chunks of text columns.

Kept apart from what the cells mean: here are only lines, quotes and fields, with the number of the line of each.

Ways to go wrong, each with a test: fields over several lines, a quote that is never closed, bytes that are not
UTF-8, a byte order mark, rows of another width, NUL, Windows line ends, lines that end with a carriage return alone,
blank lines.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate, compress, islice
from typing import IO, TYPE_CHECKING

from muster.backends.base import Json
from muster.backends.tables.flaws import text_flaw
from muster.backends.tables.values import MAX_DEPTH
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.table_file import CHUNK_ROWS, BadRows, Chunk, StableFile

if TYPE_CHECKING:
    from _csv import Reader as _Reader  # what csv.reader gives; only typeshed gives it a name


class CsvFile:
    """A CSV file with a header; an empty field is a missing value, and so are the texts in `missing`."""

    def __init__(self, file: StableFile, delimiter: str, bad: BadRows, missing: Sequence[str] = ()) -> None:
        self._file = file
        self._delimiter = delimiter
        self._missing = frozenset(missing)
        self._bad = bad
        self.name = file.name
        self._header = self._read_header()
        self.columns = tuple(name for name in self._header if name)
        self.notes = tuple(data.column_without_name(number) for number, name in enumerate(self._header, 1) if not name)

    def chunks(self) -> Iterator[Chunk]:
        """Read all rows that have as many fields as the header."""
        with self._file.open("CSV") as stream, self._reader(stream) as reader:
            next(reader)
            while rows := self._rows(reader):
                numbers, fitting = self._fitting(*rows)
                yield self._chunk(numbers, fitting)

    @contextmanager
    def _reader(self, stream: IO[bytes]) -> Iterator[_Reader]:
        # Bytes that are not UTF-8 come through as lone surrogates, so that one row is bad and not the whole file.
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="\n")
        try:
            yield csv.reader(text, delimiter=self._delimiter, strict=True)
        finally:
            text.detach()  # the stream is closed by who opened it

    def _read_header(self) -> list[str]:
        with self._file.open("CSV") as stream, self._reader(stream) as reader:
            try:
                header = next(reader, None)
            except csv.Error as error:
                if _is_stray_return(error):
                    raise self._file.error(data.old_line_ends()) from error
                raise self._file.error(self._flaw_of(error), 1) from error
        if not header:
            raise self._file.error(data.no_rows("a header with the names of the columns"))
        header = [name.strip() for name in header]
        for name in header:
            flaw = _flaw(name)
            if flaw is not None:
                raise self._file.error(flaw, 1)
            if name and header.count(name) > 1:
                raise self._file.error(data.repeated_column(name), 1)
        return header

    def _rows(self, reader: _Reader) -> tuple[Sequence[int], list[list[str]]] | None:
        """Split the next lines into fields, each row with the number of its first line; None at the end."""
        rows: list[list[str]] = []
        numbers: list[int] = []
        while len(rows) < CHUNK_ROWS:
            before, start = len(rows), reader.line_num + 1
            try:
                rows.extend(islice(reader, CHUNK_ROWS - before))  # keeps the rows before one that cannot be split
            except csv.Error as error:
                numbers += _line_numbers(start, rows[before:])
                broken = start if before == len(rows) else numbers[-1] + _lines(rows[-1])
                self._bad.add(self.name, broken, self._flaw_of(error))
                continue
            if reader.line_num - start + 1 == len(rows) - before:
                numbers += range(start, reader.line_num + 1)
            else:
                numbers += _line_numbers(start, rows[before:])
            break
        return (numbers, rows) if rows else None

    def _flaw_of(self, error: csv.Error) -> Diagnostic:
        """Say why a row cannot be split; the library's words are about its own state."""
        if _is_stray_return(error):
            return data.stray_return()
        if str(error).startswith("field larger"):
            return data.long_field(csv.field_size_limit())
        unclosed = str(error).startswith("unexpected end")
        return data.unclosed_quote() if unclosed else data.broken_quotes(self._delimiter)

    def _fitting(self, numbers: Sequence[int], rows: list[list[str]]) -> tuple[list[int], list[list[str]]]:
        """Leave out blank lines and rows of another width."""
        width = len(self._header)
        if set(map(len, rows)) == {width}:
            return list(numbers), rows
        fitting = [len(row) == width for row in rows]
        for number, row in zip(numbers, rows, strict=True):
            if row and len(row) != width:
                self._bad.add(self.name, number, data.wrong_width(len(row), width))
        return list(compress(numbers, fitting)), list(compress(rows, fitting))

    def _chunk(self, numbers: list[int], rows: list[list[str]]) -> Chunk:
        columns: dict[str, Sequence[Json]] = {}
        cells_by_column = zip(*rows, strict=True) if rows else ((),) * len(self._header)
        for name, cells in zip(self._header, cells_by_column, strict=True):
            if name:
                if _flaw("".join(cells)) is not None:
                    self._report_flaws(name, numbers, cells)
                columns[name] = self._present(cells)
        return Chunk(numbers, columns)

    def _present(self, cells: Sequence[str]) -> Sequence[str | None]:
        """Give None for what is missing; most columns have nothing that is, and stay as they are."""
        if not self._missing:
            return tuple(cell or None for cell in cells) if "" in cells else cells
        return tuple(None if not cell or cell in self._missing else cell for cell in cells)

    def _report_flaws(self, name: str, numbers: list[int], cells: Sequence[str]) -> None:
        for number, cell in zip(numbers, cells, strict=True):
            flaw = _flaw(cell)
            if flaw is not None:
                self._bad.add(self.name, number, flaw, name)


def _is_stray_return(error: csv.Error) -> bool:
    """Tell whether a carriage return stood where neither quotes nor a line feed make sense of it."""
    return str(error).startswith("new-line character")


def _line_numbers(start: int, rows: Sequence[list[str]]) -> list[int]:
    return list(accumulate(map(_lines, rows[:-1]), initial=start)) if rows else []


def _lines(row: list[str]) -> int:
    """Count the lines that a row takes."""
    return 1 + sum(field.count("\n") for field in row)


def _flaw(text: str) -> Diagnostic | None:
    match text_flaw(text):
        case None:
            return None
        case "surrogate":
            return data.not_utf8()
        case kind:
            return data.flawed(kind, "", MAX_DEPTH)
