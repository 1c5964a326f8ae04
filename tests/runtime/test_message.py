"""One message: what SDKs really send, and what cannot be accepted."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from muster.backends.tables.scalars import time_text_micros
from muster.runtime.message import MAX_AHEAD, Device, Message, RejectCode, Rejection, read_message
from tests.documents import deep

NOON = "2024-01-31T12:00:00Z"


def at(text: str) -> int:
    micros = time_text_micros(text)
    assert micros is not None
    return micros


def track(**fields: Any) -> dict[str, Any]:
    return {"type": "track", "event": "buy", "userId": "u1", "messageId": "m1", "timestamp": NOON, **fields}


def read(message: Any, received: str | None = None) -> Message:
    return read_message(message, None if received is None else at(received))


def test_a_track_is_an_event_with_properties() -> None:
    assert read(track(properties={"usd": 1})) == Message(
        type="track",
        user="u1",
        anonymous=None,
        previous=None,
        message_id="m1",
        ts=at(NOON),
        received=None,
        is_active=True,
        event="buy",
        document={"usd": 1},
        dropped=(),
    )


@pytest.mark.parametrize("kind", ["page", "screen"])
def test_pages_and_screens_are_events_that_carry_their_name(kind: str) -> None:
    message = read(track(type=kind, event=None, name="Home", category="Docs", properties={"name": "Start"}))

    assert (message.event, message.document) == (f"${kind}", {"name": "Start", "category": "Docs"})


@pytest.mark.parametrize("kind", ["group", "alias"])
def test_groups_and_aliases_are_no_events_and_set_nothing(kind: str) -> None:
    message = read(track(type=kind, previousId="a1", traits={"plan": "pro"}, properties={"x": 1}))

    assert (message.event, message.document) == (None, {})


@pytest.mark.parametrize(
    ("fields", "traits"),
    [
        ({"traits": {"a": 1}}, {"a": 1}),
        ({"context": {"traits": {"a": 1}}}, {"a": 1}),
        ({"traits": None, "context": {"traits": {"a": 1}}}, {"a": 1}),
        ({"traits": {"a": 1}, "context": {"traits": {"b": 1}}}, {"a": 1}),
        ({"traits": {}, "context": {"traits": {"b": 1}}}, {}),
        ({}, {}),
        ({"context": None}, {}),
    ],
)
def test_traits_stand_at_the_top_or_else_in_the_context(fields: dict[str, Any], traits: dict[str, Any]) -> None:
    assert read(track(type="identify", **fields)).document == traits


def test_the_context_of_a_track_sets_no_trait() -> None:
    assert read(track(context={"traits": {"a": 1}})).document == {}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (5, "5"),
        (Decimal("5.0"), "5"),
        (1.5, "1.5"),
        ("cafe\u0301", "café"),
        (" u1 ", " u1 "),
        (10**17, "1" + "0" * 17),
    ],
)
def test_ids_are_texts_in_nfc(found: Any, expected: str) -> None:
    assert read(track(userId=found)).user == expected


@pytest.mark.parametrize("absent", [None, ""])
def test_an_empty_id_is_none(absent: Any) -> None:
    message = read(track(userId=absent, anonymousId="a1", messageId=absent))

    assert (message.user, message.anonymous, message.message_id) == (None, "a1", None)


def test_message_ids_stay_as_they_came() -> None:
    assert read(track(messageId="e\u0301")).message_id == "e\u0301"
    assert read(track(messageId=7)).message_id == "7"


def test_only_false_is_inactive() -> None:
    assert not read(track(context={"active": False})).is_active
    assert read(track(context={"active": None})).is_active
    assert read(track(context={"active": 0})).is_active


# --- times ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("fields", "received", "expected"),
    [
        ({}, None, NOON),
        ({}, "2024-01-31T13:00:00Z", NOON),
        ({"timestamp": None, "originalTimestamp": NOON}, None, NOON),
        ({"timestamp": ""}, "2024-01-31T13:00:00Z", "2024-01-31T13:00:00Z"),
        # a clock an hour ahead, corrected by when it said it sent
        (
            {"timestamp": "2024-01-31T12:59:00Z", "sentAt": "2024-01-31T13:00:00Z"},
            "2024-01-31T12:00:00Z",
            "2024-01-31T11:59:00Z",
        ),
        # without sentAt nothing can be corrected, but not further than a little ahead
        ({"timestamp": "2030-01-01"}, "2024-01-31T12:00:00Z", "2024-01-31T12:05:00Z"),
        ({"timestamp": "2024-01-31T12:05:00Z"}, "2024-01-31T12:00:00Z", "2024-01-31T12:05:00Z"),
        ({"timestamp": "1970-01-01"}, "2024-01-31T12:00:00Z", "1970-01-01"),
        # another collector corrected it already
        (
            {"originalTimestamp": "2024-01-31T13:00:00Z", "sentAt": "2024-01-31T13:00:00Z"},
            "2024-01-31T12:00:00Z",
            NOON,
        ),
        ({"timestamp": "2024-01-31T12:00:00"}, None, NOON),
        ({"timestamp": datetime(2024, 1, 31, 12, tzinfo=UTC)}, None, NOON),
    ],
)
def test_when_it_happened(fields: dict[str, Any], received: str | None, expected: str) -> None:
    assert read(track(**fields), received).ts == at(expected)


def test_when_it_came_is_what_we_say_or_else_what_the_message_says() -> None:
    logged = track(receivedAt="2024-02-01")

    assert read(logged).received == at("2024-02-01")
    assert read(logged, "2024-02-02").received == at("2024-02-02")


def test_a_time_stays_within_the_calendar() -> None:
    message = track(timestamp="0001-01-01", sentAt="9999-12-31")

    assert read(message, "2024-01-31").ts == at("0001-01-01")
    assert MAX_AHEAD == 300_000_000


# --- rejects ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        (None, "not_an_object", "found null, expected a JSON object."),
        ([], "not_an_object", "found a list, expected a JSON object."),
        (True, "not_an_object", "found a boolean, expected a JSON object."),
        ("x", "not_an_object", "found a text, expected a JSON object."),
        (1, "not_an_object", "found a number, expected a JSON object."),
        (
            track(type="trak"),
            "unknown_type",
            '"type" is "trak", expected one of identify, track, page, screen, group, alias.',
        ),
        (
            track(type=["track"]),
            "unknown_type",
            '"type" is "["track"]", expected one of identify, track, page, screen, group, alias.',
        ),
        (
            track(userId=None),
            "missing_identity",
            'found neither "userId" nor "anonymousId"; one of them is needed.',
        ),
        (track(userId=True), "wrong_field", '"userId" is "true", expected text or a number.'),
        (track(userId=10**18), "wrong_field", '"userId" is "1000000000000000000", expected text or a number.'),
        (track(anonymousId={}), "wrong_field", '"anonymousId" is "{}", expected text or a number.'),
        (
            track(userId=1e-10),
            "wrong_field",
            '"userId" is "1e-10", expected text, or a number below 10^18 with at most 9 decimals.',
        ),
        (
            track(messageId=10**18),
            "wrong_field",
            '"messageId" is "1000000000000000000", expected text, or a number below 10^18 with at most 9 decimals.',
        ),
        (track(messageId=1.5), "wrong_field", '"messageId" is "1.5", expected text.'),
        (track(event=""), "missing_event", 'a track needs the name of what happened in "event".'),
        (track(event=5), "wrong_field", '"event" is "5", expected text.'),
        (track(type="alias"), "missing_previous_id", 'an alias needs "userId" and "previousId".'),
        (
            track(type="alias", previousId="a", userId=None, anonymousId="b"),
            "missing_previous_id",
            'an alias needs "userId" and "previousId".',
        ),
        (
            track(timestamp=None),
            "missing_time",
            'found neither "timestamp" nor "receivedAt"; one of them is needed.',
        ),
        (
            track(timestamp="yesterday"),
            "wrong_field",
            '"timestamp" is "yesterday", expected a time such as 2024-01-31T09:30:00Z.',
        ),
        (
            track(sentAt=1706702400),
            "wrong_field",
            '"sentAt" is "1706702400", expected a time such as 2024-01-31T09:30:00Z.',
        ),
        (track(properties=[]), "wrong_field", '"properties" is "[]", expected an object.'),
        (track(context="x"), "wrong_field", '"context" is "x", expected an object.'),
        (track(type="identify", traits="x"), "wrong_field", '"traits" is "x", expected an object.'),
        (track(userId="a\0"), "unstorable", "found text with the character NUL at userId, which cannot be stored."),
        (
            track(userId="\ud800"),
            "unstorable",
            "found text with half of a surrogate pair at userId, which cannot be stored.",
        ),
        (
            track(messageId="a\0"),
            "unstorable",
            "found text with the character NUL at messageId, which cannot be stored.",
        ),
        (
            track(event="a\0"),
            "unstorable",
            "found text with the character NUL at event, which cannot be stored.",
        ),
        (
            track(properties={"a": {"b": "\0"}}),
            "unstorable",
            "found text with the character NUL at a.b, which cannot be stored.",
        ),
        (
            track(properties=deep(10)),
            "unstorable",
            ("found more than 8 objects and lists inside each other at a.a.a.a.a.a.a.a.a, which cannot be stored."),
        ),
    ],
)
def test_a_message_that_cannot_be_accepted(message: Any, code: RejectCode, reason: str) -> None:
    with pytest.raises(Rejection) as caught:
        read_message(message)

    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_numbers_that_count_as_missing_are_told() -> None:
    assert read(track(properties={"a": 10**18, "b": {"c": float("nan")}, "d": 1})).dropped == ("b.c", "a")


def test_what_is_not_stored_may_be_anything() -> None:
    assert read(track(context={"x": "\0", "y": deep(50)}, integrations=float("nan"))).event == "buy"


# --- devices ----------------------------------------------------------------------------------------------------
def test_a_push_token_of_the_context_is_a_device() -> None:
    context = {"device": {"token": "t1", "type": "ios", "model": "x"}}

    assert read_message({"type": "identify", "userId": "u", "context": context}, 1).device == Device("t1", "ios")


@pytest.mark.parametrize("device", [{}, {"token": ""}, {"token": None, "type": "ios"}])
def test_a_device_without_a_token_is_none(device: dict[str, Any]) -> None:
    assert read_message({"type": "identify", "userId": "u", "context": {"device": device}}, 1).device is None


@pytest.mark.parametrize("device", [{"token": 5}, {"token": "a\0"}, [], "x"])
def test_a_device_that_is_something_else_is_refused(device: Any) -> None:
    with pytest.raises(Rejection):
        read_message({"type": "identify", "userId": "u", "context": {"device": device}}, 1)


def test_a_platform_that_is_no_text_is_not_known() -> None:
    context = {"device": {"token": "t1", "type": 5}}

    assert read_message({"type": "identify", "userId": "u", "context": context}, 1).device == Device("t1", None)
