from __future__ import annotations

import json

import pytest

import muster
from muster.backends.base import ProfileRow
from muster.backends.tables import Catalogue
from muster.compiler.diagnostics import RuleError, Span
from muster.runtime.compilation import compile_query, to_rule

BRIEF = {
    "all": [
        {"trait": "plan", "op": "eq", "value": "pro"},
        {"event": "feature_used", "op": "occurred_in_last", "value": "30d"},
        {"any": [{"trait": "country", "op": "eq", "value": "US"}, {"trait": "country", "op": "eq", "value": "CA"}]},
    ]
}
TEXT = 'plan = "pro" and did feature_used in last 30 days and (country = "US" or country = "CA")'


def test_text_json_text_and_data_are_one_rule() -> None:
    assert to_rule(TEXT) == to_rule(json.dumps(BRIEF)) == to_rule(BRIEF) == to_rule(to_rule(TEXT))


def test_values_are_parameters_and_the_clock_is_bound_late() -> None:
    early, late = (compile_query(TEXT, as_of=day) for day in ("2024-01-31", "2024-02-29"))

    assert early.sql == late.sql
    assert "feature_used" not in early.sql
    assert "pro" in early.params.values()
    assert early.params != late.params


def test_inline_holds_the_values() -> None:
    assert "'pro'" in compile_query(TEXT, as_of="2024-01-31").inline()


def test_the_same_request_is_compiled_once() -> None:
    assert compile_query(TEXT).query is compile_query(TEXT).query
    assert compile_query(TEXT, output="count").query is not compile_query(TEXT).query


def test_a_list_parameter_is_no_obstacle() -> None:
    compiled = compile_query("country in ($where)", params={"where": ["US", "CA"]})

    assert {"US", "CA"} <= set(compiled.params.values())


def test_values_that_python_holds_equal_are_told_apart() -> None:
    assert "vip__num" in compile_query("vip = $x", params={"x": 1}).sql
    assert "vip__bool" in compile_query("vip = $x", params={"x": True}).sql
    assert "vip__num" in compile_query("vip in ($x, 5)", params={"x": (1, 2)}).sql
    assert "vip__bool" in compile_query("vip in ($x, 5)", params={"x": (True, 2)}).sql


def test_a_schema_decides_the_columns() -> None:
    catalogue = Catalogue()
    catalogue.observe_profiles([ProfileRow(1, "u1", traits={"plan": 3})])

    assert "plan__" not in compile_query('plan = "pro"', schema=catalogue.schema()).sql
    assert "plan__num" in compile_query("plan = 3", schema=catalogue.schema()).sql


def test_audiences_and_computed_traits_may_be_text() -> None:
    compiled = compile_query(
        'in audience "VIP" and computed orders >= 3 and not in audience "Gone"',
        audiences={"VIP": "ltv > 1000", "Gone": None},
        computed={"orders": "count of purchase in last 90 days"},
    )

    assert compiled.compiled.optimised == muster.compile("nobody").compiled.optimised


def test_every_stage_is_explained() -> None:
    explained = compile_query(TEXT, as_of="2024-06-15").explain()

    for section in ("-- rule", "-- in English", "-- expression", "-- after the passes", "-- plan", "-- duckdb SQL"):
        assert section in explained
    assert "$p0 = 'pro'" in explained


def test_a_dialect_without_engine_is_named() -> None:
    with pytest.raises(RuleError) as caught:
        compile_query(TEXT, "oracle")

    assert [found.code for found in caught.value.diagnostics] == ["E43"]


def test_the_reference_has_no_sql() -> None:
    with pytest.raises(RuleError) as caught:
        compile_query(TEXT, "memory")

    assert [found.code for found in caught.value.diagnostics] == ["E40"]


NO_ORDER = Catalogue().schema(order=None)
FIRST = 'first(plan) of buy = "pro"'


def test_what_a_dialect_refuses_has_its_place_in_the_rule() -> None:
    with pytest.raises(RuleError) as caught:
        compile_query(f"plan is set and {FIRST}", schema=NO_ORDER)

    (found,) = caught.value.diagnostics
    assert (found.code, found.origin) == ("E41", Span(16, 42))
    assert found.source == f"plan is set and {FIRST}"


def test_a_place_in_another_audience_is_not_given_for_one_in_the_rule() -> None:
    with pytest.raises(RuleError) as caught:
        compile_query("in audience Buyers", schema=NO_ORDER, audiences={"Buyers": FIRST})

    assert [(found.code, found.origin) for found in caught.value.diagnostics] == [("E41", None)]


def test_a_rule_that_names_itself_is_a_circle() -> None:
    with pytest.raises(RuleError) as caught:
        compile_query("in audience A", audiences={"A": "in audience A"}, name="A")

    assert [found.code for found in caught.value.diagnostics] == ["E11"]
    assert "A → A" in caught.value.diagnostics[0].message


def test_a_query_is_shown_on_a_line() -> None:
    query = compile_query(TEXT, as_of="2024-01-31")

    assert repr(query.query).startswith("<Query duckdb members, 6 parameters: SELECT p.external_id FROM profiles AS p")
    assert len(repr(query)) < 200


def test_a_rule_that_comes_to_everyone_is_told_without_data_too() -> None:
    assert [warning.code for warning in compile_query({"all": []}).warnings] == ["L204"]
    assert compile_query('plan != "pro"').warnings == ()  # that people without a plan match is advice, no doubt
