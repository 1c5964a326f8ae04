"""People and events at random: of what a schema knows, on both sides of rules, and loadable by engines."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

import muster
from muster.backends.base import EventRow
from muster.backends.memory.evaluate import holds
from muster.compiler.pipeline import compile_rule
from muster.runtime.clock import to_clock
from muster.runtime.compilation import to_rule
from muster.testing import Person, events, people, people_near
from muster.testing.vocabulary import AS_OF

CLOCK = to_clock(AS_OF)
RULE = 'address.city = "pro" and any items where (price > 3) and did purchase where (amount > 3) and tags has "a"'
SCHEMA = muster.compile(RULE).schema


def includes(rule: str, person: Person) -> bool:
    return holds(compile_rule(to_rule(rule)).lowered, person.scene(CLOCK))


@pytest.mark.parametrize(
    "rule",
    [
        'plan = "pro"',
        "plan is not set",
        "seats > 3",
        "newsletter = true",
        "trial_ends in next 3 days",
        'tags has "a"',
        "any items where (price > 3)",
        "did purchase in last 30 days and did not purchase in last 7 days",
        "did purchase at least 2 times",
        "sum(amount) of purchase > 10",
        "last_seen in last 30 days",
        "is_anonymous = true",
    ],
)
def test_there_are_people_in_usual_rules_and_people_outside(rule: str) -> None:
    inside, outside = (
        find(
            people(),
            condition,
            settings=settings(max_examples=3_000, phases=[Phase.generate], database=None, derandomize=True),
        )
        for condition in (partial(includes, rule), lambda person: not includes(rule, person))
    )

    assert (includes(rule, inside), includes(rule, outside)) == (True, False)


@settings(max_examples=60, deadline=None)
@given(people(SCHEMA))
def test_people_of_a_schema_have_its_names(person: Person) -> None:
    assert set(person.profile.traits) <= {"address", "items", "tags"}
    assert {event.event for event in person.events} <= {"purchase"}
    assert all(set(event.properties) <= {"amount"} for event in person.events)
    assert [event.mid for event in person.events] == sorted({event.mid for event in person.events})


def test_nested_fields_are_made_too() -> None:
    rule = 'address.city = "pro"'
    once = settings(max_examples=2_000, phases=[Phase.generate], database=None, derandomize=True)

    assert includes(rule, find(people(SCHEMA), partial(includes, rule), settings=once))


@settings(max_examples=60, deadline=None)
@given(events(SCHEMA))
def test_events_of_a_schema_have_its_names(event: EventRow) -> None:
    assert event.event == "purchase"
    assert set(event.properties) <= {"amount"}


@settings(max_examples=10, deadline=None)
@given(people(muster.Schema()), events(muster.Schema()))
def test_of_an_empty_schema_there_is_little_to_make(person: Person, event: EventRow) -> None:
    assert person.profile.traits == {}
    assert (event.event, event.properties) == ("something", {})


def test_people_near_rules_are_on_both_sides_of_each() -> None:
    near = ("seats > 1234", "did strange where (x = 987) at least 2 times in last 11 days")
    sides: Counter[tuple[bool, ...]] = Counter()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(people_near(*near))
    def look(person: Person) -> None:
        sides[tuple(includes(rule, person) for rule in near)] += 1

    look()
    assert min(sides[seats, strange] for seats in (True, False) for strange in (True, False)) > 0, sides


def test_people_near_rules_shrink() -> None:
    found = find(
        people_near("seats > 1234 and did a"),
        partial(includes, "seats > 1234"),
        settings=settings(max_examples=2_000, database=None, derandomize=True),
    )

    assert set(found.profile.traits) == {"seats"}
    assert found.events == ()
