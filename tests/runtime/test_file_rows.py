"""What engines iterate, as often as they like."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from muster.backends.base import EventRow, ProfileRow
from muster.runtime import file_rows
from muster.runtime.file_rows import FileEvents, FileProfiles, KeptRows, People, make_profile
from muster.runtime.file_types import open_table
from muster.runtime.mapping import ColumnSpec
from muster.runtime.rows import EventPlan, ProfileCells, ProfilePlan
from muster.runtime.table_file import BadRows

DAY = 86_400_000_000


def test_people_have_dense_numbers_and_the_days_they_were_seen() -> None:
    people = People()
    assert [people.add(name) for name in ("a", "b", "c")] == [0, 1, 2]
    for pid, ts in ((0, 5), (0, 3), (0, 9), (1, -1)):
        people.see(pid, ts)

    assert list(people) == [
        ProfileRow(0, "a", first_seen=3, last_seen=9),
        ProfileRow(1, "b", first_seen=-1, last_seen=-1),
        ProfileRow(2, "c"),
    ]
    assert list(people) == list(people)


def test_times_of_the_file_go_before_those_of_events() -> None:
    cells = ProfileCells(
        2, "a", {"first_seen": 0, "created_at": None, "is_anonymous": None, "p_alive": Decimal(1)}, {"x": 1}
    )

    assert make_profile(7, cells, 5, 6) == ProfileRow(
        7, "a", first_seen=0, last_seen=6, traits={"x": 1}, fields={"p_alive": Decimal(1)}
    )


def test_rows_of_files_are_the_same_in_every_pass(tmp_path: Path) -> None:
    (tmp_path / "e.csv").write_text("id,ts\na,1970-01-02\nb,1970-01-03\nx,1970-01-04\na,1970-01-05\n", encoding="utf-8")
    (tmp_path / "p.csv").write_text("id\na\nb\n", encoding="utf-8")
    bad = BadRows(skip=False)
    people = People()
    people.add("a")
    people.add("b")
    time = ColumnSpec("ts", "time")
    plan = EventPlan("id", None, "buy", time, None, None, False, (), "UTC")
    events = FileEvents(open_table(tmp_path / "e.csv", None, bad), plan, bad, people, {3})
    profiles = FileProfiles(open_table(tmp_path / "p.csv", None, bad), ProfilePlan("id", {}, (), "UTC"), bad, people)

    for _ in range(2):
        assert list(events) == [EventRow(0, "buy", DAY, "", {}), EventRow(0, "buy", 4 * DAY, "", {})]
        assert [profile.external_id for profile in profiles] == ["a", "b"]


def test_few_rows_are_kept_and_many_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_rows, "_KEPT_ROWS", 3)
    kept, row = KeptRows(), EventRow(0, "buy", 0, "")
    kept.add([row, row])
    kept.add([row])
    assert (len(kept.rows), kept.are_too_many) == (3, False)

    kept.add([row])
    kept.add([row])
    assert (kept.rows, kept.are_too_many) == ([], True)
