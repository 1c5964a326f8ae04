"""Which reader a file needs, by the ending of its name and, for NDJSON, by what its first objects look like.

Ways to go wrong, each with a test: a log of messages taken for plain rows, a name without an ending.
"""

from __future__ import annotations

from pathlib import Path

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data, maps
from muster.runtime.csv_file import CsvFile
from muster.runtime.mapping import TableMap
from muster.runtime.message import TYPES
from muster.runtime.ndjson_file import NdjsonFile
from muster.runtime.parquet_file import ParquetFile
from muster.runtime.table_file import BadRows, StableFile, TableFile

_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_NDJSON = (".ndjson", ".jsonl", ".json")
_PARQUET = (".parquet", ".pq")
ENDINGS = (*_DELIMITERS, *_NDJSON, *_PARQUET)
_MESSAGE_KEYS = ("messageId", "userId", "anonymousId")


def open_table(path: Path, mapped: TableMap | None, bad: BadRows) -> TableFile:
    """Open a file by its name; raises DataError."""
    file = StableFile(path)
    given = mapped or TableMap()
    ending = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    if ending in _DELIMITERS:
        return CsvFile(file, given.delimiter or _DELIMITERS[ending], bad, given.missing)
    if given.missing and ending in (*_NDJSON, *_PARQUET):
        raise file.error(maps.missing_of_csv())
    if ending in _NDJSON:
        return NdjsonFile(file, bad)
    if ending in _PARQUET:
        skipped = [source.column for source in given.values.values() if source.kind == "skip"]
        return ParquetFile(file, given.timezone, skipped, bad)
    raise file.error(data.unknown_file_type((*ENDINGS, "(.gz)")))


def holds_messages(file: NdjsonFile) -> bool:
    """Tell whether a file's first objects are all Segment-shaped messages."""
    records = file.first_records
    return bool(records) and all(
        record.get("type") in TYPES and any(key in record for key in _MESSAGE_KEYS) for record in records
    )


def found_in_passing(file: TableFile) -> tuple[Diagnostic, ...]:
    """Say what was noticed while a file was read."""
    match file:
        case CsvFile():
            return file.notes
        case NdjsonFile() if file.numbers_dropped:
            row, where = next(iter(file.numbers_dropped.items()))
            return (data.numbers_dropped(len(file.numbers_dropped), f"row {row}, {where}"),)
        case ParquetFile() if file.numbers_dropped:
            column = next(iter(file.numbers_dropped))
            return (data.numbers_dropped(sum(file.numbers_dropped.values()), f'column "{column}"'),)
        case _:
            return ()
