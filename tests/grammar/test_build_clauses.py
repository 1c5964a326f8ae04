"""Time windows: every kind, in every place that takes one."""

from __future__ import annotations

import pytest

from muster.compiler.rule import EventTest, MetricTest, Sequence, Window
from muster.compiler.values import Ago, Duration, Now, Param, TimeLiteral, Today
from muster.grammar.text import parse

WINDOWS: dict[str, Window | None] = {
    "in last 30 days": Window(kind="last", value=Duration(30, "d")),
    "in the last 1 day": Window(kind="last", value=Duration(1, "d")),
    "more than 30 days ago": Window(kind="older_than", value=Duration(30, "d")),
    "in last 3 calendar weeks": Window(kind="last_calendar", value=Duration(3, "w")),
    "in this month": Window(kind="this", value="month"),
    "in previous quarter": Window(kind="previous", value="quarter"),
    "in previous years": Window(kind="previous", value="year"),
    "today": Window(kind="this", value="day"),
    "yesterday": Window(kind="previous", value="day"),
    "between 2024-01-01 and now": Window(kind="between", value=(TimeLiteral("2024-01-01"), Now())),
    "between $a and $b": Window(kind="between", value=(Param("a"), Param("b"))),
    "before today": Window(kind="before", value=Today()),
    "after 7 days ago": Window(kind="after", value=Ago(Duration(7, "d"))),
    "on 2024-01-01": Window(kind="on", value=TimeLiteral("2024-01-01")),
    "ever": None,
}


@pytest.mark.parametrize("text", WINDOWS)
def test_window_of_a_count(text: str):
    test = parse(f"did a at least 2 times {text}").condition
    assert isinstance(test, EventTest)

    assert test.window == WINDOWS[text]


@pytest.mark.parametrize("text", WINDOWS)
def test_window_of_a_metric(text: str):
    test = parse(f"sum(x) of a {text} > 3").condition
    assert isinstance(test, MetricTest)

    assert test.metric.window == WINDOWS[text]


@pytest.mark.parametrize("text", WINDOWS)
def test_window_of_a_sequence_stands_on_its_first_step(text: str):
    sequence = parse(f"did a {text} then b").condition
    assert isinstance(sequence, Sequence)

    assert sequence.window == WINDOWS[text]


@pytest.mark.parametrize("text", WINDOWS)
def test_clauses_stand_in_any_order(text: str):
    count, where = "between 2 and 5 times", "where (x = 1)"

    assert (
        parse(f"did a {text} {count} {where}").condition
        == parse(f"did a {where} {count} {text}").condition
        == parse(f"did a {count} {where} {text}").condition
    )
