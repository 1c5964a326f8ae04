"""Maps: what can be said, and how a wrong one is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from muster.runtime.errors import DataError
from muster.runtime.mapping import ColumnSpec, FileMap, TableMap, read_map

CDNOW = """
[events]
id = "customer_id"
name = { value = "purchase" }
time = "date"
[events.properties]
usd = "num"
"""

EVERYTHING = """
timezone = "Europe/London"

[events]
id = "who"
name = "what"
time = { column = "when", as = "epoch_ms" }
message_id = "mid"
order = "line"
delimiter = ";"

[events.properties]
zip = "text"
total = { column = "Total USD", as = "num" }
renamed = { column = "Old Name" }
kept = { as = "str" }
junk = "skip"

[profiles]
id = "user"
created_at = "joined"
is_anonymous = "anon"
lifecycle_stage = "stage"
p_alive = "alive"
timezone = "Asia/Tokyo"
[profiles.traits]
raw = "json"
seats = { column = "Seats", as = "num", single = true }
plan = { single = true }
"""


def mapped(tmp_path: Path, text: str) -> FileMap:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    return read_map(path)


def fault(tmp_path: Path, text: str) -> str:
    with pytest.raises(DataError) as caught:
        mapped(tmp_path, text)
    return str(caught.value).removeprefix(str(tmp_path / "map.toml") + ": ")


def test_a_short_map_leaves_the_rest_to_guesses(tmp_path: Path) -> None:
    assert mapped(tmp_path, CDNOW) == FileMap(
        events=TableMap(
            id="customer_id",
            constant="purchase",
            time=ColumnSpec("date", "time"),
            values={"usd": ColumnSpec("usd", "num")},
        )
    )


def test_a_map_can_say_everything(tmp_path: Path) -> None:
    found = mapped(tmp_path, EVERYTHING)

    assert found.events == TableMap(
        id="who",
        name="what",
        time=ColumnSpec("when", "epoch_ms"),
        message_id="mid",
        order="line",
        values={
            "zip": ColumnSpec("zip", "text"),
            "total": ColumnSpec("Total USD", "num"),
            "renamed": ColumnSpec("Old Name"),
            "kept": ColumnSpec("kept", "str"),
            "junk": ColumnSpec("junk", "skip"),
        },
        timezone="Europe/London",
        delimiter=";",
    )
    assert found.profiles == TableMap(
        id="user",
        fields={
            "created_at": ColumnSpec("joined", "time"),
            "is_anonymous": ColumnSpec("anon", "bool"),
            "lifecycle_stage": ColumnSpec("stage", "str"),
            "p_alive": ColumnSpec("alive", "num"),
        },
        values={
            "raw": ColumnSpec("raw", "json"),
            "seats": ColumnSpec("Seats", "num", single=True),
            "plan": ColumnSpec("plan", single=True),
        },
        timezone="Asia/Tokyo",
    )


def test_an_empty_map_says_nothing(tmp_path: Path) -> None:
    assert mapped(tmp_path, "") == FileMap()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[event]", 'the map: found the key "event"; expected only events, profiles, timezone.'),
        (
            '[events]\nnmae = "x"',
            (
                '[events]: found the key "nmae"; expected only id, name, time, message_id, order, properties, timezone,'
                " delimiter, missing."
            ),
        ),
        ("events = 3", 'events: found "3"; expected a table [events].'),
        ("[events]\nid = 3", '[events] id: found "3"; expected the name of a column.'),
        ('[events]\nid = ""', '[events] id: found ""; expected the name of a column.'),
        (
            "[events]\nname = { val = 'x' }",
            '[events] name: found "{"val": "x"}"; expected a column, or { value = "purchase" } for all rows.',
        ),
        (
            "[events]\ntime = 5",
            '[events] time: found "5"; expected a column, or { column = "ts", as = "epoch_ms" }.',
        ),
        (
            '[events]\ntime = { column = "t", as = "num" }',
            '[events] time as: found "num"; expected time, epoch_s, epoch_ms.',
        ),
        (
            '[events.properties]\nusd = "number"',
            (
                '[events.properties] usd: there is no kind "number".'
                " Kinds: str, text, num, decimal, bool, time, epoch_s, epoch_ms, json, skip."
            ),
        ),
        (
            "[events.properties]\nusd = 1",
            '[events.properties] usd: found "1"; expected a kind, or { column = "Total USD", as = "num" }.',
        ),
        (
            "[events.properties]\nusd = { single = true }",
            (
                '[events.properties] usd: found "{"single": true}";'
                ' expected a kind, or { column = "Total USD", as = "num" }.'
            ),
        ),
        (
            "[profiles.traits]\nseats = { single = 1 }",
            '[profiles.traits] seats: found "{"single": 1}"; expected a kind, or { column = "Total USD", as = "num" }.',
        ),
        (
            "[profiles.traits]\nseats = {}",
            '[profiles.traits] seats: found "{}"; expected a kind, or { column = "Total USD", as = "num" }.',
        ),
        (
            '[events.properties]\na = { column = "x" }\nb = { column = "x" }',
            '[events.properties]: found the column "x" twice; expected each column once.',
        ),
        (
            "[events]\nproperties = 1",
            '[events.properties]: found "1"; expected a table of kinds by column.',
        ),
        (
            'timezone = "Europe/Lodnon"',
            'timezone: there is no time zone "Europe/Lodnon". Zones are named as in "Europe/London".',
        ),
        ("timezone = 5", 'timezone: there is no time zone "5". Zones are named as in "Europe/London".'),
        (
            '[events]\nmissing = "NULL"',
            '[events] missing: found "NULL"; expected a list of texts, as in ["NULL", "N/A"].',
        ),
        (
            "[profiles]\nmissing = [0]",
            '[profiles] missing: found "[0]"; expected a list of texts, as in ["NULL", "N/A"].',
        ),
        (
            '[events]\nmissing = [""]',
            '[events] missing: found "[""]"; expected a list of texts, as in ["NULL", "N/A"].',
        ),
        ('[events]\ndelimiter = ";;"', '[events] delimiter: found ";;"; expected one character, as in ";".'),
    ],
)
def test_a_wrong_map_is_refused_with_what_would_work(tmp_path: Path, text: str, message: str) -> None:
    assert fault(tmp_path, text) == message


def test_a_map_that_is_no_toml_says_where_it_stops_being_it(tmp_path: Path) -> None:
    said = fault(tmp_path, "[events]\nid = user_id\n")

    assert said == (
        'The map is not TOML: line 2, column 6, cannot be read: "id = user_id".'
        ' Tables stand in brackets, as in [events], and texts in quotes, as in id = "user_id".'
    )


def test_a_map_that_ends_too_early_shows_its_last_line(tmp_path: Path) -> None:
    assert 'line 1 cannot be read: "a = [1,"' in fault(tmp_path, "a = [1,")


def test_a_map_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(DataError, match=r"The map is not UTF-8 text \(byte 1\)"):
        read_map(tmp_path / "map.toml")


def test_a_map_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read: No such file"):
        read_map(tmp_path / "map.toml")
