"""Loading: the brief's rules, the text form's twin, every problem at once, limits, what is kept of the source."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest

from muster.compiler.diagnostics import MAX_DIAGNOSTICS, RuleError
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import EventTest, Group, Rule, Test
from muster.compiler.values import Duration, Text
from muster.grammar.json_dump import dump, dump_text
from muster.grammar.json_rule import load, load_library
from muster.grammar.limits import MAX_DEPTH, MAX_LEAVES, MAX_LIBRARY_TEXT, MAX_LIST, MAX_TEXT
from muster.grammar.text import parse
from tests.json_documents import FILTER, faults, field_leaf, problems
from tests.timing import seconds

LEAF = field_leaf("exists")
ACTIVE_PRO = """{ "all": [
{ "trait": "plan", "op": "eq", "value": "pro" },
{ "event": "feature_used", "op": "occurred_in_last", "value": "30d" },
{ "any": [
{ "trait": "country", "op": "eq", "value": "US" },
{ "trait": "country", "op": "eq", "value": "CA" }
]}
]}"""
EXAMPLES = sorted(
    {
        example.rule
        for examples in (
            *(operator.examples for operator in FIELD_OPERATORS.values()),
            *(operator.examples for operator in EVENT_OPERATORS.values()),
        )
        for example in examples
    }
)


def nested(depth: int, leaf: Any = LEAF, key: str = "not") -> Any:
    for _ in range(depth):
        leaf = {key: leaf if key == "not" else [leaf]}
    return leaf


def test_a_rule_of_the_api_loads_unchanged() -> None:
    rule = load(ACTIVE_PRO)

    assert rule.source == ACTIVE_PRO
    assert isinstance(rule.condition, Group)
    plan, used, country = rule.condition.members
    assert isinstance(plan, Test)
    assert (plan.subject.path, plan.op, plan.value) == (("plan",), "eq", Text("pro"))
    assert isinstance(used, EventTest)
    assert (used.events, used.op, used.value) == (("feature_used",), "occurred_in_last", Duration(30, "d"))
    assert isinstance(country, Group)
    assert dump(rule) == json.loads(ACTIVE_PRO)


def test_text_bytes_and_a_mapping_are_one_rule() -> None:
    rule = load(ACTIVE_PRO)

    assert load(ACTIVE_PRO.encode()) == rule == load(json.loads(ACTIVE_PRO))
    assert load(ACTIVE_PRO.encode()).source == ACTIVE_PRO
    assert load(json.loads(ACTIVE_PRO)).source is None


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ('plan != "free"', {"trait": "plan", "op": "ne", "value": "free"}),
        (
            'did purchase where (amount > 50 and currency = "EUR") at least 3 times in last 90 days',
            {
                "event": "purchase",
                "op": "count_gte",
                "value": 3,
                "where": {
                    "all": [
                        {"property": "amount", "op": "gt", "value": 50},
                        {"property": "currency", "op": "eq", "value": "EUR"},
                    ]
                },
                "window": {"last": "90d"},
            },
        ),
        (
            "sum(amount) of purchase in last 90 days >= 500",
            {
                "event": "purchase",
                "agg": "sum",
                "property": "amount",
                "op": "gte",
                "value": 500,
                "window": {"last": "90d"},
            },
        ),
        (
            "did signup for the first time in last 7 days and did not invite_sent",
            {
                "all": [
                    {"event": "signup", "op": "first_occurred", "window": {"last": "7d"}},
                    {"event": "invite_sent", "op": "not_occurred"},
                ]
            },
        ),
        (
            "did checkout_started in last 7 days then not purchase within 24 hours",
            {
                "sequence": [{"event": "checkout_started"}, {"event": "purchase", "within": "24h", "negate": True}],
                "window": {"last": "7d"},
            },
        ),
        (
            "did login in at least 3 of the last 4 weeks",
            {"event": "login", "op": "occurred_regularly", "value": {"min": 3, "of": 4, "unit": "w"}},
        ),
        (
            "stopped login for 30 days looking back 90 days",
            {"event": "login", "op": "stopped", "value": "30d", "lookback": "90d"},
        ),
        (
            'tags has "beta" and email does not end with "@acme.com" and trial_ends in next 3 days',
            {
                "all": [
                    {"trait": "tags", "op": "has", "value": "beta"},
                    {"trait": "email", "op": "not_ends_with", "value": "@acme.com"},
                    {"trait": "trial_ends", "op": "in_next", "value": "3d"},
                ]
            },
        ),
        (
            'lifecycle is at_risk and last_seen more than 14 days ago and not in audience "Internal staff"',
            {
                "all": [
                    {"profile": "lifecycle_stage", "op": "eq", "value": "at_risk"},
                    {"profile": "last_seen", "op": "older_than", "value": "14d"},
                    {"audience": "Internal staff", "op": "not_in"},
                ]
            },
        ),
        ("lifecycle p_return < 0.3", {"lifecycle": "p_return", "op": "lt", "value": 0.3}),
        (
            "entered lifecycle at_risk in last 7 days",
            {"lifecycle": "entered", "op": "in_last", "stage": "at_risk", "value": "7d"},
        ),
        (
            "let vip = 1000; param days: duration = 30 days; ltv >= $vip and did login in last $days",
            {
                "version": 1,
                "let": {"vip": 1000},
                "params": {"days": {"type": "duration", "default": "30d"}},
                "rule": {
                    "all": [
                        {"trait": "ltv", "op": "gte", "value": {"param": "vip"}},
                        {"event": "login", "op": "occurred_in_last", "value": {"param": "days"}},
                    ]
                },
            },
        ),
    ],
)
def test_text_and_json_are_the_same_rule(text: str, document: Any) -> None:
    assert load(document) == parse(text)


@pytest.mark.parametrize("sentence", EXAMPLES)
def test_every_example_of_the_registry_goes_through_json_unchanged(sentence: str) -> None:
    rule = parse(sentence)

    assert load(dump(rule)) == rule == load(dump_text(rule))


def test_all_problems_of_a_document_are_told_at_once() -> None:
    document = {
        "all": [
            {"trait": "plan", "op": "eqq", "value": "pro"},
            {"event": "login", "op": "occurred_in_last", "value": "5m"},
            {"trait": "seats", "op": "gt", "value": None},
            {"any": [{"audience": "VIP"}, {"sequence": [{"event": "a"}]}]},
            "nothing",
        ],
        "nots": 1,
    }

    assert faults(document) == [
        ("E29", "/all/0/op"),
        ("E05", "/all/1/value"),
        ("E07", "/all/2/value"),
        ("E19", "/all/3/any/0"),
        ("E35", "/all/3/any/1/sequence"),
        ("E19", "/all/4"),
        ("E19", "/nots"),
    ]


def test_what_follows_from_a_problem_is_not_told_as_well() -> None:
    assert faults({"trait": "x", "op": "between", "value": [None, 3]}) == [("E07", "/value/0")]
    assert faults('{"event": "a", "event": 5, "op": "occurred"}') == [("E20", "/event")]


def test_a_thousand_problems_are_cut() -> None:
    assert len(problems({"all": [{"trait": "x"}] * 400})) == MAX_DIAGNOSTICS


@pytest.mark.parametrize("key", ["not", "all", "any", "none"])
def test_depth_is_that_of_conditions(key: str) -> None:
    assert isinstance(load(nested(MAX_DEPTH - 1, key=key)), Rule)
    (problem,) = problems(nested(MAX_DEPTH, key=key))

    assert problem.code == "E17"
    assert str(MAX_DEPTH) in problem.message


def test_depth_counts_filters_as_well() -> None:
    where = nested(MAX_DEPTH - 2, FILTER)

    assert isinstance(load({"event": "e", "op": "occurred", "where": where}), Rule)
    assert problems({"event": "e", "op": "occurred", "where": {"not": where}})[0].code == "E17"


def test_leaves_and_lists_are_limited() -> None:
    assert isinstance(load({"all": [{"any": [LEAF] * 250}, {"any": [LEAF] * (MAX_LEAVES - 250)}]}), Rule)
    assert problems({"all": [{"any": [LEAF] * 250}, {"any": [LEAF] * (MAX_LEAVES - 249)}]})[0].code == "E17"
    assert isinstance(load({"trait": "x", "op": "in", "value": [1] * MAX_LIST}), Rule)
    assert faults({"trait": "x", "op": "in", "value": [1] * (MAX_LIST + 1)}) == [("E17", "/value")]


def test_a_rule_is_shorter_than_a_library() -> None:
    text = json.dumps({"trait": "x", "op": "eq", "value": "y" * MAX_TEXT})
    library = json.dumps({"audiences": {f"a{n}": json.loads(ACTIVE_PRO) for n in range(400)}})

    assert problems(text)[0].code == "E17"
    assert MAX_TEXT < len(library) < MAX_LIBRARY_TEXT
    assert len(load_library(library).audiences) == 400


@pytest.mark.parametrize(
    "bomb",
    [
        "[" * 100_000,
        '{"all":[' * 12_000,
        '{"not":' * 9_000 + "{}" + "}" * 9_000,
        '{"a":' * 40 + "1" + "}" * 40,
        '"' + "\\" * 60_000,
        "9" * 60_000,
        '{"trait":"x","op":"matches","value":"' + "(" * 60_000 + '"}',
        '{"trait":"x","op":"in","value":[' + "1," * 30_000 + "1]}",
        "{" + ",".join(f'"k{n}":1' for n in range(6_000)) + "}",
        '{"all":[],' + ",".join(f'"k{n}":1' for n in range(6_000)) + "}",
        '{"all":[' + "null," * 12_000 + "null]}",
        '{"all":[' + '"\\ud800",' * 7_000 + "1]}",
        '{"all":[' + "{}," * 20_000 + "{}]}",
    ],
    ids=range(13),
)
def test_bombs_are_handled_fast(bomb: str) -> None:
    load(ACTIVE_PRO)

    def attempt() -> None:
        with suppress(RuleError):
            load(bomb)

    assert seconds(attempt, times=1) < 1
