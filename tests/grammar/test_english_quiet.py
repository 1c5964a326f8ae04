"""Whom a condition includes in silence, also checked against whom the reference evaluator finds."""

from __future__ import annotations

import pytest

from muster.backends.base import ProfileRow
from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.lower import lower
from muster.compiler.moments import Clock
from muster.compiler.resolve import resolve
from muster.compiler.rule import Condition, EventTest, MetricTest, Not, Test
from muster.grammar import english_quiet as quiet
from muster.grammar.english_parts import Voice
from muster.grammar.english_words import ENGLISH
from muster.grammar.text import parse

PEOPLE = Voice(ENGLISH)


def said_of_test(text: str) -> str:
    condition = parse(text).condition
    assert isinstance(condition, Test)
    return quiet.of_test(condition, "x", PEOPLE)


def said_of_events(text: str) -> str:
    condition = parse(text).condition
    assert isinstance(condition, EventTest)
    return quiet.of_event_test(condition, PEOPLE)


def said_of_metric(text: str) -> str:
    condition = parse(text).condition
    assert isinstance(condition, MetricTest)
    return quiet.of_metric_test(condition, PEOPLE)


def said_of_not(text: str) -> str:
    condition = parse(text).condition
    assert isinstance(condition, Not)
    return quiet.of_negation(condition.member, "x", PEOPLE)


@pytest.mark.parametrize("test", ["x != 1", "x not in (1)", "x is not a number", "x not in last 7 days"])
def test_negative_tests_include_people_without_the_value(test: str) -> None:
    assert said_of_test(test) == " (including people with no x)"


@pytest.mark.parametrize("test", ["x = 1", "x is set", "x is not set", "x is not empty", "any x where (y = 1)"])
def test_other_tests_include_nobody_in_silence(test: str) -> None:
    assert said_of_test(test) == ""


def test_element_tests_include_people_without_elements() -> None:
    assert said_of_test("all x where (y = 1)") == " (including people with nothing in x)"
    assert said_of_test("no x where (y = 1)") == " (including people with nothing in x)"
    assert said_of_test("x is empty") == " (or not set)"


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("did e at most 2 times", ", including never"),
        ("did e exactly 0 times", ", including never"),
        ("count of e < 0.5", ", including never"),
        ("count of e < 0", ""),
        ("count of e != 0", ""),
        ("count of e > -1", ", including never"),
        ("count of e >= $n", ""),
        ("count of e <= $n", ", including never"),
        ("did e between 0 and 3 times", ", including never"),
        ("did e between 5 and 2 times", ""),
        ("did not e", ""),
        ("did not e in last 3 days", ", including people who never did"),
        ("did e in last 3 days", ""),
        ("stopped e for 3 days", ""),
    ],
)
def test_events_include_people_who_never_did_it_where_zero_will_do(test: str, said: str) -> None:
    assert said_of_events(test) == said


@pytest.mark.parametrize(
    ("test", "says_so"),
    [
        ("sum(p) of e < 5", True),
        ("sum(p) of e > 5", False),
        ("sum(p) of e > -5", True),
        ("distinct(p) of e = 0", True),
        ("avg(p) of e < 5", False),
        ("avg(p) of e != 5", True),
        ("last(p) of e is not set", True),
        ("last(p) of e is set", False),
        ("last(p) of e is empty", True),
        ("last(p) of e is not empty", False),
    ],
)
def test_metrics_include_people_without_events_where_nothing_passes(test: str, says_so: bool) -> None:  # noqa: FBT001 (a column of the table)
    assert (said_of_metric(test) == " (including people with none)") == says_so


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ("not x = 1", " (including people with no x)"),
        ("not x != 1", ""),
        ("not x is set", ""),
        ("not x is empty", ""),
        ("not x is not empty", " (or not set)"),
        ("not count of e != 0", ", including people who never did"),
        ("not any x where (y = 1)", " (including people with nothing in x)"),
        ("not all x where (y = 1)", ""),
        ("not did e", ", including people who never did"),
        ("not did not e", ""),
        ("not did e at most 2 times", ""),
        ("not sum(p) of e > 5", " (including people with none)"),
        ("not sum(p) of e < 5", ""),
        ("not did a then b", ", including people who never did"),
        ("not entered lifecycle new in last 7 days", ", including people who never did"),
        ('not in audience "VIP"', ""),
        ('not sample 5% of "s"', ""),
        ("not not x = 1", ""),
        ("not (x = 1 or y = 1)", " (a missing value counts as no match)"),
        ("not everyone", ""),
    ],
)
def test_a_complement_includes_whom_the_condition_leaves_out(test: str, said: str) -> None:
    assert said_of_not(test) == said


# These include whoever has nothing by what they say.
OUTRIGHT = ["x is not set", "did not e", "not x is set", "not last_seen is set"]
TESTS = [
    *("x != 1", "x = 1", "x > 1", "x not in (1)", "x in (1)", "x is empty", "x is not empty", "x is set"),
    *(
        "x is not set",
        "did not e",
        "x is a number",
        "x is not a list",
        "x in last 7 days",
        "x not in last 7 days",
        'x contains "a"',
    ),
    *('x does not match "a"', 'x has all of ("a")', 'x has none of ("a")', "x between 1 and 2", "size(x) != 0"),
    *("any x where (y != 1)", "all x where (y = 1)", "no x where (y = 1)", "lifecycle is not new", "last_seen is set"),
    *("did e", "did e in last 7 days", "did not e in last 7 days", "did nothing in last 7 days", "did not e today"),
    *("did e at least 0 times", "did e at least 1 times", "did e at most 2 times", "did e fewer than 1 times"),
    *("did e exactly 0 times", "did e exactly 1 times", "count of e != 0", "count of e != 2", "count of e > -1"),
    *("did e between 0 and 2 times", "did e between 2 and 0 times", "did e between 1 and 2 times"),
    *("did e for the first time in last 7 days", "did e in at least 3 of the last 4 weeks", "stopped e for 7 days"),
    *("sum(p) of e < 5", "sum(p) of e >= 0", "sum(p) of e = 0", "sum(p) of e != 0", "distinct(p) of e > 0"),
    *("avg(p) of e < 5", "avg(p) of e != 5", "max(p) of e > 0", "last(p) of e is not set", "first(p) of e != 5"),
    *("last(p) of e is empty", "last(p) of e is not empty", "did a then b", "did a then not b within 2 hours"),
    "entered lifecycle new in last 7 days",
]


def remark(condition: Condition) -> str:
    """Give what is said about those whom a condition includes in silence."""
    match condition:
        case Test():
            return quiet.of_test(condition, "x", PEOPLE)
        case EventTest():
            return quiet.of_event_test(condition, PEOPLE)
        case MetricTest():
            return quiet.of_metric_test(condition, PEOPLE)
        case Not(member=member):
            return quiet.of_negation(member, "x", PEOPLE)
        case _:
            return ""


@pytest.mark.parametrize("text", [*TESTS, *(f"not {test}" for test in TESTS)])
def test_people_without_anything_are_mentioned_exactly_where_the_evaluator_finds_them(text: str) -> None:
    unknown = Scene(ProfileRow(1, "u1"), (), Clock(as_of=1_700_000_000_000_000))
    rule = parse(text)

    assert (remark(rule.condition) != "") == (holds(lower(resolve(rule)), unknown) and text not in OUTRIGHT)


def test_an_unknown_operator_says_nothing_more() -> None:
    condition = parse("x = 1").condition
    assert isinstance(condition, Test)
    unknown = Test(subject=condition.subject, op="resembles", value=condition.value)

    assert quiet.of_test(unknown, "x", PEOPLE) == ""
    assert quiet.of_negation(unknown, "x", PEOPLE) == ""
    assert quiet.of_event_test(EventTest(events=("e",), op="vanished"), PEOPLE) == ""
    assert quiet.of_negation(EventTest(events=("e",), op="vanished"), "", PEOPLE) == ""
