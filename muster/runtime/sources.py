"""Where a command's data comes from: files of one's own, or a folder that `muster load` made; and into what engine.

Kept apart from reading files and from running rules: here is only which of the two it is, and what goes together.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muster.backends.base import Backend, Engine, EventRow, OwnEngine, ProfileRow
from muster.backends.discover import get_backend, get_reader
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import own_tables
from muster.compiler.messages import store as say
from muster.compiler.schema import Schema
from muster.runtime.errors import ChoiceError, InputError, Problem

if TYPE_CHECKING:
    from muster.runtime.files import Progress, Source

_IN_PLACE = "duckdb"  # the engine that can query a typed file where it is

# What reading has to say: notes, the first rows that were left out, and how many were left out.
Told = Callable[[tuple[Diagnostic, ...], tuple[Problem, ...], int], None]


@dataclass(frozen=True, slots=True)
class Where:
    """The data of a command: files, or a loaded folder, or a database of somebody's own, or (nothing given) none.

    A map may be one of tables; alone it says what a rule can be compiled against.
    """

    events: Path | None = None
    profiles: Path | None = None
    mapping: Path | None = None
    store: Path | None = None
    database: str | None = None
    skip_bad_rows: bool = False
    inexact: bool = False

    @property
    def has_files(self) -> bool:
        """Whether files were given."""
        return self.events is not None or self.profiles is not None


def open_schema(where: Where, told: Told | None = None) -> Schema | None:
    """Give the schema of the data, None where there is none; `told` as in `open_data`."""
    if where.store is not None:
        from muster.runtime.folder import folder_schema  # noqa: PLC0415 (see open_source)

        return folder_schema(where.store)
    if where.database is not None or (where.mapping is not None and not where.has_files):
        return own_tables_schema(where)
    return _told_source(where, None, told, in_place=True).schema if where.has_files else None


def open_source(where: Where, progress: Progress | None = None, *, in_place: bool = False) -> Source:
    """Open the files; raises DataError."""
    from muster.runtime.files import open_files  # noqa: PLC0415 (Arrow, for who reads files)

    files = (where.events, where.profiles, where.mapping)
    return open_files(*files, skip_bad_rows=where.skip_bad_rows, in_place=in_place, progress=progress)


def _told_source(where: Where, progress: Progress | None, told: Told | None, *, in_place: bool = False) -> Source:
    source = open_source(where, progress, in_place=in_place)
    if told is not None:
        told(source.notes, source.bad, source.bad_count)
    return source


@contextmanager
def open_data(
    where: Where, engine: str = "duckdb:", *, progress: Progress | None = None, told: Told | None = None
) -> Iterator[Engine]:
    """Open an engine that holds the data, for as long as the context lasts.

    Files are read into an engine in memory, `engine` naming which (as in `memory:`); a folder has its own. `told`
    hears what was guessed and which rows were left out. Raises ChoiceError or RuleError (E43) before data is read.
    """
    name, _, location = engine.partition(":")
    backend = get_backend(name)
    opened: Engine
    if where.database is not None:
        if engine not in ("duckdb:", f"{where.database.partition(':')[0]}:"):
            raise ChoiceError(own_tables.engine_of_database(engine))
        opened = _attach(where)
    elif where.store is not None:
        opened = _open_folder(where.store, engine)
    elif where.has_files:
        if location:
            raise ChoiceError(say.engine_with_location(engine))
        source = _told_source(where, progress, told, in_place=name == _IN_PLACE)
        opened = _open_source(backend, source)
    else:
        raise ChoiceError(say.no_data())
    try:
        yield opened
    finally:
        opened.close()


def own_tables_schema(where: Where) -> Schema:
    """Give the schema of somebody's own tables, from a map alone."""
    from muster.runtime.own_schema import own_schema  # noqa: PLC0415 (see open_source)
    from muster.runtime.table_map import read_table_map  # noqa: PLC0415 (see open_source)

    if where.mapping is None:
        raise ChoiceError(own_tables.needs_map())
    return own_schema(read_table_map(where.mapping), unchecked=where.inexact)


def _attach(where: Where) -> OwnEngine:
    assert where.database is not None
    name, _, location = where.database.partition(":")
    return get_reader(name).attach(location, own_tables_schema(where))


def _open_source(backend: Backend, source: Source) -> Engine:
    """Load what a source has into an engine, or open its events where they are."""
    if source.in_place is None:
        opened = backend.connect("", source.schema)
        opened.load(source.profiles, source.events)
        return opened
    from muster.backends.duckdb.client import open_in_place  # noqa: PLC0415 (other engines need no driver)

    opened = open_in_place(source.in_place, source.schema)
    opened.load(source.profiles, ())
    return opened


def _open_folder(folder: Path, engine: str) -> Engine:
    name, _, location = engine.partition(":")
    if name != "duckdb" or location:
        raise ChoiceError(say.folder_engine())
    from muster.runtime.folder import open_folder  # noqa: PLC0415 (see open_source)

    return open_folder(folder)


def find_person(
    where: Where, external_id: str, told: Told | None = None
) -> tuple[Schema, ProfileRow, tuple[EventRow, ...]]:
    """Find one person and their events, in files or in a database; raises InputError if nobody has that id."""
    if where.database is not None:
        engine = _attach(where)
        try:
            found = engine.person(external_id)
        finally:
            engine.close()
        if found is None:
            raise InputError(say.no_such_person(external_id))
        return engine.schema, *found
    if where.store is not None:
        from muster.runtime.folder import require_folder  # noqa: PLC0415 (see open_source)

        require_folder(where.store)
        raise ChoiceError(say.person_needs_files())
    if not where.has_files:
        raise ChoiceError(say.no_data())
    source = _told_source(where, None, told)
    wanted = _nfc(external_id)
    profile = next((each for each in source.profiles if _nfc(each.external_id) == wanted), None)
    if profile is None:
        user = next((user for anonymous, user in source.links.items() if _nfc(anonymous) == wanted), None)
        raise InputError(say.no_such_person(external_id) if user is None else say.linked_person(external_id, user))
    return source.schema, profile, tuple(event for event in source.events if event.pid == profile.pid)


def _nfc(external_id: str) -> str:
    return unicodedata.normalize("NFC", external_id)


def load_folder(
    where: Where, folder: Path, *, replace: bool, progress: Progress | None = None, told: Told | None = None
) -> Schema:
    """Load files into a folder; raises DataError, or EngineError if the folder is taken."""
    from muster.runtime.folder import check_folder, create_folder  # noqa: PLC0415 (see open_source)

    if not where.has_files:
        raise ChoiceError(say.no_files())
    inputs = tuple(path for path in (where.events, where.profiles, where.mapping) if path is not None)
    check_folder(folder, inputs, replace=replace)
    source = _told_source(where, progress, told)
    create_folder(folder, source, replace=replace)
    return source.schema


__all__ = [
    "Told",
    "Where",
    "find_person",
    "load_folder",
    "open_data",
    "open_schema",
    "open_source",
]
