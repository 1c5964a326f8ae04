"""A gate that many go through, until one is alone."""

from __future__ import annotations

import threading
import time

from muster.backends.gate import Gate


def test_many_are_inside_at_once_and_one_is_alone() -> None:
    gate, seen, both = Gate(), list[str](), threading.Barrier(2, timeout=10)

    def read() -> None:
        with gate.inside():
            both.wait()  # neither comes out before both are in
            seen.append("read")

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    with gate.alone():
        seen.append("alone")
        time.sleep(0.01)
        assert seen in (["alone"], ["read", "read", "alone"])
    for reader in readers:
        reader.join()


def test_who_wants_to_be_alone_is_not_kept_waiting_by_who_comes_later() -> None:
    gate, order, entered, asked = Gate(), list[str](), threading.Event(), threading.Event()

    def alone() -> None:
        asked.set()
        with gate.alone():
            order.append("alone")

    def late() -> None:
        with gate.inside():
            order.append("late")

    waiting, later = threading.Thread(target=alone), threading.Thread(target=late)
    with gate.inside():
        entered.set()
        waiting.start()
        asked.wait()
        while not gate._closed:
            time.sleep(0.001)
        later.start()
        time.sleep(0.02)
        assert order == []
    waiting.join()
    later.join()

    assert order == ["alone", "late"]
