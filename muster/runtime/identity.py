"""Whose a message is: the users that anonymous ids turned out to be.

Kept apart from what a message says of a person. An anonymous id becomes a user's when that user identifies with it,
or takes it by an alias; it stays theirs: the first link in order of arrival wins, and a later claim of somebody else
changes nothing. Two users are never made one.

Ways to go wrong, each with a test: an anonymous history that the wrong person gets, a chain of links, a user's id that
is also an anonymous id, an alias that would merge two people.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.message import Message


class Owner(NamedTuple):
    """Whose a message is; users come before anonymous people."""

    is_anonymous: bool
    id: str


class Link(NamedTuple):
    """A claim of a user on an anonymous id."""

    anonymous: str
    user: str


@dataclass(slots=True)
class Links:
    """The user of each anonymous id that has one, and who is known to be a user."""

    owners: dict[str, str] = field(default_factory=dict)
    users: set[str] = field(default_factory=set)

    def add(self, message: Message) -> tuple[list[Link], list[Diagnostic]]:
        """Take a message into account, in order of arrival: what it linked, and what it claimed in vain."""
        user = message.user
        if user is None:
            return [], []
        self.users.add(user)
        made: list[Link] = []
        refused: list[Diagnostic] = []
        for anonymous, is_alias in _claims(message):
            if is_alias and anonymous in self.users:
                if anonymous != user:
                    refused.append(data.alias_of_user(anonymous, user))
                continue
            if anonymous not in self.owners:
                self.owners[anonymous] = user
                made.append(Link(anonymous, user))
            elif self.owners[anonymous] != user:
                refused.append(data.link_exists(anonymous, user, self.owners[anonymous]))
        return made, refused

    def owner(self, message: Message) -> Owner:
        """Tell whose a message is, once all links are known."""
        if message.user is not None:
            return Owner(is_anonymous=False, id=message.user)
        anonymous = message.anonymous or ""
        user = self.owners.get(anonymous)
        return Owner(is_anonymous=True, id=anonymous) if user is None else Owner(is_anonymous=False, id=user)


def _claims(message: Message) -> Iterator[tuple[str, bool]]:
    if message.type == "identify" and message.anonymous is not None:
        yield message.anonymous, False
    if message.type == "alias" and message.previous is not None:
        yield message.previous, True
