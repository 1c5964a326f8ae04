"""What a map does not say is told in it, with the reason, and changes nothing of what is read back."""

from __future__ import annotations

from pathlib import Path

from muster.backends.base import FoundColumn, FoundTable
from muster.compiler.own_tables import Column, ColumnHow, Member, Table
from muster.runtime.own_left import left_out
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, read_table_map
from muster.runtime.table_map_text import table_map_text


def column(name: str, *hows: ColumnHow, of: str = "any", json: bool = False) -> FoundColumn:
    return FoundColumn(name, of, hows, may_be_json=json)


LOG, USERS = ("s", "log"), ("s", "users")
MAPPED = TableMap(
    (
        EventsTable(
            LOG,
            Column("who", "text"),
            Column("at", "time"),
            name="what",
            unique="nr",
            only={"team": 2},
            values={("a",): Member("held", ("a",), ("num",))},
        ),
    ),
    PeopleTable(USERS, Column("id", "text"), latest="version", fields={"created_at": Column("made", "time")}),
)
READ = [column(name, "text") for name in ("who", "at", "what", "nr", "team", "held")]
FOUND = (
    FoundTable(LOG, (*READ, column("a", "num"), column("b\n", of="x[]"), column("more", json=True))),
    FoundTable(USERS, tuple(column(name, "text") for name in ("id", "version", "made", "uuid_ts"))),
    FoundTable(("s", "stock"), (column("id", "text"),)),
)


def sample(_: Table, column: str) -> tuple[str, ...]:
    return ('{"a": 1, "tags": ["x"]}', '{"b": {"more": []}}') if column == "held" else ()


def test_columns_and_tables_are_told_with_the_reason() -> None:
    assert left_out(MAPPED, FOUND, sample) == {
        None: ["left out: s.stock, which is not taken for people or their events"],
        LOG: [
            "left out: a, whose name held gives",
            'left out: "b\\n", whose type x[] is not read',
            "left out: more, in which no JSON object has a text, number or boolean",
            "left out: held, tags, which is a list in some rows, and lists are not read",
            "left out: held, b.more, which is a list in some rows, and lists are not read",
        ],
        USERS: ["left out: uuid_ts, which is not what a rule asks for in this layout"],
    }


def test_a_map_with_comments_reads_back_the_same(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(table_map_text(MAPPED, left_out(MAPPED, FOUND, sample)), encoding="utf-8")

    assert read_table_map(path) == MAPPED
    assert path.read_text(encoding="utf-8").endswith(
        "\n\n# left out: s.stock, which is not taken for people or their events\n"
    )
