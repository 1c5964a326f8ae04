"""Who of some people is in a rule, by an engine that holds these people and no others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from muster.backends.base import Engine
from muster.backends.discover import get_backend
from muster.backends.tables import Catalogue
from muster.compiler.expr import Expr
from muster.compiler.facts import Facts, facts_of
from muster.compiler.moments import Clock
from muster.compiler.passes import run_passes
from muster.compiler.planner import plan
from muster.runtime.search.person import Person


@contextmanager
def holding(people: Sequence[Person], engine: str, facts: Facts) -> Iterator[Engine]:
    """Open an engine, as in `memory:` or `duckdb:`, that holds some people; raises EngineError where it fails."""
    scheme, _, location = engine.partition(":")
    profiles = [person.profile for person in people]
    events = [event for person in people for event in person.events]
    catalogue = Catalogue()
    catalogue.observe_profiles(profiles)
    catalogue.observe_events(events)
    for trait in facts.single:
        catalogue.declare(trait, single=True)
    opened = get_backend(scheme).connect(location, catalogue.schema("mid", known_people=True))
    try:
        opened.load(profiles, events)
        yield opened
    finally:
        opened.close()


def members(rule: Expr, engine: Engine, clock: Clock) -> frozenset[str]:
    """Give the external ids of the people that an engine finds."""
    optimised = run_passes(rule, facts=facts_of(engine.schema))
    return frozenset(engine.members(plan(rule, optimised), clock).to_pylist())
