"""A folder that holds one project's tables: a DuckDB file and the catalogue that describes it.

`muster load` makes it in one go: built beside its place under a fresh name, and renamed into place when complete, so
that a load that fails leaves what was there. Only its own files are ever replaced: a folder that holds anything else
is refused. What could go wrong: a process killed between the two renames leaves the earlier load in a sibling whose
name holds `.old-`, and one killed while loading leaves a sibling whose name holds `.new-`.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from muster.backends.base import Engine, EngineError
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.messages import data, keeping
from muster.compiler.messages import store as say
from muster.compiler.schema import Schema
from muster.runtime.files import Source

ENGINE_FILE = "engine.duckdb"
CATALOGUE_FILE = "catalogue.json"
_OWN = frozenset({ENGINE_FILE, f"{ENGINE_FILE}.wal", CATALOGUE_FILE})
_BACKEND = "duckdb"


def create_folder(folder: Path, source: Source, *, replace: bool = False) -> None:
    """Build the tables of a source; raises EngineError if the folder is taken or cannot be written."""
    with _failures(folder):
        place = Path(os.path.realpath(folder))
        _check_free(folder, place, replace=replace)
        place.parent.mkdir(parents=True, exist_ok=True)
        built = Path(tempfile.mkdtemp(dir=place.parent, prefix=f"{place.name}.new-"))
        try:
            _build(built, source)
            _move(built, place)
        finally:
            shutil.rmtree(built, ignore_errors=True)  # gone already unless the load failed


def check_folder(folder: Path, inputs: tuple[Path, ...], *, replace: bool) -> None:
    """Refuse a folder before anything is read: one that is taken, or that holds a file to be loaded."""
    with _failures(folder):
        place = Path(os.path.realpath(folder))
        for each in inputs:
            if Path(os.path.realpath(each)).is_relative_to(place):
                raise EngineError(say.input_inside(str(folder), str(each)))
        _check_free(folder, place, replace=replace)


def is_folder(folder: Path) -> bool:
    """Tell whether a folder holds what `create_folder` makes."""
    return (folder / CATALOGUE_FILE).is_file() and (folder / ENGINE_FILE).is_file()


def require_folder(folder: Path) -> None:
    """Refuse what `muster load` did not make, a store among it; raises EngineError."""
    if not is_folder(folder):
        from muster.runtime.store.place import LEDGER_FILE  # noqa: PLC0415 (what loads a store is only for what is wrong)

        is_store = (folder / LEDGER_FILE).is_file()
        raise EngineError(keeping.store_from_python(str(folder)) if is_store else data.no_folder(str(folder)))


def folder_schema(folder: Path) -> Schema:
    """Read the schema of a folder's tables; raises EngineError if it is no such folder."""
    require_folder(folder)
    path = folder / CATALOGUE_FILE
    with _failures(path):
        content = path.read_bytes()
    try:
        described = json.loads(content)
        return Catalogue.from_json(described["catalogue"]).schema(described["order"], known_people=True)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise EngineError(say.broken_catalogue(str(path))) from error


def open_folder(folder: Path) -> Engine:
    """Open a folder's engine; the caller closes it."""
    schema = folder_schema(folder)
    return get_backend(_BACKEND).connect(str(folder / ENGINE_FILE), schema)


def _check_free(folder: Path, place: Path, *, replace: bool) -> None:
    if not place.exists():
        return
    if not place.is_dir():
        raise EngineError(say.not_a_folder(str(folder)))
    held = {each.name for each in place.iterdir()}
    others = sorted(name for name in held if name not in _OWN or not (place / name).is_file())
    if others and is_folder(place):
        raise EngineError(say.folder_with_others(str(folder), others[0]))
    if held and not (replace and is_folder(place)):
        raise EngineError(data.folder_taken(str(folder), is_ours=is_folder(place)))


def _build(built: Path, source: Source) -> None:
    engine = get_backend(_BACKEND).connect(str(built / ENGINE_FILE), source.schema)
    try:
        engine.load(source.profiles, source.events)
    finally:
        engine.close()
    described = {"order": source.schema.events.order, "catalogue": source.catalogue.to_json()}
    (built / CATALOGUE_FILE).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    built.chmod(0o755)  # a temporary folder is its owner's alone


def _move(built: Path, place: Path) -> None:
    """Put a folder in its place; the one that was there is removed only once the new one stands."""
    if not place.exists():
        built.rename(place)
        return
    old = place.with_name(f"{place.name}.old-{uuid4().hex}")
    place.rename(old)
    try:
        built.rename(place)
    except OSError:
        old.rename(place)
        raise
    shutil.rmtree(old)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = path if error.filename is None else error.filename
        raise EngineError(say.system_failure(str(where), error.strerror or str(error))) from error
