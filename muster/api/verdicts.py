"""What came of comparing two rules: the answer, and somebody who decides it, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from muster.api.person import conditions_text, person_json
from muster.backends.base import EventRow
from muster.compiler.moments import from_micros
from muster.grammar.json_dump import write_json
from muster.runtime.comparison import Example, Verdict


def verdict_text(verdict: Verdict) -> str:
    """Give the answer and the reason; below them the person who decides it, as files of rule tests write people."""
    return "\n".join([str(verdict), *(() if verdict.example is None else [example_text(verdict.example)])])


def example_text(example: Example, names: tuple[str, str] = ("the first rule", "the second rule")) -> str:
    """Give a person, as files of rule tests write people, and why either rule finds them or not."""
    return "\n".join(_person(example, names))


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """Give the same as data."""
    example = verdict.example
    return {
        "question": verdict.question,
        "answer": verdict.answer,
        "reason": verdict.reason,
        "as_of": from_micros(verdict.clock.as_of).isoformat(),
        "tried": verdict.tried,
        "person": None if example is None else {"external_id": example.profile.external_id, **_described(example)},
        "first": None if example is None else person_json(example.profile.external_id, example.first),
        "second": None if example is None else person_json(example.profile.external_id, example.second),
    }


def _person(example: Example, names: tuple[str, str]) -> Iterator[str]:
    name = example.profile.external_id
    yield f"{write_json(name) if name != name.strip() or not name.isalnum() else name}:"
    described = _described(example)
    for key, value in described.items():
        if key == "events":
            yield "  events:"
            yield from (f"    - {write_json(event)}" for event in value)
        else:
            yield f"  {key}: {write_json(value)}"
    if not described:
        yield "  {}"
    for name, explanation in zip(names, (example.first, example.second), strict=True):
        yield f"{'in' if explanation.member else 'not in'} {name}:"
        yield conditions_text(explanation)


def _described(example: Example) -> dict[str, Any]:
    """Give what is known of a person, and nothing that is not."""
    profile = example.profile
    times = {name: getattr(profile, name) for name in ("created_at", "first_seen", "last_seen")}
    found: dict[str, Any] = {
        "anonymous": profile.is_anonymous,
        **{name: None if at is None else _time(at) for name, at in times.items()},
        "traits": _plain(profile.traits),
        "lifecycle": _plain(profile.fields),
        "stages": [{"stage": stage, "at": _time(at)} for stage, at in profile.stages],
        "events": [_event(event) for event in example.events],
    }
    return {key: value for key, value in found.items() if value}


def _event(event: EventRow) -> dict[str, Any]:
    properties = {"properties": _plain(event.properties)} if event.properties else {}
    return {"event": event.event, "at": _time(event.ts), **properties}


def _plain(value: Any) -> Any:
    """Give a raw value as JSON has it."""
    match value:
        case Mapping():
            return {key: _plain(held) for key, held in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case datetime():
            return value.isoformat()
        case _:
            return value


def _time(micros: int) -> str:
    return from_micros(micros).isoformat().replace("+00:00", "Z")
