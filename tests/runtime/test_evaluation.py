"""Rules on an engine: one by one, and many in one go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from muster.backends.base import Engine, EngineError, EventRow, Limits, ProfileRow
from muster.backends.discover import all_backends, get_backend
from muster.compiler.diagnostics import RuleError
from muster.runtime.clock import to_clock
from muster.runtime.evaluation import evaluate, evaluate_many
from tests.sql_text import schema_of

NOW = to_clock("2024-06-15").as_of
DAY = 86_400_000_000
PEOPLE = tuple(ProfileRow(pid, f"u{pid}", traits={"plan": "pro" if pid % 2 else "free"}) for pid in range(6))
EVENTS = tuple(EventRow(pid, "buy", NOW - pid * 10 * DAY, f"m{pid}", {"amount": pid}) for pid in range(1, 6))
RULES = [
    'plan = "pro"',
    "did buy in last 30 days",
    'not did buy or plan = "free"',
    "param least: number = 3; sum(amount) of buy > $least",
]


@pytest.fixture(params=[backend.name for backend in all_backends()])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    backend = next(each for each in all_backends() if each.name == request.param)
    opened = backend.connect("", schema_of(PEOPLE, EVENTS))
    opened.load(PEOPLE, EVENTS)
    yield opened
    opened.close()


def test_many_rules_give_what_each_gives_alone(engine: Engine) -> None:
    batch = evaluate_many(RULES, engine, as_of="2024-06-15")
    alone = [evaluate(rule, engine, as_of="2024-06-15") for rule in RULES]

    assert batch.counts() == [each.count() for each in alone] == [3, 3, 3, 2]
    assert [ids.to_pylist() for ids in batch.members()] == [each.members().to_pylist() for each in alone]


def test_no_rules_are_no_answers(engine: Engine) -> None:
    batch = evaluate_many([], engine, as_of="2024-06-15")

    assert batch.counts() == []
    assert batch.members() == []


def test_what_an_engine_refuses_of_many_rules_is_placed_in_none() -> None:
    schema = schema_of(PEOPLE, EVENTS)
    unordered = replace(schema, events=replace(schema.events, order=None))
    engine = get_backend("duckdb").connect("", unordered)
    batch = evaluate_many(['plan = "pro"', "first(amount) of buy = 1"], engine)

    for ask in (batch.counts, batch.members):
        with pytest.raises(RuleError, match="buy") as refused:
            ask()
        assert [each.origin for each in refused.value.diagnostics] == [None]
    engine.close()


@pytest.mark.parametrize(
    ("rule", "codes"),
    [
        ('plan = "pro"', []),
        ('plan = "Pro"', ["L205"]),
        ('plan = "pro" or did buy and did buy', ["L101"]),
        ('plan = "pro" and not plan = "pro"', ["L204"]),  # and no L201, which is for who writes a rule
        ('plan != "pro" and did not bye', ["E08"]),
    ],
)
def test_what_makes_an_answer_doubtful_is_told(engine: Engine, rule: str, codes: list[str]) -> None:
    assert [warning.code for warning in evaluate(rule, engine, as_of="2024-06-15").warnings] == codes


def test_a_window_without_any_event_is_noted(engine: Engine) -> None:
    late = evaluate("did buy in last 30 days", engine, as_of="2025-06-15")

    assert [(note.code, note.source) for note in late.notes] == [("L209", "did buy in last 30 days")]
    assert (late.count(), late.warnings) == (0, ())
    assert evaluate("did buy in last 30 days", engine, as_of="2024-06-15").notes == ()


def test_what_is_doubtful_is_told_for_each_rule(engine: Engine) -> None:
    batch = evaluate_many(['plan = "pro"', "did bye"], engine, as_of="2024-06-15")

    assert [[warning.code for warning in warnings] for warnings in batch.warnings] == [[], ["E08"]]


def test_a_wrong_rule_among_many_is_told(engine: Engine) -> None:
    with pytest.raises(RuleError, match="Text values need quotes"):
        evaluate_many(['plan = "pro"', "plan = pro"], engine)


def test_the_limit_of_rows_is_for_each_rule(engine: Engine) -> None:
    batch = evaluate_many(RULES[:3], engine, as_of="2024-06-15", limits=Limits(rows=3))
    assert [len(ids) for ids in batch.members()] == [3, 3, 3]

    with pytest.raises(EngineError) as caught:
        evaluate_many(RULES[:3], engine, as_of="2024-06-15", limits=Limits(rows=2)).members()
    assert caught.value.limit == "rows"
