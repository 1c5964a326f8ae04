"""One place a process, one process a folder, nothing across a fork: each said at once, and never waited for."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from muster.backends.base import EngineError
from muster.backends.clickhouse.client import open_engine
from muster.backends.clickhouse.process import LOCK_FILE, PROCESS, Process
from muster.compiler.expr import TRUE
from muster.compiler.planner import plan
from tests.cases import CLOCK
from tests.sql_text import EVENTS, PEOPLE, SCHEMA

EVERYONE = plan(TRUE, TRUE)
SECONDS = 40
HELD = """
import sys
from muster.backends.clickhouse.client import open_engine
from tests.sql_text import EVENTS, PEOPLE, SCHEMA

engine = open_engine(sys.argv[1], SCHEMA)
engine.load(PEOPLE, EVENTS)
print("ready", flush=True)
sys.stdin.read()
"""
FORKED = """
import os
from muster.backends.base import EngineError
from muster.backends.clickhouse.client import open_engine
from muster.compiler.expr import TRUE
from muster.compiler.planner import plan
from tests.cases import CLOCK
from tests.sql_text import PEOPLE, SCHEMA

engine = open_engine({folder!r}, SCHEMA)
engine.load(PEOPLE, ())
child = os.fork()
if not child:
    for ask in (
        lambda: engine.count(plan(TRUE, TRUE), CLOCK),
        lambda: engine.load(PEOPLE, ()),
        lambda: open_engine({folder!r}, SCHEMA),
    ):
        try:
            ask()
        except EngineError as error:
            print(error, flush=True)
    engine.close()
    print("closed", flush=True)
    os._exit(0)  # as multiprocessing does; the engine's own end waits for threads that a child does not have
os.waitpid(child, 0)
print(engine.count(plan(TRUE, TRUE), CLOCK), flush=True)
engine.close()
"""
EARLY = """
import os
import clickhouse_connect
from muster.backends.clickhouse.client import open_engine
from muster.compiler.expr import TRUE
from muster.compiler.planner import plan
from tests.cases import CLOCK
from tests.sql_text import PEOPLE, SCHEMA

child = os.fork()
engine = open_engine("", SCHEMA)
engine.load(PEOPLE, ())
print(engine.count(plan(TRUE, TRUE), CLOCK), flush=True)
engine.close()
if child:
    os.waitpid(child, 0)
"""
LOADED = """
import sys
from muster.backends.clickhouse.client import open_engine
from tests.sql_text import EVENTS, PEOPLE, SCHEMA

engine = open_engine(sys.argv[1], SCHEMA)
for _ in range(5):
    engine.load(PEOPLE, EVENTS)
engine.close()
"""


def run(code: str, *arguments: str, before: tuple[str, ...] = ()) -> str:
    """Run a script in a process of its own, which has so long."""
    done = subprocess.run(
        [*before, sys.executable, "-W", "ignore", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Have another process open a folder."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", HELD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        try:
            yield other
        finally:
            other.kill()


# --- one place a process ----------------------------------------------------------------------------------------
def test_a_second_place_is_refused_with_both_names(tmp_path: Path) -> None:
    engine = open_engine(str(tmp_path / "a"), SCHEMA)

    for other, said in ((str(tmp_path / "b"), f'open "{tmp_path / "b"}" in another'), ("", "open its memory")):
        with pytest.raises(EngineError, match=re.escape(f'is open on "{tmp_path / "a"}"')) as caught:
            open_engine(other, SCHEMA)
        assert said in str(caught.value)
    assert not (tmp_path / "b").exists()
    assert engine.count(EVERYONE, CLOCK) == 0
    engine.close()


def test_one_folder_may_be_opened_twice_under_any_spelling(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "a")
    first = open_engine(str(tmp_path / "a"), SCHEMA)
    second = open_engine(f"{tmp_path / 'link'}/", SCHEMA)
    first.load(PEOPLE, EVENTS)
    first.close()

    assert second.count(EVERYONE, CLOCK) == 2
    second.close()


def test_after_the_last_has_closed_another_place_may_be_opened(tmp_path: Path) -> None:
    for location in (str(tmp_path / "a"), "", str(tmp_path / "b"), str(tmp_path / "a")):
        open_engine(location, SCHEMA).close()

    assert {each.name for each in tmp_path.iterdir()} == {"a", "b"}


def test_a_failed_opening_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")

    for bad in ("file", "file/below"):
        with pytest.raises(EngineError, match="cannot hold a ClickHouse database"):
            open_engine(str(tmp_path / bad), SCHEMA)
    open_engine(str(tmp_path / "a"), SCHEMA).close()


def test_a_folder_that_the_engine_cannot_read_is_let_go(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "metadata").write_text("no folder", encoding="utf-8")

    with pytest.raises(EngineError, match="ClickHouse failed"):
        open_engine(str(broken), SCHEMA)
    open_engine(str(tmp_path / "a"), SCHEMA).close()


# --- one process a folder ---------------------------------------------------------------------------------------
def test_a_folder_of_another_process_names_it_and_is_free_once_that_is_killed(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    with holding(folder) as other:
        with pytest.raises(EngineError, match=f"is open in process {other.pid}"):
            open_engine(str(folder), SCHEMA)
        os.kill(other.pid, signal.SIGKILL)
        other.wait()
        engine = open_engine(str(folder), SCHEMA)

    assert engine.count(EVERYONE, CLOCK) == 2
    assert (folder / LOCK_FILE).read_text(encoding="utf-8") == str(os.getpid())
    engine.close()


def test_the_lock_of_a_process_that_ended_well_is_open(tmp_path: Path) -> None:
    run(LOADED, str(tmp_path / "a"))
    engine = open_engine(str(tmp_path / "a"), SCHEMA)
    found = engine.count(EVERYONE, CLOCK)
    engine.close()

    assert found == 10  # what was loaded five times


# --- forks ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("place", ["", "a"])
def test_a_forked_child_is_told_and_does_not_wait(place: str, tmp_path: Path) -> None:
    folder = str(tmp_path / place) if place else ""
    *told, closed, count = run(FORKED.format(folder=folder)).splitlines()

    assert len(told) == 3
    assert all("forked after the ClickHouse engine was loaded" in each for each in told)
    assert (closed, count) == ("closed", "2")


def test_a_process_that_forked_before_the_engine_was_loaded_may_use_it() -> None:
    assert run(EARLY).split() == ["2", "2"]


def test_a_child_that_keeps_the_folder_of_its_parent_is_suspected(tmp_path: Path) -> None:
    code = HELD.replace("sys.stdin.read()", "import os, time\nif not os.fork():\n    time.sleep(60)\nos._exit(0)")
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, str(tmp_path / "a")],
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as parent:
        parent.wait(SECONDS)
        try:
            with pytest.raises(EngineError, match="perhaps a child of the one that opened it"):
                open_engine(str(tmp_path / "a"), SCHEMA)
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


# --- what is acknowledged is on disk ----------------------------------------------------------------------------
def test_tables_of_a_folder_are_synced_and_those_in_memory_are_not(tmp_path: Path) -> None:
    made = {}
    for location in (str(tmp_path / "a"), ""):
        engine = open_engine(location, SCHEMA)
        with engine._sessions.lend(()) as client:
            asked = "SELECT create_table_query FROM system.tables WHERE database = currentDatabase()"
            made[location] = [row[0] for row in client.query(asked).result_rows]
        engine.close()

    synced = [
        [each.count("fsync_after_insert = 1, fsync_part_directory = 1") for each in tables] for tables in made.values()
    ]
    assert synced == [[1, 1, 1], [0, 0, 0]]


@pytest.mark.slow
def test_every_load_into_a_folder_syncs(tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("no strace here; the settings are looked at above")
    counts = []
    for times in (0, 5):
        log = tmp_path / f"trace{times}"
        run(
            LOADED.replace("range(5)", f"range({times})"),
            str(tmp_path / f"folder{times}"),
            before=(strace, "-f", "-e", "trace=fsync,fdatasync", "-o", str(log)),
        )
        counts.append(len(re.findall(r"\b(?:fsync|fdatasync)\(", log.read_text(encoding="utf-8"))))

    assert counts[1] - counts[0] >= 5 * 3 * 2  # three tables, a part and its folder each


# --- who takes part ---------------------------------------------------------------------------------------------
def test_who_enters_leaves(tmp_path: Path) -> None:
    process = Process()
    place = process.enter(str(tmp_path / "a"))
    assert process.enter(str(tmp_path / "a")) == place

    process.leave()
    with pytest.raises(EngineError):
        process.enter("")
    process.leave()
    assert process.enter("") == ":memory:"
    assert not PROCESS.forked
