"""Messages that were just taken in, so that the projector need not read them again.

Kept apart because it is only a matter of speed: whoever is not in here is read from the inbox. It holds so many at
most, the first ones leave first. It could go wrong by giving the message of an id that was rejected or came twice; only
what was accepted, and is on disk, is put in.
"""

from __future__ import annotations

from threading import Lock

from muster.runtime.message import Message

_MOST = 16_384


class Recent:
    """The messages that were accepted last, by their ids. Threads may share it."""

    def __init__(self) -> None:
        self._held: dict[str, Message] = {}
        self._lock = Lock()

    def put(self, message_id: str, message: Message) -> None:
        """Keep a message that was accepted."""
        with self._lock:
            self._held[message_id] = message
            if len(self._held) > _MOST:
                del self._held[next(iter(self._held))]

    def pop(self, message_id: str) -> Message | None:
        """Take a message out, if it is there."""
        with self._lock:
            return self._held.pop(message_id, None)
