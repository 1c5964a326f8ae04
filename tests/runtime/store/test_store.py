"""Opening stores: what is there again, what cannot be, and who brings projects up to date."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import pytest

from muster.backends.base import EngineError
from muster.runtime.errors import ChoiceError
from muster.runtime.ledger.projects import ProjectError
from muster.runtime.store.lock import FolderInUseError
from muster.runtime.store.projector import Projector
from muster.runtime.store.store import open_store
from tests.runtime.store.states import state_of

BUY: dict[str, Any] = {"type": "track", "event": "buy", "userId": "u1"}


@pytest.mark.parametrize("engine", ["duckdb:", "chdb:"])
def test_a_folder_holds_all_that_was_in_it(tmp_path: Path, engine: str) -> None:
    with open_store(tmp_path / "data", engine=engine) as store:
        project = store.project("acme", "web", create=True, timezone="Europe/London")
        project.ingest([BUY, {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}}])
        project.audiences.create("VIP", 'plan = "pro"')
        before = state_of(project)
    with open_store(tmp_path / "data", engine=engine) as store:
        project = store.project("acme", "web")

        assert [f"{each.org}/{each.name}" for each in store.projects()] == ["acme/web"]
        assert project.record.timezone == "Europe/London"
        assert state_of(project) == before
        assert project.count('in audience "VIP" and did buy') == 1


def test_what_was_acknowledged_and_not_projected_is_projected_later(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    project = store.project("acme", "web", create=True)
    store._background.stop()
    project.ingest([BUY])
    store.close()
    with open_store(tmp_path) as again:
        assert again.project("acme", "web").count("did buy") == 1


def test_projects_are_apart(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        one, other = (store.project("acme", name, create=True) for name in ("web", "shop"))
        one.ingest([{**BUY, "messageId": "m1"}])
        other.ingest([{**BUY, "messageId": "m1"}, {**BUY, "userId": "u2"}])
        one.audiences.create("VIP", "did buy")

        assert (one.count("did buy"), other.count("did buy")) == (1, 2)
        assert other.audiences.list() == ()
        assert other.profile("u1") != one.profile("u1")


def test_a_project_that_is_not_there_is_told_with_the_nearest() -> None:
    with open_store() as store:
        store.project("acme", "web", create=True)
        with pytest.raises(ProjectError, match='Did you mean "acme/web"'):
            store.project("acme", "wbe")


def test_a_second_process_is_told_who_has_the_folder(tmp_path: Path) -> None:
    with open_store(tmp_path):
        code = f"import muster; muster.open({str(tmp_path)!r})"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        with pytest.raises(FolderInUseError, match="is open in process"):
            open_store(tmp_path)

    assert "FolderInUseError" in ran.stderr
    assert "is open in process" in ran.stderr
    open_store(tmp_path).close()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ledger": "{folder}/l.sqlite"}, "in memory and the ledger is not"),
        ({"ledger": "{folder}/l.sqlite", "engine": "memory:"}, "in memory and the ledger is not"),
        ({"path": "{folder}", "engine": "duckdb:{folder}"}, "either the folder"),
        ({"path": "{folder}/file"}, "is a file"),
    ],
)
def test_what_cannot_keep_its_promise_is_refused(tmp_path: Path, given: dict[str, str], message: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ChoiceError, match=message):
        open_store(**{name: value.format(folder=tmp_path) for name, value in given.items()})


def test_messages_are_projected_by_themselves(tmp_path: Path) -> None:
    with open_store(tmp_path) as store:
        project = store.project("acme", "web", create=True)
        project.ingest([BUY])
        ends = time.monotonic() + 20
        while project.count("did buy", max_age=10**9) == 0 and time.monotonic() < ends:
            time.sleep(0.02)

        assert project.count("did buy", max_age=10**9) == 1


def test_a_failure_of_the_engine_loses_nothing_and_is_gone_once_it_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store() as store, monkeypatch.context() as patch:
        project = store.project("acme", "web", create=True)
        engine = project._projector.engine

        def fail(_: object) -> None:
            raise EngineError("the disk is full")

        patch.setattr(engine, "apply", fail)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the thread in the background says so too
            assert project.ingest([BUY])[0].status == "accepted"
            with pytest.raises(EngineError, match="full"):
                project.count("did buy")
            assert project.ingest([{**BUY, "userId": "u2"}])[0].status == "accepted"
            with pytest.raises(EngineError, match="full"):
                project.count("did buy")
            patch.undo()
            assert project.count("did buy") == 2


def test_a_failure_between_two_of_its_actions_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store() as store, monkeypatch.context() as patch:
        project = store.project("acme", "web", create=True)
        store._background.stop()
        project.ingest([BUY, {"type": "identify", "userId": "u1", "traits": {"plan": "pro"}}])

        def fail(*_: object) -> None:
            raise EngineError("broken off")

        patch.setattr(Projector, "_tidy", fail)
        with pytest.raises(EngineError):
            project.sync()
        patch.undo()
        project.ingest([{**BUY, "userId": "u2"}])

        assert project.count("did buy") == 2
        assert project.count('plan = "pro"') == 1


def test_who_reads_while_messages_are_being_taken_in_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taking, goes_on = threading.Event(), threading.Event()
    take = Projector._take

    def slowly(*given: Any) -> Any:
        taking.set()
        assert goes_on.wait(20)
        return take(*given)

    with open_store(tmp_path) as store:
        project = store.project("acme", "web", create=True)
        store._background.stop()
        assert project.count("did buy") == 0  # nothing is left to do but what comes now, and a count is quick
        monkeypatch.setattr(Projector, "_take", slowly)
        project.ingest([BUY])
        counts: list[int] = []
        first = threading.Thread(target=project.sync)
        reader = threading.Thread(target=lambda: counts.append(project.count("did buy")))
        first.start()
        assert taking.wait(20)
        reader.start()
        reader.join(1)
        goes_on.set()
        for each in (first, reader):
            each.join()

    assert counts == [1]
