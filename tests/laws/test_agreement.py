"""One meaning: on random rules and people every engine gives the members that the reference evaluator gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings

from muster.backends.discover import all_backends
from tests.dice import SeededDice
from tests.differential import REGRESSIONS, Arena, describe, judge, pairs, smallest
from tests.reproduction import Case, from_json, read, to_json
from tests.scenario import Scenario, scenario, scenarios

# `ci` has 300 examples: 3,000 pairs of a rule and people; `dev` has 50.
PARTS = 10
PAIRS_A_PART = settings().max_examples


@pytest.mark.parametrize("part", range(PARTS))
def test_every_engine_agrees_with_the_reference(part: int) -> None:
    for case, trial in pairs(PAIRS_A_PART, f"part {part}"):
        assert trial.findings == [], describe(smallest(case, trial))
        assert trial.refused == []


@pytest.mark.parametrize("part", range(PARTS))
def test_many_audiences_at_once_are_what_each_is_alone(part: int) -> None:
    for number in range(max(1, PAIRS_A_PART // 100)):
        made = scenario(SeededDice(f"many {part} {number}"), 20)
        with Arena(made.world) as arena:
            assert arena.together(made.rules, made.audiences).findings == []


# Slower by far than the seeded loop, since every choice is drawn, but it searches and shrinks in its own way.
@settings(max_examples=max(5, settings().max_examples // 10))
@given(scenarios(rules=5))
def test_every_engine_agrees_with_the_reference_on_drawn_scenarios(made: Scenario) -> None:
    with Arena(made.world) as arena:
        for rule in made.rules:
            trial = arena.judge(rule, made.audiences)

            assert trial.findings == [], describe(Case(rule, made.world, made.audiences))


def test_some_engine_has_sql() -> None:
    assert [backend.name for backend in all_backends() if backend.dialect is not None] != []


def test_a_case_goes_through_a_file_and_back() -> None:
    for seed in range(30):
        made = scenario(SeededDice(f"file {seed}"), 2)
        for rule in made.rules:
            case = Case(rule, made.world, made.audiences)

            again = from_json(to_json(case))

            assert (again.rule, dict(again.audiences)) == (case.rule, dict(case.audiences))
            assert repr(again.world) == repr(case.world)


@pytest.mark.parametrize("path", sorted(REGRESSIONS.glob("*.json")), ids=lambda path: path.stem)
def test_what_once_disagreed_agrees(path: Path) -> None:
    case = read(path)

    assert judge(case).findings == [], describe(case)
