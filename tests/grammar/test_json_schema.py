"""The JSON Schema: valid, made of the registry, accepting what `load` accepts and refusing wrong shapes."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from jsonschema import Draft202012Validator

from muster.compiler.diagnostics import RuleError
from muster.compiler.operators import ALIASES, EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import Library, Rule
from muster.grammar.json_dump import dump
from muster.grammar.json_rule import load, load_library
from muster.grammar.json_schema import json_schema
from tests.grammar.test_json_problems import cases, spoilt
from tests.json_documents import EVENT_VALUES, FIELD_VALUES, event_leaf, field_leaf, problems
from tests.rule_strategies import libraries, rules

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
LEAF = field_leaf("exists")
ACTIVE_PRO = {
    "all": [
        {"trait": "plan", "op": "eq", "value": "pro"},
        {"event": "feature_used", "op": "occurred_in_last", "value": "30d"},
        {"any": [{"trait": "country", "op": "eq", "value": "US"}, {"trait": "country", "op": "eq", "value": "CA"}]},
    ]
}
# What the schema cannot say: these documents are refused by `load` alone.
BEYOND_A_SCHEMA = {"E05", "E17", "E18", "E20", "E21", "E22", "E23", "E35"}


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def accepts(document: Any) -> bool:
    return bool(validator().is_valid(document))


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())

    assert json.loads(json.dumps(json_schema())) == json_schema()


def test_every_reference_in_the_schema_leads_somewhere_and_every_definition_is_used() -> None:
    schema = json_schema()
    text = json.dumps(schema)
    used = {part.split('"')[0] for part in text.split('"$ref": "#/$defs/')[1:]}

    assert used == set(schema["$defs"])


def test_no_trace_of_the_models_is_left() -> None:
    text = json.dumps(json_schema())

    assert '"null"' not in text
    assert '"default": null' not in text
    assert not any(name.endswith(("In", "Tagged")) for name in json_schema()["$defs"])


def test_every_operator_is_in_the_schema_with_its_documentation() -> None:
    definitions = json_schema()["$defs"]
    fields = {entry["const"]: entry["description"] for entry in definitions["FieldOperator"]["oneOf"]}
    events = {entry["const"]: entry["description"] for entry in definitions["EventOperator"]["oneOf"]}

    assert set(fields) == {*FIELD_OPERATORS, *ALIASES}
    assert events == {name: operator.doc for name, operator in EVENT_OPERATORS.items()}
    assert fields["eq"] == FIELD_OPERATORS["eq"].doc


def test_the_rules_of_the_api_are_accepted() -> None:
    assert accepts(ACTIVE_PRO)
    assert accepts({"version": 1, "rule": ACTIVE_PRO})
    assert accepts({"audiences": {"Active Pro users": ACTIVE_PRO}})


@pytest.mark.parametrize("op", [*FIELD_OPERATORS, *ALIASES])
@pytest.mark.parametrize("key", ["trait", "computed", "profile", "lifecycle"])
def test_every_field_operator_is_accepted_with_what_it_takes_only(op: str, key: str) -> None:
    name = ALIASES.get(op, op)
    leaf = {**field_leaf(name, key), "op": op}
    _, wrong = FIELD_VALUES[FIELD_OPERATORS[name].argument]

    assert accepts(leaf)
    assert not accepts({**leaf, "value": wrong})
    assert accepts({**leaf, "ignore_case": True}) == FIELD_OPERATORS[name].ignore_case


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_every_event_operator_is_accepted_with_what_it_takes_only(op: str) -> None:
    _, wrong = EVENT_VALUES[EVENT_OPERATORS[op].argument]

    assert accepts(event_leaf(op))
    assert not accepts({**event_leaf(op), "value": wrong})
    assert accepts({**event_leaf(op), "window": {"this": "day"}}) == (EVENT_OPERATORS[op].window != "none")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"all": [], "any": []},
        {**LEAF, "event": "e"},
        {**LEAF, "vlaue": 1},
        {"op": "exists"},
        {"all": [{}]},
        {"property": "x", "op": "exists"},
        {"event": "e", "op": "occurred", "where": LEAF},
        {"event": "e", "op": "occurred", "window": {}},
        {"event": "e", "op": "occurred", "window": {"last": "1d", "this": "day"}},
        {"event": "e", "agg": "count", "property": "x", "op": "gte", "value": 1},
        {"event": "e", "agg": "sum", "op": "gte", "value": 1},
        {"sequence": [{"event": "a"}]},
        {"sequence": [{"event": "a", "negate": True}, {"event": "b"}]},
        {"sequence": [{"event": "a"}] * 7},
        {"sample": "s", "op": "lt", "value": 101},
        {"trait": "x", "op": "eq", "value": None},
        {"version": 2, "rule": LEAF},
        {"rule": LEAF, "extra": 1},
        {"rule": LEAF, "params": {"x": {"type": "number", "default": "y"}}},
        {"rule": LEAF, "computed": {"x": {"event": "e", "agg": "count", "property": "y"}}},
        {"audiences": 5},
        [],
        "plan",
    ],
)
def test_wrong_shapes_are_refused(document: Any) -> None:
    assert not accepts(document)


@SLOW
@given(rules())
def test_everything_written_is_accepted(rule: Rule) -> None:
    assert accepts(dump(rule))


@SLOW
@given(libraries())
def test_every_library_written_is_accepted(library: Library) -> None:
    assert accepts(dump(library))


@SLOW
@given(rules().map(dump).flatmap(spoilt))
def test_what_load_accepts_the_schema_accepts_and_what_it_refuses_for_its_shape_is_refused(document: Any) -> None:
    assume(isinstance(document, dict))  # a text would be JSON text
    try:
        load(document)
    except RuleError as error:
        if not any(problem.code in BEYOND_A_SCHEMA for problem in error.diagnostics):
            assert not accepts(document) or "audiences" in document
    else:
        assert accepts(document)


def test_documents_that_are_wrong_in_shape_are_refused() -> None:
    for text in cases():
        codes = {problem.code for problem in problems(text, load_library if is_library(text) else load)}
        if not codes & BEYOND_A_SCHEMA:
            assert not accepts(json.loads(text)) or is_library(text), text


def is_library(text: str) -> bool:
    return text.startswith('{"audiences": ')
