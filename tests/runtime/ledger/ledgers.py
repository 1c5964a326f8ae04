"""Ledgers for tests: in memory, in a SQLite file, and on the Postgres server that the tests start."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

from muster.backends.postgres.throwaway import throwaway

LEDGERS = ("memory", "sqlite", "postgres")
Address = str


def new_address(kind: str, folder: Path) -> Address:
    """Give the address of a new, empty ledger."""
    match kind:
        case "memory":
            return ""
        case "sqlite":
            return str(folder / "ledger.sqlite")
        case _:
            url = throwaway().update_query_dict({"schema": f"ledger_{uuid4().hex}"})
            return url.render_as_string(hide_password=False)
