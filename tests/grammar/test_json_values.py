"""Values inside leaves: what each JSON form becomes, and that no form is taken for another."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, get_args

import pytest

from muster.compiler.operators.spec import Argument, EventArgument
from muster.compiler.rule import ParamType, Rule, Test
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    FromNow,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
    TraitRef,
)
from muster.grammar.json_rule import load
from muster.grammar.json_values import ARGUMENTS, DEFAULTS, EVENT_ARGUMENTS
from tests.json_documents import faults

WEEK = Duration(7, "d")


def value_of(rule: Rule) -> Any:
    assert isinstance(rule.condition, Test)
    return rule.condition.value


def test_every_argument_kind_of_the_registry_has_a_shape() -> None:
    assert set(ARGUMENTS) == set(get_args(Argument))
    assert set(EVENT_ARGUMENTS) == set(get_args(EventArgument))
    assert set(DEFAULTS) == set(get_args(ParamType))


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("pro", Text("pro")),
        ("2024-01-01", Text("2024-01-01")),
        ("30d", Text("30d")),
        ("", Text("")),
        ("cafe\u0301", Text("caf\u00e9")),
        (42, Number(Decimal(42))),
        (0.1, Number(Decimal("0.1"))),
        (True, Boolean(True)),
        ({"param": "x"}, Param("x")),
        ({"trait": "a.b"}, TraitRef(("a", "b"))),
        ({"trait": ["a.b"]}, TraitRef(("a.b",))),
        ({"time": "2024-01-01"}, TimeLiteral("2024-01-01")),
        ({"time": "today"}, Today()),
        ({"time": "now"}, Now()),
        ({"ago": "7d"}, Ago(WEEK)),
        ({"ago": {"param": "x"}}, Ago(Param("x"))),
        ({"from_now": "7d"}, FromNow(WEEK)),
    ],
)
def test_a_value_is_what_its_json_form_says(value: Any, read: Any) -> None:
    assert value_of(load({"trait": "t", "op": "eq", "value": value})) == read


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("2024-01-01", TimeLiteral("2024-01-01")),
        ("2024-01-01T10:00:00+02:00", TimeLiteral("2024-01-01T10:00:00+02:00")),
        ({"time": "2024-01-01"}, TimeLiteral("2024-01-01")),
        ({"time": "now"}, Now()),
        ({"ago": "7d"}, Ago(WEEK)),
        ({"param": "x"}, Param("x")),
        ({"trait": "born"}, TraitRef(("born",))),
    ],
)
def test_a_plain_text_is_a_time_where_the_operator_takes_one(value: Any, read: Any) -> None:
    assert value_of(load({"trait": "t", "op": "before", "value": value})) == read


@pytest.mark.parametrize(("value", "read"), [("7d", WEEK), ({"param": "x"}, Param("x"))])
def test_a_plain_text_is_a_length_where_the_operator_takes_one(value: Any, read: Any) -> None:
    assert value_of(load({"trait": "t", "op": "in_last", "value": value})) == read


@pytest.mark.parametrize(
    ("op", "value", "code"),
    [
        ("eq", {"dur": "7d"}, "E28"),
        ("eq", {"time": "noon"}, "E28"),
        ("eq", {"time": "2024-02-30"}, "E22"),
        ("eq", {"ago": "5m"}, "E05"),
        ("eq", {}, "E28"),
        ("eq", 10**18, "E21"),
        ("eq", Decimal("0.0000000001"), "E21"),
        ("before", True, "E28"),
        ("before", "today", "E28"),
        ("before", "yesterday", "E28"),
        ("in_last", "100000d", "E17"),
        ("in_last", "a week", "E28"),
        ("in_last", True, "E28"),
        ("is_type", "duration", "E19"),
    ],
)
def test_a_value_of_another_kind_is_refused(op: str, value: Any, code: str) -> None:
    (fault,) = faults({"trait": "t", "op": op, "value": value})

    assert fault[0] == code
    assert fault[1].startswith("/value")


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"param": "x", "trait": "y"}, "/value/trait"),
        ({"param": ""}, "/value/param"),
        ({"trait": "a..b"}, "/value/trait"),
        ({"trait": []}, "/value/trait"),
        ({"trait": ["a", 1]}, "/value/trait"),
        ({"trait": 5}, "/value/trait"),
        ({"ago": {"param": 5}}, "/value/ago/param"),
    ],
)
def test_a_tagged_value_has_its_one_key_and_nothing_else(value: Any, place: str) -> None:
    assert faults({"trait": "t", "op": "eq", "value": value}) == [("E19", place)]


@pytest.mark.parametrize(
    ("path", "segments"),
    [("plan", ("plan",)), ("a.b", ("a", "b")), (["a.b"], ("a.b",)), (["", "b"], ("", "b")), ("é", ("é",))],
)
def test_a_path_is_split_at_dots_and_a_list_keeps_them(path: Any, segments: tuple[str, ...]) -> None:
    condition = load({"trait": path, "op": "exists"}).condition

    assert isinstance(condition, Test)
    assert condition.subject.path == segments


@pytest.mark.parametrize(("count", "code"), [(-1, "E21"), (1.5, "E21"), (100_000, "E21"), (True, "E19"), ("3", "E19")])
def test_counts_are_whole_and_bounded(count: Any, code: str) -> None:
    leaf = {"event": "e", "op": "occurred_regularly", "value": {"min": count, "of": 4, "unit": "w"}}

    assert faults(leaf) == [(code, "/value/min")]
