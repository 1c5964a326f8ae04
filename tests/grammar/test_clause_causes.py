"""Slips in the clauses of events, each with the rule that was meant."""

from __future__ import annotations

import pytest

from muster.compiler.diagnostics import Diagnostic, RuleError
from muster.grammar.text import parse


def refused(source: str) -> tuple[Diagnostic, ...]:
    with pytest.raises(RuleError) as caught:
        parse(source)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("did buy >= 3 times", "did buy at least 3 times"),
        ("did buy > 3", "did buy more than 3 times"),
        ("did buy = 1 time in last 3 days", "did buy exactly 1 times in last 3 days"),
        ("did buy <= 2 x", "did buy at most 2 times"),
        ("did buy < 2 times", "did buy fewer than 2 times"),
        ("did buy exactly 1 time", "did buy exactly 1 times"),
        ("did buy last 30 days", "did buy in last 30 days"),
        ("did buy past 30 days", "did buy in last 30 days"),
        ("did buy in past 30 days", "did buy in last 30 days"),
        ("did buy in the past 30 days", "did buy in the last 30 days"),
        ("born next 3 days", "born in next 3 days"),
        ("did buy in 30 days", "did buy in last 30 days"),
        ("born in 30 days", "born in last 30 days"),
    ],
)
def test_what_was_meant_is_the_only_suggestion_and_parses(source: str, meant: str) -> None:
    (problem,) = refused(source)

    assert problem.suggestions == (meant,)
    assert parse(meant)


def test_two_slips_are_mended_together() -> None:
    assert {problem.suggestions for problem in refused("did buy >= 2 times past 30 days")} == {
        ("did buy at least 2 times in last 30 days",)
    }


@pytest.mark.parametrize("source", ["did buy at least 2.5 times", "did buy exactly 0.5 times"])
def test_a_broken_count_is_told(source: str) -> None:
    (problem,) = refused(source)

    assert problem.message.startswith("Events happen a whole number of times")


@pytest.mark.parametrize("source", ["born after plan", "did buy before launch", "born on monday and seats > 1"])
def test_a_name_where_a_time_is_expected_is_not_quoted(source: str) -> None:
    (problem,) = refused(source)

    assert (problem.code, problem.fix) == ("E02", None)
    assert problem.message.startswith("A date or time is expected")


@pytest.mark.parametrize(
    "source", ["last = 3", "did last", "did next then past within 3 days", "past after 2024-01-01"]
)
def test_names_that_read_like_clauses_are_names(source: str) -> None:
    assert parse(source)
