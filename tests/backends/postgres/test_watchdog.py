"""What runs in a folder is ended and the folder removed; a number of a process that is gone is nobody's."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from muster.backends.postgres import watchdog

# Stands for a server: it removes its file when it is told to end.
_SERVER = """
import os, signal, sys
file = sys.argv[1]
def end(*_):
    os.unlink(file)
    sys.exit(0)
signal.signal(signal.SIGQUIT, end)
with open(file, "w") as out:
    out.write(f"{os.getpid()}\\nmore\\n")
print("ready", flush=True)
while True:
    signal.pause()
"""


def test_a_server_is_told_to_end_and_its_folder_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    command = [sys.executable, "-c", _SERVER, str(folder / "postmaster.pid")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        watchdog.end(folder)
        assert server.wait(10) == 0

    assert not folder.exists()


def test_a_server_that_is_gone_already_only_leaves_a_folder(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for text in (f"{gone.pid}\n", None):
        folder = tmp_path / "data"
        folder.mkdir()
        if text is not None:
            (folder / "postmaster.pid").write_text(text)
        watchdog.end(folder)
        assert not folder.exists()


def test_a_server_that_does_not_end_is_not_waited_for_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watchdog, "_PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(watchdog, "_AT_ONCE", signal.Signals.SIGCONT)
    folder = tmp_path / "data"
    folder.mkdir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as deaf:
        (folder / "postmaster.pid").write_text(f"{deaf.pid}\n")
        watchdog.end(folder)
        deaf.kill()

    assert not folder.exists()
