from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from muster.compiler.diagnostics import Collector, RuleError
from muster.compiler.parameters import Parameters, Slot, describe, names_in, to_duration, to_literal
from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.values import Boolean, Duration, Number, Param, Text, TimeLiteral, Today
from muster.grammar.text import parse


@pytest.mark.parametrize(
    ("raw", "wanted", "expected"),
    [
        (5, "number", Number(Decimal(5))),
        (0.1, "number", Number(Decimal("0.1"))),
        (True, "number", None),
        ("5", "number", None),
        (Decimal("999999999999999999.00000000001"), "number", None),
        ("cafe\u0301", "string", Text("caf\u00e9")),
        ("a\x00b", "any", None),
        ("\ud800", "string", None),
        (["x"] * 10_001, "list", None),
        (timedelta(days=30), "duration", Duration(30, "d")),
        (timedelta(days=28), "duration", Duration(4, "w")),
        (float("nan"), "number", None),
        (10**18, "number", None),
        (Decimal("0.0000000001"), "number", None),
        ("x", "string", Text("x")),
        (5, "string", None),
        (True, "boolean", Boolean(True)),
        ("true", "boolean", None),
        ("2024-02-29", "datetime", TimeLiteral("2024-02-29")),
        ("2023-02-29", "datetime", None),
        (date(2024, 1, 2), "datetime", TimeLiteral("2024-01-02")),
        (datetime(2024, 1, 2, tzinfo=UTC), "datetime", TimeLiteral("2024-01-02T00:00:00+00:00")),
        ("30d", "duration", Duration(30, "d")),
        ("30m", "duration", None),
        ("11 days", "duration", Duration(11, "d")),
        ("1 Month", "duration", Duration(1, "mo")),
        ("2  quarters", "duration", Duration(2, "q")),
        ("11 days", "any", Text("11 days")),
        ("30 m", "duration", None),
        ("30 d", "duration", None),
        ("days", "duration", None),
        ("123456 days", "duration", None),
        (timedelta(hours=1), "duration", Duration(1, "h")),
        (["a", 1], "list", (Text("a"), Number(Decimal(1)))),
        (["a", object()], "list", None),
        ([["a"]], "list", None),
        ("30d", "any", Text("30d")),
        (Today(), "any", Today()),
    ],
)
def test_outside_values_become_literals(raw: object, wanted: str, expected: object) -> None:
    assert to_literal(raw, wanted) == expected


@pytest.mark.parametrize(
    ("slot", "given", "expected"),
    [
        ("duration", "30d", Duration(30, "d")),
        ("time", "2024-01-01", TimeLiteral("2024-01-01")),
        ("value", "30d", Text("30d")),
        ("number", 3, Number(Decimal(3))),
    ],
)
def test_an_undeclared_value_is_read_as_its_place_takes_it(slot: Slot, given: object, expected: object) -> None:
    collector = Collector()
    parameters = Parameters(parse("everyone"), {"x": given}, collector)

    assert parameters.get(Param("x"), slot) == expected
    assert collector.diagnostics == ()


def test_a_constant_of_the_wrong_type_is_reported_at_the_reference() -> None:
    collector = Collector()
    parameters = Parameters(parse("let x = 3; everyone"), {}, collector)

    assert parameters.get(Param("x"), "duration") is None
    assert [found.code for found in collector.diagnostics] == ["E27"]


def test_a_declared_parameter_without_value_is_reported() -> None:
    collector = Collector()
    parameters = Parameters(parse("param x: number; everyone"), {}, collector)

    assert parameters.get(Param("x"), "value") is None
    assert [found.code for found in collector.diagnostics] == ["E27"]


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("param d: list; plan = $d", ["pro"]),
        ("param d: list; did purchase before $d", ["2024-01-01", "2024-01-02"]),
        ("param d: list; stopped a for 1 day looking back $d", [Duration(3, "d"), Duration(4, "d")]),
        ("param d: list; seats between $d and 3", [1]),
    ],
)
def test_a_list_where_one_value_belongs_is_reported(source: str, given: list[object]) -> None:
    with pytest.raises(RuleError) as caught:
        resolve(parse(source), Surroundings(params={"d": given}))

    assert [found.code for found in caught.value.diagnostics] == ["E27"]


def test_lists_together_stay_within_the_limit() -> None:
    with pytest.raises(RuleError) as caught:
        resolve(parse("x in ($a, $a)"), Surroundings(params={"a": list(range(6_000))}))

    assert [found.code for found in caught.value.diagnostics] == ["E17"]


def test_durations_are_whole_seconds() -> None:
    assert to_duration(timedelta(microseconds=1)) is None
    assert to_duration("123456d") is None


def test_types_are_named_for_people() -> None:
    assert [describe(value) for value in (Text("x"), Number(Decimal(1)), Boolean(True), Duration(1, "d"), Today())] == [
        "text",
        "a number",
        "a boolean",
        "a duration",
        "a time",
    ]


def test_the_names_that_a_rule_declares_or_mentions() -> None:
    rule = parse(
        "let a = 1; param b: number; x > $a or did p where (y > $c) in last $d"
        " or sum(z) of p between $e and $f > 3 or did p then q within $g"
    )

    assert names_in(rule) == {"a", "b", "c", "d", "e", "f", "g"}
    assert names_in(parse("x > 1")) == set()
