"""Every example of every operator, on every engine: what the documentation shows is what happens."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import pytest

from muster.backends.base import Backend, EventRow, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.tables import Room
from muster.compiler.moments import Clock, to_micros
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.operators.spec import EXAMPLE_AS_OF, Example
from muster.grammar.text import parse
from tests.differential import Arena
from tests.people import World

EXAMPLES = [
    pytest.param(example, id=f"{name}: {example.rule}")
    for registry in (FIELD_OPERATORS, EVENT_OPERATORS)
    for name, operator in registry.items()
    for example in operator.examples
]


def the_person_of(example: Example) -> World:
    """Make a world of the example's one person."""
    person = ProfileRow(pid=1, external_id="example", traits=example.traits)
    events = tuple(
        EventRow(pid=1, event=name, ts=micros(instant), mid=f"m{number}", properties=properties)
        for number, (name, instant, properties) in enumerate(example.events)
    )
    return World(Clock(micros(EXAMPLE_AS_OF)), (person,), events)


def micros(text: str) -> int:
    """Read an instant of an example."""
    return to_micros(datetime.fromisoformat(text))


@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_true(example: Example, backend: Backend) -> None:
    with Arena(the_person_of(example), [backend], Room(0)) as arena:
        made = arena.compile(parse(example.rule), {}).plan

        for name in arena.names:
            assert arena.members(name, made) == ["example"] * example.matches
            assert arena.count(name, made) == example.matches


@pytest.mark.parametrize("registry", [FIELD_OPERATORS, EVENT_OPERATORS], ids=["fields", "events"])
def test_every_operator_has_an_example(registry: Mapping[str, object]) -> None:
    assert [name for name, operator in registry.items() if not getattr(operator, "examples", ())] == []


def test_every_positive_operator_shows_a_match() -> None:
    silent = [
        name
        for name, operator in FIELD_OPERATORS.items()
        if operator.complement_of is None and not any(example.matches for example in operator.examples)
    ]

    assert silent == []
