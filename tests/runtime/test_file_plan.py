"""Which column is what: by the map, by name, by all values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.runtime.errors import DataError
from muster.runtime.file_plan import plan_events, plan_profiles
from muster.runtime.file_types import open_table
from muster.runtime.mapping import ColumnSpec, TableMap
from muster.runtime.rows import EventPlan, ProfilePlan, ValueColumn
from muster.runtime.table_file import BadRows, TableFile

EVENTS = "user_id,event,ts,line,usd,zip\nu1,buy,2024-01-31,1,1.5,02134\nu2,buy,2024-01-31,x,2,10001\n"


def csv(tmp_path: Path, content: str) -> TableFile:
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    return open_table(tmp_path / "a.csv", None, BadRows(skip=False))


def ndjson(tmp_path: Path, *records: Mapping[str, Any]) -> TableFile:
    (tmp_path / "a.ndjson").write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    return open_table(tmp_path / "a.ndjson", None, BadRows(skip=False))


def parquet(tmp_path: Path, columns: Mapping[str, Any]) -> TableFile:
    pq.write_table(pa.table(columns), tmp_path / "a.parquet")
    return open_table(tmp_path / "a.parquet", None, BadRows(skip=False))


def test_without_a_map_columns_are_guessed_and_kinds_inferred_and_both_told(tmp_path: Path) -> None:
    plan, notes = plan_events(csv(tmp_path, EVENTS), None)

    assert plan == EventPlan(
        id="user_id",
        name="event",
        constant=None,
        time=ColumnSpec("ts", "time"),
        message_id=None,
        order=None,
        sorts_as_number=False,
        values=(ValueColumn("line", "line", "str"), ValueColumn("usd", "usd", "num"), ValueColumn("zip", "zip", "str")),
        timezone="UTC",
    )
    assert [note.message for note in notes] == [
        'Guessed from the names of the columns: [events] id = "user_id", name = "event", time = "ts".',
        "Kinds of columns, from all their values: line str, usd num, zip str.",
    ]


def test_a_map_decides_over_names_and_values(tmp_path: Path) -> None:
    mapped = TableMap(
        id="zip",
        constant="sale",
        time=ColumnSpec("ts", "epoch_s"),
        order="line",
        values={
            "price": ColumnSpec("usd", "text"),
            "event": ColumnSpec("event", "skip"),
            "user": ColumnSpec("user_id"),
        },
        timezone="Asia/Tokyo",
    )
    plan, notes = plan_events(csv(tmp_path, EVENTS), mapped)

    assert (plan.id, plan.name, plan.constant, plan.time.kind, plan.timezone) == (
        "zip",
        None,
        "sale",
        "epoch_s",
        "Asia/Tokyo",
    )
    assert plan.values == (
        ValueColumn("price", "usd", "text"),
        ValueColumn("event", "event", "skip"),
        ValueColumn("user", "user_id", "str"),
    )
    assert (plan.order, plan.sorts_as_number) == ("line", False)
    assert [note.message for note in notes] == ["Kinds of columns, from all their values: user_id str."]


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        ("1e5", 'A map reads it so, in a file for --map:\n[events.properties]\n"usd" = "num"'),
        ("n/a", 'If that stands for no value, a map says so, in a file for --map:\n[events]\nmissing = ["n/a"]\nElse '),
        ("\\N", 'missing = ["\\\\N"]\nElse such rows are left out by --skip-bad-rows and a map:\n[events.properties]'),
    ],
)
def test_a_value_that_makes_a_column_text_is_told_with_what_would_work(tmp_path: Path, odd: str, said: str) -> None:
    rows = f"u1,buy,2024-01-31,10\nu1,buy,2024-01-31,{odd}\nu1,buy,2024-01-31,30\n"
    _, notes = plan_events(csv(tmp_path, f"user_id,event,ts,usd\n{rows}"), None)

    assert (notes[-1].code, notes[-1].severity) == ("D36", "warning")
    assert notes[-1].message.startswith(f'a.csv, row 3, column "usd": "{odd}" is not plainly a number')
    assert said in (notes[-1].hint or "")


def test_every_value_counts_for_a_kind_not_only_the_first(tmp_path: Path) -> None:
    rows = "".join(f"u1,buy,2024-01-31,{number}\n" for number in range(3000))
    file = csv(tmp_path, f"user_id,event,ts,usd\n{rows}u1,buy,2024-01-31,n/a\n")

    assert plan_events(file, None)[0].values == (ValueColumn("usd", "usd", "str"),)


@pytest.mark.parametrize(("lines", "expected"), [(["1", "20", "3"], True), (["1", "2.5"], False), (["1", "a"], False)])
def test_an_order_of_whole_numbers_sorts_as_numbers(
    tmp_path: Path,
    lines: list[str],
    expected: bool,  # noqa: FBT001 (an expectation)
) -> None:
    mapped = TableMap(order="line")
    content = "user_id,event,ts,line\n" + "".join(f"u1,buy,2024-01-31,{line}\n" for line in lines)

    assert plan_events(csv(tmp_path, content), mapped)[0].sorts_as_number is expected


def test_the_first_order_of_typed_rows_tells_how_they_sort(tmp_path: Path) -> None:
    typed = {"user_id": ["u"], "event": ["buy"], "ts": [datetime(2024, 1, 31, tzinfo=UTC)]}

    assert plan_events(parquet(tmp_path, {**typed, "line": [1]}), TableMap(order="line"))[0].sorts_as_number
    assert not plan_events(parquet(tmp_path, {**typed, "line": ["1"]}), TableMap(order="line"))[0].sorts_as_number
    record = {"user_id": "u", "event": "buy", "ts": "2024-01-31"}
    assert plan_events(ndjson(tmp_path, {**record, "line": 1}), TableMap(order="line"))[0].sorts_as_number


def test_typed_columns_are_taken_as_they_are(tmp_path: Path) -> None:
    file = parquet(
        tmp_path, {"user_id": ["u"], "event": ["buy"], "ts": [datetime(2024, 1, 31, tzinfo=UTC)], "x": ["1"]}
    )
    plan, notes = plan_events(file, None)

    assert plan.values == (ValueColumn("x", "x", None),)
    assert len(notes) == 1


def test_objects_keep_their_keys_and_only_mapped_ones_are_converted(tmp_path: Path) -> None:
    file = ndjson(tmp_path, {"userId": "u", "event": "buy", "ts": "2024-01-31", "zip": "1"})
    plan, _ = plan_events(file, TableMap(values={"zip": ColumnSpec("zip", "text"), "rare": ColumnSpec("rare", "num")}))

    assert plan.values == (ValueColumn("zip", "zip", "text"), ValueColumn("rare", "rare", "num"))
    assert plan.used == {"userId", "event", "ts", "zip", "rare"}


def test_a_message_id_is_guessed_but_not_the_persons_id(tmp_path: Path) -> None:
    plan, _ = plan_events(csv(tmp_path, "user_id,event,ts,event_id\n"), None)

    assert plan.message_id == "event_id"


@pytest.mark.parametrize(
    ("mapped", "message"),
    [
        (
            TableMap(id="usr_id"),
            (
                'a.csv: The map says [events] id = "usr_id", and the file has no such column.'
                ' It has "user_id", "event", "ts", "line", "usd", "zip". Did you mean "user_id"?'
            ),
        ),
        (
            TableMap(values={"total": ColumnSpec("total", "num")}),
            (
                'a.csv: The map says [events] properties total = "total", and the file has no such column.'
                ' It has "user_id", "event", "ts", "line", "usd", "zip".'
            ),
        ),
        (
            TableMap(order="lines"),
            (
                'a.csv: The map says [events] order = "lines", and the file has no such column.'
                ' It has "user_id", "event", "ts", "line", "usd", "zip". Did you mean "line"?'
            ),
        ),
    ],
)
def test_a_column_that_is_not_there(tmp_path: Path, mapped: TableMap, message: str) -> None:
    with pytest.raises(DataError) as caught:
        plan_events(csv(tmp_path, EVENTS), mapped)

    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (
            "customer_id,date,cds,usd\n",
            (
                "a.csv: No column could be told to hold the name of the event."
                ' The file has "customer_id", "date", "cds", "usd".'
                " A map can say which it is, in a file for --map:\n"
                '[events]\nname = { value = "purchase" }  # when every row is the same event'
            ),
        ),
        (
            "customer_id,member_id,event,ts\n",
            (
                'a.csv: Several columns could hold the id of a person: "customer_id", "member_id".'
                ' A map can say which it is, in a file for --map:\n[events]\nid = "customer_id"  # or "member_id"'
            ),
        ),
        (
            "order,event,ts\n",
            (
                'a.csv: No column could be told to hold the id of a person. The file has "order", "event", "ts".'
                ' A map can say which it is, in a file for --map:\n[events]\nid = "…"  # the name of the column'
            ),
        ),
    ],
)
def test_what_cannot_be_guessed(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        plan_events(csv(tmp_path, header), None)

    assert str(caught.value) == message


# --- profiles ---------------------------------------------------------------------------------------------------
def test_columns_called_like_built_in_fields_are_taken_for_them_if_they_hold_such(tmp_path: Path) -> None:
    content = "user_id,plan,created_at,last_seen,is_anonymous\nu1,pro,2024-01-31,never,true\n"
    plan, notes = plan_profiles(csv(tmp_path, content), None)

    assert plan == ProfilePlan(
        id="user_id",
        fields={"created_at": ColumnSpec("created_at", "time"), "is_anonymous": ColumnSpec("is_anonymous", "bool")},
        values=(ValueColumn("plan", "plan", "str"), ValueColumn("last_seen", "last_seen", "str")),
        timezone="UTC",
    )
    assert notes[0].message.endswith('id = "user_id", created_at = "created_at", is_anonymous = "is_anonymous".')


def test_so_are_those_of_typed_files_and_of_objects(tmp_path: Path) -> None:
    typed = parquet(tmp_path, {"user_id": ["u"], "created_at": [datetime(2024, 1, 31, tzinfo=UTC)], "last_seen": ["x"]})
    objects = ndjson(tmp_path, {"user_id": "u", "created_at": "2024-01-31", "last_seen": 5, "is_anonymous": True})

    assert set(plan_profiles(typed, None)[0].fields) == {"created_at"}
    assert set(plan_profiles(objects, None)[0].fields) == {"created_at", "is_anonymous"}


def test_a_mapped_column_is_not_guessed_again(tmp_path: Path) -> None:
    content = "user_id,created_at,joined\nu1,2024-01-31,2024-01-31\n"
    mapped = TableMap(fields={"created_at": ColumnSpec("joined", "time")})
    plan, _ = plan_profiles(csv(tmp_path, content), mapped)

    assert plan.fields == {"created_at": ColumnSpec("joined", "time")}
    assert plan.values == (ValueColumn("created_at", "created_at", "time"),)
    trait = TableMap(values={"created_at": ColumnSpec("created_at", "str")})
    assert plan_profiles(csv(tmp_path, content), trait)[0].fields == {}


def test_a_field_that_is_not_there(tmp_path: Path) -> None:
    mapped = TableMap(fields={"p_alive": ColumnSpec("alive", "num")})

    with pytest.raises(DataError, match=r'\[profiles\] p_alive = "alive", and the file has no such column'):
        plan_profiles(csv(tmp_path, "user_id\n"), mapped)


@pytest.mark.parametrize(("delimiter", "spelled"), [(";", '";"'), ("\t", '"\\t"'), ("|", '"|"')])
def test_a_header_separated_by_something_else_is_told_with_the_line_for_the_map(
    tmp_path: Path, delimiter: str, spelled: str
) -> None:
    file = csv(tmp_path, EVENTS.replace(",", delimiter).replace("1.5", "1,5"))

    for plan, table in ((plan_events, "events"), (plan_profiles, "profiles")):
        with pytest.raises(DataError) as caught:
            plan(file, None)

        diagnostic = caught.value.problem.diagnostic
        assert (diagnostic.code, f"separated by {spelled};" in diagnostic.message) == ("D09", True)
        assert diagnostic.hint == f"A map can say so, in a file for --map:\n[{table}]\ndelimiter = {spelled}"


def test_a_mapped_column_hidden_by_another_delimiter_is_told_too(tmp_path: Path) -> None:
    with pytest.raises(DataError, match='separated by ";"'):
        plan_events(csv(tmp_path, EVENTS.replace(",", ";")), TableMap(id="user_id"))
