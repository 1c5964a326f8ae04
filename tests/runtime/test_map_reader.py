from __future__ import annotations

from pathlib import Path

import pytest

from muster.runtime.errors import DataError
from muster.runtime.map_reader import MapReader, read_document

READER = MapReader("shop.toml")


def test_a_file_that_is_no_toml_is_told_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "shop.toml"
    path.write_text("[events\n", encoding="utf-8")

    with pytest.raises(DataError, match=r"shop\.toml"):
        read_document(path)


def test_a_key_that_means_nothing_is_refused() -> None:
    with pytest.raises(DataError, match='found the key "idd"'):
        READER.known({"idd": "x"}, "[events]", ("id",))


def test_an_event_is_named_by_a_column_or_once_for_all() -> None:
    assert READER.event_name("what") == ("what", None)
    assert READER.event_name({"value": "buy"}) == (None, "buy")
    with pytest.raises(DataError):
        READER.event_name(3)


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(DataError, match="Nowhere"):
        READER.zone({"timezone": "Europe/Nowhere"}, "the map", "UTC")
