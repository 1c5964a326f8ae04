from __future__ import annotations

from pathlib import Path

import pytest

from muster.compiler.own_tables import Column, Member
from muster.runtime.errors import DataError
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, is_table_map, read_table_map

WHOLE = """
[[events]]
table = "shop.log"
id = { column = "user_id", as = "spelled" }
name = "what"
time = { column = "at", as = "zoned" }
order = "nr"
message_id = "mid"
not_null = true
only = { team = 2 }

[events.properties]
amount = "num"
sort = { column = "Kind Of", as = "text" }

[events.json.held]
coupon = ["text", "num"]
address.city = "text"

[[events]]
table = "orders"
id = "user_id"
name = { value = "order" }
time = "at"

[profiles]
table = "shop.people"
id = "id"
unique = true
created_at = { column = "made", as = "date" }

[profiles.traits]
plan = "text"
"""


def read(tmp_path: Path, text: str) -> TableMap:
    path = tmp_path / "map.toml"
    path.write_text(text, encoding="utf-8")
    return read_table_map(path)


def test_a_map_says_all_of_this(tmp_path: Path) -> None:
    log = EventsTable(
        ("shop", "log"),
        Column("user_id", "spelled"),
        Column("at", "zoned"),
        name="what",
        order=Column("nr", "text"),
        unique="mid",
        never_null=True,
        only={"team": 2},
        values={
            ("amount",): Column("amount", "num"),
            ("sort",): Column("Kind Of", "text"),
            ("coupon",): Member("held", ("coupon",), ("text", "num")),
            ("address", "city"): Member("held", ("address", "city"), ("text",)),
        },
    )
    orders = EventsTable(("orders",), Column("user_id", "text"), Column("at", "time"), constant="order")
    people = PeopleTable(
        ("shop", "people"),
        Column("id", "text"),
        never_null=True,
        fields={"created_at": Column("made", "date")},
        values={("plan",): Column("plan", "text")},
    )

    assert read(tmp_path, WHOLE) == TableMap((log, orders), people)


LEAST = '[events]\ntable = "t"\nid = "i"\nname = "n"\ntime = "at"\n'
WRONG = [
    ("", "events"),
    (LEAST.replace('table = "t"\n', ""), 'a table, as in "analytics.events"'),
    (LEAST.replace('name = "n"\n', ""), r'a column, or \{ value = "purchase" \}'),
    (LEAST + 'tabel = "x"\n', 'the key "tabel"'),
    (
        LEAST.replace('time = "at"', 'time = { column = "at", as = "num" }'),
        "time, zoned, local, date, epoch_s, epoch_ms",
    ),
    (LEAST.replace('time = "at"', 'time = { column = "at", as = "local" }'), 'zone = "Europe/London"'),
    (
        LEAST.replace('time = "at"', 'time = { column = "at", as = "time", zone = "UTC" }'),
        "another kind without a zone",
    ),
    (LEAST.replace('time = "at"', 'time = { column = "at", as = "local", zone = "Mars" }'), "a time zone as Europe"),
    (LEAST + '[events.properties]\nx = { as = "local", zone = 5 }\n', "a time zone as Europe"),
    (LEAST + '[events.properties]\nx = "number"\n', "text, spelled, int, num"),
    (LEAST + '[events.json.held]\nx = "zoned"\n', "text, str, num, bool, time"),
    (LEAST + "[events.json.held]\nx = []\n", "one or a list of"),
    (LEAST + '[events.properties]\nx = "num"\n[events.json.held]\nx = "num"\n', 'the name "x" twice'),
    (LEAST + "not_null = 1\n", "true or false"),
    (LEAST + '[events.merged]\ntable = "m"\nby = "known"\nid = "now"\n', "by, id and latest"),
    (LEAST + '[events.merged]\ntable = "m"\nfor = "known"\n', 'the key "for"'),
    (LEAST + "only = { team = 1.5 }\n", "what columns must equal"),
    (LEAST.replace('id = "i"', 'id = { column = "i", as = "num" }'), 'as = "spelled"'),
    ("[profiles]\ntable = 1\n", "events"),
]


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_told_with_what_would_do(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(tmp_path, text)


def test_a_map_of_tables_is_told_from_one_of_files(tmp_path: Path) -> None:
    tables, files = tmp_path / "tables.toml", tmp_path / "files.toml"
    tables.write_text(WHOLE, encoding="utf-8")
    files.write_text('[events]\nid = "user_id"\n', encoding="utf-8")

    assert is_table_map(tables)
    assert not is_table_map(files)
