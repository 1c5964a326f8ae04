"""What messages from the inbox do: whose they are, what becomes of people, and the step that the engine is to take.

Kept apart from running it. All is read and written in the transaction that takes the messages out of the inbox, so
what was decided holds when it is written. How many messages are taken at once makes no difference to what comes of it.

Ways to go wrong, each with a test: an anonymous person who is taken over twice or stays, a device that stays with
them, a person who is erased between acknowledgement and step, a trait of somebody taken over that is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from muster.backends.base import EventRow, ProfileRow
from muster.runtime.identity import Link, Links, Owner
from muster.runtime.ledger import notices, people, steps
from muster.runtime.ledger.database import Connection
from muster.runtime.ledger.inbox import Waiting
from muster.runtime.ledger.notices import Notice
from muster.runtime.ledger.people import Alias, DeviceRow, Known
from muster.runtime.ledger.projects import ProjectRecord
from muster.runtime.ledger.steps import Step
from muster.runtime.ledger.tombstones import buried, has_buried
from muster.runtime.message import Message
from muster.runtime.store.ingest import is_dead, owners_of


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that is taken in, as it waited and what it says."""

    waiting: Waiting
    message: Message


@dataclass(frozen=True, slots=True)
class Before:
    """How rows of people were before a step, for who counts what there is: None where there was none."""

    row: ProfileRow
    before: ProfileRow | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A step, and the rows of people that it changes; `removed` are the rows of those who were taken over."""

    step: Step
    changed: tuple[Before, ...]
    removed: tuple[ProfileRow, ...]


@dataclass(slots=True)
class _State:
    """The people that a step is about. `before` are their rows as the ledger had them."""

    links: Links
    known: dict[Owner, Known]
    before: dict[int, ProfileRow]
    made: list[tuple[Link, Arrived]] = field(default_factory=list)
    taken_over: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)  # more of them than when they were seen


def decide(connection: Connection, project: ProjectRecord, messages: Sequence[Arrived]) -> Decision:
    """Decide what messages do and write it to the ledger; the step still has to be taken by the engine."""
    arrived = _of_the_living(connection, project, messages)
    state = _state(connection, project, arrived)
    number = steps.next_number(connection, project.id)
    for each in arrived:
        made, _ = state.links.add(each.message)
        state.made += [(link, each) for link in made]
    _meet(connection, project, state, arrived)
    _take_over(state)
    events = _add(state, arrived)
    step = Step(
        number=number,
        events=tuple(events),
        changed=frozenset(known.pid for known in state.known.values()),
        seen=frozenset(state.before) - state.changed - state.taken_over.keys(),
        moved=state.taken_over,
        gone=frozenset(state.taken_over),
    )
    _write(connection, project, state, arrived, step)
    return Decision(
        step,
        tuple(Before(known.row(), state.before.get(known.pid)) for known in state.known.values()),
        tuple(state.before[pid] for pid in state.taken_over),
    )


def _of_the_living(connection: Connection, project: ProjectRecord, arrived: Sequence[Arrived]) -> list[Arrived]:
    """Leave out messages of people who were erased since they came."""
    if not has_buried(connection, project):
        return list(arrived)
    dead = buried(connection, project, {owner for each in arrived for owner in owners_of(each.message)})
    return [each for each in arrived if not is_dead(each.message, dead)]


def _state(connection: Connection, project: ProjectRecord, arrived: Sequence[Arrived]) -> _State:
    named = {owner for each in arrived for owner in owners_of(each.message)}
    anonymous = {owner.id for owner in named if owner.is_anonymous}
    owners = people.find_links(connection, project.id, anonymous)
    # An alias may claim the id of a user, and what an anonymous person does may be a user's by now.
    users = {Owner(is_anonymous=False, id=each) for each in (*anonymous, *owners.values())}
    known = people.find_people(connection, project.id, named | users)
    links = Links(owners, {owner.id for owner in known if not owner.is_anonymous})
    before = {each.pid: each.row() for each in known.values()}
    return _State(links, known, before)


def _meet(connection: Connection, project: ProjectRecord, state: _State, arrived: Sequence[Arrived]) -> None:
    """Leave only the people of these messages, with those whom they take over; make those whom nobody knew."""
    owners = dict.fromkeys(state.links.owner(each.message) for each in arrived)
    taken = [Owner(is_anonymous=True, id=link.anonymous) for link, _ in state.made]
    new = [owner for owner in owners if owner not in state.known]
    for owner, pid in zip(new, people.new_pids(connection, project.id, len(new)), strict=True):
        state.known[owner] = people.new_person(pid, owner)
        state.changed.add(pid)
    state.known = {owner: state.known[owner] for owner in (*owners, *taken) if owner in state.known}
    state.before = {each.pid: state.before[each.pid] for each in state.known.values() if each.pid in state.before}


def _take_over(state: _State) -> None:
    for link, _ in state.made:
        old = state.known.pop(Owner(is_anonymous=True, id=link.anonymous), None)
        if old is None:
            continue
        user = state.known[Owner(is_anonymous=False, id=link.user)]
        state.taken_over[old.pid] = user.pid
        user.person.take(old.person)
        state.changed.add(user.pid)


def _add(state: _State, arrived: Sequence[Arrived]) -> list[EventRow]:
    events = []
    for waiting, message in ((each.waiting, each.message) for each in arrived):
        known = state.known[state.links.owner(message)]
        if known.person.add(waiting.message_id, message):
            state.changed.add(known.pid)
        if message.event is not None:
            events.append(
                EventRow(known.pid, message.event, message.ts, waiting.message_id, message.document, waiting.message)
            )
    return events


def _write(
    connection: Connection, project: ProjectRecord, state: _State, arrived: Sequence[Arrived], step: Step
) -> None:
    people.remove_people(connection, project.id, state.taken_over)
    people.save_people(connection, project.id, state.known.values(), step.number)
    aliases = [
        Alias(link.anonymous, _user(state, link).pid, each.message.ts, each.waiting.message_id)
        for link, each in state.made
    ]
    people.save_aliases(connection, project.id, aliases)
    people.move_devices(connection, project.id, state.taken_over)
    people.save_devices(connection, project.id, _claimed(connection, project, state, arrived))
    notices.save_notices(connection, project.id, [_takeover(state, link, each, step) for link, each in state.made])
    steps.save_step(connection, project.id, step)


def _user(state: _State, link: Link) -> Known:
    return state.known[Owner(is_anonymous=False, id=link.user)]


def _claimed(
    connection: Connection, project: ProjectRecord, state: _State, arrived: Sequence[Arrived]
) -> list[DeviceRow]:
    """Give the devices that messages claimed: of two claims of a token the one with the greater clock counts."""
    claims: dict[str, DeviceRow] = {}
    for each in arrived:
        device, message = each.message.device, each.message
        if device is None:
            continue
        pid = state.known[state.links.owner(message)].pid
        claim = DeviceRow(device.token, pid, device.platform, message.ts, each.waiting.message_id)
        held = claims.get(device.token)
        if held is None or _clock(claim) > _clock(held):
            claims[device.token] = claim
    held_before = people.find_devices(connection, project.id, claims)
    return [
        claim
        for token, claim in claims.items()
        if token not in held_before or _clock(claim) > _clock(held_before[token])
    ]


def _clock(device: DeviceRow) -> tuple[int, str]:
    return device.ts, device.message_id


def _takeover(state: _State, link: Link, each: Arrived, step: Step) -> Notice:
    user = _user(state, link)
    detail: Mapping[str, str] = {"anonymousId": link.anonymous, "userId": link.user, "profileId": user.uuid}
    return Notice(0, step.number, "profile.takeover", each.message.ts, user.pid, detail)
