"""Engines are found by their folders and by what installed packages announce, and by no list."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from muster.backends import discover
from muster.backends.memory import BACKEND as MEMORY
from muster.compiler.diagnostics import RuleError


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    discover._announced.cache_clear()
    yield
    discover._announced.cache_clear()


def announce(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    entry = EntryPoint(name=name, value=value, group=discover.ENTRY_POINTS)
    monkeypatch.setattr(discover, "entry_points", lambda group: [entry] if group == discover.ENTRY_POINTS else [])


def test_every_folder_with_a_backend_is_found() -> None:
    folder = Path(discover.__file__).parent
    exporting = {
        path.parent.name for path in folder.glob("*/__init__.py") if "BACKEND" in path.read_text(encoding="utf-8")
    }

    assert {backend.name for backend in discover.all_backends()} == exporting
    assert {"duckdb", "memory"} <= exporting


def test_engines_come_in_alphabetical_order() -> None:
    names = [backend.name for backend in discover.all_backends()]

    assert names == sorted(names)


def test_an_engine_is_found_by_its_name() -> None:
    assert discover.get_backend("memory") is MEMORY


@pytest.mark.parametrize("name", ["sql", "tables", "oracle", "", "duckdb.client", "base"])
def test_what_is_no_engine_is_refused_with_the_names_there_are(name: str) -> None:
    with pytest.raises(RuleError) as caught:
        discover.get_backend(name)

    (told,) = caught.value.diagnostics
    assert told.code == "E43"
    assert set(told.expected) == {word for each in discover.all_backends() for word in (each.name, *each.schemes)}


def test_an_engine_is_found_by_the_scheme_of_each_of_its_urls() -> None:
    for backend in discover.all_backends():
        assert {discover.get_backend(scheme).name for scheme in backend.schemes} == {backend.name}


def test_no_scheme_means_two_engines() -> None:
    schemes = [scheme for backend in discover.all_backends() for scheme in backend.schemes]

    assert len(schemes) == len(set(schemes))


def test_what_is_no_dialect_is_refused_with_those_that_have_sql() -> None:
    with pytest.raises(RuleError) as caught:
        discover.get_dialect("oracle")

    (told,) = caught.value.diagnostics
    assert told.code == "E43"
    assert set(told.expected) == {backend.name for backend in discover.all_backends() if backend.dialect is not None}
    assert discover.get_dialect("memory") is MEMORY  # known, and says itself that it has no SQL


def test_a_package_can_announce_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, "stranger", "muster.backends.memory:BACKEND")

    assert discover.get_backend("stranger") is MEMORY
    with pytest.raises(RuleError) as caught:
        discover.get_backend("oracle")
    assert "stranger" in caught.value.diagnostics[0].expected


def test_an_announced_engine_does_not_replace_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    announce(monkeypatch, "duckdb", "muster.backends.memory:BACKEND")

    assert discover.get_backend("duckdb").name == "duckdb"
    assert [backend.name for backend in discover.all_backends()].count("duckdb") == 1


def test_looking_for_engines_needs_no_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [each for each in sys.modules if each.startswith("muster.backends.duckdb")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "duckdb", None)
    discover._folder.cache_clear()
    try:
        assert discover.get_backend("duckdb").dialect == "duckdb"
    finally:
        discover._folder.cache_clear()


def test_a_dialect_is_found_by_the_scheme_of_its_engine_too() -> None:
    assert discover.get_dialect("postgresql") is discover.get_dialect("postgres")
    assert discover.get_dialect("chdb") is discover.get_dialect("clickhouse")
