"""Leaves about events, sequences and references, and groups: what each takes, misses and refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.operators import EVENT_OPERATORS, METRIC_OPERATORS, PICK_OPERATORS
from muster.compiler.rule import (
    ANYTHING,
    AudienceRef,
    EventTest,
    Group,
    MetricTest,
    Not,
    Regularity,
    Sample,
    Sequence,
    StageEntered,
    Window,
)
from muster.compiler.values import Ago, Duration, Number, Param, TimeLiteral, Today, TraitRef
from muster.grammar.json_rule import load
from tests.json_documents import EVENT_VALUES, FILTER, event_leaf, faults, field_leaf, problems

LEAF = field_leaf("exists")


def metric_leaf(agg: str, op: str = "gte", value: Any = 5) -> dict[str, Any]:
    return {"event": "e", "agg": agg, "property": "p", "op": op, "value": value}


# ---- how often, or when ----


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_every_operator_is_read_with_where(op: str) -> None:
    condition = load({**event_leaf(op), "where": FILTER}).condition

    assert isinstance(condition, EventTest)
    assert (condition.op, condition.events) == (op, ("e",))
    assert condition.where is not None


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_every_operator_refuses_a_value_it_does_not_take(op: str) -> None:
    _, wrong = EVENT_VALUES[EVENT_OPERATORS[op].argument]
    found = faults({**event_leaf(op), "value": wrong})

    assert [code for code, _ in found] in (["E28"], ["E19"])
    assert found[0][1].startswith("/value")


@pytest.mark.parametrize("op", [name for name, op in EVENT_OPERATORS.items() if "value" in event_leaf(name)])
def test_every_operator_with_a_value_misses_it(op: str) -> None:
    leaf = {key: value for key, value in event_leaf(op).items() if key != "value"}

    assert faults(leaf) == [("E19", "")]


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_a_window_stands_where_the_registry_says_so(op: str) -> None:
    without = {key: value for key, value in event_leaf(op).items() if key != "window"}
    with_window = {**without, "window": {"this": "day"}}
    policy = EVENT_OPERATORS[op].window

    if policy == "none":
        assert faults(with_window) == [("E19", "/window")]
        return
    condition = load(with_window).condition
    assert isinstance(condition, EventTest)
    assert condition.window == Window(kind="this", value="day")
    if policy == "required":
        assert faults(without) == [("E19", "")]


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_look_back_and_gap_stand_with_one_operator_each(op: str) -> None:
    assert op == "stopped" or faults({**event_leaf(op), "lookback": "90d"}) == [("E19", "/lookback")]
    assert op == "resumed" or faults({**event_leaf(op), "gap": "90d"}) == [("E19", "/gap")]


def test_stopped_may_look_back_and_resumed_needs_its_gap() -> None:
    stopped = load({**event_leaf("stopped"), "lookback": "90d"}).condition
    resumed = load({**event_leaf("resumed"), "gap": {"param": "quiet"}}).condition

    assert isinstance(stopped, EventTest)
    assert isinstance(resumed, EventTest)
    assert stopped.lookback == Duration(90, "d")
    assert resumed.gap == Param("quiet")
    assert faults({"event": "e", "op": "resumed", "value": "7d"}) == [("E19", "")]


@pytest.mark.parametrize(
    ("event", "names"),
    [
        ("e", ("e",)),
        (["e"], ("e",)),
        (["a", "b", "a"], ("a", "b", "a")),
        ("*", ANYTHING),
        (["*"], ("*",)),
        (["a", "*"], ("a", "*")),
    ],
)
def test_events_are_one_several_or_any(event: Any, names: tuple[str, ...]) -> None:
    condition = load({"event": event, "op": "occurred"}).condition

    assert isinstance(condition, EventTest)
    assert condition.events == names


@pytest.mark.parametrize(
    ("event", "place"),
    [("", "/event/0"), ([], "/event"), (["*", ""], "/event/1"), (5, "/event"), (["a", 5], "/event/1")],
)
def test_what_names_no_event_is_refused(event: Any, place: str) -> None:
    found = faults({"event": event, "op": "occurred"})

    assert found == [("E19", place.removesuffix("/0") if event == "" else place)]


@pytest.mark.parametrize(
    ("value", "read"),
    [(3, Number(Decimal(3))), ({"param": "n"}, Param("n")), ({"trait": "seats"}, TraitRef(("seats",)))],
)
def test_a_count_is_a_number_a_parameter_or_a_trait(value: Any, read: Any) -> None:
    condition = load({"event": "e", "op": "count_gte", "value": value}).condition

    assert isinstance(condition, EventTest)
    assert condition.value == read


def test_regularity_has_its_parts() -> None:
    value = {"min": 3, "of": 4, "unit": "w", "calendar": True, "count": 2}
    condition = load({"event": "e", "op": "occurred_regularly", "value": value}).condition

    assert isinstance(condition, EventTest)
    assert condition.value == Regularity(minimum=3, of=4, unit="w", calendar=True, count=2)
    assert faults({"event": "e", "op": "occurred_regularly", "value": {"min": 3, "unit": "week", "per": 1}}) == [
        ("E19", "/value"),
        ("E19", "/value/per"),
        ("E19", "/value/unit"),
    ]


def test_a_comparison_on_an_event_is_told_as_a_count() -> None:
    (problem,) = problems({"event": "e", "op": "gte", "value": 3})

    assert (problem.code, problem.suggestions) == ("E29", ("count_gte",))


# ---- windows ----


@pytest.mark.parametrize(
    ("window", "read"),
    [
        ({"last": "30d"}, Window(kind="last", value=Duration(30, "d"))),
        ({"older_than": {"param": "x"}}, Window(kind="older_than", value=Param("x"))),
        ({"last_calendar": "3w"}, Window(kind="last_calendar", value=Duration(3, "w"))),
        ({"this": "month"}, Window(kind="this", value="month")),
        ({"previous": "year"}, Window(kind="previous", value="year")),
        (
            {"between": ["2024-01-01", {"ago": "7d"}]},
            Window(kind="between", value=(TimeLiteral("2024-01-01"), Ago(Duration(7, "d")))),
        ),
        ({"before": "2024-01-01"}, Window(kind="before", value=TimeLiteral("2024-01-01"))),
        ({"after": {"param": "x"}}, Window(kind="after", value=Param("x"))),
        ({"on": {"time": "today"}}, Window(kind="on", value=Today())),
    ],
)
def test_every_window_is_read(window: Any, read: Window) -> None:
    condition = load({"event": "e", "op": "count_gte", "value": 1, "window": window}).condition

    assert isinstance(condition, EventTest)
    assert condition.window == read


@pytest.mark.parametrize(
    ("window", "code", "place"),
    [
        ({}, "E19", ""),
        ({"last": "30d", "this": "day"}, "E19", ""),
        ({"lats": "30d"}, "E19", "/lats"),
        ({"last": 30}, "E28", "/last"),
        ({"last_calendar": {"param": "x"}}, "E19", "/last_calendar"),
        ({"this": "decade"}, "E19", "/this"),
        ({"between": ["2024-01-01"]}, "E28", "/between"),
        ({"between": "2024-01-01"}, "E19", "/between"),
        ({"before": {"trait": "x"}}, "E28", "/before"),
        ({"on": "2024-02-30"}, "E22", "/on"),
        ("30d", "E19", ""),
    ],
)
def test_a_wrong_window_is_refused(window: Any, code: str, place: str) -> None:
    assert (code, f"/window{place}") in faults({"event": "e", "op": "occurred", "window": window})


# ---- metrics ----


@pytest.mark.parametrize("agg", ["sum", "avg", "min", "max", "distinct"])
@pytest.mark.parametrize("op", METRIC_OPERATORS)
def test_numbers_drawn_from_events_take_comparisons(agg: str, op: str) -> None:
    condition = load({**field_leaf(op, "event"), "agg": agg, "property": "items.price"}).condition

    assert isinstance(condition, MetricTest)
    assert (condition.metric.agg, condition.metric.property, condition.op) == (agg, ("items", "price"), op)


@pytest.mark.parametrize("op", PICK_OPERATORS)
def test_picked_values_take_everything_but_time_and_element_tests(op: str) -> None:
    leaf = {**field_leaf(op, "event"), "agg": "last", "property": "status", "window": {"last": "30d"}}
    condition = load(leaf).condition

    assert isinstance(condition, MetricTest)
    assert (condition.op, condition.metric.agg) == (op, "last")


@pytest.mark.parametrize(("agg", "op"), [("sum", "contains"), ("first", "before"), ("last", "between")])
def test_other_operators_on_a_metric_are_refused(agg: str, op: str) -> None:
    assert ("E29", "/op") in faults(metric_leaf(agg, op))


def test_a_count_is_no_aggregate_in_a_condition() -> None:
    (problem,) = problems(metric_leaf("count"))

    assert (problem.code, problem.origin.path) == ("E19", "/agg")  # type: ignore[union-attr]  # the values written above have them
    assert problem.hint is not None
    assert "count_gte" in problem.hint


def test_an_aggregate_needs_its_property() -> None:
    leaf = metric_leaf("sum")
    del leaf["property"]

    assert faults(leaf) == [("E19", "")]
    assert faults({**metric_leaf("smu")}) == [("E19", "/agg")]


# ---- sequences ----


def test_a_sequence_has_its_steps() -> None:
    document = {
        "sequence": [
            {"event": "a", "where": FILTER},
            {"event": ["b", "c"], "within": "2h", "same": "x.y"},
            {"event": "d", "within": {"param": "w"}, "negate": True},
        ],
        "window": {"last": "7d"},
    }
    condition = load(document).condition

    assert isinstance(condition, Sequence)
    assert [step.events for step in condition.steps] == [("a",), ("b", "c"), ("d",)]
    assert condition.steps[1].same == ("x", "y")
    assert condition.steps[2].negate
    assert condition.window == Window(kind="last", value=Duration(7, "d"))


A, B = {"event": "a"}, {"event": "b"}


@pytest.mark.parametrize(
    ("steps", "code", "place"),
    [
        ([A], "E35", "/sequence"),
        ([], "E35", "/sequence"),
        ([A] * 7, "E17", "/sequence"),
        ([{**A, "within": "1h"}, B], "E35", "/sequence/0"),
        ([{**A, "same": "x"}, B], "E35", "/sequence/0"),
        ([{**A, "negate": True}, B], "E35", "/sequence/0"),
        ([A, {**B, "negate": True}, A], "E35", "/sequence/1"),
        ([A, {**B, "window": {"last": "1d"}}], "E19", "/sequence/1/window"),
        ([A, {}], "E19", "/sequence/1"),
        ([A, "b"], "E19", "/sequence/1"),
        ("ab", "E19", "/sequence"),
    ],
)
def test_what_is_no_sequence_is_refused(steps: Any, code: str, place: str) -> None:
    assert faults({"sequence": steps}) == [(code, place)]


# ---- references ----


def test_references_are_read() -> None:
    assert load({"audience": "VIP", "op": "in"}).condition == AudienceRef(name="VIP")
    assert load({"audience": "VIP", "op": "not_in"}).condition == Not(member=AudienceRef(name="VIP"))
    assert load({"sample": "salt", "op": "lt", "value": 12.5}).condition == Sample(salt="salt", percent=Decimal("12.5"))
    entered = {"lifecycle": "entered", "op": "in_last", "stage": "at_risk", "value": "7d"}
    assert load(entered).condition == StageEntered(stage="at_risk", within=Duration(7, "d"))


@pytest.mark.parametrize(
    ("leaf", "code", "place"),
    [
        ({"audience": "VIP"}, "E19", ""),
        ({"audience": "VIP", "op": "eq"}, "E29", "/op"),
        ({"audience": "", "op": "in"}, "E19", "/audience"),
        ({"audience": 5, "op": "in"}, "E19", "/audience"),
        ({"sample": "s", "op": "lte", "value": 5}, "E29", "/op"),
        ({"sample": "s", "op": "lt", "value": 100.5}, "E21", "/value"),
        ({"sample": "s", "op": "lt", "value": -1}, "E21", "/value"),
        ({"sample": "s", "op": "lt", "value": "5"}, "E19", "/value"),
        ({"lifecycle": "entered", "op": "in_last", "value": "7d"}, "E19", ""),
        ({"lifecycle": "entered", "op": "eq", "stage": "new", "value": "7d"}, "E29", "/op"),
    ],
)
def test_wrong_references_are_refused(leaf: Any, code: str, place: str) -> None:
    assert faults(leaf) == [(code, place)]


# ---- groups ----


@pytest.mark.parametrize("op", ["all", "any", "none"])
def test_groups_hold_any_number_of_conditions(op: str) -> None:
    condition = load({op: [LEAF, {"not": LEAF, "note": "why"}], "note": "because"}).condition

    assert isinstance(condition, Group)
    assert (condition.op, len(condition.members), condition.note) == (op, 2, "because")
    assert condition.members[1].note == "why"
    assert load({op: []}).condition == Group(op=op, members=())  # type: ignore[arg-type]  # a word of the table, or wrong on purpose


@pytest.mark.parametrize(
    ("node", "place"),
    [
        ({"all": [], "any": []}, ""),
        ({"all": {"trait": "x"}}, "/all"),
        ({"all": ["x"]}, "/all/0"),
        ({"not": []}, "/not"),
        ({"note": "x"}, ""),
        ({}, ""),
        ({**LEAF, "event": "e"}, ""),
        ({"all": [], "nots": {}}, "/nots"),
        ({**LEAF, "note": 5}, "/note"),
    ],
)
def test_a_node_is_exactly_one_condition(node: Any, place: str) -> None:
    assert faults(node) == [("E19", place)]
