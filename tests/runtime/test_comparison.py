"""Two rules compared: proven, decided by somebody, or not known; and what both may refer to."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import muster
from muster.backends.memory.evaluate import holds
from muster.backends.tables import Catalogue
from muster.compiler.pipeline import compile_rule
from muster.compiler.resolve import Surroundings
from muster.compiler.rule import Rule
from muster.compiler.schema import Schema
from muster.runtime import comparison
from muster.runtime.comparison import Verdict
from muster.runtime.compilation import to_rule
from muster.runtime.search.person import Person
from muster.runtime.search.walk import Found
from tests.cases import person


def test_what_is_proven_needs_nobody() -> None:
    verdict = muster.subset('plan = "pro"', 'plan in ("pro", "free")')

    assert (verdict.answer, verdict.law, verdict.example, verdict.tried) == ("yes", "implied", None, 0)
    assert str(verdict).startswith("yes: everybody in the first rule is in the second: ")


def test_somebody_decides_the_rest() -> None:
    verdict = muster.subset("seats > 3", "seats > 5", as_of="2024-06-15")

    assert (verdict.answer, verdict.law) == ("no", None)
    assert verdict.example is not None
    assert verdict.example.profile.traits["seats"] in (4, 5)
    assert (verdict.example.first.member, verdict.example.second.member) == (True, False)
    assert str(verdict) == "no: somebody can be in the first rule and not in the second."


def test_what_is_not_found_out_is_neither() -> None:
    verdict = muster.subset("sum(a) of p > 3", "max(a) of p > 0", tries=30)

    assert (verdict.answer, verdict.law, verdict.example, verdict.tried) == ("unknown", None, None, 30)
    assert str(verdict).startswith("unknown: there is no proof known to Muster, and of 30 people made")
    assert str(verdict).endswith("that is not a yes.")
    assert "of 1 person made" in str(muster.subset("sum(a) of p > 3", "max(a) of p > 0", tries=1))


@pytest.mark.parametrize("second", ["a = 1", "a = 2"])
def test_a_verdict_is_not_true_or_false(second: str) -> None:
    with pytest.raises(TypeError, match=r"compare its \.answer"):
        bool(muster.subset("a = 1", second))


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        ("not (a = 1 and b = 2)", "a != 1 or b != 2", "yes"),
        ("did p in last 7 days", "did p in last 8 days", "no"),
        ("did p in last 8 days", "did p in last 7 days", "no"),
    ],
)
def test_two_rules_are_equivalent_or_somebody_is_in_one_alone(first: str, second: str, answer: str) -> None:
    verdict = muster.equivalent(first, second)

    assert verdict.answer == answer
    if verdict.example is not None:
        assert verdict.example.first.member is not verdict.example.second.member


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [("did p", "did not p", "no"), ("did p", "did q", "yes"), ("size(a) > 5", "size(a) < 3", "no")],
)
def test_rules_overlap_or_exclude_each_other(first: str, second: str, answer: str) -> None:
    verdict = muster.overlap(first, second)

    assert verdict.answer == answer
    assert (verdict.example is not None) == (answer == "yes")


def test_an_example_is_one_by_the_reference_evaluator_and_repeats() -> None:
    rules = ("did a in last 7 days then b within 3h", "did a then b within 2h")
    verdicts = [muster.subset(*rules, as_of="2024-06-15", timezone="Europe/Oslo", seed=7) for _ in range(2)]
    example = verdicts[0].example

    assert verdicts[0] == verdicts[1]
    assert example is not None
    found = [
        holds(compile_rule(to_rule(rule)).lowered, Person(example.profile, example.events).scene(verdicts[0].clock))
        for rule in rules
    ]
    assert found == [True, False]


def test_rules_may_refer_to_audiences_and_deleted_ones_keep_nobody() -> None:
    audiences = {"VIP": "ltv > 100", "Gone": None}

    assert muster.subset("ltv > 200", 'in audience "VIP"', audiences=audiences).answer == "yes"
    # Deleted, it is nobody, and so is everybody else.
    assert muster.subset('plan = "pro" and not in audience "Gone"', "a = 1", audiences=audiences).answer == "yes"
    verdict = muster.subset('plan = "pro"', 'not in audience "Gone"', audiences=audiences)
    assert verdict.answer == "no"
    assert verdict.example is not None


def test_each_rule_gets_the_parameters_that_it_knows() -> None:
    params = {"low": 3, "high": 5}

    assert muster.subset("seats > $high", "seats > $low", params=params).answer == "yes"
    assert muster.subset("seats > $high", "seats is set", params={"high": 5}).answer == "yes"
    assert muster.subset("seats is set", "seats > $high", params={"high": 5}).answer == "no"
    inside = {"Large": "seats > $high"}
    assert muster.subset('in audience "Large"', "seats > 1", params={"high": 5}, audiences=inside).answer == "yes"


def test_a_parameter_that_no_rule_knows_is_refused() -> None:
    with pytest.raises(muster.RuleError) as caught:
        muster.subset("seats > 1", "seats > 2", params={"high": 5})

    assert [found.code for found in caught.value.diagnostics] == ["E26"]


def test_a_rule_that_is_wrong_is_told() -> None:
    with pytest.raises(muster.RuleError):
        muster.overlap("seats == 1", "seats > 2")
    with pytest.raises(muster.RuleError):
        muster.overlap("seats = 1", "seats > 2", as_of="tomorrow")


def schema(*, single: bool) -> Schema:
    catalogue = Catalogue()
    catalogue.observe_profiles([person({"seats": 3})])
    if single:
        catalogue.declare(("seats",), single=True)
    return catalogue.schema()


@pytest.mark.parametrize("ask", [comparison.subset, comparison.equivalent, comparison.overlap])
@pytest.mark.parametrize("wrong", ["plan == 1", 'in audience "nobody"'], ids=["syntax", "meaning"])
def test_what_is_wrong_is_told_of_the_rule_that_is(ask: Callable[..., Verdict], wrong: str) -> None:
    for rules, within in (((wrong, "a = 1"), "first rule"), (("a = 1", wrong), "second rule")):
        with pytest.raises(muster.RuleError, match=rf"\({within}\)") as error:
            ask(*rules)
        assert {each.within for each in error.value.diagnostics} == {within}


def test_what_a_schema_declares_counts() -> None:
    assert muster.overlap("seats > 5", "seats < 3", schema=schema(single=False)).answer == "yes"
    assert muster.overlap("seats > 5", "seats < 3", schema=schema(single=True)).answer == "no"


def test_what_a_schema_does_not_know_is_told() -> None:
    verdict = muster.overlap("seats > 5", "seat < 3", schema=schema(single=False))

    assert [found.code for found in verdict.warnings] == ["E08"]


def test_a_person_who_decides_nothing_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparison, "search", lambda *_, **__: Found(Person(), 1))

    with pytest.raises(muster.InternalError):
        muster.subset("a = 1", "b = 2")


def test_sides_have_audiences_of_their_own() -> None:
    one, other = (comparison.Side(_refers(), {"VIP": to_rule(rule)}) for rule in ("a = 1", "a in (1, 2)"))
    clock = muster.subset("a = 1", "a = 1").clock

    assert comparison.compare("subset", (one, other), Surroundings(), clock).answer == "yes"
    assert comparison.compare("subset", (other, one), Surroundings(), clock).answer == "no"


def _refers() -> Rule:
    return to_rule('in audience "VIP"')
