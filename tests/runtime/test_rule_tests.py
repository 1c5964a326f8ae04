"""A rule test passes if and only if the rule finds whom it should; every other outcome says who, and why."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from muster.backends.discover import all_backends
from muster.grammar.text import parse
from muster.runtime.clock import to_clock
from muster.runtime.errors import ChoiceError
from muster.runtime.rule_tests import Expected, Outcome, RuleTest, run_tests
from tests.rule_test_cases import RECENT, rule_test, rule_tests


def outcome_of(test: RuleTest, engine: str = "memory:") -> Outcome:
    (outcome,) = run_tests(rule_tests(test), engine)
    return outcome


@pytest.mark.parametrize("engine", [backend.schemes[0] for backend in all_backends()])
def test_every_engine_gives_the_same_outcomes(engine: str) -> None:
    outcomes = list(
        run_tests(
            rule_tests(
                rule_test(RECENT, Expected(members=("ann",))),
                rule_test(RECENT, Expected(members=("bob",))),
                rule_test({"trait": "plan", "op": "eq", "value": "free"}, Expected(members=("bob",))),
            ),
            f"{engine}:",
        )
    )

    assert [outcome.passed for outcome in outcomes] == [True, False, True]
    assert [(each.external_id, each.is_member) for each in outcomes[1].surprises] == [("ann", True), ("bob", False)]


@pytest.mark.parametrize("location", ["FILE", "//me:pass@127.0.0.1:1/x"])
@pytest.mark.parametrize("scheme", [scheme for backend in all_backends() for scheme in backend.schemes])
def test_people_who_are_made_up_go_nowhere(scheme: str, location: str, tmp_path: Path) -> None:
    engine = f"{scheme}:{location.replace('FILE', str(tmp_path / 'real'))}"
    with pytest.raises(ChoiceError, match=f'so the engine is "{scheme}:" alone') as caught:
        next(run_tests(rule_tests(), engine))

    assert list(tmp_path.iterdir()) == []
    assert "pass" not in str(caught.value)


@pytest.mark.parametrize(
    ("expected", "surprises"),
    [
        (Expected(members=("ann",)), []),
        (Expected(members=()), [("ann", True)]),
        (Expected(members=("ann", "eve")), [("eve", False)]),
        (Expected(includes=("ann",)), []),
        (Expected(includes=("bob", "ann")), [("bob", False)]),
        (Expected(excludes=("bob", "eve")), []),
        (Expected(excludes=("ann",)), [("ann", True)]),
    ],
)
def test_whom_a_rule_should_find(expected: Expected, surprises: list[tuple[str, bool]]) -> None:
    outcome = outcome_of(rule_test(RECENT, expected))

    assert [(each.external_id, each.is_member) for each in outcome.surprises] == surprises
    assert outcome.passed is (surprises == [])
    assert all(each.explanation.member is each.is_member for each in outcome.surprises)


def test_how_many_a_rule_should_find() -> None:
    assert outcome_of(rule_test(RECENT, Expected(count=1))).passed
    wrong = outcome_of(rule_test(RECENT, Expected(count=2)))

    assert (wrong.passed, wrong.counted, wrong.surprises) == (False, 1, ())


def test_a_person_who_does_not_exist_is_no_silent_pass() -> None:
    outcome = outcome_of(rule_test(RECENT, Expected(excludes=("nobody",))))

    assert (outcome.passed, outcome.strangers) == (False, ("nobody",))


def test_the_clock_is_the_tests_own() -> None:
    later = replace(rule_test(RECENT, Expected(members=())), clock=to_clock("2024-06-15T12:00:00.000001Z"))

    assert outcome_of(later).passed


def test_parameters_and_audiences_reach_the_rule() -> None:
    rule = "param least: number = 6; sum(usd) of buy >= $least and in audience buyers"
    tests = rule_tests(
        rule_test(rule, Expected(members=("bob",))), rule_test(rule, Expected(members=("ann", "bob")), least=5)
    )
    with_audience = replace(tests, audiences={"buyers": parse("did buy")})

    assert [outcome.passed for outcome in run_tests(with_audience)] == [True, True]


def test_a_wrong_rule_is_an_outcome_and_the_next_test_is_run() -> None:
    wrong, right = run_tests(
        rule_tests(rule_test("plan = pro", Expected(count=1)), rule_test("everyone", Expected(count=3)))
    )

    assert [each.code for each in wrong.problems] == ["E02"]
    assert (wrong.passed, right.passed) == (False, True)


def test_a_name_that_nobody_has_is_a_warning_or_with_strict_an_error() -> None:
    test = rule_test("plam = 1", Expected(count=0))
    (lenient,), (strict,) = run_tests(rule_tests(test)), run_tests(rule_tests(test), strict=True)

    assert (lenient.passed, [each.code for each in lenient.warnings]) == (True, ["E08"])
    assert (strict.passed, [each.code for each in strict.problems]) == (False, ["E08"])
