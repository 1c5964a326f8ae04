"""The words about files and messages: each says what was found and what would work, to nobody in particular."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data, maps

DIAGNOSTICS: tuple[Diagnostic, ...] = (
    data.unreadable_file("No such file"),
    data.unknown_file_type([".csv"]),
    data.broken_file("Parquet", "no magic bytes."),
    data.no_rows("a header"),
    data.repeated_column("id"),
    data.changed_file(),
    data.unknown_type("duration"),
    data.json_array(),
    maps.bad_map("[events] id", '"3"', "the name of a column"),
    maps.bad_kind("[events.properties] usd", "number"),
    maps.unknown_zone("timezone", "Mars"),
    maps.not_utf8(0),
    maps.not_toml("line 3", "id = x"),
    data.missing_column("[events] id", "x", ["y"], ["y"]),
    data.role_not_found("the id of a person", ["x"], "[events]"),
    data.other_delimiter(";", ["a;b"], "events"),
    data.old_line_ends(),
    data.stray_return(),
    data.role_ambiguous("the id of a person", ["x", "y"], "[events]"),
    data.guessed("events", 'id = "x"'),
    data.kinds_inferred("usd num"),
    data.nearly_kind('a.csv, row 3, column "usd"', "1e5", 1, "num", '"usd" = "num"'),
    data.nearly_kind('a.csv, row 3, column "usd"', "n/a", 7, "num", '"usd" = "num"', missing='missing = ["n/a"]'),
    data.messages_recognised("log.ndjson"),
    data.traits_not_used("log.ndjson"),
    data.column_without_name(2),
    data.wrong_width(2, 3),
    data.unclosed_quote(),
    data.broken_quotes(";"),
    data.long_field(131072),
    data.not_json("expecting value at character 1"),
    data.not_an_object("a list"),
    data.not_utf8(),
    data.bad_cell("x", "a number"),
    data.bad_time("5"),
    data.nothing_there("the id of a person"),
    data.repeated_id("u1", 2),
    data.flawed("deep", "a.b", 8),
    data.rejected_message("found null, expected a JSON object."),
    data.rows_skipped(1),
    data.people_without_profile(2, 3, ["u1", "u2"]),
    data.duplicates_dropped(2),
    data.numbers_dropped(1, "row 2, usd"),
    data.ids_minted(2),
    data.alias_of_user("a", "b"),
    data.link_exists("a", "u2", "u1"),
)


@pytest.mark.parametrize("diagnostic", DIAGNOSTICS, ids=lambda diagnostic: diagnostic.code)
def test_every_message_has_a_code_and_speaks_to_nobody(diagnostic: Diagnostic) -> None:
    words = f"{diagnostic.message} {diagnostic.hint or ''}".replace("Did you mean", "")

    assert re.fullmatch(r"D\d\d", diagnostic.code)
    assert not re.search(r"\b(you|your|invalid|Decimal|NoneType|dict|str object)\b", words)
    assert diagnostic.message.endswith(".")
    assert (diagnostic.severity == "error") == (diagnostic.code < "D20")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("x", '"x"'),
        (Decimal("1.50"), '"1.50"'),
        (True, '"true"'),
        (None, '"null"'),
        ({"a": ["é"]}, '"{"a": ["é"]}"'),
        ("x" * 61, f'"{"x" * 60}…" (61 characters)'),
    ],
)
def test_a_value_is_shown_as_json_has_it_and_not_at_length(value: Any, expected: str) -> None:
    assert data.shown(value) == expected


def test_one_and_many_are_told_apart() -> None:
    assert data.rows_skipped(1).message == "1 bad row left out."
    assert data.rows_skipped(2000).message == "2,000 bad rows left out."


def test_folders() -> None:
    assert data.folder_taken("x", is_ours=True) == 'The folder "x" holds loaded data already. Try: --replace'
    assert data.folder_taken("x", is_ours=False) == (
        'The folder "x" holds something else; an empty or new folder is needed.'
    )
    assert data.no_folder("x") == 'The folder "x" holds no loaded data; `muster load` makes such a folder.'


def test_one_person_with_one_event_is_one_person() -> None:
    assert data.people_without_profile(1, 1, ["u1"]).message.startswith(
        "1 person occurs only in the events, with 1 event, and in nobody's audience"
    )
