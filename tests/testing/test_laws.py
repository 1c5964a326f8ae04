"""Each law passes on a rule that keeps it, fails on one that does not, and catches a wrong engine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

import muster
from muster.backends.base import ProfileRow
from muster.backends.memory import engine as memory
from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.expr import Expr
from muster.runtime.compilation import RuleSource
from muster.testing import (
    Person,
    assert_complement,
    assert_monotone_in_window,
    assert_subset,
    people,
    people_near,
    rules,
)

PRO = Person(ProfileRow(1, "a", traits={"plan": "pro"}))
FREE = Person(ProfileRow(1, "a", traits={"plan": "free"}))


def test_a_subset_passes() -> None:
    assert_subset('plan = "pro" and did login', 'plan in ("pro", "free")', proven=True)


def test_what_is_no_subset_shows_somebody() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_subset('plan in ("pro", "free")', 'plan = "pro"')

    told = str(caught.value)
    assert told.startswith("Everybody in the first rule should be in the second, and somebody is not.\nno: ")
    assert '  traits: {"plan": "free"}\n' in told


def test_a_proof_may_be_asked_for() -> None:
    unproven = ("sum(a) of p > 3", "max(a) of p > 0")
    assert_subset(*unproven, tries=50)

    with pytest.raises(AssertionError, match="A proof was asked for: there is no proof known"):
        assert_subset(*unproven, tries=50, proven=True)


@pytest.mark.parametrize(
    "rule", ['plan != "pro"', "did purchase at most 2 times in last 7 days", "not (seats > 3 or did a then b)"]
)
def test_a_rule_and_its_not_split_everybody(rule: str) -> None:
    assert_complement(rule)


def test_a_deleted_audience_keeps_no_complement() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_complement('plan = "pro" and in audience "Gone"', audiences={"Gone": None})

    told = str(caught.value)
    assert told.startswith("A rule and its `not` should split everybody, and somebody")
    assert "is in neither the rule nor its `not`." in told
    assert '  traits: {"plan": "pro"}\n' in told  # everybody else is in its `not`


@pytest.mark.parametrize(
    "rule", ["did purchase at least 2 times in last 7 days", 'plan = "pro" and did a in last 3 days then b']
)
def test_a_longer_window_keeps_everybody(rule: str) -> None:
    assert_monotone_in_window(rule)
    assert_monotone_in_window(rule, factor=3, engine="duckdb:", tries=40)


@pytest.mark.parametrize(
    "rule",
    [
        "did not purchase in last 7 days",
        "did purchase at most 2 times in last 7 days",
        "did purchase exactly 2 times in last 7 days",
        "sum(amount) of purchase in last 7 days > 100",  # a refund
        "stopped login for 7 days",
    ],
)
def test_a_longer_window_loses_somebody(rule: str) -> None:
    with pytest.raises(AssertionError, match="A longer window should keep everybody"):
        assert_monotone_in_window(rule)


def test_without_a_window_there_is_nothing_to_assert() -> None:
    with pytest.raises(ValueError, match="nothing to make longer"):
        assert_monotone_in_window("did purchase")


def test_a_rule_that_is_wrong_is_told() -> None:
    for law in (assert_complement, assert_monotone_in_window):
        with pytest.raises(muster.RuleError):
            law("a == 1")


# --- engines and people of one's own ------------------------------------------------------------------------------
def test_an_engine_may_be_named() -> None:
    assert_subset("seats > 3", "seats > 2", engine="duckdb:", tries=40)
    assert_complement('plan != "pro" and did purchase in last 7 days', engine="duckdb:", tries=40)
    with pytest.raises(muster.RuleError):
        assert_complement("seats > 3", engine="oracle:")


def test_people_may_be_given() -> None:
    assert_complement('plan = "pro"', people=[PRO, FREE])
    assert_subset("sum(a) of p > 3", "max(a) of p > 0", people=[PRO, FREE], tries=1)


def wrong_about(wrong: str, *, negated: bool) -> object:
    """Make an evaluator that is wrong about whoever has a plan, for rules whose top is a `not` or is none."""

    def answer(expr: Expr, scene: Scene) -> bool:
        right = holds(expr, scene)
        is_meant = (type(expr).__name__ == "Not") is negated
        return not right if is_meant and scene.profile.traits.get("plan") == wrong else right

    return answer


@pytest.mark.parametrize(
    ("wrong", "negated", "where"),
    [
        ("pro", True, "a is in both the rule"),
        ("free", True, "a 2 is in neither the rule"),
        ("pro", False, "a is in neither the rule"),
    ],
)
def test_a_wrong_engine_breaks_the_complement(
    wrong: str, where: str, monkeypatch: pytest.MonkeyPatch, *, negated: bool
) -> None:
    monkeypatch.setattr(memory, "holds", wrong_about(wrong, negated=negated))

    with pytest.raises(AssertionError, match=where) as caught:
        assert_complement('plan = "pro"', people=[PRO, FREE])
    assert "This is the answer of the engine memory:" in str(caught.value)


def test_a_wrong_engine_breaks_a_subset_that_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    rules_compared = ('plan = "pro" and not seats > 3', "not seats > 3")
    assert_subset(*rules_compared, proven=True, people=[PRO, FREE])
    monkeypatch.setattr(memory, "holds", wrong_about("pro", negated=True))

    with pytest.raises(AssertionError, match="answer of the engine memory:"):
        assert_subset(*rules_compared, proven=True, people=[PRO, FREE])


# --- with the strategies ------------------------------------------------------------------------------------------
@settings(max_examples=30, deadline=None)
@given(rules(), people())
def test_every_rule_splits_every_person(rule: muster.Rule, person: Person) -> None:
    assert_complement(rule, people=[person])


@settings(max_examples=15, deadline=None)
@given(rules())
def test_every_rule_is_in_itself(rule: RuleSource) -> None:
    assert_subset(rule, rule, proven=True)


@settings(max_examples=30, deadline=None)
@given(people_near("did purchase at least 2 times in last 7 days"))
def test_people_near_a_rule_may_be_given(person: Person) -> None:
    assert_monotone_in_window("did purchase at least 2 times in last 7 days", people=[person], tries=1)
