"""Conditions on one line, also those that no front end lets through."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.rule import Condition, EventTest, Group, Metric, MetricTest, Not, Subject, Test
from muster.compiler.values import Duration, Number, Text
from muster.grammar.english_conditions import inline, metric
from muster.grammar.english_parts import Voice
from muster.grammar.english_words import ENGLISH

PEOPLE = Voice(ENGLISH)


def leaf(name: str, op: str = "exists", value: Any = None) -> Test:
    return Test(subject=Subject(kind="property", path=(name,)), op=op, value=value)


def test_groups_in_groups_stand_in_brackets() -> None:
    both = Group(op="all", members=(leaf("x"), leaf("y")))
    either = Group(op="any", members=(both, leaf("z"), Group(op="all", members=())))
    neither = Group(op="none", members=(either, leaf("w")))

    assert inline(either, PEOPLE) == "(x is set and y is set) or z is set or everyone"
    assert inline(neither, PEOPLE) == "neither ((x is set and y is set) or z is set or everyone) nor w is set"
    assert inline(Not(member=both), PEOPLE) == "not (x is set and y is set) (a missing value counts as no match)"


def test_inside_where_the_values_are_those_of_events() -> None:
    test = EventTest(events=("e",), op="occurred", where=leaf("p", "neq", Text("x")))

    assert inline(test, PEOPLE) == 'did e where (p is not "x" (including events with no p))'
    assert inline(Group(op="all", members=()), PEOPLE.about("event")) == "always"
    assert inline(Group(op="any", members=()), PEOPLE.about("element")) == "never"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (leaf("x", "resembles", Text("y")), 'x resembles "y"'),
        (leaf("x", "is so", Text("y")), 'x `is so` "y"'),
        (leaf("x", "between", Text("y")), 'x `between` "y"'),
        (leaf("x", "exists", Text("y")), 'x exists "y"'),
        (leaf("x", "eq", (Text("y"), Text("z"))), 'x eq ("y", "z")'),
        (leaf("x", "is_type", Text("colour")), "x is a colour"),
        (EventTest(events=("e",), op="vanished", value=Duration(7, "d")), "vanished e 7 days"),
        (EventTest(events=("e",), op="count_gte"), "count_gte e"),
    ],
)
def test_what_is_wrong_is_still_said(condition: Condition, said: str) -> None:
    assert inline(condition, PEOPLE) == said


def test_a_metric_without_property_is_still_said() -> None:
    assert metric(Metric(events=("e",), agg="sum"), PEOPLE) == "the sum of nothing of e"


def test_ignored_case_is_said_of_metrics_too() -> None:
    drawn = Metric(events=("e",), agg="last", property=("plan",))
    test = MetricTest(metric=drawn, op="eq", value=Text("pro"), ignore_case=True)

    assert inline(test, PEOPLE) == 'the plan of the last e is "pro", ignoring case'


def test_once_is_said_in_the_singular() -> None:
    for op, said in (("count_gte", "did e at least 1 time"), ("count_gt", "did e more than 1 time")):
        assert inline(EventTest(events=("e",), op=op, value=Number(Decimal(1))), PEOPLE) == said
