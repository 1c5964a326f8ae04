"""What people call a store by."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from muster.backends.discover import get_holder
from muster.compiler.diagnostics import RuleError
from muster.runtime.errors import ChoiceError
from muster.runtime.store.address import open_address
from muster.runtime.store.store import open_store
from tests.runtime.ledger.ledgers import new_address


@pytest.mark.parametrize(("scheme", "engine"), [("", "duckdb"), ("duckdb:", "duckdb"), ("chdb:", "chdb")])
def test_a_folder_has_both_its_ledger_and_its_engine(scheme: str, engine: str, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with closing(open_address(f"{scheme}{folder}", None, "--to-ledger", make=True)) as place:
        assert place.ledger.path == folder / "ledger.sqlite"
        assert place.holder is get_holder(engine)
        assert place.location == str(folder / "engine")
    open_store(folder, engine=f"{engine}:").close()


def test_on_postgres_the_ledger_is_in_the_same_database() -> None:
    address = new_address("postgres", Path()).replace("postgresql+psycopg", "postgresql")
    with closing(open_address(address, None, "--from-ledger")) as place:
        assert not place.ledger.is_sqlite
        assert place.holder is get_holder("postgres")
        assert f"postgresql:{place.location}" == address


def test_a_ledger_can_be_in_another_place(tmp_path: Path) -> None:
    ledger = str(tmp_path / "l.sqlite")
    with closing(open_address(f"duckdb:{tmp_path}", ledger, "--to-ledger", make=True)) as place:
        assert (place.location, str(place.ledger.path)) == (str(tmp_path), ledger)
    open_address(f"duckdb:{tmp_path}", ledger, "--from-ledger").close()


@pytest.mark.parametrize(
    ("address", "ledger", "message"),
    [
        ("{folder}/none", None, "There is no store in"),
        ("chdb:{folder}/none", None, "There is no store in"),
        ("duckdb:{folder}", "{folder}/none.sqlite", "There is no store in"),
        ("clickhouse://localhost/x", None, "no ledger on clickhouse: name it with --from-ledger"),
        ("memory:", None, "names no store"),
        ("duckdb:", None, "names no store"),
    ],
)
def test_what_names_no_store_is_told_and_nothing_is_made(
    address: str, ledger: str | None, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ChoiceError, match=message):
        open_address(address.format(folder=tmp_path), ledger and ledger.format(folder=tmp_path), "--from-ledger")
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_does_not_exist_is_told() -> None:
    with pytest.raises(RuleError, match='No engine is called "duckbd"'):
        open_address("duckbd:data", None, "--from-ledger")
