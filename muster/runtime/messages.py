"""Segment-shaped messages become people and events: identity, traits, first and last seen, duplicates.

Kept apart from reading one message (`message.py`): here is what many of them mean together. Folding is a function of
the set of accepted messages; their order decides only which link of an anonymous id wins and which of two messages
with one id counts.

Ways to go wrong, each with a test: an anonymous history that the wrong person gets, an old trait that comes late and
wins, a removal that is undone, a duplicate that counts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables.scalars import nfc, views_of
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.message import Message, RejectCode, Rejection, read_message

_LISTED = 20


@dataclass(frozen=True, slots=True)
class Reject:
    """A message that was not accepted: its position, its id if it had one, and why."""

    index: int
    message_id: str | None
    code: RejectCode
    reason: str


@dataclass(frozen=True, slots=True)
class Folded:
    """The people and events that messages make; `duplicates` are positions of messages that came before.

    `links` are the anonymous ids that belong to users.
    """

    profiles: tuple[ProfileRow, ...]
    events: tuple[EventRow, ...]
    warnings: tuple[Diagnostic, ...]
    rejects: tuple[Reject, ...]
    duplicates: tuple[int, ...]
    links: Mapping[str, str]


class _Owner(NamedTuple):
    """Whose a message is; users come before anonymous people."""

    is_anonymous: bool
    id: str


class _Written(NamedTuple):
    """A trait's value and its clock: of two, the greater counts."""

    is_user: bool
    ts: int
    message_id: str
    value: Json


@dataclass(slots=True)
class _Person:
    first_seen: int | None = None
    last_seen: int | None = None
    created_at: int | None = None
    traits: dict[str, _Written] = field(default_factory=dict)


@dataclass(slots=True)
class _Accepted:
    messages: list[tuple[str, Message]] = field(default_factory=list)
    rejects: list[Reject] = field(default_factory=list)
    duplicates: list[int] = field(default_factory=list)
    minted: int = 0
    dropped: list[str] = field(default_factory=list)


def fold(messages: Iterable[Json], received: int | None = None) -> Folded:
    """Fold messages, in the order they arrived, into people and events.

    `received`: when they came, in UTC microseconds; None takes the `receivedAt` that each says itself.
    """
    accepted = _accept(messages, received)
    links, warnings = _link(accepted.messages)
    people, events = _assign(accepted.messages, links)
    pids = {owner: pid for pid, owner in enumerate(sorted(people))}
    return Folded(
        profiles=tuple(_profile(pids[owner], owner, people[owner]) for owner in sorted(people)),
        events=tuple(
            EventRow(pids[owner], message.event or "", message.ts, message_id, message.document)
            for owner, message_id, message in events
        ),
        warnings=(*_counted(accepted), *warnings),
        rejects=tuple(accepted.rejects),
        duplicates=tuple(accepted.duplicates),
        links=links,
    )


def _accept(messages: Iterable[Json], received: int | None) -> _Accepted:
    accepted = _Accepted()
    seen: set[str] = set()
    for index, raw in enumerate(messages):
        try:
            message = read_message(raw, received)
        except Rejection as rejection:
            accepted.rejects.append(Reject(index, _id_of(raw), rejection.code, rejection.reason))
            continue
        message_id = message.message_id
        if message_id is None:
            message_id = _mint(index)
            accepted.minted += 1
        if message_id in seen:
            accepted.duplicates.append(index)
            continue
        seen.add(message_id)
        accepted.dropped.extend(message.dropped)
        accepted.messages.append((message_id, message))
    return accepted


def _id_of(raw: Json) -> str | None:
    found = raw.get("messageId") if isinstance(raw, dict) else None
    return found if isinstance(found, str) else None


def _mint(index: int) -> str:
    """Make an id for a message without one: as good as random, and the same on every pass over a file."""
    return hashlib.blake2b(f"muster message {index}".encode(), digest_size=16).hexdigest()


def _link(messages: Sequence[tuple[str, Message]]) -> tuple[dict[str, str], list[Diagnostic]]:
    """Tell which user each anonymous id belongs to: the first link in arrival order wins."""
    links: dict[str, str] = {}
    users: set[str] = set()
    refused: list[Diagnostic] = []
    for _, message in messages:
        user = message.user
        if user is None:
            continue
        users.add(user)
        for anonymous, is_alias in _links_of(message):
            if is_alias and anonymous in users:
                if anonymous != user:
                    refused.append(data.alias_of_user(anonymous, user))
            elif links.setdefault(anonymous, user) != user:
                refused.append(data.link_exists(anonymous, user, links[anonymous]))
    return links, list(dict.fromkeys(refused))[:_LISTED]


def _links_of(message: Message) -> Iterator[tuple[str, bool]]:
    if message.type == "identify" and message.anonymous is not None:
        yield message.anonymous, False
    if message.type == "alias" and message.previous is not None:
        yield message.previous, True


def _assign(
    messages: Sequence[tuple[str, Message]], links: dict[str, str]
) -> tuple[dict[_Owner, _Person], list[tuple[_Owner, str, Message]]]:
    people: dict[_Owner, _Person] = {}
    events: list[tuple[_Owner, str, Message]] = []
    for message_id, message in messages:
        owner = _owner(message, links)
        person = people.setdefault(owner, _Person())
        _see(person, message)
        if message.type == "identify":
            _write(person, message_id, message)
        if message.event is not None:
            events.append((owner, message_id, message))
    return people, events


def _owner(message: Message, links: dict[str, str]) -> _Owner:
    if message.user is not None:
        return _Owner(False, message.user)
    anonymous = message.anonymous or ""
    return _Owner(False, links[anonymous]) if anonymous in links else _Owner(True, anonymous)


def _see(person: _Person, message: Message) -> None:
    if message.received is not None:
        created = person.created_at
        person.created_at = message.received if created is None else min(created, message.received)
    if message.is_active:
        first, last = person.first_seen, person.last_seen
        person.first_seen = message.ts if first is None else min(first, message.ts)
        person.last_seen = message.ts if last is None else max(last, message.ts)


def _write(person: _Person, message_id: str, message: Message) -> None:
    clock = (message.user is not None, message.ts, message_id)
    for key, value in {nfc(key): value for key, value in message.document.items()}.items():
        before = person.traits.get(key)
        if before is None or clock > before[:3]:
            person.traits[key] = _Written(*clock, value)


def _profile(pid: int, owner: _Owner, person: _Person) -> ProfileRow:
    return ProfileRow(
        pid=pid,
        external_id=owner.id,
        is_anonymous=owner.is_anonymous,
        first_seen=person.first_seen,
        last_seen=person.last_seen,
        created_at=person.created_at,
        traits={key: written.value for key, written in person.traits.items() if not _is_null(written.value)},
    )


def _is_null(value: Json) -> bool:
    return not isinstance(value, (dict, list)) and views_of(value) is None


def _counted(accepted: _Accepted) -> Iterator[Diagnostic]:
    if accepted.duplicates:
        yield data.duplicates_dropped(len(accepted.duplicates))
    if accepted.minted:
        yield data.ids_minted(accepted.minted)
    if accepted.dropped:
        yield data.numbers_dropped(len(accepted.dropped), accepted.dropped[0])
