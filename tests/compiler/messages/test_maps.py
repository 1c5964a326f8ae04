"""The words about maps name the place, show the line and say what would work."""

from __future__ import annotations

from muster.compiler.messages import maps


def test_a_line_that_is_not_toml_is_shown() -> None:
    found = maps.not_toml("line 3, column 5,", "id = user_id")

    assert found.code == "D07"
    assert found.message == 'The map is not TOML: line 3, column 5, cannot be read: "id = user_id".'


def test_bytes_are_counted_from_one() -> None:
    assert "byte 1)" in maps.not_utf8(0).message
