from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import muster
from muster.runtime.errors import ChoiceError


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


def test_a_map_gives_one_too(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text('[events]\ntable = "log"\nid = "who"\nname = "what"\ntime = "at"\n', encoding="utf-8")

    assert 'FROM "log"' in muster.compile("did buy", schema=muster.Schema.from_map(path), as_of="2024-06-15").sql


def test_an_unknown_layout_and_an_empty_namespace_are_told(shop: str) -> None:
    with pytest.raises(ChoiceError, match='no preset "segmnt"'):
        muster.Schema.from_database(shop, preset="segmnt")
    with pytest.raises(ChoiceError, match="No table looks like one of events"):
        muster.Schema.from_database(shop, namespace="other")
