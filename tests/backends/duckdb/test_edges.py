"""Where engines break: the largest numbers, long lists, heavy users, ties; the reference says what is right."""

from __future__ import annotations

import time
from collections.abc import Sequence
from decimal import Decimal

import pytest

from muster.backends.base import EventRow, ProfileRow
from muster.backends.duckdb.client import open_engine
from muster.backends.memory import BACKEND as MEMORY
from muster.backends.tables import Catalogue
from muster.compiler.expr import (
    EVER,
    TRUE,
    Compare,
    ComparePair,
    Count,
    Distinct,
    Events,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Pick,
    Reduce,
    SequenceMatch,
    SequenceStep,
    TextTest,
)
from muster.compiler.planner import plan
from tests.cases import CLOCK, DAY, MINUTE, NOW, compare, metric, num, trait, within

LARGEST = Decimal("999999999999999999.999999999")
SMALLEST = Decimal("0.000000001")


def members(expr: Expr, people: Sequence[ProfileRow], events: Sequence[EventRow]) -> list[str]:
    """Ask both engines, which must agree."""
    catalogue = Catalogue()
    catalogue.observe_profiles(people)
    catalogue.observe_events(events)
    answers = []
    for engine in (open_engine("", catalogue.schema()), MEMORY.connect("", catalogue.schema())):
        engine.load(people, events)
        answers.append(engine.members(plan(expr, expr), CLOCK).to_pylist())
        engine.close()
    assert answers[0] == answers[1]
    found: list[str] = answers[0]
    return found


def buys(pid: int, *amounts: object) -> list[EventRow]:
    return [
        EventRow(pid, "buy", NOW - DAY + index, f"{pid}-{index}", {"n": each}) for index, each in enumerate(amounts)
    ]


# --- numbers ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (metric(Reduce("sum", ("n",)), Compare("gt", num("999999999999999999"))), ["u1", "u3"]),
        (metric(Reduce("avg", ("n",)), Compare("eq", num(str(LARGEST)))), ["u1"]),
        (metric(Reduce("avg", ("n",)), Compare("lt", num(str(LARGEST)))), ["u2", "u3"]),
        (metric(Reduce("avg", ("n",)), ComparePair("eq", trait("most"))), ["u1"]),
        (metric(Reduce("sum", ("n",)), Compare("eq", num("0"))), ["u0", "u2"]),
        (metric(Reduce("min", ("n",)), Compare("eq", num(str(-LARGEST)))), ["u2"]),
        (metric(Reduce("sum", ("n",)), within(num("-1"), num("0.000000001"))), ["u0", "u2"]),
        (metric(Reduce("avg", ("n",)), OneOf("num", (LARGEST, SMALLEST))), ["u1"]),
    ],
    ids=str,
)
def test_sums_and_averages_of_the_largest_numbers_are_exact(expr: Expr, expected: list[str]) -> None:
    people = [ProfileRow(pid, f"u{pid}", traits={"most": LARGEST}) for pid in range(4)]
    events = [*buys(1, *[LARGEST] * 50), *buys(2, LARGEST, -LARGEST), *buys(3, *[LARGEST] * 49, LARGEST - SMALLEST)]

    assert members(expr, people, events) == expected


def test_distinct_values_are_counted_by_stored_kind_across_scalars_and_lists() -> None:
    people = [ProfileRow(pid, f"u{pid}") for pid in range(1, 5)]
    events = [
        *buys(1, "1.50", Decimal("1.5"), True, "true", ["1.50", Decimal("1.50")]),
        *buys(2, 1, Decimal("1.0"), [1, [2], {"a": 1}, None]),
        *buys(3, [], {}, None),
    ]

    for number, expected in ((4, ["u1"]), (1, ["u2"]), (0, ["u3", "u4"])):
        assert members(metric(Distinct(("n",)), Compare("eq", num(number))), people, events) == expected


# --- long lists and long texts ----------------------------------------------------------------------------------
LONG = "Long" * 100


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (FieldTest(trait("t"), OneOf("str", tuple(f"v{n}" for n in range(1000)))), ["u1", "u3"]),
        (Not(FieldTest(trait("t"), OneOf("str", tuple(f"v{n}" for n in range(1000))))), ["u2", "u4", "u5"]),
        (FieldTest(trait("t"), OneOf("num", tuple(Decimal(n) / 4 for n in range(1000)))), ["u2", "u3"]),
        (FieldTest(trait("t"), TextTest("equals", LONG.lower(), ignore_case=True)), ["u5"]),
        (Not(FieldTest(trait("t"), TextTest("contains", LONG.upper(), ignore_case=True))), ["u1", "u2", "u3", "u4"]),
        (compare(trait("t", size=True), "eq", num(3)), ["u3"]),
    ],
    ids=["texts", "not texts", "numbers", "long", "not long", "size"],
)
def test_long_lists_and_long_texts(expr: Expr, expected: list[str]) -> None:
    values = ["v7", Decimal("1.25"), ["no", "v999", 2], None, LONG]
    people = [ProfileRow(pid, f"u{pid}", traits={"t": value}) for pid, value in enumerate(values, start=1)]

    assert members(expr, people, []) == expected


def test_a_metric_can_be_one_of_many_numbers() -> None:
    people = [ProfileRow(pid, f"u{pid}") for pid in range(3)]
    wanted = OneOf("num", tuple(Decimal(n) for n in range(2, 150)))

    assert members(metric(Count(), wanted), people, [*buys(1, 1), *buys(2, 1, 2)]) == ["u2"]
    unwanted = OneOf("num", (Decimal(0), *wanted.values))
    assert members(metric(Count(), unwanted), people, [*buys(1, 1), *buys(2, 1, 2)]) == ["u0", "u2"]


# --- ties -------------------------------------------------------------------------------------------------------
def test_ties_are_broken_by_the_bytes_of_the_message_id() -> None:
    people = [ProfileRow(1, "u1")]
    ids = {"a": 1, "Z": 2, "é": 3, "🙂": 4, "\uffff": 5}
    events = [EventRow(1, "buy", NOW - 1, mid, {"n": value}) for mid, value in ids.items()]

    assert members(metric(Pick("first", ("n",)), Compare("eq", num(2))), people, events) == ["u1"]
    assert members(metric(Pick("last", ("n",)), Compare("eq", num(4))), people, events) == ["u1"]


# --- heavy users ------------------------------------------------------------------------------------------------
def step(name: str, within_: int | None = None, same: tuple[str, ...] | None = None) -> SequenceStep:
    return SequenceStep(Events((name,)), TRUE, within_, same)


HEAVY = 20_000
HEAVY_SEQUENCES = {
    "within": SequenceMatch((step("a"), step("b", MINUTE), step("a", MINUTE)), EVER),
    "any time": SequenceMatch((step("a"), step("b"), step("a")), EVER),
    "same": SequenceMatch((step("a"), step("b", DAY, ("k",))), EVER),
    "same list": SequenceMatch((step("a"), step("b", DAY, ("l",))), EVER),
    "not within": SequenceMatch((step("a"),), EVER, step("b", MINUTE)),
    "not same": SequenceMatch((step("a"),), EVER, step("b", DAY, ("k",))),
    "not same list": SequenceMatch((step("a"),), EVER, step("b", DAY, ("l",))),
}


@pytest.mark.parametrize("name", HEAVY_SEQUENCES)
def test_a_heavy_user_does_not_cost_the_square_of_their_events(name: str) -> None:
    events = [
        EventRow(1, "ab"[number % 2], NOW - DAY * 30 + number * MINUTE, f"m{number}", {"k": "x", "l": ["x", "y"]})
        for number in range(HEAVY)
    ]
    people = [ProfileRow(1, "u1")]
    catalogue = Catalogue()
    catalogue.observe_events(events)
    engine = open_engine("", catalogue.schema())
    engine.load(people, events)
    expr = HEAVY_SEQUENCES[name]
    started = time.perf_counter()
    count = engine.count(plan(expr, expr), CLOCK)
    taken = time.perf_counter() - started
    engine.close()

    assert count == (0 if name.startswith("not") else 1)
    assert taken < 5  # 10^8 pairs would take far longer


def test_a_last_event_is_asked_by_itself_even_when_another_shares_its_instant() -> None:
    blocked = EventRow(1, "a", NOW - DAY, "m1", {"l": ["x", "y"]})
    free = EventRow(1, "a", NOW - DAY, "m2", {"l": ["z"]})
    keyless = EventRow(1, "a", NOW - DAY, "m3", {})
    blocker = EventRow(1, "b", NOW - DAY + 1, "m4", {"l": "y"})
    expr = SequenceMatch((step("a"),), EVER, step("b", MINUTE, ("l",)))
    people = [ProfileRow(1, "u1")]

    assert members(expr, people, [blocked, blocker]) == []
    assert members(expr, people, [blocked, free, blocker]) == ["u1"]
    assert members(expr, people, [blocked, keyless, blocker]) == ["u1"]
