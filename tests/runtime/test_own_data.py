from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import muster
from muster.backends.base import EngineError
from muster.backends.discover import get_reader
from muster.runtime.errors import ChoiceError
from muster.runtime.evaluation import evaluate


@pytest.fixture
def shop(tmp_path: Path) -> str:
    """Make a shop's database."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as made:
        made.execute("CREATE TABLE log (user_id VARCHAR, event VARCHAR, ts TIMESTAMP, amount INTEGER)")
    return f"duckdb:{path}"


def test_a_database_gives_a_schema_that_rules_compile_against(shop: str) -> None:
    schema = muster.Schema.from_database(shop)
    made = muster.compile("sum(amount) of buy > 3", dialect="clickhouse", schema=schema, as_of="2024-06-15")

    assert 'FROM "main"."log"' in made.sql


def test_a_warehouse_is_known_without_its_name(tmp_path: Path) -> None:
    path = tmp_path / "seg.duckdb"
    call = "id VARCHAR, anonymous_id VARCHAR, user_id VARCHAR, received_at TIMESTAMPTZ"
    with duckdb.connect(str(path)) as made:
        for table in ("tracks", "order_completed"):
            made.execute(f"CREATE TABLE {table} ({call}, event VARCHAR)")
            made.execute(f"INSERT INTO {table} VALUES ('m', 'x', 'u1', '2024-06-01', 'order_completed')")
    schema = muster.Schema.from_database(f"duckdb:{path}")
    engine = get_reader("duckdb").attach(str(path), schema)
    twice = evaluate("did order_completed at least 2 times", engine, as_of="2024-06-15").count()
    once = evaluate("did order_completed exactly 1 times", engine, as_of="2024-06-15").count()
    engine.close()

    assert (twice, once) == (0, 1)


def test_tables_of_several_namespaces_are_not_guessed_together(shop: str) -> None:
    with duckdb.connect(shop.removeprefix("duckdb:")) as made:
        made.execute("CREATE SCHEMA other")
        made.execute("CREATE TABLE other.log (user_id VARCHAR, event VARCHAR, ts TIMESTAMP)")

    with pytest.raises(ChoiceError, match="tables in main, other"):
        muster.Schema.from_database(shop)
    assert muster.Schema.from_database(shop, namespace="main").own is not None


def test_a_map_gives_one_too(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[events]\ntable = "log"\nid = "who"\nname = "what"\ntime = "at"\n', encoding="utf-8")

    assert 'FROM "log"' in muster.compile("did buy", schema=muster.Schema.from_map(path), as_of="2024-06-15").sql


def test_an_unknown_layout_and_an_empty_namespace_are_told(shop: str) -> None:
    with pytest.raises(ChoiceError, match='no preset "segmnt"'):
        muster.Schema.from_database(shop, preset="segmnt")
    with pytest.raises(EngineError, match=r"no table in mian that this user may read\. Did you mean main\?"):
        muster.Schema.from_database(shop, namespace="mian")
