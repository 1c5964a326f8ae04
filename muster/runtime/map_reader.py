"""What maps have in common, of files and of tables: TOML, read key by key, and what is wrong told with its place.

Kept apart from what a map may say (`mapping.py`, `table_map.py`). It could go wrong by ignoring a misspelt key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfoNotFoundError

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data, maps
from muster.compiler.moments import zone
from muster.runtime.errors import DataError, Place

_AT_LINE = re.compile(r"at line (\d+), column (\d+)")


def read_document(path: Path) -> Mapping[str, Any]:
    """Read a TOML file; raises DataError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        return tomllib.loads(text)
    except OSError as error:
        raise DataError(Place(str(path)), data.unreadable_file(error.strerror or str(error))) from error
    except UnicodeDecodeError as error:
        raise DataError(Place(str(path)), maps.not_utf8(error.start)) from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(Place(str(path)), _not_toml(str(error), text)) from error


def _not_toml(problem: str, text: str) -> Diagnostic:
    """Tell where a text stops being TOML; the words of the library are about its grammar."""
    lines = text.splitlines()
    found = _AT_LINE.search(problem)
    number = int(found[1]) if found is not None else max(len(lines), 1)
    place = f"line {number}" if found is None else f"line {number}, column {found[2]},"
    return maps.not_toml(place, lines[number - 1].strip() if number <= len(lines) else "")


@dataclass(frozen=True, slots=True)
class MapReader:
    """Reads the keys of one file."""

    file: str

    def table(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
        """Read a table, if it is there."""
        found = document.get(key)
        if found is not None and not isinstance(found, dict):
            raise self.wrong(key, found, f"a table [{key}]")
        return found

    def event_name(self, found: Any) -> tuple[str | None, str | None]:
        """Read which column has the events' names, or the one name of all; neither where nothing is said."""
        match found:
            case None:
                return None, None
            case str() if found:
                return found, None
            case {"value": str(constant)} if constant and len(found) == 1:
                return None, constant
            case _:
                raise self.wrong("[events] name", found, 'a column, or { value = "purchase" } for all rows')

    def text(self, table: Mapping[str, Any], where: str) -> str | None:
        """Read the name of a column, if it is there."""
        found = table.get(where.rpartition(" ")[2])
        if found is not None and not (isinstance(found, str) and found):
            raise self.wrong(where, found, "the name of a column")
        return found

    def zone(self, table: Mapping[str, Any], where: str, default: str) -> str:
        """Read a time zone."""
        found = table.get("timezone", default)
        try:
            zone(found)
        except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as error:
            raise self.error(maps.unknown_zone(where, str(found))) from error
        return cast("str", found)

    def known(self, table: Mapping[str, Any], where: str, keys: tuple[str, ...]) -> None:
        """Refuse keys that mean nothing."""
        for key in table:
            if key not in keys:
                raise self.wrong(where, f'the key "{key}"', f"only {', '.join(keys)}")

    def wrong(self, where: str, found: Any, expected: str) -> DataError:
        """Say what was found and what would do."""
        spelled = found if isinstance(found, str) and found.startswith("the ") else data.shown(found)
        return self.error(maps.bad_map(where, spelled, expected))

    def error(self, diagnostic: Diagnostic) -> DataError:
        """Place a problem in the file."""
        return DataError(Place(self.file), diagnostic)
