"""Loading much at once, and files as messages: the same numbers from every engine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from muster.runtime.files import open_files
from muster.runtime.store.loading import messages_of
from muster.runtime.store.project import Project
from muster.runtime.store.store import open_store
from tests.runtime.store.states import state_of

SHARED = Path(__file__).parents[4] / "shared" / "data"
ENGINES = ("memory:", "duckdb:", "chdb:", "postgresql:")
CDNOW_MAP = """
[events]
id = "customer_id"
name = { value = "purchase" }
time = "date"
[events.properties]
usd = "num"
cds = "num"
"""
CDNOW_RULES = (
    "did purchase at least 3 times and sum(usd) of purchase > 100",
    "did purchase at least 2 times",
    "did not purchase between 1997-04-01 and 1998-06-30",
    "sum(usd) of purchase > 500",
    "max(usd) of purchase >= 100 and avg(usd) of purchase < 50",
    "sum(cds) of purchase > 10 or first_seen before 1997-01-10",
    "did purchase then purchase within 30 days",
    "last_seen in last 90 days",
    "distinct(cds) of purchase >= 3",
    "not (did purchase at least 2 times) and sum(usd) of purchase > 20",
)


def messages(number: int) -> list[dict[str, Any]]:
    return [
        {"type": "track", "event": "buy", "userId": f"u{each % 7}", "messageId": f"m{each}", "properties": {"nr": each}}
        for each in range(number)
    ]


def test_a_load_is_told_and_what_is_wrong_in_it(project: Project) -> None:
    told: list[tuple[str, int]] = []
    given = [*messages(5000), {"type": "track"}, messages(1)[0]]
    done = project.load(given, name="mine", progress=lambda name, at: told.append((name, at)))

    assert (done.accepted, done.duplicates, done.rejected, done.skipped) == (5000, 1, 1, 0)
    assert [(at, answer.code) for at, answer in done.rejects] == [(5000, "missing_identity")]
    assert told == [("mine", 4096), ("mine", 5002)]
    assert project.count("did buy at least 714 times") == 7


def test_a_load_that_was_broken_off_goes_on_where_it_was(project: Project) -> None:
    def broken_off() -> Iterator[dict[str, Any]]:
        yield from messages(6000)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        project.load(broken_off(), name="mine")
    done = project.load(messages(8000), name="mine")

    assert (done.accepted, done.duplicates, done.skipped) == (8000 - 4096, 0, 4096)
    assert project.load(messages(8000), name="mine").accepted == 0
    assert project.count("everyone") == 7
    assert project.load(messages(8000)).duplicates == 8000


def test_what_waits_in_the_inbox_comes_first(project: Project) -> None:
    project.ingest([{"type": "identify", "userId": "u1", "anonymousId": "a"}])
    project.load([{"type": "identify", "userId": "u2", "anonymousId": "a"}])
    found = project.profile("a")

    assert found is not None
    assert found.external_id == "u1"


def test_files_become_messages_that_are_the_same_each_time(tmp_path: Path) -> None:
    events, people = tmp_path / "events.csv", tmp_path / "people.csv"
    events.write_text("user_id,event,timestamp,usd\nu1,buy,2024-01-01,5\nu2,buy,2024-01-02,\nu1,view,2024-01-03,\n")
    people.write_text("id,plan,first_seen\nu1,pro,2023-12-01\nu2,free,\nu3,pro,\n")
    source = open_files(events, people)
    first, second = (list(messages_of(source, "mine")) for _ in range(2))

    assert first == second
    with open_store() as store:
        project = store.project("acme", "web", create=True)
        project.load(first)
        before = state_of(project)
        project.load(second)

        assert state_of(project) == before
        assert project.count('plan = "pro"') == 2
        assert list(project.members("sum(usd) of buy = 5 and first_seen before 2024-01-01")) == ["u1"]
        assert project.count("did not buy") == 1


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="the published data sets are not on this machine")
def test_cdnow_has_the_same_audiences_on_every_engine(tmp_path: Path) -> None:
    mapped = tmp_path / "map.toml"
    mapped.write_text(CDNOW_MAP)
    source = open_files(SHARED / "cdnow_master.csv.gz", None, mapped)
    counts: dict[str, list[int]] = {}
    for engine in ENGINES:
        began = time.monotonic()
        with open_store(engine=engine) as store:
            project = store.project("acme", "web", create=True)
            project.load(messages_of(source, "cdnow"))
            counts[engine] = [project.count(rule, as_of="1998-07-01") for rule in CDNOW_RULES]
        assert time.monotonic() - began < 600

    assert counts["duckdb:"][0] == 5258
    assert {engine: found for engine, found in counts.items() if found != counts["memory:"]} == {}
    assert all(0 < found < 23_570 for found in counts["memory:"])
