"""A project in a file of DuckDB: what it does beyond what every engine must (see test_project_engines.py)."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from muster.backends.base import EngineError, Limits
from muster.backends.duckdb.project import DuckDbProject, drop_project, open_project
from muster.runtime.evaluation import evaluate
from tests.project_worlds import AS_OF, World, check, event, person, take, who

ROOT = Path(__file__).parents[3]
# Ends a process at the n-th call of what `scrub` is made of, before it or after it.
CRASH = """
import os, sys
from pathlib import Path
from muster.backends.duckdb import project, project_file
from tests.project_worlds import World

left, after = int(sys.argv[2]), sys.argv[3] == "after"

def ending(call):
    def called(*args, **named):
        global left
        left -= 1
        if left == 0 and not after:
            os._exit(9)
        given = call(*args, **named)
        if left == 0:
            os._exit(9)
        return given
    return called

engine = project.open_project(sys.argv[1], "p1", World().schema())
for place, name in ((project, "connect"), (project, "make_tables"), (project, "append"), (project, "checkpoint"),
                    (project_file, "_sync"), (project_file.Path, "replace"), (project, "_open")):
    setattr(place, name, ending(getattr(place, name)))
engine.scrub()
"""


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[tuple[DuckDbProject, World]]:
    """Give a project with two people, one of whom is erased."""
    world = World()
    engine = open_project(str(tmp_path), "p1", world.schema())
    take(engine, world, profiles=[person(1), person(2)], events=[event(1, "buy", 1), event(2, "buy", 1)])
    take(engine, world, erased=frozenset({1}))
    yield engine, world
    engine.close()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- steps ------------------------------------------------------------------------------------------------------
def test_a_step_that_fails_leaves_nothing_and_can_be_taken_again(
    stored: tuple[DuckDbProject, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, world = stored
    change = world.step(profiles=[person(3)], events=[event(3, "buy", 1)], moved={2: 3}, gone=frozenset({2}))
    engine.widen(world.schema())
    before = engine.events_of([2])

    def fail(*_: object) -> None:
        raise duckdb.IOException("the disk has a bad day")

    with monkeypatch.context() as patch:
        patch.setattr(engine, "_write", fail)
        with pytest.raises(EngineError, match="bad day"):
            engine.apply(change)
    assert (engine.applied, engine.events_of([2])) == (change.number - 1, before)

    engine.apply(change)
    check(engine, world)


@pytest.mark.parametrize("scrubbed", [False, True])
def test_a_step_whose_commit_was_told_to_have_failed_is_not_taken_twice(
    stored: tuple[DuckDbProject, World], monkeypatch: pytest.MonkeyPatch, *, scrubbed: bool
) -> None:
    engine, world = stored
    change = world.step(events=[event(2, "buy", 3)])
    engine.widen(world.schema())

    @contextmanager
    def failing_at_the_end() -> Iterator[duckdb.DuckDBPyConnection]:
        with taking() as cursor:
            yield cursor
        raise EngineError("it was on disk already")

    taking = engine._transaction
    with monkeypatch.context() as patch:
        patch.setattr(engine, "_transaction", failing_at_the_end)
        with pytest.raises(EngineError, match="on disk already"):
            engine.apply(change)
    if scrubbed:
        engine.scrub()
    engine.apply(change)

    check(engine, world)


def test_a_step_is_on_disk_when_it_is_taken(tmp_path: Path) -> None:
    """The process ends without letting go of anything; `kill -9` leaves as much."""
    code = (
        "import os, sys; from muster.backends.duckdb.project import open_project;"
        "from tests.project_worlds import World, event, person, take;"
        "world = World(); engine = open_project(sys.argv[1], 'p1', world.schema());"
        "take(engine, world, profiles=[person(1)], events=[event(1, 'buy', 1)]); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=False)
    assert "p1.duckdb.wal" in names(tmp_path)
    engine = open_project(str(tmp_path), "p1", World().schema())

    assert (engine.applied, who(engine, "did buy")) == (1, ["u1"])
    engine.close()


def test_who_else_has_the_file_open_is_named(stored: tuple[DuckDbProject, World], tmp_path: Path) -> None:
    code = (
        "import sys; from muster.backends.duckdb.project import open_project;"
        "from tests.project_worlds import World; open_project(sys.argv[1], 'p1', World().schema())"
    )
    (tmp_path / "p1.duckdb.new").touch()  # as if it were being copied
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert "EngineError" in ran.stderr
    assert f"PID {os.getpid()}" in ran.stderr
    assert "p1.duckdb.new" in names(tmp_path)
    check(*stored)


# --- a full disk ------------------------------------------------------------------------------------------------
@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond some bytes, which looks like a full disk to who writes."""
    handled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handled)


def test_after_a_full_disk_it_goes_on_by_itself(stored: tuple[DuckDbProject, World], tmp_path: Path) -> None:
    engine, world = stored
    full = (tmp_path / "p1.duckdb").stat().st_size
    change = world.step(profiles=[person(pid) for pid in range(3, 2000)], erased=frozenset({2}))
    engine.widen(world.schema())
    with largest_file(full):
        with pytest.raises(EngineError, match="File too large"):
            engine.apply(change)
        assert who(engine, "did buy") == ["u2"]
        with pytest.raises(EngineError, match="File too large"):
            engine.scrub()
        assert who(engine, "did buy") == ["u2"]
    assert [name for name in names(tmp_path) if "new" in name] == []

    engine.apply(change)
    engine.scrub()
    assert engine.leftovers([1, 2]) == []
    check(engine, world)


def abort_checkpoint(engine: DuckDbProject) -> None:
    """Fail as a checkpoint does when it cannot write."""
    with engine._transaction() as cursor:
        cursor.execute("PRAGMA debug_checkpoint_abort='before_header'")
        cursor.execute("UPDATE steps SET rows_left = true")
        cursor.commit()
        cursor.execute("CHECKPOINT")


def test_a_database_that_refuses_everything_is_opened_again(stored: tuple[DuckDbProject, World]) -> None:
    engine, world = stored
    with pytest.raises(EngineError):
        abort_checkpoint(engine)
    with pytest.raises(duckdb.FatalException):
        engine._connection.execute("SELECT 1")

    check(engine, world)
    take(engine, world, profiles=[person(3)])
    check(engine, world)


# --- bytes ------------------------------------------------------------------------------------------------------
@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_crash_during_scrub_leaves_one_of_the_files_whole(when: str, tmp_path: Path) -> None:
    world = World()
    engine = open_project(str(tmp_path), "p1", world.schema())
    take(engine, world, profiles=[person(1), person(2)], events=[event(1, "buy", 1), event(2, "buy", 1)])
    crashes = 0
    for number in range(1, 30):
        take(engine, world, profiles=[person(10 + number)], events=[event(10 + number, "buy", 1)])
        take(engine, world, erased=frozenset({10 + number}))
        engine.close()
        ran = subprocess.run(
            [sys.executable, "-c", CRASH, str(tmp_path), str(number), when], cwd=ROOT, capture_output=True, check=False
        )
        engine = open_project(str(tmp_path), "p1", world.schema())
        assert names(tmp_path) == ["p1.duckdb"]
        check(engine, world)
        if ran.returncode != 9:
            assert (ran.returncode, ran.stderr) == (0, b"")
            break
        crashes += 1
    engine.scrub()

    assert crashes >= 9
    assert engine.leftovers([11]) == []
    check(engine, world)
    engine.close()


def test_a_log_left_by_a_copy_that_was_not_finished_is_not_taken_for_the_next_ones(
    stored: tuple[DuckDbProject, World], tmp_path: Path
) -> None:
    engine, world = stored
    engine.close()
    unfinished = (
        "import duckdb, os, sys; c = duckdb.connect(sys.argv[1]); c.execute('CREATE TABLE t(i int)'); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", unfinished, str(tmp_path / "p1.duckdb.new")], check=False)
    assert "p1.duckdb.new.wal" in names(tmp_path)
    again = open_project(str(tmp_path), "p1", world.schema())
    again.scrub()

    check(again, world)
    again.close()
    assert names(tmp_path) == ["p1.duckdb"]


def test_who_reads_while_files_change_places_finds_what_is_there(stored: tuple[DuckDbProject, World]) -> None:
    engine, world = stored
    take(engine, world, profiles=[person(5)], events=[event(5, "buy", 1) for _ in range(5000)])
    found: list[tuple[list[str], int]] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            found.append((who(engine, "did buy"), sum(map(len, engine.all_events()))))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(5):
        engine.scrub()
    is_over.set()
    for reader in readers:
        reader.join()

    assert found != []
    assert all(each == (["u2", "u5"], 5001) for each in found)
    check(engine, world)


def test_answers_that_were_not_read_to_their_end_do_not_hold_the_file(stored: tuple[DuckDbProject, World]) -> None:
    engine, world = stored
    take(engine, world, profiles=[person(pid) for pid in range(3, 9000)], events=[event(3, "buy", 1)] * 9000)
    with pytest.raises(EngineError, match="more than 3 people") as held:
        evaluate({"all": []}, engine, as_of=AS_OF, limits=Limits(rows=3)).members()
    batches = engine.all_events()
    next(batches)
    del batches
    engine.scrub()

    assert held.value.limit == "rows"
    assert engine.leftovers([1]) == []


def test_a_copy_is_sorted_as_a_load_is(stored: tuple[DuckDbProject, World]) -> None:
    engine, world = stored
    for day in (3, 1, 2):
        take(engine, world, profiles=[person(3)], events=[event(3, "view", day), event(2, "buy", day)])
    engine.scrub()
    with engine._cursor() as cursor:
        rows = cursor.execute("SELECT event, pid, ts FROM events ORDER BY rowid").fetchall()

    assert rows == sorted(rows)


def test_what_is_in_memory_is_dropped_by_closing_it() -> None:
    drop_project("", "p1")
    engine = open_project("", "p1", World().schema())
    engine.scrub()

    assert engine.leftovers([1]) == []
    engine.close()
