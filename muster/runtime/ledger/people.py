"""People in the ledger: their rows, the anonymous ids that became theirs, their devices.

Kept apart from what decides about them. A trait is kept with its clock, as [value, ts, message id, by a user], also
once it was removed.

Ways to go wrong, each with a test: a number that comes back as another one, an anonymous person taken for the user of
the same id, a device that stays with who lost it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, delete, func, select, update

from muster.backends.base import Json, ProfileRow
from muster.runtime.exact_json import decode, encode
from muster.runtime.identity import Owner
from muster.runtime.ledger.statements import among, upsert
from muster.runtime.ledger.tables import aliases, devices, profiles, projects
from muster.runtime.person import Person, Written


@dataclass(frozen=True, slots=True)
class Known:
    """A person as the ledger has them."""

    pid: int
    uuid: str
    owner: Owner
    person: Person

    def row(self) -> ProfileRow:
        """Give the person as engines have them."""
        return ProfileRow(
            pid=self.pid,
            external_id=self.owner.id,
            is_anonymous=self.owner.is_anonymous,
            first_seen=self.person.first_seen,
            last_seen=self.person.last_seen,
            created_at=self.person.created,
            traits=self.person.known_traits(),
        )


class Alias(NamedTuple):
    """An anonymous id that became a user's, by the message that said so."""

    anonymous_id: str
    pid: int
    linked: int
    message_id: str


class DeviceRow(NamedTuple):
    """A push token, whose it is, and the clock of the claim."""

    token: str
    pid: int
    platform: str | None
    ts: int
    message_id: str


# --- people -----------------------------------------------------------------------------------------------------
_COLUMNS = (
    profiles.c.pid,
    profiles.c.uuid,
    profiles.c.external_id,
    profiles.c.is_anonymous,
    profiles.c.first_seen,
    profiles.c.last_seen,
    profiles.c.created,
    profiles.c.traits,
)


def find_people(connection: Connection, project_id: int, owners: Collection[Owner]) -> dict[Owner, Known]:
    """Find people by whose messages they are."""
    found: dict[Owner, Known] = {}
    for is_anonymous in (False, True):
        ids = [owner.id for owner in owners if owner.is_anonymous == is_anonymous]
        if ids:
            wanted = select(*_COLUMNS).where(
                profiles.c.project_id == project_id,
                among(connection, profiles.c.external_id, ids),
                profiles.c.is_anonymous == is_anonymous,
            )
            found |= {known.owner: known for known in map(_known, connection.execute(wanted))}
    return found


def people_of(connection: Connection, project_id: int, pids: Collection[int]) -> list[Known]:
    """Give people by pid, in the order of these."""
    wanted = select(*_COLUMNS).where(profiles.c.project_id == project_id, among(connection, profiles.c.pid, pids))
    return [_known(row) for row in connection.execute(wanted.order_by(profiles.c.pid))]


def list_people(
    connection: Connection, project_id: int, *, after: int, most: int, containing: str | None = None
) -> list[Known]:
    """List people by pid, those after one; `containing`: only those with a text in their id or traits, in any case."""
    wanted = select(*_COLUMNS).where(profiles.c.project_id == project_id, profiles.c.pid > after)
    if containing is not None:
        sought = containing.lower()
        held = func.lower(profiles.c.external_id + "\n" + profiles.c.traits)
        find = func.instr(held, sought) if connection.dialect.name == "sqlite" else func.strpos(held, sought)
        wanted = wanted.where(find > 0)
    return [_known(row) for row in connection.execute(wanted.order_by(profiles.c.pid).limit(most))]


def new_pids(connection: Connection, project_id: int, count: int) -> range:
    """Give pids that nobody has had."""
    taken = update(projects).where(projects.c.id == project_id).values(next_pid=projects.c.next_pid + count)
    end = connection.execute(taken.returning(projects.c.next_pid)).scalar_one()
    return range(end - count, end)


def new_person(pid: int, owner: Owner) -> Known:
    """Make somebody of whom nothing is known yet."""
    return Known(pid, str(uuid4()), owner, Person())


def save_people(connection: Connection, project_id: int, people: Iterable[Known], step: int) -> None:
    """Write people as they are after a step."""
    rows = [
        {
            "project_id": project_id,
            "pid": known.pid,
            "uuid": known.uuid,
            "external_id": known.owner.id,
            "is_anonymous": known.owner.is_anonymous,
            "first_seen": known.person.first_seen,
            "last_seen": known.person.last_seen,
            "created": known.person.created,
            "traits": _traits_text(known.person.traits),
            "rev": step,
        }
        for known in people
    ]
    upsert(connection, profiles, rows)


def remove_people(connection: Connection, project_id: int, pids: Collection[int]) -> None:
    """Remove the rows of people who were taken over or erased."""
    if pids:
        gone = among(connection, profiles.c.pid, pids)
        connection.execute(delete(profiles).where(profiles.c.project_id == project_id, gone))


def _known(row: Any) -> Known:
    person = Person(row.first_seen, row.last_seen, row.created, _traits(row.traits))
    return Known(row.pid, row.uuid, Owner(row.is_anonymous, row.external_id), person)


def _traits_text(traits: Mapping[str, Written]) -> str:
    return encode({key: [each.value, each.ts, each.message_id, each.is_user] for key, each in traits.items()})


def _traits(text: str) -> dict[str, Written]:
    held: dict[str, list[Json]] = decode(text)
    return {key: Written(is_user, ts, message_id, value) for key, (value, ts, message_id, is_user) in held.items()}


# --- anonymous ids ----------------------------------------------------------------------------------------------
def find_links(connection: Connection, project_id: int, anonymous_ids: Collection[str]) -> dict[str, str]:
    """Give the user of each anonymous id that has one."""
    if not anonymous_ids:
        return {}
    wanted = (
        select(aliases.c.anonymous_id, profiles.c.external_id)
        .join(profiles, (profiles.c.project_id == aliases.c.project_id) & (profiles.c.pid == aliases.c.pid))
        .where(aliases.c.project_id == project_id, among(connection, aliases.c.anonymous_id, anonymous_ids))
    )
    return {row.anonymous_id: row.external_id for row in connection.execute(wanted)}


def save_aliases(connection: Connection, project_id: int, made: Iterable[Alias]) -> None:
    """Write anonymous ids that became users'."""
    upsert(connection, aliases, [{"project_id": project_id, **alias._asdict()} for alias in made])


def aliases_of(connection: Connection, project_id: int, pid: int) -> list[Alias]:
    """List the anonymous ids of a person, the first one first."""
    columns = (aliases.c.anonymous_id, aliases.c.pid, aliases.c.linked, aliases.c.message_id)
    wanted = select(*columns).where(aliases.c.project_id == project_id, aliases.c.pid == pid)
    return [Alias(*row) for row in connection.execute(wanted.order_by(aliases.c.linked, aliases.c.anonymous_id))]


# --- devices ----------------------------------------------------------------------------------------------------
_DEVICE = (devices.c.token, devices.c.pid, devices.c.platform, devices.c.ts, devices.c.message_id)


def find_devices(connection: Connection, project_id: int, tokens: Collection[str]) -> dict[str, DeviceRow]:
    """Find devices by their tokens."""
    if not tokens:
        return {}
    wanted = select(*_DEVICE).where(devices.c.project_id == project_id, among(connection, devices.c.token, tokens))
    return {row.token: DeviceRow(*row) for row in connection.execute(wanted)}


def save_devices(connection: Connection, project_id: int, claimed: Iterable[DeviceRow]) -> None:
    """Write whose devices are now."""
    upsert(connection, devices, [{"project_id": project_id, **device._asdict()} for device in claimed])


def move_devices(connection: Connection, project_id: int, moved: Mapping[int, int]) -> None:
    """Give the devices of people who were taken over to who they are now."""
    for old, new in moved.items():
        theirs = update(devices).where(devices.c.project_id == project_id, devices.c.pid == old)
        connection.execute(theirs.values(pid=new))


def devices_of(connection: Connection, project_id: int, pid: int) -> list[DeviceRow]:
    """List the devices of a person, by their tokens."""
    wanted = select(*_DEVICE).where(devices.c.project_id == project_id, devices.c.pid == pid)
    return [DeviceRow(*row) for row in connection.execute(wanted.order_by(devices.c.token))]
