"""What a project holds, told without what differs from one store to the next (pids, UUIDs), and what it should hold.

The model is the plainest that could be right: it looks at all accepted messages at once, anew each time, and shares
no code with the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from muster.runtime.exact_json import decode
from muster.runtime.ledger.tables import aliases, devices, profiles
from muster.runtime.store.project import Project

Who = tuple[bool, str]  # whether anonymous, and the id


@dataclass
class State:
    """People, their events, the anonymous ids and the devices that are theirs."""

    people: dict[Who, dict[str, Any]] = field(default_factory=dict)
    events: dict[Who, list[tuple[int, str, str, str]]] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    devices: dict[str, Who] = field(default_factory=dict)


def state_of(project: Project) -> State:
    """Look at a project's ledger and engine, and at whether both have the same people."""
    project.sync()
    engine, ledger, here = project._projector.engine, project._ledger, project.record.id
    found = State()
    with ledger.read() as connection:
        rows = list(connection.execute(select(profiles).where(profiles.c.project_id == here)))
        who = {row.pid: (row.is_anonymous, row.external_id) for row in rows}
        for row in rows:
            found.people[who[row.pid]] = {
                "first_seen": row.first_seen,
                "last_seen": row.last_seen,
                "created": row.created,
                "traits": {key: held[0] for key, held in decode(row.traits).items() if held[0] is not None},
            }
        for row in connection.execute(select(aliases).where(aliases.c.project_id == here)):
            is_anonymous, user = who[row.pid]
            assert not is_anonymous
            found.links[row.anonymous_id] = user
        for row in connection.execute(select(devices).where(devices.c.project_id == here)):
            found.devices[row.token] = who[row.pid]
    for batch in engine.all_events():
        for event in batch:
            found.events.setdefault(who[event.pid], []).append((event.ts, event.mid, event.event, event.source or ""))
    for events in found.events.values():
        events.sort()
    members = sorted(project.members({"all": []}))
    assert members == sorted(identity for _, identity in who.values())
    return found


@dataclass
class Sent:
    """A message that was accepted, and when it came."""

    message: dict[str, Any]
    received: int
    source: str


def model(sent: Sequence[Sent]) -> State:
    """Say what a project should hold once these messages were accepted, in this order."""
    state = State(links=_links(sent))
    clocks: dict[tuple[Who, str], Clock] = {}
    claims: dict[str, Clock] = {}
    for each in sent:
        said, who = each.message, _who(each.message, state.links)
        ts = _micros(said["timestamp"])
        clock = (said.get("userId") is not None, ts, said["messageId"])
        person = state.people.setdefault(who, {"first_seen": None, "last_seen": None, "created": None, "traits": {}})
        _see(person, each, ts)
        if said["type"] == "track":
            state.events.setdefault(who, []).append((ts, said["messageId"], said["event"], each.source))
        for key, value in said.get("traits", {}).items():
            if clock > clocks.get((who, key), NEVER):
                clocks[who, key] = clock
                person["traits"][key] = value
        token = said.get("context", {}).get("device", {}).get("token")
        if token and (claim := (True, *clock[1:])) > claims.get(token, NEVER):
            claims[token] = claim
            state.devices[token] = who
    for person in state.people.values():
        person["traits"] = {key: value for key, value in person["traits"].items() if value is not None}
    for events in state.events.values():
        events.sort()
    return state


Clock = tuple[bool, int, str]
NEVER: Clock = (False, -(10**18), "")


def _links(sent: Sequence[Sent]) -> dict[str, str]:
    links: dict[str, str] = {}
    users: set[str] = set()
    for said in (each.message for each in sent):
        if said.get("userId") is None:
            continue
        users.add(said["userId"])
        if said["type"] == "identify" and said.get("anonymousId") is not None:
            links.setdefault(said["anonymousId"], said["userId"])
        if said["type"] == "alias" and said["previousId"] not in users:
            links.setdefault(said["previousId"], said["userId"])
    return links


def _see(person: dict[str, Any], each: Sent, ts: int) -> None:
    person["created"] = min(filter(None, [person["created"], each.received]))
    if each.message.get("context", {}).get("active") is not False:
        person["first_seen"] = min(ts, ts if person["first_seen"] is None else person["first_seen"])
        person["last_seen"] = max(ts, ts if person["last_seen"] is None else person["last_seen"])


def _who(said: dict[str, Any], links: dict[str, str]) -> Who:
    if said.get("userId") is not None:
        return False, said["userId"]
    anonymous = said["anonymousId"]
    return (False, links[anonymous]) if anonymous in links else (True, anonymous)


def _micros(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)
