"""Files as a source: who there is, what occurs, what is told, and every pass the same."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables.arrow import event_table, profile_table
from muster.backends.tables.scalars import time_text_micros
from muster.compiler.pipeline import check_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.schema import Name
from muster.grammar.text import parse
from muster.runtime import file_rows
from muster.runtime.errors import DataError
from muster.runtime.files import Source, open_files

SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"
EVENTS = "user_id,event,ts,usd\nu1,buy,2024-01-02,1.5\nu2,login,2024-01-03,\nu1,login,2024-01-01,\n"
CDNOW_MAP = """
[events]
id = "customer_id"
name = { value = "purchase" }
time = "date"
[events.properties]
usd = "num"
"""


def at(text: str) -> int:
    micros = time_text_micros(text)
    assert micros is not None
    return micros


def write(tmp_path: Path, name: str, content: str) -> Path:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def lines(*records: Mapping[str, Any]) -> str:
    return "\n".join(map(json.dumps, records))


def told(source: Source) -> list[str]:
    return [f"{note.severity} {note.code}" for note in source.notes]


def people(source: Source) -> dict[str, ProfileRow]:
    return {profile.external_id: profile for profile in source.profiles}


# --- events alone -------------------------------------------------------------------------------------------------
def test_without_profiles_the_people_of_the_events_are_the_universe(tmp_path: Path) -> None:
    source = open_files(write(tmp_path, "a.csv", EVENTS))

    assert tuple(source.profiles) == (
        ProfileRow(0, "u1", first_seen=at("2024-01-01"), last_seen=at("2024-01-02")),
        ProfileRow(1, "u2", first_seen=at("2024-01-03"), last_seen=at("2024-01-03")),
    )
    assert tuple(source.events) == (
        EventRow(0, "buy", at("2024-01-02"), "", {"usd": Decimal("1.5")}),
        EventRow(1, "login", at("2024-01-03"), "", {}),
        EventRow(0, "login", at("2024-01-01"), "", {}),
    )
    assert source.schema.events.order is None
    assert source.schema.property(["buy"], ("usd",)) == Name({"num": "usd__num"})
    assert source.schema.property(["login"], ("usd",)) == Name()
    assert source.schema.stats.profiles == 2
    assert told(source) == ["info D30", "info D31"]


def test_a_source_gives_tables_and_can_be_read_again(tmp_path: Path) -> None:
    source = open_files(write(tmp_path, "a.csv", EVENTS))

    for _ in range(2):
        assert profile_table(source.profiles, source.schema).num_rows == 2
        assert event_table(source.events, source.schema)["usd__num"].to_pylist() == [Decimal("1.5"), None, None]


def test_many_events_are_read_again_instead_of_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = open_files(write(tmp_path, "a.csv", EVENTS))
    monkeypatch.setattr(file_rows, "_KEPT_ROWS", 2)
    many = open_files(tmp_path / "a.csv")

    assert not isinstance(many.events, list)
    assert list(many.events) == list(many.events) == list(few.events)


def test_message_ids_drop_repeated_rows_in_every_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rows, "_KEPT_ROWS", 0)
    content = "user_id,event,ts,messageId\nu1,buy,2024-01-01,m1\nu9,buy,2024-01-09,m1\nu1,buy,2024-01-02,m2\n"
    source = open_files(write(tmp_path, "a.csv", content))

    for _ in range(2):
        assert [event.mid for event in source.events] == ["m1", "m2"]
    assert source.schema.events.order == "mid"
    assert list(people(source)) == ["u1"]
    assert [note.message for note in source.notes if note.code == "D22"] == [
        "1 repeated message id: only the first of each counts."
    ]


def test_a_mapped_order_breaks_ties(tmp_path: Path) -> None:
    content = "user_id,event,ts,line\nu1,a,2024-01-01,10\nu1,b,2024-01-01,9\n"
    mapping = write(tmp_path, "m.toml", '[events]\norder = "line"\n')
    source = open_files(write(tmp_path, "a.csv", content), None, mapping)

    assert source.schema.events.order == "mid"
    assert [event.event for event in sorted(source.events, key=lambda event: event.mid)] == ["b", "a"]


def test_local_times_are_in_the_zone_of_the_map(tmp_path: Path) -> None:
    mapping = write(tmp_path, "m.toml", 'timezone = "Asia/Tokyo"\n[events.properties]\nwhen = "time"\n')
    content = "user_id,event,ts,when\nu1,a,2024-01-01 09:00,2024-01-01\n"
    (event,) = open_files(write(tmp_path, "a.csv", content), None, mapping).events

    assert event.ts == at("2024-01-01")
    assert event.properties == {"when": datetime(2023, 12, 31, 15, tzinfo=UTC)}


def test_bad_rows_stop_or_are_left_out_counted_and_listed(tmp_path: Path) -> None:
    content = EVENTS + "".join(f"u{number},buy,soon,\n" for number in range(25)) + "u3,buy,2024-01-05,2\nu4\n"
    path = write(tmp_path, "a.csv", content)

    with pytest.raises(DataError) as caught:
        open_files(path)
    source = open_files(path, skip_bad_rows=True)

    assert str(caught.value) == "a.csv, row 31: found 1 field, expected 4 as in the header."
    assert source.bad_count == 26
    assert len(source.bad) == 20
    assert str(source.bad[0]) == (
        'a.csv, row 5, column "ts": found "soon", expected a time such as 2024-01-31 or 2024-01-31T09:30:00Z.'
    )
    assert list(people(source)) == ["u1", "u2", "u3"]
    assert source.notes[-1].message == "26 bad rows left out."


def test_progress_is_told(tmp_path: Path) -> None:
    calls: list[tuple[str, int]] = []
    profiles = write(tmp_path, "p.csv", "id\n" + "".join(f"u{number}\n" for number in range(20_001)))
    open_files(write(tmp_path, "a.csv", EVENTS), profiles, progress=lambda what, rows: calls.append((what, rows)))

    assert calls == [("p.csv", 20_000), ("a.csv", 3)]


def test_a_gzipped_file_and_a_plain_one_are_the_same(tmp_path: Path) -> None:
    plain = open_files(write(tmp_path, "a.csv", EVENTS))
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(EVENTS.encode()))
    packed = open_files(tmp_path / "b.csv.gz")

    assert (list(plain.events), list(plain.profiles)) == (list(packed.events), list(packed.profiles))


# --- profiles -----------------------------------------------------------------------------------------------------
PROFILES = "user_id,plan,seats,created_at\nu2,pro,3,2023-12-31\nu1,,,\n"


def test_the_profiles_file_is_the_universe_and_strangers_are_told(tmp_path: Path) -> None:
    events = EVENTS + "".join(f"stranger{number},buy,2024-01-01,9\n" for number in range(4))
    events += "stranger0,x,2024-01-01,1\n"
    source = open_files(write(tmp_path, "e.csv", events), write(tmp_path, "p.csv", PROFILES))

    assert tuple(source.profiles) == (
        ProfileRow(
            0,
            "u2",
            first_seen=at("2024-01-03"),
            last_seen=at("2024-01-03"),
            created_at=at("2023-12-31"),
            traits={"plan": "pro", "seats": Decimal(3)},
        ),
        ProfileRow(1, "u1", first_seen=at("2024-01-01"), last_seen=at("2024-01-02")),
    )
    assert [event.pid for event in source.events] == [1, 0, 1]
    assert source.schema.stats.events == {"buy": 1, "login": 2}
    assert [note.message for note in source.notes if note.severity == "warning"] == [
        (
            "4 people occur only in the events, with 5 events, and in nobody's audience, because the profiles file"
            ' says who there is. First of them: "stranger0", "stranger1", "stranger2".'
        )
    ]


def test_profiles_alone_are_enough(tmp_path: Path) -> None:
    source = open_files(None, write(tmp_path, "p.csv", PROFILES))

    assert list(people(source)) == ["u2", "u1"]
    assert tuple(source.events) == ()
    assert source.schema.trait(("seats",)) == Name({"num": "seats__num"})


def test_built_in_fields_come_from_the_file_where_it_has_them(tmp_path: Path) -> None:
    mapping = write(
        tmp_path,
        "m.toml",
        '[profiles]\nlast_seen = "seen"\nis_anonymous = "anon"\nlifecycle_stage = "stage"\np_alive = "alive"\n',
    )
    profiles = "user_id,seen,anon,stage,alive\nu1,2025-01-01,true,new,0.5\nu2,,,,\n"
    source = open_files(write(tmp_path, "e.csv", EVENTS), write(tmp_path, "p.csv", profiles), mapping)
    found = people(source)

    assert (found["u1"].last_seen, found["u1"].first_seen) == (at("2025-01-01"), at("2024-01-01"))
    assert (found["u2"].last_seen, found["u2"].is_anonymous) == (at("2024-01-03"), False)
    assert found["u1"].is_anonymous
    assert found["u1"].fields == {"lifecycle_stage": "new", "p_alive": Decimal("0.5")}
    assert source.schema.profiles.fields["p_alive"] == "p_alive"


def test_a_trait_that_is_declared_to_hold_one_value_tells_of_a_rule_that_nobody_can_match(tmp_path: Path) -> None:
    mapping = write(tmp_path, "m.toml", '[profiles.traits]\nseats = { column = "Seats", as = "num", single = true }\n')
    source = open_files(None, write(tmp_path, "p.csv", "user_id,Seats,rooms\nu1,3,4\n"), mapping)

    assert source.schema.trait(("seats",)).single
    assert not source.schema.trait(("rooms",)).single
    for trait, codes in (("seats", ["E12"]), ("rooms", [])):
        warnings = check_rule(parse(f"{trait} > 50 and {trait} < 10"), Surroundings(source.schema))
        assert [found.code for found in warnings if found.code == "E12"] == codes


def test_two_rows_of_one_person(tmp_path: Path) -> None:
    profiles = write(tmp_path, "p.csv", "id,plan\nu1,a\nu2,b\nu1,c\n")

    with pytest.raises(DataError) as caught:
        open_files(None, profiles)
    source = open_files(None, profiles, skip_bad_rows=True)

    assert str(caught.value) == (
        'p.csv, row 4, column "id": the id "u1" occurred in row 2 already; each person has one row.'
    )
    assert [(profile.external_id, profile.traits) for profile in source.profiles] == [
        ("u1", {"plan": "a"}),
        ("u2", {"plan": "b"}),
    ]


# --- other kinds of files -----------------------------------------------------------------------------------------
def test_typed_text_has_one_view_only(tmp_path: Path) -> None:
    pq.write_table(
        pa.table(
            {
                "user_id": [7, 8],
                "event": ["buy", "buy"],
                "ts": pa.array([0, 1], pa.timestamp("s")),
                "zip": ["02134", "1"],
                "usd": [0.1, float("nan")],
                "tags": [["a"], None],
            }
        ),
        tmp_path / "e.parquet",
    )
    source = open_files(tmp_path / "e.parquet")

    assert source.schema.property([], ("zip",)) == Name({"str": "zip__str"})
    assert event_table(source.events, source.schema)["usd__num"].to_pylist() == [Decimal("0.1"), None]
    assert list(people(source)) == ["7", "8"]
    assert source.schema.property([], ("tags",)).shape is not None


def test_a_csv_column_can_hold_json(tmp_path: Path) -> None:
    mapping = write(tmp_path, "m.toml", '[events.properties]\nitems = "json"\n')
    content = 'user_id,event,ts,items\nu1,buy,2024-01-01,"[{""sku"":""a""}]"\n'
    (event,) = open_files(write(tmp_path, "a.csv", content), None, mapping).events

    assert event.properties == {"items": [{"sku": "a"}]}


def test_plain_objects_are_events_with_their_keys(tmp_path: Path) -> None:
    content = lines(
        {"userId": "u1", "event": "buy", "time": "2024-01-01", "a": {"b": 1}},
        {"userId": "u2", "event": "buy", "time": "2024-01-01", "n": 1e300},
    )
    source = open_files(write(tmp_path, "e.ndjson", content))

    assert [event.properties for event in source.events] == [{"a": {"b": 1}}, {"n": Decimal("1e300")}]
    assert told(source) == ["info D30", "warning D23"]


MESSAGES = lines(
    {"type": "track", "event": "buy", "anonymousId": "a", "messageId": "m1", "timestamp": "2024-01-01T00:00:00Z"},
    {
        "type": "identify",
        "userId": "u1",
        "anonymousId": "a",
        "messageId": "m2",
        "timestamp": "2024-01-02T00:00:00Z",
        "traits": {"plan": "pro"},
        "context": {"odd": "\0"},
    },
    {"type": "track", "event": "buy", "anonymousId": "b", "messageId": "m3", "timestamp": "2024-01-03T00:00:00Z"},
    {"type": "page", "userId": "u1", "messageId": "m3", "timestamp": "2024-01-04T00:00:00Z"},
)


def test_messages_are_folded(tmp_path: Path) -> None:
    source = open_files(write(tmp_path, "log.ndjson", MESSAGES))

    assert [(profile.external_id, profile.is_anonymous) for profile in source.profiles] == [("u1", False), ("b", True)]
    assert people(source)["u1"].traits == {"plan": "pro"}
    assert [event.mid for event in source.events] == ["m1", "m3"]
    assert source.schema.events.order == "mid"
    assert source.schema.trait(("plan",)) == Name({"str": "plan__str"})
    assert told(source) == ["info D33", "warning D22"]


def test_a_message_that_is_rejected_is_a_bad_row(tmp_path: Path) -> None:
    path = write(tmp_path, "log.ndjson", MESSAGES + '\n\n{"type": "track", "userId": "u1", "messageId": "m9"}\n')

    with pytest.raises(DataError) as caught:
        open_files(path)
    assert str(caught.value) == 'log.ndjson, row 6: a track needs the name of what happened in "event".'
    assert open_files(path, skip_bad_rows=True).bad_count == 1


def test_with_a_profiles_file_only_its_users_events_are_taken_from_messages(tmp_path: Path) -> None:
    source = open_files(write(tmp_path, "log.ndjson", MESSAGES), write(tmp_path, "p.csv", "id,plan\nu1,free\nu2,pro\n"))

    assert people(source)["u1"].traits == {"plan": "free"}
    assert people(source)["u1"].last_seen == at("2024-01-01")
    assert [(event.pid, event.mid) for event in source.events] == [(0, "m1")]
    assert "warning D21" in told(source)
    assert "info D34" in told(source)


def test_traits_of_messages_are_only_told_unused_where_there_are_some(tmp_path: Path) -> None:
    log = '{"type": "track", "userId": "u1", "event": "a", "messageId": "m1", "timestamp": "2024-01-01"}\n'
    profiles = write(tmp_path, "p.csv", "id,plan\nu1,free\n")

    assert "info D34" not in told(open_files(write(tmp_path, "log.ndjson", log), profiles))
    assert "info D34" not in told(open_files(write(tmp_path, "all.ndjson", MESSAGES)))


def test_an_anonymous_person_is_never_the_user_of_that_name(tmp_path: Path) -> None:
    source = open_files(write(tmp_path, "log.ndjson", MESSAGES), write(tmp_path, "p.csv", "id,plan\nb,free\n"))

    assert tuple(source.events) == ()


def test_a_map_of_events_makes_messages_plain_rows(tmp_path: Path) -> None:
    mapping = write(tmp_path, "m.toml", '[events]\nid = "messageId"\nname = "type"\ntime = "timestamp"\n')
    source = open_files(write(tmp_path, "log.ndjson", MESSAGES.replace("\\u0000", "")), None, mapping)

    assert {event.event for event in source.events} == {"track", "identify", "page"}


# --- real logs ----------------------------------------------------------------------------------------------------
@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real event logs is not beside the checkout")
def test_a_log_of_cd_orders(tmp_path: Path) -> None:
    source = open_files(SHARED / "cdnow_master.csv.gz", None, write(tmp_path, "m.toml", CDNOW_MAP))

    assert profile_table(source.profiles, source.schema).num_rows == 23_570
    table = event_table(source.events, source.schema)
    assert table.num_rows == 69_659
    assert table.column_names == ["pid", "event", "ts", "mid", "usd__num", "cds__num"]
    assert source.bad_count == 0


@pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of real event logs is not beside the checkout")
def test_a_log_of_invoices_needs_no_map() -> None:
    source = open_files(SHARED / "uci_online_retail_invoices.csv.gz")

    assert len(list(source.events)) == 22_190
    assert source.schema.stats.events.keys() == {"invoice", "invoice_cancelled"}
    assert source.schema.property([], ("value",)) == Name({"num": "value__num"})
