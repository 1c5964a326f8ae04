"""Ends a server of ours when the process that started it is gone, however it went, and removes its folder.

A process of its own, run as a script: nothing inside a process survives its being killed. Its standard input is a pipe
from that process, and the pipe ends when the last one that holds it does, so a forked child keeps the server. It can go
wrong by ending another process under a number that was given again, so the number is read when it is needed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

_AT_ONCE = getattr(signal, "SIGQUIT", signal.SIGTERM)  # Postgres's "immediate shutdown"; Windows knows one way
_PATIENCE_SECONDS, _LOOK_SECONDS = 10, 0.05


def end(folder: Path) -> None:
    """End the server of a folder, if one runs there, and remove the folder."""
    running = folder / "postmaster.pid"  # Postgres removes it last
    if running.exists():
        try:
            os.kill(int(running.read_text(encoding="utf-8").splitlines()[0]), _AT_ONCE)
        except ProcessLookupError:
            running.unlink()  # it was killed
    until = time.monotonic() + _PATIENCE_SECONDS
    while running.exists() and time.monotonic() < until:
        time.sleep(_LOOK_SECONDS)
    shutil.rmtree(folder)


if __name__ == "__main__":
    sys.stdin.buffer.read()
    end(Path(sys.argv[1]))
