"""Event conditions: how clauses in any order become one operator, and sequences."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.operators import EVENT_OPERATORS
from muster.compiler.rule import ANYTHING, EventTest, Not, Regularity, Sequence, Step, Window
from muster.compiler.values import Duration, Number, Param, TimeLiteral
from muster.grammar.text import parse

TWO, FIVE = Number(Decimal(2)), Number(Decimal(5))
WEEK = Duration(7, "d")
LAST_WEEK = Window(kind="last", value=WEEK)
JANUARY = Window(kind="between", value=(TimeLiteral("2024-01-01"), TimeLiteral("2024-02-01")))

TESTS: dict[str, EventTest] = {
    "did a": EventTest(events=("a",), op="occurred"),
    "did a ever": EventTest(events=("a",), op="occurred"),
    "did a today": EventTest(events=("a",), op="occurred", window=Window(kind="this", value="day")),
    "did a in last 7 days": EventTest(events=("a",), op="occurred_in_last", value=WEEK),
    "did a in last $n": EventTest(events=("a",), op="occurred_in_last", value=Param("n")),
    "did not a": EventTest(events=("a",), op="not_occurred"),
    "did not a in the last 7d": EventTest(events=("a",), op="not_occurred_in_last", value=WEEK),
    "did nothing in last 7 days": EventTest(events=ANYTHING, op="not_occurred_in_last", value=WEEK),
    "did not anything": EventTest(events=ANYTHING, op="not_occurred"),
    'did "*"': EventTest(events=("*",), op="occurred"),
    'did any of (a, "*")': EventTest(events=("a", "*"), op="occurred"),
    "did anything": EventTest(events=ANYTHING, op="occurred"),
    "never did a": EventTest(events=("a",), op="not_occurred"),
    'did any of (a, "b c",)': EventTest(events=("a", "b c"), op="occurred"),
    "did a at least 2 times": EventTest(events=("a",), op="count_gte", value=TWO),
    "did a at most 2 times in last 7 days": EventTest(events=("a",), op="count_lte", value=TWO, window=LAST_WEEK),
    "did a in last 7 days exactly 2 times": EventTest(events=("a",), op="count_eq", value=TWO, window=LAST_WEEK),
    "did a more than 2 times": EventTest(events=("a",), op="count_gt", value=TWO),
    "did a fewer than 2 times": EventTest(events=("a",), op="count_lt", value=TWO),
    "did a between 2 and 5 times between 2024-01-01 and 2024-02-01": EventTest(
        events=("a",), op="count_between", value=(TWO, FIVE), window=JANUARY
    ),
    "count of a != 2": EventTest(events=("a",), op="count_neq", value=TWO),
    "count of a in last 7 days >= $n": EventTest(events=("a",), op="count_gte", value=Param("n"), window=LAST_WEEK),
    "did a for the first time in last 7 days": EventTest(events=("a",), op="first_occurred", window=LAST_WEEK),
    "did a for the last time between 2024-01-01 and 2024-02-01": EventTest(
        events=("a",), op="last_occurred", window=JANUARY
    ),
    "did a for the first time": EventTest(events=("a",), op="occurred"),
    "did a in at least 3 of the last 4 weeks": EventTest(
        events=("a",), op="occurred_regularly", value=Regularity(minimum=3, of=4, unit="w")
    ),
    "did a at least 2 times in at least 3 of last 4 calendar weeks": EventTest(
        events=("a",),
        op="occurred_regularly",
        value=Regularity(minimum=3, of=4, unit="w", calendar=True, count=2),
    ),
    "stopped a for 7 days": EventTest(events=("a",), op="stopped", value=WEEK),
    "stopped a for 7 days looking back $n": EventTest(events=("a",), op="stopped", value=WEEK, lookback=Param("n")),
    "resumed a in last 7 days after gap of 2 months": EventTest(
        events=("a",), op="resumed", value=WEEK, gap=Duration(2, "mo")
    ),
}


@pytest.mark.parametrize("text", TESTS)
def test_event_condition(text: str):
    assert parse(text).condition == TESTS[text]


def test_every_operator_of_the_registry_has_a_spelling():
    assert {test.op for test in TESTS.values()} == EVENT_OPERATORS.keys()


@pytest.mark.parametrize(
    "count", ["at least 2 times", "for the last time in last 7 days", "in at least 3 of the last 4 weeks"]
)
def test_did_not_with_a_count_is_the_complement_of_the_count(count: str):
    assert parse(f"did not a {count}").condition == Not(member=parse(f"did a {count}").condition)


def test_steps_of_a_sequence():
    assert parse("did a in last 7 days then b with same x.y within 7 days then not c").condition == Sequence(
        steps=(
            Step(events=("a",)),
            Step(events=("b",), within=WEEK, same=("x", "y")),
            Step(events=("c",), negate=True),
        ),
        window=LAST_WEEK,
    )


def test_where_filters_each_step():
    sequence = parse("did a where (x = 1) then b where (y = 1)").condition
    assert isinstance(sequence, Sequence)

    assert all(step.where is not None for step in sequence.steps)


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("did a in last 7 days today", "E15", "today"),
        ("did a ever today", "E15", "today"),
        ("did a where (x = 1) where (y = 1)", "E15", "where (y = 1)"),
        ("did a for the first time at least 2 times", "E15", "at least 2 times"),
        ("did a in at least 3 of the last 4 weeks in last 7 days", "E15", "in last 7 days"),
        ("did a in at least 3 of the last 4 weeks for the last time", "E15", "for the last time"),
        ("did a at most 2 times in at least 3 of the last 4 weeks", "E15", "in at least 3 of the last 4 weeks"),
        ("did a within 3 days", "E15", "within 3 days"),
        ("did a at least 2 times then b", "E15", "at least 2 times"),
        ("did a then b exactly 2 times", "E15", "exactly 2 times"),
        ("did a then b for the first time", "E15", "for the first time"),
        ("did a then b in last 7 days then c", "E10", "in last 7 days"),
        ("did nothing exactly 2 times", "E15", "exactly 2 times"),
        ("never did a in last 7 days", "E15", "in last 7 days"),
        ("did not a then b", "E15", "then b"),
        ("count of a exactly 2 times > 3", "E15", "exactly 2 times"),
        ("sum(x) of a with same y > 3", "E15", "with same y"),
        ("did a between 1 and 2", "E15", "between 1 and 2"),
        ('did a before "2024-01-01"', "E13", '"2024-01-01"'),
        ('did a between "x" and 3 times', "E13", '"x"'),
        ("did a in last 3 calendar hours", "E13", "hours"),
        ("did a in this minute", "E13", "minute"),
        ("did a in at least 1 of the last 2 calendar seconds", "E13", "seconds"),
    ],
)
def test_clauses_that_do_not_go_together_are_shown_at_their_place(text: str, code: str, place: str):
    with pytest.raises(RuleError) as refused:
        parse(text)

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == code
    assert (diagnostic.origin.start, diagnostic.origin.end) == (text.rindex(place), text.rindex(place) + len(place))  # type: ignore[union-attr]  # text has spans
