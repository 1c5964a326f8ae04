"""Counting what a project holds, each kind by itself and of that project only."""

from __future__ import annotations

from pathlib import Path

import pytest

from muster.runtime.ledger.contents import Contents, contents
from muster.runtime.store.store import open_store
from tests.runtime.ledger.ledgers import LEDGERS, new_address


@pytest.mark.parametrize("kind", LEDGERS)
def test_each_kind_is_counted(kind: str, tmp_path: Path) -> None:
    address = new_address(kind, tmp_path)
    with open_store(ledger=address or None, engine=f"duckdb:{tmp_path}" if address else None) as store:
        project, other = (store.project("acme", name, create=True) for name in ("web", "shop"))
        store._background.stop()
        project.ingest([{"type": "identify", "userId": f"u{each}"} for each in range(3)])
        project.ingest([{"type": "identify", "anonymousId": f"a{each}"} for each in range(2)])
        project.sync()
        project.ingest([{"type": "track"}, {"type": "identify", "userId": "u9"}])
        for name in ("VIP", "gone", "new"):
            project.audiences.create(name, "did buy")
        project.audiences.delete("gone")
        with project._ledger.read() as connection:
            assert contents(connection, project.record.id) == Contents(5, 2, 2, 1, 1)
            assert contents(connection, other.record.id) == Contents(0, 0, 0, 0, 0)
