"""`muster copy`: from a folder to a server and to another engine, and what is told when that cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from muster.runtime.store.store import open_store
from tests.api.invoking import muster
from tests.runtime.ledger.ledgers import new_address


@pytest.fixture
def folder(tmp_path: Path) -> str:
    with open_store(tmp_path / "data") as store:
        project = store.project("acme", "web", create=True)
        project.ingest([{"type": "track", "event": "buy", "userId": f"u{each % 2}"} for each in range(5)])
        project.sync()
    return str(tmp_path / "data")


@pytest.mark.parametrize("engine", ["duckdb:", "chdb:"])
def test_a_store_is_copied_into_another_folder(engine: str, folder: str, tmp_path: Path) -> None:
    done = muster("copy", "--from", folder, "--to", f"{engine}{tmp_path / 'copy'}", "--json")

    assert (done.code, json.loads(done.out)) == (0, {"projects": 1, "people": 2, "events": 5})
    with open_store(tmp_path / "copy", engine=engine) as store:
        assert store.project("acme", "web").count("did buy at least 3 times") == 1


def test_a_store_is_copied_to_a_ledger_and_an_engine_by_themselves(folder: str, tmp_path: Path) -> None:
    ledger = new_address("postgres", tmp_path)
    (tmp_path / "engine").mkdir()
    engine = f"duckdb:{tmp_path / 'engine'}"
    done = muster("copy", "--from", f"duckdb:{folder}", "--to", engine, "--to-ledger", ledger)
    back = muster("copy", "--from", engine, "--from-ledger", ledger, "--to", str(tmp_path / "back"))

    assert done.out == "Copied and compared: 1 project, 2 people, 5 events.\n"
    assert back.out == done.out
    with open_store(tmp_path / "back") as store:
        assert store.project("acme", "web").count("did buy") == 2


def test_what_cannot_be_copied_is_told(folder: str, tmp_path: Path) -> None:
    for source, target, code, message in (
        (str(tmp_path / "none"), str(tmp_path / "copy"), 2, "There is no store in"),
        (folder, "clickhouse://localhost/x", 2, "name it with --to-ledger"),
        (f"chdb:{folder}", str(tmp_path / "copy"), 3, "do not belong together"),
        (folder, folder, 3, "is open in"),
    ):
        outcome = muster("copy", "--from", source, "--to", target, "--json")

        assert outcome.code == code
        assert message in json.loads(outcome.err)["error"]["message"]
    muster("copy", "--from", folder, "--to", str(tmp_path / "there"))
    assert "There is a store already" in muster("copy", "--from", folder, "--to", str(tmp_path / "there")).err
