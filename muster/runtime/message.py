"""One Segment-shaped message: read into what it says, or rejected with a code and the reason.

Kept apart from folding many (`messages.py`): here nothing is known of other messages. What SDKs really send is the
contract: ids as numbers, "" and null for absent, traits inside `context`, clocks that are wrong.

Ways to go wrong, each with a test: a clock corrected twice (logs exported by others hold the corrected time beside
the original), a time in the future, text that no engine can hold anywhere in a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, cast, get_args

from muster.backends.base import Json
from muster.backends.tables.flaws import FlawKind, find_flaws, text_flaw
from muster.backends.tables.scalars import nfc, time_text_micros, views_of
from muster.backends.tables.values import MAX_DEPTH
from muster.compiler.messages import data
from muster.compiler.moments import clamp
from muster.runtime.conversion import UnfitError, to_text

MessageType = Literal["identify", "track", "page", "screen", "group", "alias"]
TYPES: tuple[MessageType, ...] = get_args(MessageType)
RejectCode = Literal[
    "not_an_object",
    "unknown_type",
    "missing_identity",
    "missing_event",
    "missing_previous_id",
    "missing_time",
    "wrong_field",
    "unstorable",
]
MAX_AHEAD = 5 * 60 * 1_000_000  # a clock may run this far ahead of ours; beyond, what is said is corrected


class Rejection(Exception):  # noqa: N818 (it is an outcome, not an error of ours)
    """A message that cannot be accepted; `.code` for programs, the text for people."""

    def __init__(self, code: RejectCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can be sent to, by its push token."""

    token: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """What a message says. `message_id` None: it had none; `received` None: nobody knows when it came.

    `dropped` are the places of numbers that count as null.
    """

    type: MessageType
    user: str | None
    anonymous: str | None
    previous: str | None
    message_id: str | None
    ts: int
    received: int | None
    is_active: bool
    event: str | None
    document: Mapping[str, Json]
    dropped: tuple[str, ...]
    device: Device | None = None


def read_message(message: Json, received: int | None = None) -> Message:
    """Read a message that came at `received` (default: what it says itself); raises Rejection."""
    if not isinstance(message, dict):
        raise Rejection("not_an_object", data.message_not_object(_called(message)))
    kind = _type(message)
    user, anonymous = _identifier(message, "userId"), _identifier(message, "anonymousId")
    if user is None and anonymous is None:
        raise Rejection("missing_identity", data.message_identity_missing())
    previous = _identifier(message, "previousId") if kind == "alias" else None
    if kind == "alias" and (user is None or previous is None):
        raise Rejection("missing_previous_id", data.message_alias_missing())
    event = _event(message, kind)
    context = _object(message, "context")
    came = received if received is not None else _instant(message, "receivedAt")
    document = _document(message, kind, context)
    return Message(
        type=kind,
        user=user,
        anonymous=anonymous,
        previous=previous,
        message_id=_message_id(message),
        ts=_time(message, came),
        received=came,
        is_active=context.get("active") is not False,
        event=event,
        document=document,
        dropped=_examine(document),
        device=_device(context),
    )


def read_document(message: Mapping[str, Json]) -> Mapping[str, Json]:
    """Give what an accepted message says of an event or a person: the `document` that `read_message` gives."""
    return _document(message, message["type"], _object(message, "context"))


def _type(message: Mapping[str, Json]) -> MessageType:
    found = message.get("type")
    if found not in TYPES:
        raise Rejection("unknown_type", data.message_type_unknown(found, TYPES))
    return cast("MessageType", found)


def _identifier(message: Mapping[str, Json], field: str) -> str | None:
    found = message.get(field)
    if found is None or found == "":
        return None
    is_number = isinstance(found, (int, float, Decimal)) and not isinstance(found, bool)
    if not isinstance(found, str) and not (is_number and views_of(found)):
        raise Rejection("wrong_field", data.message_wrong_field(field, found, "text or a number"))
    return nfc(_storable(_spelled(found, field), field))


def _message_id(message: Mapping[str, Json]) -> str | None:
    found = message.get("messageId")
    if found is None or found == "":
        return None
    if isinstance(found, bool) or not isinstance(found, (str, int)):
        raise Rejection("wrong_field", data.message_wrong_field("messageId", found, "text"))
    return _storable(_spelled(found, "messageId"), "messageId")


def _spelled(found: Json, field: str) -> str:
    try:
        return to_text(found)
    except UnfitError:
        expected = "text, or a number below 10^18 with at most 9 decimals"
        raise Rejection("wrong_field", data.message_wrong_field(field, found, expected)) from None


def _event(message: Mapping[str, Json], kind: MessageType) -> str | None:
    if kind in {"page", "screen"}:
        return f"${kind}"
    if kind != "track":
        return None
    found = message.get("event")
    if found is None or found == "":
        raise Rejection("missing_event", data.message_event_missing())
    if not isinstance(found, str):
        raise Rejection("wrong_field", data.message_wrong_field("event", found, "text"))
    return nfc(_storable(found, "event"))


def _document(message: Mapping[str, Json], kind: MessageType, context: Mapping[str, Json]) -> Mapping[str, Json]:
    """Give the traits of an identify, the properties of an event; nothing of the others."""
    match kind:
        case "identify":
            return _object(message if message.get("traits") is not None else context, "traits")
        case "track":
            return _object(message, "properties")
        case "page" | "screen":
            named = {key: message[key] for key in ("name", "category") if message.get(key) is not None}
            return {**named, **_object(message, "properties")}
        case "group" | "alias":
            return {}


def _device(context: Mapping[str, Json]) -> Device | None:
    """Read `context.device`, of which Segment's mobile SDKs send `token` and `type`."""
    device = _object(context, "device")
    token, platform = device.get("token"), device.get("type")
    if token is None or token == "":
        return None
    if not isinstance(token, str):
        raise Rejection("wrong_field", data.message_wrong_field("context.device.token", token, "text"))
    known = platform if isinstance(platform, str) and text_flaw(platform) is None else None
    return Device(_storable(token, "context.device.token"), known)


def _object(holder: Mapping[str, Json], field: str) -> Mapping[str, Json]:
    found = holder.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Rejection("wrong_field", data.message_wrong_field(field, found, "an object"))
    return found


# --- times ------------------------------------------------------------------------------------------------------
def _time(message: Mapping[str, Json], received: int | None) -> int:
    """Tell when it happened, on our clock: receivedAt - (sentAt - timestamp), at most a little after it came."""
    stamp, original, sent = (_instant(message, key) for key in ("timestamp", "originalTimestamp", "sentAt"))
    said = stamp if stamp is not None else original
    if received is None:
        if said is None:
            raise Rejection("missing_time", data.message_time_missing())
        return said
    if said is None:
        return received
    # Both are there in logs that another collector wrote: its timestamp is corrected already.
    is_corrected = stamp is not None and original is not None
    happened = said if sent is None or is_corrected else received - (sent - said)
    return clamp(min(happened, received + MAX_AHEAD))


def _instant(message: Mapping[str, Json], field: str) -> int | None:
    found = message.get(field)
    if found is None or found == "":
        return None
    micros = None
    if isinstance(found, str):
        micros = time_text_micros(found)
    elif isinstance(found, datetime):
        views = views_of(found)
        micros = None if views is None else views.micros
    if micros is None:
        raise Rejection("wrong_field", data.message_wrong_field(field, found, "a time such as 2024-01-31T09:30:00Z"))
    return micros


# --- what cannot be stored --------------------------------------------------------------------------------------
def _examine(document: Mapping[str, Json]) -> tuple[str, ...]:
    dropped: list[str] = []
    for flaw in find_flaws(document):
        where = ".".join(flaw.path)
        if flaw.kind != "number":
            raise _unstorable(flaw.kind, where)
        dropped.append(where)
    return tuple(dropped)


def _storable(text: str, field: str) -> str:
    flaw = text_flaw(text)
    if flaw is not None:
        raise _unstorable(flaw, field)
    return text


def _unstorable(kind: FlawKind, where: str) -> Rejection:
    return Rejection("unstorable", data.message_flawed(kind, where, MAX_DEPTH))


def _called(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "a number"
