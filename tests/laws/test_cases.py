"""Every engine answers the cases worked out by hand as the reference does, each asked about the people of all."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from muster.backends.base import Engine, EventRow, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.memory.evaluate import Scene, external_id, holds
from muster.backends.tables import Catalogue
from muster.compiler.diagnostics import RuleError
from muster.compiler.expr import Expr, Not
from muster.compiler.passes import run_passes
from muster.compiler.planner import plan
from tests import metric_cases, people_cases, sequence_cases, value_cases
from tests.cases import Case

ALL = [*value_cases.CASES, *metric_cases.CASES, *sequence_cases.CASES, *people_cases.CASES]
REFUSED = "E40"


@cache
def people() -> tuple[tuple[ProfileRow, tuple[EventRow, ...]], ...]:
    """Give the people of all cases as one crowd; message ids stay in their order."""
    return tuple(
        (
            replace(case.profile, pid=pid),
            tuple(replace(event, pid=pid, mid=f"{event.mid}-{pid}") for event in case.events),
        )
        for pid, case in enumerate(ALL)
    )


def expected(case: Case) -> list[str]:
    return sorted(
        external_id(profile) for profile, events in people() if holds(case.expr, Scene(profile, events, case.clock))
    )


def found(engine: Engine, case: Case, expr: Expr) -> list[str]:
    members: list[str] = engine.members(plan(expr, run_passes(expr)), case.clock).to_pylist()
    return members


@pytest.fixture(scope="module", params=[one for one in all_backends() if one.dialect], ids=lambda one: one.name)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    profiles = [profile for profile, _ in people()]
    events = [event for _, events in people() for event in events]
    catalogue = Catalogue()
    catalogue.observe_profiles(profiles)
    catalogue.observe_events(events)
    opened: Engine = request.param.connect("", catalogue.schema())
    opened.load(profiles, events)
    yield opened
    opened.close()


@pytest.mark.parametrize("case", ALL, ids=str)
def test_an_engine_finds_whom_the_reference_finds(engine: Engine, case: Case) -> None:
    try:
        members = found(engine, case, case.expr)
    except RuleError as error:
        if {diagnostic.code for diagnostic in error.diagnostics} != {REFUSED}:
            raise
        pytest.skip(str(error))

    assert members == expected(case)


@pytest.mark.parametrize("case", [value_cases.CASES[0], metric_cases.CASES[0], sequence_cases.CASES[0]], ids=str)
def test_an_engine_that_turns_a_test_round_is_noticed(engine: Engine, case: Case) -> None:
    assert found(engine, case, Not(case.expr)) != expected(case)
