"""Room for deep recursion: eight audiences that refer to each other nest a rule up to 256 groups deep.

Kept apart because Python's recursion limit is one for the whole process. sqlglot prints and parses recursively, with
some 25 frames a level, so what does not fit is done again on a thread with a large stack while the limit is raised.
It could go wrong by leaving the limit raised, or by losing the error that the work itself raises.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")
_STACK_BYTES = 512 * 1024 * 1024
_FRAMES = 100_000
_LOCK = threading.Lock()


def deeply(work: Callable[[], _T]) -> _T:
    """Do some work, which must be free of side effects, and once more with room if it runs out of stack."""
    try:
        return work()
    except RecursionError:
        return _with_room(work)


def _with_room(work: Callable[[], _T]) -> _T:
    done: list[_T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 (raised again where the work was asked for)
            failed.append(error)

    with _LOCK:
        limit, stack = sys.getrecursionlimit(), threading.stack_size(_STACK_BYTES)
        try:
            sys.setrecursionlimit(max(limit, _FRAMES))
            thread = threading.Thread(target=run)
            thread.start()
            thread.join()
        finally:
            sys.setrecursionlimit(limit)
            threading.stack_size(stack)
    if failed:
        raise failed[0]
    return done[0]
