"""The three rules of the brief, unchanged, from JSON and from text, on every engine."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from muster.backends.base import Backend, EventRow, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.tables import Room
from muster.compiler.moments import Clock, to_micros
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump
from muster.grammar.json_rule import load
from muster.grammar.text import parse
from tests.differential import Arena
from tests.people import World

ACTIVE_PRO = """{ "all": [
  { "trait": "plan", "op": "eq", "value": "pro" },
  { "event": "feature_used", "op": "occurred_in_last", "value": "30d" }
]}"""
IN_NORTH_AMERICA = """{
    "all": [
      { "trait": "plan", "op": "eq", "value": "pro" },
      { "event": "feature_used", "op": "occurred_in_last", "value": "30d" },
      {
        "any": [
          { "trait": "country", "op": "eq", "value": "US" },
          { "trait": "country", "op": "eq", "value": "CA" }
        ]
      }
    ]
}"""
EXTENDED = """{
    "all": [
      { "trait": "plan", "op": "eq", "value": "pro" },
      { "event": "feature_used", "op": "occurred_in_last", "value": "60d" }
    ]
}"""
RULES = [
    pytest.param(ACTIVE_PRO, 'plan = "pro" and did feature_used in last 30 days', ["ca", "de", "us"], id="active pro"),
    pytest.param(
        IN_NORTH_AMERICA,
        'plan = "pro" and did feature_used in last 30 days and (country = "US" or country = "CA")',
        ["ca", "us"],
        id="active pro in North America",
    ),
    pytest.param(
        EXTENDED, 'plan = "pro" and did feature_used in last 60 days', ["ca", "de", "slow", "us"], id="extended"
    ),
]


def micros(text: str) -> int:
    """Read an instant."""
    return to_micros(datetime.fromisoformat(text))


def people() -> World:
    """Make one person for each way in and out."""
    traits = {
        "us": {"plan": "pro", "country": "US"},
        "ca": {"plan": "pro", "country": "CA"},
        "de": {"plan": "pro", "country": "DE"},
        "slow": {"plan": "pro", "country": "US"},
        "gone": {"plan": "pro", "country": "US"},
        "never": {"plan": "pro", "country": "US"},
        "free": {"plan": "free", "country": "US"},
        "nameless": {},
    }
    used = {
        "us": "2024-06-15T11:59:59.999999Z",  # the last instant before the clock
        "ca": "2024-05-16T12:00:00Z",  # the first of 30 days
        "de": "2024-06-01T00:00:00Z",
        "slow": "2024-05-16T11:59:59.999999Z",  # just before them
        "gone": "2024-04-16T11:59:59.999999Z",  # and before 60 days
        "free": "2024-06-01T00:00:00Z",
        "nameless": "2024-06-01T00:00:00Z",
    }
    pids = {name: number for number, name in enumerate(traits)}
    profiles = tuple(ProfileRow(pid=pids[name], external_id=name, traits=held) for name, held in traits.items())
    events = tuple(EventRow(pid=pids[name], event="feature_used", ts=micros(at), mid=name) for name, at in used.items())
    return World(Clock(micros("2024-06-15T12:00:00Z")), profiles, events)


@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
@pytest.mark.parametrize(("json_text", "text", "expected"), RULES)
def test_a_rule_of_the_brief_finds_the_same_people_from_both_forms(
    json_text: str, text: str, expected: list[str], backend: Backend
) -> None:
    with Arena(people(), [backend], Room(0)) as arena:
        for rule in (load(json_text), parse(text)):
            made = arena.compile(rule, {}).plan

            for name in arena.names:
                assert arena.members(name, made) == expected
                assert arena.count(name, made) == len(expected)


@pytest.mark.parametrize(("json_text", "text", "expected"), RULES)
def test_a_rule_of_the_brief_is_one_rule_in_both_forms(json_text: str, text: str, expected: list[str]) -> None:
    assert load(json_text) == parse(text)
    assert format_rule(load(json_text)) == text
    assert dump(parse(text)) == json.loads(json_text)
    assert expected
