"""Which engines there are: the folders beside this file that export BACKEND, and the packages that announce one.

Kept apart so that no list of engines exists anywhere: adding a folder adds an engine. Drivers are imported when an
engine is opened, so looking costs no driver. It could go wrong by importing everything to find one.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from muster.backends.base import Backend, EngineError, HoldsProjects, ReadsOwnTables
from muster.compiler.diagnostics import RuleError
from muster.compiler.messages import engine as say
from muster.compiler.messages.own_tables import no_tables

ENTRY_POINTS = "muster.backends"


def get_backend(name: str) -> Backend:
    """Find an engine by its name or the scheme of its URLs; raises RuleError (E43) with the names there are."""
    found = _folder(name) or {**_by_scheme(), **_by_name()}.get(name)
    if found is None:
        raise RuleError([say.unknown_engine(name, tuple(sorted({*_by_name(), *_by_scheme()})))])
    return found


def get_reader(name: str) -> ReadsOwnTables:
    """Find an engine that reads somebody's own tables; raises EngineError for one that has none."""
    found = get_backend(name)
    if not isinstance(found, ReadsOwnTables):
        readers = [
            each for backend in all_backends() if isinstance(backend, ReadsOwnTables) for each in backend.schemes
        ]
        raise EngineError(no_tables(name, sorted(readers)))
    return found


def get_holder(name: str) -> HoldsProjects:
    """Find an engine that a store can keep its projects on; raises EngineError for one that cannot."""
    found = get_backend(name)
    if not isinstance(found, HoldsProjects):
        holders = [each for backend in all_backends() if isinstance(backend, HoldsProjects) for each in backend.schemes]
        raise EngineError(say.holds_no_projects(name, sorted(holders)))
    return found


def get_dialect(name: str) -> Backend:
    """Find the engine whose SQL a dialect is, by its name or a scheme of its URLs; raises RuleError (E43)."""
    found = _folder(name) or {**_by_scheme(), **_announced()}.get(name)
    if found is None:
        known = sorted(each for each, backend in _by_name().items() if backend.dialect is not None)
        raise RuleError([say.unknown_dialect(name, known)])
    return found


def all_backends() -> tuple[Backend, ...]:
    """Give every engine, in alphabetical order."""
    return tuple(backend for _, backend in sorted(_by_name().items()))


def _by_scheme() -> dict[str, Backend]:
    return {scheme: backend for backend in _by_name().values() for scheme in backend.schemes}


def _by_name() -> dict[str, Backend]:
    folders = {name: found for name in _folder_names() if (found := _folder(name)) is not None}
    return {**_announced(), **folders}


def _folder_names() -> tuple[str, ...]:
    here = str(Path(__file__).parent)
    return tuple(module.name for module in pkgutil.iter_modules([here]) if module.ispkg)


@cache
def _folder(name: str) -> Backend | None:
    if name not in _folder_names():
        return None
    return cast("Backend | None", getattr(import_module(f"muster.backends.{name}"), "BACKEND", None))


@cache
def _announced() -> dict[str, Backend]:
    return {entry.name: cast("Backend", entry.load()) for entry in entry_points(group=ENTRY_POINTS)}
