"""Tables of people, events and stages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa

from muster.backends.base import EventRow, ProfileRow
from muster.backends.tables.arrow import (
    arrow_schema,
    event_batches,
    event_table,
    profile_batches,
    profile_table,
    stage_table,
)
from muster.backends.tables.catalogue import Catalogue
from muster.backends.tables.chunks import BATCH_ROWS
from muster.compiler.schema import EventTable, ProfileTable, Schema

PERSON = ProfileRow(
    7,
    "cafe\u0301",
    is_anonymous=True,
    first_seen=1,
    last_seen=-1,
    traits={"plan": "pro"},
    fields={"lifecycle_stage": "new", "p_alive": Decimal("0.25")},
    stages=(("new", 5), ("active", 6)),
)
EVENT = EventRow(7, "cafe\u0301", -1, "m\u0301", {"usd": Decimal("1.5")})


def catalogue() -> Catalogue:
    made = Catalogue()
    made.observe_profiles([PERSON])
    made.observe_events([EVENT])
    return made


def test_a_person_is_a_row() -> None:
    schema = catalogue().schema()
    table = profile_table([PERSON], schema)

    assert table.schema == arrow_schema(schema).profiles
    assert table.drop_columns(["first_seen", "last_seen"]).to_pylist() == [
        {
            "pid": 7,
            "external_id": "café",
            "is_anonymous": True,
            "created_at": None,
            "lifecycle_stage": "new",
            "p_alive": Decimal("0.25"),
            "plan__str": "pro",
        }
    ]
    assert table["last_seen"].cast(pa.int64()).to_pylist() == [-1]


def test_an_event_is_a_row_and_its_message_id_stays_as_it_came() -> None:
    schema = catalogue().schema()
    table = event_table([EVENT], schema)

    assert table.schema == arrow_schema(schema).events
    assert table.select(["pid", "event", "mid", "usd__num"]).to_pylist() == [
        {"pid": 7, "event": "café", "mid": "m\u0301", "usd__num": Decimal("1.5")}
    ]
    assert table["ts"].cast(pa.int64()).to_pylist() == [-1]


def test_stages_are_rows_of_their_own() -> None:
    table = stage_table([PERSON, ProfileRow(8, "u")])

    assert table["pid"].to_pylist() == [7, 7]
    assert table["stage"].to_pylist() == ["new", "active"]
    assert table["ts"].cast(pa.int64()).to_pylist() == [5, 6]


def test_no_rows_make_empty_tables_of_the_right_types() -> None:
    schema = catalogue().schema()

    assert profile_table([], schema).schema == arrow_schema(schema).profiles
    assert event_table([], schema).schema == arrow_schema(schema).events
    assert stage_table([]).num_rows == 0


def test_more_rows_than_a_batch_come_in_order() -> None:
    rows = BATCH_ROWS + 1
    schema = catalogue().schema()
    people = profile_batches((ProfileRow(pid, f"u{pid}") for pid in range(rows)), schema)
    events = event_batches((EventRow(pid, "buy", pid, "") for pid in range(rows)), schema)

    for batches in (list(people), list(events)):
        pids = [pid for batch in batches for pid in batch["pid"].to_pylist()]
        assert [batch.num_rows for batch in batches] == [BATCH_ROWS, 1]
        assert all(after == before + 1 for before, after in pairwise(pids))


def test_tables_of_other_column_names_are_made_as_the_schema_says() -> None:
    schema = Schema(
        profiles=ProfileTable(key="person", external_id="id", fields={"external_id": "id", "last_seen": "seen"}),
        events=EventTable(key="person", event="what", time="at", order="line"),
    )

    assert profile_table([ProfileRow(1, "u")], schema).column_names == ["person", "id", "seen"]
    assert arrow_schema(schema).profiles.names == ["person", "id", "seen"]
    assert arrow_schema(schema).events.names == ["person", "what", "at", "line"]


def test_the_message_of_an_event_is_kept_where_the_schema_has_a_column_for_it() -> None:
    told = catalogue().schema(source="message")
    table = event_table([replace(EVENT, source='{"event":"x"}'), EVENT], told)

    assert table["message"].to_pylist() == ['{"event":"x"}', None]
    assert "message" not in event_table([EVENT], catalogue().schema()).column_names
