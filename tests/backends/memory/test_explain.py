from decimal import Decimal
from fractions import Fraction

import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.explain import Evidence, explain_person
from muster.compiler.expr import (
    EVER,
    TRUE,
    And,
    Broken,
    Compare,
    ComparePair,
    Count,
    ElementTest,
    Events,
    Expr,
    FieldTest,
    Not,
    Present,
    Reduce,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
)
from muster.compiler.moments import from_micros
from tests.cases import CLOCK, DAY, NOW, Case, compare, event, last, metric, num, person, text, trait
from tests.metric_cases import CASES as METRIC_CASES
from tests.people_cases import CASES as PEOPLE_CASES

PRO = compare(trait("plan"), "eq", text("pro"))


def evidence(expr: Expr) -> Evidence:
    profile = person({"plan": "free", "items": [1, {"a": 2}], "goal": "30"}, stages=(("new", 5),))
    events = (event(NOW - 2 * DAY, {"p": 20}, mid="a"), event(NOW - DAY, {"p": 10}, mid="b"), event(NOW, mid="c"))
    [found] = explain_person(expr, profile, events, CLOCK).atoms
    return found


def test_an_atom_says_what_it_saw() -> None:
    assert evidence(PRO) == Evidence(PRO, holds=False, seen=("free",))


def test_a_missing_value_was_not_seen() -> None:
    atom = FieldTest(trait("nothing"), Present())

    assert evidence(Not(atom)) == Evidence(atom, holds=False)


def test_elements_are_given_as_they_are_stored() -> None:
    atom = ElementTest(trait("items"), TRUE)

    assert evidence(atom) == Evidence(atom, holds=True, seen=(1, {"a": 2}))


def test_a_metric_gives_its_value_and_its_events() -> None:
    atom = metric(Reduce("avg", ("p",)), Compare("gt", num(100)))

    assert evidence(atom) == Evidence(
        atom, holds=False, seen=(Fraction(15),), events=((NOW - 2 * DAY, "a"), (NOW - DAY, "b"))
    )


def test_a_pair_gives_both_sides() -> None:
    atom = metric(Reduce("sum", ("p",)), ComparePair("eq", trait("goal")), window=last(2 * DAY))

    assert evidence(atom) == Evidence(
        atom, holds=True, seen=(Fraction(30),), compared=("30",), events=((NOW - 2 * DAY, "a"), (NOW - DAY, "b"))
    )


def test_a_sequence_gives_the_events_it_ends_on() -> None:
    step = SequenceStep(Events(("buy",)), TRUE)
    atom = SequenceMatch((step, step), EVER)

    assert evidence(atom) == Evidence(atom, holds=True, events=((NOW - DAY, "b"),))


@pytest.mark.parametrize(
    ("atom", "seen"),
    [
        (Sample("s", Decimal(0)), ("u1",)),
        (StageEntered("active", EVER), (("new", from_micros(5)),)),
        (Broken("VIP"), ()),
    ],
)
def test_other_atoms(atom: Expr, seen: tuple[object, ...]) -> None:
    found = evidence(atom)

    assert (found.holds, found.seen) == (False, seen)


def test_atoms_come_in_the_order_written() -> None:
    count = metric(Count(), Compare("eq", num(0)))
    explanation = explain_person(And((count, Not(PRO), TRUE)), person(), (), CLOCK)

    assert explanation.member
    assert [(one.atom, one.holds) for one in explanation.atoms] == [(count, True), (PRO, False)]


@pytest.mark.parametrize("case", [*METRIC_CASES, *PEOPLE_CASES], ids=str)
def test_an_explanation_never_tells_another_story_than_the_answer(case: Case) -> None:
    explanation = explain_person(case.expr, case.profile, case.events, case.clock)

    assert explanation.member is holds(case.expr, Scene(case.profile, case.events, case.clock))


def test_a_list_in_a_single_trait_is_seen_but_passes_nothing() -> None:
    person_with_plans = person({"plan": ["pro"]})

    assert explain_person(PRO, person_with_plans, (), CLOCK).member
    assert explain_person(PRO, person_with_plans, (), CLOCK, single=frozenset({("plan",)})).atoms == (
        Evidence(PRO, holds=False, seen=("pro",)),
    )
