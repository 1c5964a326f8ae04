"""One rule and the world it was tried on, as a file that replays it anywhere.

Apart from the harnesses because a disagreement that was found once is kept for ever: the files under
`tests/laws/regressions` are these. It could go wrong by losing what made the case hostile, so numbers, plain texts
and times of typed files are tagged, and a test takes random worlds through a file and back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from muster.backends.base import EventRow, Json, PlainText, ProfileRow
from muster.compiler.moments import Clock
from muster.compiler.resolve import DELETED, Deleted
from muster.compiler.rule import Rule
from muster.grammar.json_dump import dump_text
from muster.grammar.json_rule import load
from tests.people import World


@dataclass(frozen=True, slots=True)
class Case:
    """A rule, what it may refer to, and the people it is tried on."""

    rule: Rule
    world: World
    audiences: Mapping[str, Rule | Deleted] = field(default_factory=dict)


def save(case: Case, folder: Path, why: str) -> Path:
    """Write a case, named by its content, with a line for people."""
    text = json.dumps({"why": why, **to_json(case)}, ensure_ascii=True, indent=1) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.json"
    path.write_text(text, encoding="ascii")
    return path


def read(path: Path) -> Case:
    """Read a case that `save` wrote."""
    return from_json(json.loads(path.read_text(encoding="ascii")))


def to_json(case: Case) -> dict[str, Any]:
    """Give a case as JSON-able data."""
    people = case.world
    return {
        "rule": dump_text(case.rule),
        "audiences": {
            name: None if isinstance(rule, Deleted) else dump_text(rule) for name, rule in case.audiences.items()
        },
        "as_of": people.clock.as_of,
        "timezone": people.clock.timezone,
        "single": [list(path) for path in people.single],
        "profiles": [_profile_json(profile) for profile in people.profiles],
        "events": [_event_json(event) for event in people.events],
        "forgotten_profiles": [_profile_json(profile) for profile in people.forgotten[0]],
        "forgotten_events": [_event_json(event) for event in people.forgotten[1]],
    }


def from_json(data: Mapping[str, Any]) -> Case:
    """Read what `to_json` gave."""
    return Case(
        rule=load(data["rule"]),
        audiences={name: DELETED if rule is None else load(rule) for name, rule in data["audiences"].items()},
        world=World(
            clock=Clock(data["as_of"], data["timezone"]),
            profiles=tuple(_profile(row) for row in data["profiles"]),
            events=tuple(_event(row) for row in data["events"]),
            forgotten=(
                tuple(_profile(row) for row in data["forgotten_profiles"]),
                tuple(_event(row) for row in data["forgotten_events"]),
            ),
            single=tuple(tuple(path) for path in data["single"]),
        ),
    )


def _profile_json(row: ProfileRow) -> dict[str, Any]:
    return {
        "pid": row.pid,
        "external_id": row.external_id,
        "is_anonymous": row.is_anonymous,
        "first_seen": row.first_seen,
        "last_seen": row.last_seen,
        "created_at": row.created_at,
        "traits": _tagged(row.traits),
        "fields": _tagged(row.fields),
        "stages": [list(stage) for stage in row.stages],
    }


def _profile(data: Mapping[str, Any]) -> ProfileRow:
    rest = {name: data[name] for name in data if name not in ("traits", "fields", "stages")}
    stages = tuple((name, at) for name, at in data["stages"])
    return ProfileRow(**rest, traits=_plain(data["traits"]), fields=_plain(data["fields"]), stages=stages)


def _event_json(row: EventRow) -> dict[str, Any]:
    return {
        "pid": row.pid,
        "event": row.event,
        "ts": row.ts,
        "mid": row.mid,
        "properties": _tagged(row.properties),
    }


def _event(data: Mapping[str, Any]) -> EventRow:
    return EventRow(**{**data, "properties": _plain(data["properties"])})


# --- values that JSON has no word for ---------------------------------------------------------------------------
def _tagged(value: Json) -> Json:
    match value:
        case PlainText():
            return {"$text": str(value)}
        case datetime():
            return {"$time": value.isoformat()}
        case Decimal():
            return {"$decimal": str(value)}
        case float():
            return {"$float": repr(value)}
        case Mapping():
            return {key: _tagged(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_tagged(inner) for inner in value]
        case _:
            return value


def _plain(value: Json) -> Json:
    match value:
        case {"$text": str(text)}:
            return PlainText(text)
        case {"$time": str(text)}:
            return datetime.fromisoformat(text)
        case {"$decimal": str(text)}:
            return Decimal(text)
        case {"$float": str(text)}:
            return float(text)
        case Mapping():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case _:
            return value
