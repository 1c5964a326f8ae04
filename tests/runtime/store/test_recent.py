"""Messages that were just taken in."""

from __future__ import annotations

from muster.runtime.message import read_message
from muster.runtime.store import recent
from muster.runtime.store.recent import Recent

MESSAGE = read_message({"type": "identify", "userId": "u"}, 1)


def test_a_message_is_taken_out_once() -> None:
    held = Recent()
    held.put("m", MESSAGE)

    assert held.pop("m") is MESSAGE
    assert held.pop("m") is None


def test_the_first_ones_leave_first() -> None:
    held = Recent()
    for number in range(recent._MOST + 2):
        held.put(f"m{number}", MESSAGE)

    assert held.pop("m1") is None
    assert held.pop("m2") is MESSAGE
