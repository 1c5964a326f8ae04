"""People at the edges of rules, told apart by their ids."""

from __future__ import annotations

from dataclasses import replace

from muster.backends.memory.evaluate import holds
from muster.compiler.expr import TRUE
from muster.compiler.normal_form import normalise
from muster.compiler.pipeline import compile_rule
from muster.runtime.compilation import to_rule
from muster.runtime.search.crowd import crowd, numbered
from muster.runtime.search.person import Person
from tests.cases import CLOCK, event, person

RULES = [
    normalise(compile_rule(to_rule(rule)).lowered)
    for rule in ('plan = "pro" and seats > 3', "did purchase at least 2 times in last 7 days", 'external_id = "x"')
]


def test_some_are_in_each_rule_and_some_are_not() -> None:
    people = crowd(RULES, CLOCK, 200)

    for rule in RULES[:2]:  # of one name there is but one
        assert 5 < sum(holds(rule, each.scene(CLOCK)) for each in people) < 195


def test_rules_without_tests_need_nobody_in_particular() -> None:
    assert {each.events for each in crowd([TRUE], CLOCK, 3)} == {()}


def test_the_same_seed_makes_the_same_people() -> None:
    assert crowd(RULES, CLOCK, 20) == crowd(RULES, CLOCK, 20)
    assert crowd(RULES, CLOCK, 20) != crowd(RULES, CLOCK, 20, seed=2)


def test_people_are_told_apart() -> None:
    named = Person(person(external_id="x"), (event(5), event(6)))
    found = numbered([Person(), named, named, Person()])

    assert [each.profile.external_id for each in found] == ["somebody 1", "x", "x 3", "somebody 4"]
    assert [each.profile.pid for each in found] == [1, 2, 3, 4]
    assert {each.pid for each in found[1].events} == {2}
    assert replace(found[1].profile, pid=1) == named.profile
