"""Laws of lowering; what each operator means is shown by its examples on every back-end."""

from __future__ import annotations

import pytest

from muster.compiler.expr import FALSE, TRUE, And, Broken, EventMetric, Expr, Not
from muster.compiler.lower import lower
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS, EventOperator, Operator
from muster.compiler.resolve import DELETED, Surroundings, resolve
from muster.grammar.text import parse


def core(source: str) -> Expr:
    around = Surroundings(audiences={"Gone": DELETED, "VIP": parse("ltv > 1000")})
    return lower(resolve(parse(source), around))


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        ('plan != "free"', 'plan = "free"'),
        ('plan is not "free"', 'plan = "free"'),
        ("plan is not set", "plan is set"),
        ('plan not in ("a", "b")', 'plan in ("a", "b")'),
        ('tags has none of ("a", "b")', 'tags has any of ("a", "b")'),
        ("born not in last 3 days", "born in last 3 days"),
        ("no items where (x = 1)", "any items where (x = 1)"),
        ("did not buy", "did buy"),
        ("did not buy in last 3 days", "did buy in last 3 days"),
        ("count of buy != 2", "count of buy = 2"),
        ("sum(amount) of buy != 2", "sum(amount) of buy = 2"),
        ('none of (plan = "a", plan = "b")', 'any of (plan = "a", plan = "b")'),
    ],
)
def test_a_negative_is_the_complement_of_its_positive(negative: str, positive: str) -> None:
    assert core(negative) == Not(core(positive))


@pytest.mark.parametrize(
    ("sugar", "plain"),
    [
        ('tags has "a"', 'tags = "a"'),
        ('tags has any of ("a", "b")', 'tags in ("a", "b")'),
        ("count of buy >= 3", "did buy at least 3 times"),
        ("never did buy", "did not buy"),
        ("did nothing in last 3 days", "did not anything in last 3 days"),
        ('in audience "VIP"', "ltv > 1000"),
        ("stopped buy for 30 days", "did buy more than 30 days ago and did not buy in last 30 days"),
        ("computed n = count of buy; computed n > 3", "count of buy > 3"),
        ("born in last 2 weeks", "born in last 14 days"),
    ],
)
def test_sugar_lowers_to_the_same_core(sugar: str, plain: str) -> None:
    assert core(sugar) == core(plain)


def test_an_event_called_by_the_mark_for_every_event_is_one_event() -> None:
    every, starred, one_of = (core(f"did {events}") for events in ("anything", '"*"', 'any of (a, "*")'))

    assert isinstance(every, EventMetric)
    assert isinstance(starred, EventMetric)
    assert isinstance(one_of, EventMetric)
    assert (every.events.names, starred.events.names, one_of.events.names) == ((), ("*",), ("a", "*"))


def test_empty_groups_are_constants() -> None:
    assert [core(source) for source in ("all of ()", "any of ()", "none of ()", "everyone", "nobody")] == [
        TRUE,
        FALSE,
        TRUE,
        TRUE,
        FALSE,
    ]


def test_a_deleted_audience_stays_visible() -> None:
    assert core("not in audience Gone") == Not(Broken("Gone"))


def test_every_operator_lowers_or_is_a_complement() -> None:
    registry: dict[str, Operator | EventOperator] = {**FIELD_OPERATORS, **EVENT_OPERATORS}

    assert [name for name, op in registry.items() if (op.lower is None) == (op.complement_of is None)] == []
    assert [name for name, op in registry.items() if op.complement_of and op.complement_of not in registry] == []


def test_an_audience_named_twice_is_lowered_once() -> None:
    around = Surroundings(audiences={"A": parse("ltv > 1"), "B": parse("in audience A")})
    lowered = lower(resolve(parse("in audience A and in audience B"), around))

    assert isinstance(lowered, And)
    assert lowered.args[0] is lowered.args[1]
