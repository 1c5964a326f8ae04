"""Files: constants, parameters, computed traits, libraries."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.diagnostics import Pointer
from muster.compiler.rule import Group, Metric, ParamDecl, Test
from muster.compiler.values import Ago, Boolean, Duration, Number, Text, TimeLiteral, Today
from muster.grammar.json_rule import load, load_library
from muster.grammar.limits import MAX_DEFINITIONS
from tests.json_documents import FILTER, faults, field_leaf, problems

EVERYONE: dict[str, Any] = {"all": []}


def with_rule(**parts: Any) -> dict[str, Any]:
    return {"version": 1, **parts, "rule": EVERYONE}


def test_a_file_without_definitions_is_its_rule() -> None:
    assert load({"rule": EVERYONE}) == load(EVERYONE)
    assert load({"rule": EVERYONE}).condition.origin == Pointer("/rule")


@pytest.mark.parametrize("version", [2, 0, "1", True, [1]])
def test_only_version_1_is_known(version: Any) -> None:
    assert faults({"version": version, "rule": EVERYONE}) == [("E19", "/version")]


@pytest.mark.parametrize(
    ("constant", "read"),
    [
        ("30d", Text("30d")),
        (1000, Number(Decimal(1000))),
        (True, Boolean(True)),
        ({"dur": "30d"}, Duration(30, "d")),
        ({"time": "2024-01-01"}, TimeLiteral("2024-01-01")),
        ({"time": "today"}, Today()),
        ({"ago": "7d"}, Ago(Duration(7, "d"))),
    ],
)
def test_constants_are_tagged_where_a_text_would_be_ambiguous(constant: Any, read: Any) -> None:
    assert load(with_rule(let={"x": constant})).let == (("x", read),)


@pytest.mark.parametrize("constant", [{"param": "y"}, {"trait": "y"}, [1], {}, {"dur": 5}])
def test_a_constant_is_a_literal(constant: Any) -> None:
    assert [code for code, _ in faults(with_rule(let={"x": constant}))] in (["E28"], ["E19"])


@pytest.mark.parametrize(
    ("type_", "default", "read"),
    [
        ("number", 1.5, Number(Decimal("1.5"))),
        ("string", "30d", Text("30d")),
        ("boolean", False, Boolean(False)),
        ("duration", "30d", Duration(30, "d")),
        ("duration", {"dur": "30d"}, Duration(30, "d")),
        ("datetime", "2024-01-01", TimeLiteral("2024-01-01")),
        ("datetime", {"time": "today"}, Today()),
    ],
)
def test_a_default_reads_as_its_type_says(type_: Any, default: Any, read: Any) -> None:
    document = with_rule(params={"x": {"type": type_, "default": default}})

    assert load(document).params == (ParamDecl(name="x", type=type_, default=read),)


def test_a_parameter_needs_no_default() -> None:
    assert load(with_rule(params={"x": {"type": "list"}})).params == (ParamDecl(name="x", type="list"),)


@pytest.mark.parametrize(
    ("declaration", "code", "place"),
    [
        ({"type": "number", "default": "x"}, "E27", "/default"),
        ({"type": "boolean", "default": 1}, "E27", "/default"),
        ({"type": "string", "default": 1}, "E27", "/default"),
        ({"type": "duration", "default": 30}, "E27", "/default"),
        ({"type": "datetime", "default": True}, "E27", "/default"),
        ({"type": "duration", "default": "5m"}, "E05", "/default"),
        ({"type": "datetime", "default": "2024-02-30"}, "E22", "/default"),
        ({"type": "list", "default": [1]}, "E19", "/default"),
        ({"type": "money", "default": 1}, "E19", "/type"),
        ({"type": "number", "defualt": 1}, "E19", "/defualt"),
        ({"default": 1}, "E19", ""),
        ("number", "E19", ""),
    ],
)
def test_a_wrong_declaration_is_refused(declaration: Any, code: str, place: str) -> None:
    assert faults(with_rule(params={"x": declaration})) == [(code, f"/params/x{place}")]


def test_computed_traits_are_metrics() -> None:
    document = with_rule(computed={"orders": {"event": "buy", "agg": "count", "where": FILTER}})

    ((name, metric),) = load(document).computed
    assert name == "orders"
    assert isinstance(metric, Metric)
    assert (metric.agg, metric.property, metric.origin) == ("count", None, Pointer("/computed/orders"))


@pytest.mark.parametrize(
    ("metric", "place"),
    [
        ({"event": "buy", "agg": "count", "property": "x"}, "/property"),
        ({"event": "buy", "agg": "sum"}, ""),
        ({"event": "buy", "agg": "sum", "property": "x", "op": "gte"}, "/op"),
        ({"event": "buy", "agg": "smu", "property": "x"}, "/agg"),
        (5, ""),
    ],
)
def test_a_wrong_computed_trait_is_refused(metric: Any, place: str) -> None:
    assert faults(with_rule(computed={"x": metric})) == [("E19", f"/computed/x{place}")]


def test_what_could_be_read_in_two_ways_is_refused() -> None:
    document = with_rule(let={"x": 1, "y": 2}, params={"x": {"type": "number"}})

    assert faults(document) == [("E20", "/params/x")]


@pytest.mark.parametrize("part", ["let", "params", "computed"])
def test_names_are_not_empty(part: str) -> None:
    held: Any = {"let": 1, "params": {"type": "number"}, "computed": {"event": "e", "agg": "count"}}[part]

    assert faults(with_rule(**{part: {"": held}})) == [("E19", f"/{part}/")]


def test_definitions_are_limited() -> None:
    many = {f"x{n}": n for n in range(MAX_DEFINITIONS + 1)}

    assert faults(with_rule(let=many)) == [("E17", "/let")]


def test_a_trait_named_like_a_part_of_a_file_is_still_a_leaf() -> None:
    assert isinstance(load({"computed": "x", "op": "gte", "value": 1}).condition, Test)
    assert faults({"computed": {"x": {}}, "op": "exists"}) == [("E19", "/computed")]


def test_an_unknown_part_is_told_with_the_nearest() -> None:
    (problem,) = problems({"rule": EVERYONE, "parms": {}})

    assert (problem.code, problem.suggestions) == ("E19", ("params",))


# ---- libraries ----


@pytest.mark.parametrize(
    "audiences",
    [
        {"B": EVERYONE, "A": field_leaf("exists")},
        [{"name": "B", "rule": EVERYONE}, {"name": "A", "rule": field_leaf("exists")}],
    ],
)
def test_a_library_keeps_the_order_of_its_audiences(audiences: Any) -> None:
    library = load_library({"version": 1, "let": {"x": 1}, "audiences": audiences})

    assert [name for name, _ in library.audiences] == ["B", "A"]
    assert library.audiences[0][1] == Group(op="all", members=())
    assert set(library.rules()) == {"A", "B"}
    assert library.rules()["A"].let == (("x", Number(Decimal(1))),)


def test_every_audience_has_its_place() -> None:
    named = load_library({"audiences": {"A": EVERYONE}})
    listed = load_library({"audiences": [{"name": "A", "rule": EVERYONE}]})

    assert named.audiences[0][1].origin == Pointer("/audiences/A")
    assert listed.audiences[0][1].origin == Pointer("/audiences/0/rule")


@pytest.mark.parametrize(
    ("document", "code", "place"),
    [
        ({"audiences": [{"name": "A", "rule": EVERYONE}] * 2}, "E20", "/audiences/1/name"),
        ({"audiences": [{"name": "A"}]}, "E19", "/audiences/0"),
        ({"audiences": [{"name": "A", "rule": EVERYONE, "nmae": 1}]}, "E19", "/audiences/0/nmae"),
        ({"audiences": {"": EVERYONE}}, "E19", "/audiences/"),
        ({"audiences": {"A": {"trait": "x"}}}, "E19", "/audiences/A"),
        ({"audiences": 5}, "E19", "/audiences"),
        ({"audiences": {}, "rule": EVERYONE}, "E19", "/rule"),
        (EVERYONE, "E19", ""),
    ],
)
def test_what_is_no_library_is_refused(document: Any, code: str, place: str) -> None:
    assert faults(document, load_library) == [(code, place)]


def test_a_library_is_not_one_rule() -> None:
    assert faults({"audiences": {"A": EVERYONE}}) == [("E19", "")]


def test_the_body_of_a_request_is_told_for_what_it_is() -> None:
    (found,) = problems({"name": "VIP", "rules": EVERYONE, "description": "big spenders"})

    assert (found.code, found.origin) == ("E19", Pointer(""))
    assert "stands under `rules`" in found.message


def test_a_condition_with_a_stray_key_is_not_taken_for_a_body() -> None:
    assert faults({"trait": "plan", "op": "exists", "rules": EVERYONE}) == [("E19", "/rules")]
