"""`muster.Schema`: the schema of rules, and the ways to get one from tables of somebody's own.

Apart from the compiler's class, which knows no file and no database. What a database seems to hold is the same here
and for `muster schema init`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from muster.backends.discover import get_reader
from muster.compiler import schema
from muster.compiler.messages import own_tables as say
from muster.runtime.arguments import check_arguments
from muster.runtime.errors import ChoiceError
from muster.runtime.own_guess import guess_map
from muster.runtime.own_presets import PRESETS, is_warehouse
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import TableMap, read_table_map

SAMPLED = 10_000  # values of a JSON column that are looked at


class Schema(schema.Schema):
    """Which traits, events and properties exist, of which kinds, in which columns of which tables."""

    @classmethod
    def from_map(cls, path: str | Path) -> schema.Schema:
        """Read the schema of tables from their map (docs/tables.md); raises DataError."""
        return own_schema(read_table_map(Path(path)))

    @classmethod
    def from_database(cls, url: str, *, preset: str | None = None, namespace: str | None = None) -> schema.Schema:
        """Look at a database and take its tables for what they seem to be, as `muster schema init` does.

        `url` is `duckdb:FILE`, `clickhouse://host/database` or `postgresql://host/database`; `preset` names a layout.
        Raises EngineError if it cannot be read, ChoiceError if its tables do not look like events.
        """
        return own_schema(look_at(url, preset=preset, namespace=namespace))


def look_at(url: str, *, preset: str | None = None, namespace: str | None = None) -> TableMap:
    """Map the tables of a database, or of one schema in it, by a known layout or by what they seem to be."""
    check_arguments(url=url)
    if preset is not None and preset not in PRESETS:
        raise ChoiceError(say.unknown_preset(preset, list(PRESETS)))
    name, _, location = url.partition(":")
    reader = get_reader(name)
    tables = [each for each in reader.inspect(location) if namespace in (None, each.table[0])]
    sample: Callable[..., list[str]] = partial(reader.sample, location, most=SAMPLED)
    if preset is None and is_warehouse(tables):
        preset = "segment"
    return guess_map(tables, sample) if preset is None else PRESETS[preset](tables, sample)
