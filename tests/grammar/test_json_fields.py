"""Leaves that test a field, for every operator of the registry, and the conditions inside `where`."""

from __future__ import annotations

from typing import Any

import pytest

from muster.compiler.operators import ALIASES, FIELD_OPERATORS
from muster.compiler.rule import EventTest, Group, Not, Test
from muster.grammar.json_rule import load
from tests.json_documents import FIELD_VALUES, FILTER, faults, field_leaf, problems


def inside(where: Any) -> dict[str, Any]:
    return {"event": "e", "op": "occurred", "where": where}


@pytest.mark.parametrize("op", FIELD_OPERATORS)
@pytest.mark.parametrize("key", ["trait", "computed", "profile", "lifecycle"])
def test_every_operator_is_read(op: str, key: str) -> None:
    condition = load(field_leaf(op, key)).condition

    assert isinstance(condition, Test)
    assert (condition.op, condition.subject.kind, condition.subject.path) == (op, key, ("x",))
    assert (condition.value is None) == ("value" not in field_leaf(op))
    assert (condition.where is None) == ("where" not in field_leaf(op))


@pytest.mark.parametrize("op", FIELD_OPERATORS)
def test_every_operator_is_read_inside_where(op: str) -> None:
    condition = load(inside(field_leaf(op, "property"))).condition

    assert isinstance(condition, EventTest)
    assert isinstance(condition.where, Test)
    assert condition.where.subject.kind == "property"


@pytest.mark.parametrize("op", FIELD_OPERATORS)
def test_every_operator_refuses_a_value_it_does_not_take(op: str) -> None:
    _, wrong = FIELD_VALUES[FIELD_OPERATORS[op].argument]
    found = faults({**field_leaf(op), "value": wrong})

    assert [code for code, _ in found] in (["E28"], ["E19"])
    assert all(place.startswith("/value") for _, place in found)


@pytest.mark.parametrize("op", [name for name, op in FIELD_OPERATORS.items() if op.argument not in ("none", "where")])
def test_every_operator_with_a_value_misses_it(op: str) -> None:
    (problem,) = problems({"trait": "x", "op": op})

    assert problem.code == "E19"
    assert "`value` is missing" in problem.message
    assert f"`{op}`" in problem.message


@pytest.mark.parametrize("op", [name for name, op in FIELD_OPERATORS.items() if op.argument == "where"])
def test_element_operators_need_a_condition_and_the_others_take_none(op: str) -> None:
    assert faults({"trait": "x", "op": op}) == [("E19", "")]
    assert faults({**field_leaf("exists"), "where": FILTER}) == [("E19", "/where")]


@pytest.mark.parametrize("op", FIELD_OPERATORS)
def test_only_text_comparisons_ignore_case(op: str) -> None:
    document = {**field_leaf(op), "ignore_case": True}
    if FIELD_OPERATORS[op].ignore_case:
        condition = load(document).condition
        assert isinstance(condition, Test)
        assert condition.ignore_case
    else:
        assert faults(document) == [("E19", "/ignore_case")]


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_aliases_are_read_as_what_they_stand_for(alias: str, name: str) -> None:
    assert load({"trait": "x", "op": alias, "value": 1}) == load({"trait": "x", "op": name, "value": 1})


def test_size_is_asked_for_by_fn() -> None:
    condition = load({"trait": "tags", "fn": "size", "op": "gte", "value": 3}).condition

    assert isinstance(condition, Test)
    assert condition.subject.size
    assert faults({"trait": "tags", "fn": "length", "op": "gte", "value": 3}) == [("E19", "/fn")]


def test_where_holds_groups_of_property_tests_at_any_depth() -> None:
    where = {"all": [{"any": [FILTER, {"not": FILTER}]}, {"none": []}], "note": "why"}
    condition = load(inside(where)).condition

    assert isinstance(condition, EventTest)
    assert isinstance(condition.where, Group)
    assert condition.where.note == "why"
    (some, nothing) = condition.where.members
    assert isinstance(some, Group)
    assert isinstance(some.members[1], Not)
    assert nothing == Group(op="none", members=())


@pytest.mark.parametrize("key", ["trait", "event", "audience", "sample", "profile", "sequence"])
def test_where_holds_nothing_else(key: str) -> None:
    (problem,) = problems(inside({key: "x", "op": "eq", "value": 1}))

    assert (problem.code, problem.expected) == ("E19", ("property",))


def test_a_property_stands_inside_where_only() -> None:
    (problem,) = problems({"all": [FILTER]})

    assert (problem.code, problem.expected) == ("E19", ("trait",))


def test_an_unknown_operator_is_told_with_the_nearest() -> None:
    (problem,) = problems({"trait": "x", "op": "contians", "value": "a"})

    assert (problem.code, problem.suggestions[0]) == ("E29", "contains")
