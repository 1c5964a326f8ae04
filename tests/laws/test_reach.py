"""What random rules reach: every operator and construct, and people of whom some match and others do not.

A fixed seed, so that a construct which the generators stop making is missed at once.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any, get_args

import pytest

from muster.compiler import rule as language
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.operators.metrics import PICKS
from muster.compiler.rule import EventTest, Group, Metric, MetricTest, Sequence, Step, Subject, Test, Window
from muster.compiler.values import TraitRef
from tests.dice import SeededDice
from tests.differential import Tally
from tests.rewriting import parts_of
from tests.scenario import AUDIENCES, found, rule, scenario
from tests.vocabulary import palette

RULES = 3_000


@cache
def parts() -> list[Any]:
    """List everything inside the rules of a fixed seed."""
    rules = []
    for number in range(RULES):
        dice = SeededDice(f"reach {number}")
        rules.append(rule(dice, palette(dice), audiences=AUDIENCES))
    return parts_of(tuple(rules))


def of_kind(*kinds: type) -> list[Any]:
    """Give the parts of some kinds."""
    return [part for part in parts() if isinstance(part, kinds)]


def test_a_fair_share_of_rules_finds_some_people_and_not_others() -> None:
    tally = Tally()
    for number in range(40):
        made = scenario(SeededDice(f"meeting {number}"), 20)
        for each in made.rules:
            tally.add(len(found(each, made.world, made.audiences)), len(made.world.profiles))
    print(f"{tally}; rules by members in tenths of all people: {dict(sorted(tally.shares.items()))}")  # noqa: T201 (shown with -s)

    assert tally.some >= 0.4 * tally.pairs
    assert min(tally.shares[tenth] for tenth in range(1, 10)) >= 3


def test_a_tally_counts_what_is_trivial() -> None:
    tally = Tally()
    for members, people in ((0, 4), (4, 4), (1, 4), (0, 0)):
        tally.add(members, people)

    assert (tally.pairs, tally.some) == (4, 1)
    assert tally.shares == Counter({0: 2, 10: 1, 3: 1})
    assert str(tally) == "4 pairs, 0 disagreements, 25% non-trivial"


@pytest.mark.parametrize("kind", ["trait", "property"])
def test_every_field_operator_is_reached(kind: str) -> None:
    assert {test.op for test in of_kind(Test) if test.subject.kind == kind} == set(FIELD_OPERATORS)


def test_every_event_operator_is_reached() -> None:
    assert {test.op for test in of_kind(EventTest)} == set(EVENT_OPERATORS)


def test_every_metric_operator_is_reached() -> None:
    numbers = {test.op for test in of_kind(MetricTest) if test.metric.agg not in PICKS}
    picked = {test.op for test in of_kind(MetricTest) if test.metric.agg in PICKS}

    assert numbers == set(METRIC_OPERATORS)
    assert picked == set(PICK_OPERATORS)


def test_every_window_subject_aggregate_and_group_is_reached() -> None:
    assert {window.kind for window in of_kind(Window)} == set(get_args(language.WindowKind))
    assert {subject.kind for subject in of_kind(Subject)} == set(get_args(language.SubjectKind))
    assert {metric.agg for metric in of_kind(Metric)} == set(get_args(language.Aggregate))
    assert {group.op for group in of_kind(Group)} == {"all", "any", "none"}
    assert any(subject.size for subject in of_kind(Subject))


def test_sequences_of_every_length_and_form_are_reached() -> None:
    steps = of_kind(Step)

    assert {len(sequence.steps) for sequence in of_kind(Sequence)} == {2, 3, 4, 5, 6}
    assert {(step.negate, step.within is None, step.same is None) for step in steps} == {
        (negate, within, same) for negate in (False, True) for within in (False, True) for same in (False, True)
    }


def test_every_other_construct_is_reached() -> None:
    names = {type(part).__name__ for part in parts()}

    assert names >= {
        *("Not", "AudienceRef", "Sample", "StageEntered", "Regularity", "ParamDecl", "Param", "TraitRef"),
        *("Text", "Number", "Boolean", "TimeLiteral", "Today", "Now", "Ago", "FromNow", "Duration"),
    }
    assert any(test.ignore_case for test in of_kind(Test))


def test_elements_inside_elements_and_traits_beside_properties_are_reached() -> None:
    inside = [inner for test in of_kind(Test) if test.where is not None for inner in parts_of(test.where)]
    compared = [value for test in of_kind(Test) if test.subject.kind == "property" for value in parts_of(test.value)]

    assert any(isinstance(inner, Test) and inner.where is not None for inner in inside)
    assert any(isinstance(value, TraitRef) for value in compared)
