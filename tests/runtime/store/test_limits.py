"""Limits of messages; that each is refused with its code is tested where messages are taken in."""

from __future__ import annotations

import pytest

from muster.runtime.message import read_message
from muster.runtime.store.limits import MAX_MESSAGE_BYTES, TooLargeError, check_message, check_size


def test_bytes_count_and_not_characters() -> None:
    check_size("x" * MAX_MESSAGE_BYTES)
    check_size("\u00e9" * (MAX_MESSAGE_BYTES // 2))
    with pytest.raises(TooLargeError, match="32,770 bytes"):
        check_size("\u00e9" * (MAX_MESSAGE_BYTES // 2 + 1))


def test_a_short_text_cannot_hold_what_is_too_long() -> None:
    text = '{"type":"track","event":"' + "e" * 255 + '","userId":"u"}'
    check_message(read_message({"type": "track", "event": "e" * 255, "userId": "u"}, 1), text)
    with pytest.raises(TooLargeError, match='"event"'):
        check_message(read_message({"type": "track", "event": "e" * 256, "userId": "u"}, 1), text + "e")
