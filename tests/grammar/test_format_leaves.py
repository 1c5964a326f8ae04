"""Leaves are spelled by tables that know every operator; what has no words is told as a bug."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import InternalError
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import ANYTHING, EventTest, Metric, Subject, Test, Window
from muster.compiler.values import Duration, Text
from muster.grammar import format_leaves
from muster.grammar.format_leaves import events_text, leaf, metric, window_text

PLAN = Subject(kind="trait", path=("plan",))


def test_every_operator_of_the_registry_has_words():
    worded = {
        *format_leaves._ONE_VALUE,
        *format_leaves._PAIRS,
        *format_leaves._LISTS,
        *format_leaves._NO_VALUE,
        *format_leaves._LENGTHS,
        *format_leaves._TYPES,
        *format_leaves._QUANTIFIERS,
    }

    assert worded == FIELD_OPERATORS.keys()
    assert {*format_leaves._HOW_OFTEN, *format_leaves._COUNT_COMPARISONS} == EVENT_OPERATORS.keys()


@pytest.mark.parametrize(
    "condition",
    [
        Test(subject=PLAN, op="resembles", value=Text("x")),
        Test(subject=PLAN, op="in_last", value=Text("x")),
        EventTest(events=("a",), op="occurred_twice"),
    ],
)
def test_what_has_no_words_is_a_bug(condition: Test | EventTest):
    with pytest.raises(InternalError):
        list(leaf(condition))


def test_a_window_without_words_is_a_bug():
    with pytest.raises(InternalError):
        window_text(Window(kind="last", value="day"))


def test_events():
    assert events_text(("a",)) == "a"
    assert events_text(("any",)) == '"any"'
    assert events_text(("a", "any", "b c")) == 'any of (a, any, "b c")'
    assert events_text(ANYTHING) == "anything"
    assert events_text(("*",)) == '"*"'


def test_a_leaf_is_strings_and_filters():
    where = Test(subject=Subject(kind="property", path=("x",)), op="exists")
    drawn = Metric(events=("a",), agg="count", where=where, window=Window(kind="last", value=Duration(1, "d")))

    assert list(metric(drawn)) == ["count of a", " where ", where, " in last 1 day"]
