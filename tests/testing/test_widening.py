"""Which windows become longer."""

from __future__ import annotations

import pytest

from muster.compiler.expr import Expr
from muster.compiler.pipeline import compile_rule
from muster.runtime.compilation import to_rule
from muster.testing.widening import widened


def expr(rule: str) -> Expr:
    return compile_rule(to_rule(rule)).lowered


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("did a in last 7 days", "did a in last 14 days"),
        ("did a in last 1 month", "did a in last 2 months"),
        ("sum(x) of a in last 7 days > 3", "sum(x) of a in last 14 days > 3"),
        ("did a for the first time in last 7 days", "did a for the first time in last 14 days"),
        ("did a for the last time in last 7 days", "did a for the last time in last 14 days"),
        ("did a in last 7 days then b within 1 day", "did a in last 14 days then b within 1 day"),
        ("not (plan = 1 and did a in last 7 days)", "not (plan = 1 and did a in last 14 days)"),
    ],
)
def test_windows_that_reach_back_from_now_become_longer(narrow: str, wide: str) -> None:
    assert widened(expr(narrow)) == expr(wide)


def test_so_many_times_as_long() -> None:
    assert widened(expr("did a in last 7 days"), 3) == expr("did a in last 21 days")


@pytest.mark.parametrize(
    "rule",
    [
        "did a",
        "did a more than 7 days ago",
        "did a in this month",
        "did a after 2024-01-01",
        "did a between 2024-01-01 and 2024-02-01",
        "did a for the first time before 2024-01-01",
        "trial in next 3 days",
        'plan = "pro"',
        "did a in at least 2 of the last 3 weeks",
    ],
)
def test_other_windows_stay(rule: str) -> None:
    assert widened(expr(rule)) == expr(rule)
