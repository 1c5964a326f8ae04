from __future__ import annotations

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.resolve import resolve
from muster.compiler.rule import EventTest, Regularity, Rule, Sequence, Step, Window
from muster.compiler.values import Duration, TimeLiteral
from muster.grammar.text import parse


def codes(rule: Rule) -> list[str]:
    """Give the codes of everything that stops a rule."""
    try:
        resolve(rule)
    except RuleError as error:
        return [diagnostic.code for diagnostic in error.diagnostics]
    return []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("did purchase at least 3 times in last 90 days", []),
        ("count of purchase > trait limit", []),
        ('count of purchase > "x"', ["E28"]),
        ("did signup then purchase within 2 hours", []),
        ("did signup then purchase within 1 month", ["E32"]),
        ("did login in at least 5 of the last 3 weeks", ["E28"]),
        ("did login in at least 0 of the last 3 weeks", ["E28"]),
        ("stopped login for 30 days looking back 90 days", []),
        ("stopped login for 30 days looking back 30 days", ["E33"]),
        ("stopped login for 1 month looking back 20 days", ["E33"]),
        ("did login on 2024-01-01T10:00:00", ["E28"]),
        ("sum(amount) of purchase >= true", ["E28"]),
        ('last(status) of payment = "failed"', []),
    ],
)
def test_event_conditions_in_text(source: str, expected: list[str]) -> None:
    assert codes(parse(source)) == expected


LOGIN = ("login",)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (EventTest(events=LOGIN, op="occured"), ["E29"]),
        (EventTest(events=LOGIN, op="first_occurred"), ["E28"]),
        (EventTest(events=LOGIN, op="occurred", value=Duration(3, "d")), ["E28"]),
        (EventTest(events=LOGIN, op="resumed", value=Duration(3, "d")), ["E28"]),
        (EventTest(events=LOGIN, op="occurred", lookback=Duration(3, "d")), ["E28"]),
        (
            EventTest(
                events=LOGIN,
                op="occurred_in_last",
                value=Duration(3, "d"),
                window=Window(kind="before", value=TimeLiteral("2024-01-01")),
            ),
            ["E28"],
        ),
        (
            EventTest(events=LOGIN, op="occurred_regularly", value=Regularity(minimum=1, of=2, unit="d", count=0)),
            ["E28"],
        ),
        (
            EventTest(
                events=LOGIN,
                op="occurred_regularly",
                value=Regularity(minimum=1, of=2, unit="h", calendar=True),
            ),
            ["E32"],
        ),
        (
            EventTest(events=LOGIN, op="occurred", window=Window(kind="last_calendar", value=Duration(3, "h"))),
            ["E32"],
        ),
        (Sequence(steps=(Step(events=LOGIN),)), ["E35"]),
        (Sequence(steps=tuple(Step(events=LOGIN) for _ in range(7))), ["E35"]),
        (Sequence(steps=(Step(events=LOGIN, negate=True), Step(events=LOGIN))), ["E35"]),
        (Sequence(steps=(Step(events=LOGIN), Step(events=LOGIN, negate=True), Step(events=LOGIN))), ["E35"]),
        (Sequence(steps=(Step(events=LOGIN), Step(events=LOGIN, negate=True))), []),
    ],
)
def test_event_conditions_that_text_cannot_spell(condition: EventTest | Sequence, expected: list[str]) -> None:
    assert codes(Rule(condition=condition)) == expected
