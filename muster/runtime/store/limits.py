"""How large a message may be, and all that is in it; each limit has a code.

Kept apart from what a message means. Segment's limit of 32 KB a message is ours; the others keep what engines index
and people read at a size that both can. https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from muster.backends.base import Json
from muster.compiler.messages import ingest as say
from muster.runtime.message import Message

LimitCode = Literal[
    "message_too_large", "id_too_long", "name_too_long", "key_too_long", "too_many_keys", "text_too_long"
]

MAX_MESSAGE_BYTES = 32_768
MAX_ID = 512  # characters, of every id and of a push token's 4,096
MAX_TOKEN = 4_096
MAX_NAME = 255  # characters of an event's name
MAX_KEY = 255  # characters of a trait's or property's name
MAX_KEYS = 500  # of a message's traits or properties, nested ones included
MAX_TEXT = 8_192  # characters of a value
_SHORT = min(MAX_ID, MAX_TOKEN, MAX_NAME, MAX_KEY, MAX_TEXT, 4 * MAX_KEYS)  # a name with its quotes is four at least


class TooLargeError(Exception):
    """A limit was passed; `.code` for programs, the text for people."""

    def __init__(self, code: LimitCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


def check_size(text: str) -> None:
    """Refuse the JSON text of a message that is too long."""
    # A character is at most four bytes, so most texts need not be encoded to be counted.
    if len(text) * 4 > MAX_MESSAGE_BYTES and (size := len(text.encode())) > MAX_MESSAGE_BYTES:
        raise TooLargeError("message_too_large", say.message_too_large(size, MAX_MESSAGE_BYTES))


def check_message(message: Message, text: str) -> None:
    """Refuse a message with something in it that is too long, or too much; `text` is its JSON text."""
    if len(text) <= _SHORT:
        return  # nothing in it can be
    if len(text) > MAX_ID:
        _check_ids(message)
    if message.event is not None and len(message.event) > MAX_NAME:
        raise TooLargeError("name_too_long", say.too_long("event", len(message.event), MAX_NAME))
    _check_document(message.document)


def _check_ids(message: Message) -> None:
    for name, found in (
        ("userId", message.user),
        ("anonymousId", message.anonymous),
        ("previousId", message.previous),
        ("messageId", message.message_id),
    ):
        if found is not None and len(found) > MAX_ID:
            raise TooLargeError("id_too_long", say.too_long(name, len(found), MAX_ID))
    if message.device is not None and len(message.device.token) > MAX_TOKEN:
        raise TooLargeError("id_too_long", say.too_long("context.device.token", len(message.device.token), MAX_TOKEN))


def _check_document(document: Mapping[str, Json]) -> None:
    keys = 0
    pending: list[tuple[str, Json]] = list(document.items())
    keys += len(document)
    while pending:
        key, value = pending.pop()
        if len(key) > MAX_KEY:
            raise TooLargeError("key_too_long", say.too_long(f"{key[:40]}…", len(key), MAX_KEY))
        if isinstance(value, str):
            if len(value) > MAX_TEXT:
                raise TooLargeError("text_too_long", say.too_long(key, len(value), MAX_TEXT))
        elif isinstance(value, dict):
            keys += len(value)
            pending.extend(value.items())
        elif isinstance(value, list):
            pending.extend((key, item) for item in value)
        if keys > MAX_KEYS:
            raise TooLargeError("too_many_keys", say.too_many_keys(MAX_KEYS))
