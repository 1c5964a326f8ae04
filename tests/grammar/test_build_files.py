"""Metrics and their tests, and the statements of a file."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.rule import Metric, MetricTest, ParamDecl, Window
from muster.compiler.values import Ago, Boolean, Duration, Literal_, Number, Text, TimeLiteral, Today
from muster.grammar.text import parse, parse_library, parse_metric


@pytest.mark.parametrize("agg", ["sum", "avg", "min", "max", "distinct", "first", "last"])
def test_metric(agg: str):
    metric = parse_metric(f"{agg.upper()}(items.price) of purchase in last 90 days")

    assert metric == Metric(
        events=("purchase",),
        agg=agg,  # type: ignore[arg-type]  # a table of plain strings
        property=("items", "price"),
        window=Window(kind="last", value=Duration(90, "d")),
    )


@pytest.mark.parametrize(
    ("test", "op", "value"),
    [
        (">= 5", "gte", Number(Decimal(5))),
        ('is not "x" ignoring case', "neq", Text("x")),
        ("is not set", "not_exists", None),
        ('in ("x")', "in", (Text("x"),)),
        ('does not contain "x"', "not_contains", Text("x")),
    ],
)
def test_a_value_drawn_from_events_is_tested(test: str, op: str, value: object):
    condition = parse(f"last(plan) of plan_changed where (x = 1) {test}").condition
    assert isinstance(condition, MetricTest)

    assert (condition.op, condition.value) == (op, value)
    assert condition.ignore_case == ("ignoring" in test)
    assert condition.metric.where is not None


@pytest.mark.parametrize("agg", ["sum", "first", "count"])
def test_between_after_events_is_never_a_test(agg: str):
    head = "count" if agg == "count" else f"{agg}(x)"
    with pytest.raises(RuleError):
        parse(f"{head} of purchase between 10 and 20")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", Number(Decimal(1000))),
        ("'x'", Text("x")),
        ("true", Boolean(True)),
        ("30 days", Duration(30, "d")),
        ("30d", Duration(30, "d")),
        ("2024-01-01", TimeLiteral("2024-01-01")),
        ("today", Today()),
        ("7 days ago", Ago(Duration(7, "d"))),
    ],
)
def test_a_constant_or_default_is_any_literal(text: str, value: Literal_):
    assert parse(f"let `odd name` = {text}; everyone").let == (("odd name", value),)
    assert parse(f"param p: string = {text}; everyone").params == (ParamDecl(name="p", type="string", default=value),)


def test_a_constant_is_not_made_of_others():
    for text in ("let a = $b; everyone", "let a = trait b; everyone"):
        with pytest.raises(RuleError):
            parse(text)


def test_a_computed_trait_has_one_name():
    with pytest.raises(RuleError) as refused:
        parse("computed a.b = count of c; everyone")

    assert [diagnostic.code for diagnostic in refused.value.diagnostics] == ["E13"]
    assert parse("computed `a.b` = count of c; everyone").computed[0][0] == "a.b"


def test_statements_stand_anywhere_in_a_library_but_before_a_rule():
    library = parse_library("audience a: x = $y; let y = 1; audience b: z = 1; computed c = count of d;")

    assert [name for name, _ in library.audiences] == ["a", "b"]
    assert library.let[0][0] == "y"
    with pytest.raises(RuleError):
        parse("x = $y; let y = 1;")


def test_a_rule_is_no_library_and_a_library_no_rule():
    with pytest.raises(RuleError):
        parse_library("x = 1")
    with pytest.raises(RuleError):
        parse("audience a: x = 1;")
