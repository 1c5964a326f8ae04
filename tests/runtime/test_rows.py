"""Rows as events and people: cells at their row, bad ones told at theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from muster.backends.base import PlainText
from muster.runtime.errors import DataError
from muster.runtime.file_types import open_table
from muster.runtime.mapping import ColumnSpec, FileKind
from muster.runtime.rows import EventPlan, ProfilePlan, ValueColumn, read_events, read_profiles
from muster.runtime.table_file import BadRows, TableFile

DAY = 86_400_000_000


def plan(**fields: Any) -> EventPlan:
    made: dict[str, Any] = {
        "id": "id",
        "name": "event",
        "constant": None,
        "time": ColumnSpec("ts", "time"),
        "message_id": None,
        "order": None,
        "sorts_as_number": False,
        "values": (),
        "timezone": "UTC",
    }
    return EventPlan(**{**made, **fields})


def csv(tmp_path: Path, content: str, bad: BadRows | None = None) -> TableFile:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    return open_table(tmp_path / "a.csv", None, bad or BadRows(skip=False))


def ndjson(tmp_path: Path, *records: Mapping[str, Any]) -> TableFile:
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return open_table(tmp_path / "a.ndjson", None, BadRows(skip=False))


def events(file: TableFile, planned: EventPlan, bad: BadRows | None = None) -> list[tuple[Any, ...]]:
    return [
        event
        for cells in read_events(file, planned, bad or BadRows(skip=False))
        for event in zip(
            cells.rows,
            cells.ids,
            cells.events,
            cells.times,
            cells.message_ids,
            cells.mids,
            cells.documents,
            strict=True,
        )
    ]


def value(name: str, kind: FileKind | None) -> ValueColumn:
    return ValueColumn(name, name, kind)


def test_a_row_is_an_event(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,event,ts,usd,zip,junk\nu1,buy,1970-01-02,1.5,02134,x\nu2,cafe\u0301,1970-01-03,,1,\n")
    planned = plan(values=(value("usd", "num"), value("zip", "text"), value("junk", "skip")))

    assert events(file, planned) == [
        (2, "u1", "buy", DAY, "", "", {"usd": Decimal("1.5"), "zip": PlainText("02134")}),
        (3, "u2", "café", 2 * DAY, "", "", {"zip": PlainText("1")}),
    ]


def test_a_constant_names_every_event(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,ts\nu1,1970-01-02\n")

    assert events(file, plan(name=None, constant="cafe\u0301"))[0][2] == "café"


def test_message_ids_and_orders(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,event,ts,m,line\nu1,buy,1970-01-02,m1,9\nu1,buy,1970-01-02,m2,10\n")

    by_number = events(file, plan(message_id="m", order="line", sorts_as_number=True))
    assert [(row[4], row[5]) for row in by_number] == [("m1", by_number[0][5]), ("m2", by_number[1][5])]
    assert by_number[0][5] < by_number[1][5]
    assert [row[5] for row in events(file, plan(order="line"))] == ["9", "10"]
    assert [row[5] for row in events(file, plan(message_id="m"))] == ["m1", "m2"]


def test_objects_keep_what_no_plan_names(tmp_path: Path) -> None:
    file = ndjson(
        tmp_path,
        {"id": 5, "event": "buy", "ts": "1970-01-02", "n": "1", "nested": {"a": [1]}, "null": None},
        {"id": "u2", "event": "buy", "ts": "1970-01-02"},
    )

    assert [(row[1], row[6]) for row in events(file, plan(values=(value("n", "num"), value("gone", "num"))))] == [
        ("5", {"n": Decimal(1), "nested": {"a": [1]}, "null": None}),
        ("u2", {}),
    ]


def test_a_local_time_is_in_the_zone_of_the_plan(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,event,ts\nu1,buy,1970-01-02\n")

    assert events(file, plan(timezone="Asia/Tokyo"))[0][3] == DAY - 9 * 3_600_000_000


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",buy,1970-01-02,1", 'a.csv, row 3, column "id": found nothing, expected the id of a person.'),
        ("u2,,1970-01-02,1", 'a.csv, row 3, column "event": found nothing, expected the name of the event.'),
        ("u2,buy,,1", 'a.csv, row 3, column "ts": found nothing, expected the time of the event.'),
        (
            "u2,buy,2.1.1970,1",
            (
                'a.csv, row 3, column "ts": found "2.1.1970",'
                " expected a time such as 2024-01-31 or 2024-01-31T09:30:00Z."
            ),
        ),
        (
            "u2,buy,1970-01-02,many",
            'a.csv, row 3, column "usd": found "many", expected a number such as 12.50, below 10^18.',
        ),
    ],
)
def test_a_bad_cell_is_told_at_its_place_and_spoils_its_row_only(tmp_path: Path, row: str, message: str) -> None:
    content = f"id,event,ts,usd\nu1,buy,1970-01-02,1\n{row}\nu3,buy,1970-01-02,3\n"
    planned = plan(values=(value("usd", "num"),))
    bad = BadRows(skip=True)

    assert [event[1] for event in events(csv(tmp_path, content, bad), planned, bad)] == ["u1", "u3"]
    assert [str(problem) for problem in bad.first] == [message]
    with pytest.raises(DataError) as caught:
        events(csv(tmp_path, content), planned)
    assert str(caught.value) == message


def test_an_empty_text_is_no_id(tmp_path: Path) -> None:
    file = ndjson(tmp_path, {"id": "", "event": "buy", "ts": "1970-01-02"})

    with pytest.raises(DataError, match="found nothing, expected the id of a person"):
        events(file, plan())


def test_of_several_bad_cells_the_first_row_is_told_first(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,event,ts,usd\nu1,buy,1970-01-02,x\n,buy,1970-01-02,1\n")

    with pytest.raises(DataError, match='row 2, column "usd"'):
        events(file, plan(values=(value("usd", "num"),)))


def test_two_passes_give_the_same_rows(tmp_path: Path) -> None:
    content = "id,event,ts\n" + "".join(
        f"u{number},buy,{'x' if number % 3 else '1970-01-02'}\n" for number in range(3000)
    )
    bad = BadRows(skip=True)
    file = csv(tmp_path, content, bad)

    assert events(file, plan(), bad) == events(file, plan(), bad)
    assert bad.count == 2000


def test_a_row_is_a_person(tmp_path: Path) -> None:
    file = csv(tmp_path, "id,joined,anon,plan,seats\nu1,1970-01-02,true,pro,5\nu2,,,,\n")
    planned = ProfilePlan(
        id="id",
        fields={"created_at": ColumnSpec("joined", "time"), "is_anonymous": ColumnSpec("anon", "bool")},
        values=(value("plan", "str"), value("seats", "num")),
        timezone="UTC",
    )

    assert [tuple(person) for person in read_profiles(file, planned, BadRows(skip=False))] == [
        (2, "u1", {"created_at": DAY, "is_anonymous": True}, {"plan": "pro", "seats": Decimal(5)}),
        (3, "u2", {"created_at": None, "is_anonymous": None}, {}),
    ]


def test_a_person_without_a_column_but_the_id(tmp_path: Path) -> None:
    planned = ProfilePlan(id="id", fields={}, values=(), timezone="UTC")

    assert [tuple(person) for person in read_profiles(csv(tmp_path, "id\nu1\n"), planned, BadRows(skip=False))] == [
        (2, "u1", {}, {})
    ]


def test_a_bad_person_is_left_out(tmp_path: Path) -> None:
    bad = BadRows(skip=True)
    file = csv(tmp_path, "id,joined\nu1,soon\n,1970-01-02\nu3,1970-01-02\n", bad)
    planned = ProfilePlan(id="id", fields={"created_at": ColumnSpec("joined", "epoch_ms")}, values=(), timezone="UTC")

    assert [person.id for person in read_profiles(file, planned, bad)] == []
    assert [str(problem) for problem in bad.first] == [
        'a.csv, row 2, column "joined": found "soon", expected milliseconds since 1970-01-01.',
        'a.csv, row 3, column "id": found nothing, expected the id of a person.',
        'a.csv, row 4, column "joined": found "1970-01-02", expected milliseconds since 1970-01-01.',
    ]
