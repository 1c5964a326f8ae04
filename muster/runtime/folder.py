"""A folder that holds one project's tables: a DuckDB file and the catalogue that describes it.

`muster load` makes it in one go: built beside its place and moved there when complete, so that a folder is whole or
not there. What could go wrong: a load that is interrupted (the half-made folder keeps its `.partial` name), and a
folder that is something else (refused, never overwritten without `replace`).
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from muster.backends.base import Engine, EngineError
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.messages import data
from muster.compiler.schema import Schema
from muster.runtime.files import Source

ENGINE_FILE = "engine.duckdb"
CATALOGUE_FILE = "catalogue.json"
_BACKEND = "duckdb"


def create_folder(folder: Path, source: Source, *, replace: bool = False) -> None:
    """Build the tables of a source; raises EngineError if the folder is taken."""
    if folder.exists() and any(folder.iterdir()) and not (replace and is_folder(folder)):
        raise EngineError(data.folder_taken(str(folder), is_ours=is_folder(folder)))
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    engine = get_backend(_BACKEND).connect(str(partial / ENGINE_FILE), source.schema)
    try:
        engine.load(source.profiles, source.events)
    finally:
        engine.close()
    described = {"order": source.schema.events.order, "catalogue": source.catalogue.to_json()}
    (partial / CATALOGUE_FILE).write_text(json.dumps(described, ensure_ascii=False), encoding="utf-8")
    if folder.exists():
        shutil.rmtree(folder)
    partial.rename(folder)


def is_folder(folder: Path) -> bool:
    """Tell whether a folder holds what `create_folder` makes."""
    return (folder / CATALOGUE_FILE).is_file() and (folder / ENGINE_FILE).is_file()


def folder_schema(folder: Path) -> Schema:
    """Read the schema of a folder's tables; raises EngineError if it is no such folder."""
    if not is_folder(folder):
        raise EngineError(data.no_folder(str(folder)))
    described = json.loads((folder / CATALOGUE_FILE).read_text(encoding="utf-8"))
    return Catalogue.from_json(described["catalogue"]).schema(described["order"])


def open_folder(folder: Path) -> Engine:
    """Open a folder's engine; the caller closes it."""
    schema = folder_schema(folder)
    return get_backend(_BACKEND).connect(str(folder / ENGINE_FILE), schema)
