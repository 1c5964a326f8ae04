"""Segment-shaped messages become people and events, all at once.

Kept apart from reading one message (`message.py`), from whose it is (`identity.py`) and from what it makes of a person
(`person.py`): here is what many of them mean together. Folding is a function of the set of accepted messages; their
order decides only which link of an anonymous id wins and which of two messages with one id counts.

Ways to go wrong, each with a test: a duplicate that counts, a message without an id that has another one on each pass.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from muster.backends.base import EventRow, Json, ProfileRow
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.runtime.identity import Links, Owner
from muster.runtime.message import Message, RejectCode, Rejection, read_message
from muster.runtime.person import Person

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
        links=links.owners,
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


def _link(messages: Sequence[tuple[str, Message]]) -> tuple[Links, list[Diagnostic]]:
    """Tell which user each anonymous id belongs to."""
    links = Links()
    refused = [diagnostic for _, message in messages for diagnostic in links.add(message)[1]]
    return links, list(dict.fromkeys(refused))[:_LISTED]


def _assign(
    messages: Sequence[tuple[str, Message]], links: Links
) -> tuple[dict[Owner, Person], list[tuple[Owner, str, Message]]]:
    people: dict[Owner, Person] = {}
    events: list[tuple[Owner, str, Message]] = []
    for message_id, message in messages:
        owner = links.owner(message)
        people.setdefault(owner, Person()).add(message_id, message)
        if message.event is not None:
            events.append((owner, message_id, message))
    return people, events


def _profile(pid: int, owner: Owner, person: Person) -> ProfileRow:
    return ProfileRow(
        pid=pid,
        external_id=owner.id,
        is_anonymous=owner.is_anonymous,
        first_seen=person.first_seen,
        last_seen=person.last_seen,
        created_at=person.created,
        traits=person.known_traits(),
    )


def _counted(accepted: _Accepted) -> Iterator[Diagnostic]:
    if accepted.duplicates:
        yield data.duplicates_dropped(len(accepted.duplicates))
    if accepted.minted:
        yield data.ids_minted(accepted.minted)
    if accepted.dropped:
        yield data.numbers_dropped(len(accepted.dropped), accepted.dropped[0])
