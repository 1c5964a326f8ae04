import operator
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from muster.backends.base import EventRow
from muster.backends.memory import evaluate, metrics, sequences, value_tests, views
from muster.backends.memory.evaluate import Scene, holds, look
from muster.backends.memory.views import MISSING
from muster.compiler.expr import (
    Broken,
    Compare,
    ElementTest,
    Expr,
    Field,
    FieldTest,
    IsList,
    Not,
    SequenceStep,
    TimeWindow,
    walk,
)
from muster.compiler.moments import Clock, bind_moment
from tests import metric_cases, people_cases, sequence_cases, value_cases
from tests.cases import CLOCK, Case, compare, elem, num, person, prop, text, trait

ALL = [*value_cases.CASES, *metric_cases.CASES, *sequence_cases.CASES, *people_cases.CASES]


def run(case: Case) -> bool:
    return holds(case.expr, Scene(case.profile, case.events, case.clock))


@pytest.mark.parametrize("case", people_cases.CASES, ids=str)
def test_person(case: Case) -> None:
    assert run(case) is case.expected


def test_cases_have_names_of_their_own() -> None:
    assert len({case.name for case in people_cases.CASES}) == len(people_cases.CASES)


@pytest.mark.parametrize("case", ALL, ids=str)
def test_a_rule_and_its_negation_share_everyone_unless_a_reference_is_broken(case: Case) -> None:
    broken = any(isinstance(node, Broken) for node in walk(case.expr))

    assert run(case) != holds(Not(case.expr), Scene(case.profile, case.events, case.clock)) or broken


def test_places_of_an_event_or_element_are_missing_outside_one() -> None:
    scene = Scene(person({"a": 1}), (), CLOCK)

    assert look(prop("a"), scene) is MISSING
    assert look(elem("a"), scene) is MISSING
    assert look(Field("profile", ("external_id",), size=True), scene) is MISSING


def test_a_list_in_a_trait_declared_single_passes_no_test_of_a_value() -> None:
    scene = Scene(person({"x": ["a", {"b": 1}]}), (), CLOCK, frozenset({("x",)}))

    assert not holds(compare(trait("x"), "eq", text("a")), scene)
    assert holds(FieldTest(trait("x"), IsList()), scene)
    assert holds(compare(trait("x", size=True), "eq", num(2)), scene)
    assert holds(ElementTest(trait("x"), compare(elem("b"), "eq", num(1))), scene)


# --- every table can fail: mistakes that engines make, planted, are each noticed by some case
def _wrong(cases: list[Case]) -> list[str]:
    return [case.name for case in cases if run(case) is not case.expected]


def _closed_window(micros: int, window: TimeWindow, clock: Clock) -> bool:
    start = None if window.start is None else bind_moment(window.start, clock)
    return (start is None or start <= micros) and micros <= min(bind_moment(window.end, clock), clock.as_of)


def _loose_order(event: EventRow, before: EventRow, step: SequenceStep) -> bool:
    return event.ts >= before.ts and (step.within is None or event.ts <= before.ts + step.within)


def _three_valued(expr: Expr, scene: Scene, *, positive: bool = True) -> bool:
    match expr:
        case Not(FieldTest(target, Compare())) if look(target, scene) is MISSING:
            return False
        case Not(arg):
            return not _three_valued(arg, scene)
        case _:
            return holds(expr, scene, positive=positive)


def _float_number(value: Any) -> float | None:
    return float(value) if abs(float(value)) < 1e18 else None


class Mistake(NamedTuple):
    module: Any
    name: str
    instead: Callable[..., Any]
    cases: list[Case]
    noticed: str


MISTAKES = [
    Mistake(metrics, "in_window", _closed_window, metric_cases.CASES, "an event at as_of is out"),
    Mistake(metrics, "_stored_view", lambda one: str(one.raw), metric_cases.CASES, '"1.50", 1.5 and 1.50 are two'),
    Mistake(sequences, "_follows", _loose_order, sequence_cases.CASES, "equal instants never order"),
    Mistake(sequences, "_time_is_up", lambda *_: True, sequence_cases.CASES, "the deadline is still running"),
    Mistake(views, "_number", _float_number, value_cases.CASES, "2^53+1 is not 2^53"),
    Mistake(views, "nfc", lambda text: text, value_cases.CASES, "text is compared in NFC"),
    Mistake(value_tests, "fold", str.casefold, value_cases.CASES, "and nothing else"),
    Mistake(evaluate, "_element_holds", lambda *_: True, people_cases.CASES, "a nested list never passes"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_planted_mistake_is_noticed(monkeypatch: pytest.MonkeyPatch, mistake: Mistake) -> None:
    assert _wrong(mistake.cases) == []

    monkeypatch.setattr(mistake.module, mistake.name, mistake.instead)

    assert mistake.noticed in _wrong(mistake.cases)


def test_a_planted_comparison_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(value_tests.STANDS, "lt", operator.le)

    assert "the high end is out" in _wrong(value_cases.CASES)


def test_three_valued_logic_is_noticed() -> None:
    wrong = [
        case.name
        for case in value_cases.CASES
        if _three_valued(case.expr, Scene(case.profile, case.events, case.clock)) is not case.expected
    ]

    assert "not eq on a missing trait is true" in wrong
