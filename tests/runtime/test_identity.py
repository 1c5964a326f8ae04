"""Whose a message is."""

from __future__ import annotations

from typing import Any

from muster.runtime.identity import Link, Links, Owner
from muster.runtime.message import Message, read_message


def message(**given: Any) -> Message:
    return read_message({"type": "identify", "messageId": "m", **given}, received=10)


def test_the_first_user_who_identifies_with_an_anonymous_id_keeps_it() -> None:
    links = Links()
    made, _ = links.add(message(userId="u1", anonymousId="a"))
    again, refused = links.add(message(userId="u2", anonymousId="a"))

    assert (made, again) == ([Link("a", "u1")], [])
    assert [each.code for each in refused] == ["D26"]
    assert links.owner(message(anonymousId="a")) == Owner(is_anonymous=False, id="u1")
    assert links.owner(message(userId="u2", anonymousId="a")) == Owner(is_anonymous=False, id="u2")


def test_events_with_both_ids_link_nothing() -> None:
    links = Links()

    assert links.add(message(type="track", event="e", userId="u", anonymousId="a")) == ([], [])
    assert links.owner(message(anonymousId="a")) == Owner(is_anonymous=True, id="a")


def test_an_alias_takes_an_anonymous_id_but_no_user() -> None:
    links = Links()
    links.add(message(userId="u1"))
    made, _ = links.add(message(type="alias", userId="u2", previousId="a"))
    none, refused = links.add(message(type="alias", userId="u2", previousId="u1"))
    itself = links.add(message(type="alias", userId="u2", previousId="u2"))

    assert (made, none, itself) == ([Link("a", "u2")], [], ([], []))
    assert [each.code for each in refused] == ["D25"]


def test_a_users_id_may_be_an_anonymous_id_too() -> None:
    links = Links()
    links.add(message(userId="x"))

    assert links.owner(message(anonymousId="x")) == Owner(is_anonymous=True, id="x")
    assert links.add(message(userId="y", anonymousId="x"))[0] == [Link("x", "y")]
    assert links.owner(message(userId="x")) == Owner(is_anonymous=False, id="x")
