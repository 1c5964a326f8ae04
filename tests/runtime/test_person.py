"""What messages make of one person."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from muster.runtime.message import read_message
from muster.runtime.person import Person

KEYS = ("plan", "caf\u00e9", "cafe\u0301")


@st.composite
def identifies(draw: st.DrawFn) -> dict[str, Any]:
    who = draw(st.sampled_from([{"userId": "u"}, {"anonymousId": "a"}]))
    return {
        "type": "identify",
        **who,
        "messageId": draw(st.uuids().map(str)),
        "timestamp": f"2026-01-01T00:00:0{draw(st.integers(0, 3))}Z",
        "context": {"active": draw(st.booleans())},
        "traits": draw(st.dictionaries(st.sampled_from(KEYS), st.none() | st.integers(0, 3))),
    }


def person(messages: list[dict[str, Any]]) -> Person:
    made = Person()
    for message in messages:
        made.add(message["messageId"], read_message(message, received=10))
    return made


@given(st.lists(identifies(), unique_by=lambda message: message["messageId"]), st.randoms(), st.integers(0, 9))
def test_order_and_halves_do_not_matter(messages: list[dict[str, Any]], dice: Any, cut: int) -> None:
    shuffled = messages.copy()
    dice.shuffle(shuffled)
    one, other = person(shuffled[:cut]), person(shuffled[cut:])
    one.take(other)

    assert one == person(messages)
    one.take(other)
    assert one == person(messages)


def identify(ts: int, who: dict[str, str], **traits: Any) -> dict[str, Any]:
    return {
        "type": "identify",
        **who,
        "messageId": f"m{ts}",
        "timestamp": f"2026-01-01T00:00:{ts:02}Z",
        "traits": traits,
    }


USER, VISITOR = {"userId": "u"}, {"anonymousId": "a"}


def test_an_old_trait_that_comes_late_does_not_win() -> None:
    found = person([identify(9, USER, plan="pro"), identify(2, USER, plan="free", city="Rome")])

    assert found.known_traits() == {"plan": "pro", "city": "Rome"}


def test_a_removal_is_not_undone_by_what_came_before_it() -> None:
    assert person([identify(9, USER, plan=None), identify(2, USER, plan="free")]).known_traits() == {}


def test_what_the_user_said_wins_over_what_the_visitor_said_later() -> None:
    assert person([identify(2, USER, plan="pro"), identify(9, VISITOR, plan="free")]).known_traits() == {"plan": "pro"}


def test_it_is_told_whether_more_changed_than_when_they_were_seen() -> None:
    made = Person()
    first, late = identify(5, USER, plan="pro"), identify(2, USER, plan="free")

    assert made.add("m5", read_message(first, received=10))
    assert not made.add("m2", read_message(late, received=10))
    assert not made.add("m7", read_message(identify(7, USER), received=10))
    assert made.add("m8", read_message(identify(8, USER), received=9))
