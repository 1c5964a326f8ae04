"""People as a store knows them: one by an id, or many by pages.

Kept apart from who is in an audience. They are read from the ledger, so one costs well under a millisecond. It could
go wrong by an id that two people have: a user comes before an anonymous person, whose id it may be too; and an
anonymous id that was taken over is its user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from muster.backends.base import Json
from muster.compiler.moments import from_micros
from muster.runtime.identity import Owner
from muster.runtime.ledger import people
from muster.runtime.ledger.database import Connection
from muster.runtime.ledger.people import Known
from muster.runtime.ledger.projects import ProjectRecord


@dataclass(frozen=True, slots=True)
class Device:
    """A device that can be sent to."""

    token: str
    platform: str | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A person. Times are aware, in UTC; `created_at` is when the first message of theirs was received.

    `aliases` are the anonymous ids that became theirs, the first one first.
    """

    uuid: str
    external_id: str
    is_anonymous: bool
    traits: Mapping[str, Json]
    first_seen: datetime | None
    last_seen: datetime | None
    created_at: datetime | None
    aliases: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfilePage:
    """Some people, and the cursor that gives the next ones; None after the last."""

    profiles: tuple[Profile, ...]
    cursor: str | None


def find_person(connection: Connection, project: ProjectRecord, external_id: str) -> Known | None:
    """Find who has an id: a user, else an anonymous person, else the user whom that anonymous id became."""
    user, anonymous = Owner(is_anonymous=False, id=external_id), Owner(is_anonymous=True, id=external_id)
    found = people.find_people(connection, project.id, [user, anonymous])
    if found:
        return found.get(user) or found[anonymous]
    linked = people.find_links(connection, project.id, [external_id])
    if not linked:
        return None
    owner = Owner(is_anonymous=False, id=linked[external_id])
    return people.find_people(connection, project.id, [owner]).get(owner)


def find_page(
    connection: Connection, project: ProjectRecord, *, after: int, limit: int, containing: str | None
) -> tuple[list[Known], int | None]:
    """Give people after one, by pid, and the last of them if more may follow.

    `containing`: only those with a text in their id or in the value of a trait, in any case.
    """
    found: list[Known] = []
    while True:
        # The database looks through whole documents, and only for what it folds as Python does.
        rough = containing if containing is not None and containing.isascii() else None
        some = people.list_people(connection, project.id, after=after, most=limit, containing=rough)
        for known in some:
            after = known.pid
            if containing is None or _contains(known, containing.lower()):
                found.append(known)
                if len(found) == limit:
                    return found, after
        if len(some) < limit:
            return found, None


def _contains(known: Known, sought: str) -> bool:
    if sought in known.owner.id.lower():
        return True
    values = list(known.person.known_traits().values())
    while values:
        value = values.pop()
        if isinstance(value, dict):
            values.extend(value.values())
        elif isinstance(value, list):
            values.extend(value)
        elif sought in str(value).lower():
            return True
    return False


def profile_of(connection: Connection, project: ProjectRecord, known: Known) -> Profile:
    """Tell all that is known of a person, but for their events."""
    return Profile(
        uuid=known.uuid,
        external_id=known.owner.id,
        is_anonymous=known.owner.is_anonymous,
        traits=known.person.known_traits(),
        first_seen=_time(known.person.first_seen),
        last_seen=_time(known.person.last_seen),
        created_at=_time(known.person.created),
        aliases=tuple(alias.anonymous_id for alias in people.aliases_of(connection, project.id, known.pid)),
        devices=tuple(
            Device(device.token, device.platform) for device in people.devices_of(connection, project.id, known.pid)
        ),
    )


def _time(micros: int | None) -> datetime | None:
    return None if micros is None else from_micros(micros)
