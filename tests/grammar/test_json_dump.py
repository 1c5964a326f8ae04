"""Writing: what is written reads back as the same rule, one way only, exactly, and without what says nothing."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from muster.compiler.diagnostics import RuleError
from muster.compiler.rule import (
    EventTest,
    Group,
    Library,
    ParamDecl,
    Regularity,
    Rule,
    Sequence,
    Step,
    Subject,
    Test,
    Window,
)
from muster.compiler.values import Boolean, Duration, Number, Param, Path, Text, TimeLiteral
from muster.grammar.format import format_rule
from muster.grammar.json_dump import dump, dump_condition, dump_text
from muster.grammar.json_rule import load, load_library
from muster.grammar.text import parse
from tests.json_documents import field_leaf
from tests.rule_strategies import libraries, rules

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


@pytest.mark.parametrize(
    ("text", "event"),
    [("did anything", "*"), ('did "*"', ["*"]), ('did any of (a, "*")', ["a", "*"]), ("did any of (a)", "a")],
)
def test_every_event_and_one_called_so_are_told_apart(text: str, event: str | list[str]) -> None:
    rule = parse(text)

    assert dump(rule) == {"event": event, "op": "occurred"}
    assert load(dump(rule)) == rule
    assert parse(format_rule(rule)) == rule


def number(value: str) -> Rule:
    return Rule(condition=Test(subject=Subject(kind="trait", path=("x",)), op="eq", value=Number(Decimal(value))))


def only_json(data: Any) -> bool:
    """Tell whether data is what a JSON library can hold, with exact numbers."""
    pending = [data]
    while pending:
        current = pending.pop()
        if type(current) is dict:
            pending.extend(current.values())
            if not all(type(key) is str for key in current):
                return False
        elif type(current) is list:
            pending.extend(current)
        elif type(current) not in (str, int, float, bool, Decimal):
            return False
    return True


@SLOW
@given(rules())
def test_json_data_reads_back_as_the_rule_it_was_made_of(rule: Rule) -> None:
    data = dump(rule)

    assert load(data) == rule
    assert dump(load(data)) == data
    assert only_json(data)


@SLOW
@given(rules())
def test_json_text_reads_back_as_the_rule_it_was_made_of(rule: Rule) -> None:
    text = dump_text(rule)

    assert load(text) == rule == load(dump_text(rule, indent=2))
    assert dump_text(load(text)) == text


@SLOW
@given(libraries())
def test_a_library_reads_back_as_itself(library: Library) -> None:
    assert load_library(dump(library)) == library == load_library(dump_text(library, indent=1))


def test_the_laws_can_fail() -> None:
    changed = dump(number("1"))
    changed["value"] = 2

    assert load(changed) != number("1")
    assert not only_json({"a": (1,)})
    assert not only_json({1: "a"})


# ---- numbers ----


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("5", 5),
        ("5.00", 5),
        ("1E+3", 1000),
        ("-0", 0),
        ("1.50", 1.5),
        ("0.1", 0.1),
        ("999999999999999999", 999999999999999999),
        ("999999999999999999.999999999", Decimal("999999999999999999.999999999")),
        ("0.000000001", 1e-09),
    ],
)
def test_a_number_is_int_or_float_only_where_that_is_exact(value: str, data: Any) -> None:
    written = dump(number(value))["value"]

    assert (written, type(written)) == (data, type(data))
    assert load(dump(number(value))) == number(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0.1", "0.1"),
        ("1E-9", "0.000000001"),
        ("1E+17", "100000000000000000"),
        ("123456789012345678.123456789", "123456789012345678.123456789"),
    ],
)
def test_numbers_in_text_are_written_out(value: str, text: str) -> None:
    assert f'"value": {text}}}' in dump_text(number(value))


# ---- paths, lengths, times ----


@pytest.mark.parametrize(
    ("path", "data"),
    [
        (("plan",), "plan"),
        (("a", "b"), "a.b"),
        (("a.b",), ["a.b"]),
        (("", "b"), ["", "b"]),
        (("",), [""]),
        (("a", "b.c"), ["a", "b.c"]),
    ],
)
def test_a_path_is_a_text_unless_a_dot_would_split_it(path: Path, data: Any) -> None:
    assert dump_condition(Test(subject=Subject(kind="trait", path=path), op="exists")) == {
        "trait": data,
        "op": "exists",
    }


def test_lengths_keep_their_unit() -> None:
    for unit in ("s", "min", "h", "d", "w", "mo", "q", "y"):
        leaf = {"event": "e", "op": "occurred_in_last", "value": f"14{unit}"}
        assert dump(load(leaf)) == leaf


def test_a_text_and_a_time_are_told_apart() -> None:
    assert dump(load({"trait": "x", "op": "eq", "value": "2024-01-01"}))["value"] == "2024-01-01"
    assert dump(load({"trait": "x", "op": "eq", "value": {"time": "2024-01-01"}}))["value"] == {"time": "2024-01-01"}
    assert dump(load({"trait": "x", "op": "on", "value": {"time": "2024-01-01"}}))["value"] == "2024-01-01"


def test_a_text_where_a_time_belongs_is_refused_rather_than_written_as_one() -> None:
    with pytest.raises(RuleError) as caught:
        dump(parse('born before "2024-01-01"'))

    assert caught.value.diagnostics[0].code == "E28"


# ---- one way only ----


@pytest.mark.parametrize(
    ("document", "canonical"),
    [
        ({"trait": "x", "op": "ne", "value": 1}, {"trait": "x", "op": "neq", "value": 1}),
        ({"trait": "x", "op": "is", "value": 1}, {"trait": "x", "op": "eq", "value": 1}),
        ({"trait": "x", "op": "eq", "value": 1.0, "ignore_case": False}, {"trait": "x", "op": "eq", "value": 1}),
        ({"trait": ["a", "b"], "op": "exists"}, {"trait": "a.b", "op": "exists"}),
        (
            {"event": ["e"], "op": "occurred", "window": {"last": "030d"}},
            {"event": "e", "op": "occurred_in_last", "value": "30d"},
        ),
        (
            {"event": "e", "op": "not_occurred", "window": {"last": {"param": "d"}}},
            {"event": "e", "op": "not_occurred_in_last", "value": {"param": "d"}},
        ),
        ({"audience": "VIP", "op": "not_in"}, {"not": {"audience": "VIP", "op": "in"}}),
        ({"version": 1, "rule": {"all": []}}, {"all": []}),
        ({"rule": {"all": []}, "let": {}, "params": {}}, {"all": []}),
        (
            {"event": "e", "op": "occurred_regularly", "value": {"min": 1, "of": 2, "unit": "d", "count": 1}},
            {"event": "e", "op": "occurred_regularly", "value": {"min": 1, "of": 2, "unit": "d"}},
        ),
        (
            {"sequence": [{"event": "a"}, {"event": "b", "negate": False}]},
            {"sequence": [{"event": "a"}, {"event": "b"}]},
        ),
    ],
)
def test_spellings_of_one_rule_become_the_canonical_one(document: Any, canonical: Any) -> None:
    assert dump(load(document)) == canonical
    assert dump(load(canonical)) == canonical


def test_siblings_keep_their_order_and_groups_their_shape() -> None:
    document = {"any": [field_leaf("exists"), {"all": []}, {"none": [{"any": [field_leaf("empty")]}]}], "note": "why"}

    assert dump(load(document)) == document
    assert list(dump(load(document))) == ["any", "note"]


def test_keys_come_in_the_order_of_the_documentation() -> None:
    condition = EventTest(
        events=("a", "b"),
        op="count_between",
        value=(Number(Decimal(1)), Param("n")),
        where=Test(
            subject=Subject(kind="property", path=("p",), size=True), op="eq", value=Text("x"), ignore_case=True
        ),
        window=Window(kind="between", value=(TimeLiteral("2024-01-01"), Param("end"))),
        note="n",
    )

    assert json.dumps(dump_condition(condition)) == (
        '{"event": ["a", "b"], "op": "count_between", "value": [1, {"param": "n"}], '
        '"where": {"property": "p", "fn": "size", "op": "eq", "value": "x", "ignore_case": true}, '
        '"window": {"between": ["2024-01-01", {"param": "end"}]}, "note": "n"}'
    )


def test_everything_of_a_step_and_of_regularity_is_written() -> None:
    sequence = Sequence(
        steps=(
            Step(events=("a",)),
            Step(events=("b",), within=Duration(2, "h"), same=("x.y",), negate=True),
        )
    )
    regular = EventTest(
        events=("a",), op="occurred_regularly", value=Regularity(minimum=3, of=4, unit="w", calendar=True, count=2)
    )

    assert dump_condition(sequence) == {
        "sequence": [{"event": "a"}, {"event": "b", "within": "2h", "same": ["x.y"], "negate": True}]
    }
    assert dump_condition(regular)["value"] == {"min": 3, "of": 4, "unit": "w", "calendar": True, "count": 2}


# ---- files ----


def test_a_file_is_written_with_what_it_defines() -> None:
    rule = Rule(
        condition=Group(op="all", members=()),
        let=(("vip", Number(Decimal(1000))), ("long", Duration(30, "d")), ("start", TimeLiteral("2024-01-01"))),
        params=(
            ParamDecl(name="days", type="duration", default=Duration(30, "d")),
            ParamDecl(name="since", type="datetime", default=TimeLiteral("2024-01-01")),
            ParamDecl(name="flag", type="boolean", default=Boolean(True)),
            ParamDecl(name="must", type="number"),
        ),
    )

    assert dump(rule) == {
        "version": 1,
        "let": {"vip": 1000, "long": {"dur": "30d"}, "start": {"time": "2024-01-01"}},
        "params": {
            "days": {"type": "duration", "default": "30d"},
            "since": {"type": "datetime", "default": "2024-01-01"},
            "flag": {"type": "boolean", "default": True},
            "must": {"type": "number"},
        },
        "rule": {"all": []},
    }


def test_text_is_indented_on_request() -> None:
    rule = load({"all": [{"trait": "é\n", "op": "exists"}, {"any": []}]})

    assert dump_text(rule) == '{"all": [{"trait": "é\\n", "op": "exists"}, {"any": []}]}'
    assert dump_text(rule, indent=2).splitlines()[:4] == ["{", '  "all": [', "    {", '      "trait": "é\\n",']
    assert json.loads(dump_text(rule, indent=2)) == json.loads(dump_text(rule))
