"""Rules too large are refused, fast, before anything walks them recursively."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from muster.compiler.diagnostics import Collector, RuleError
from muster.compiler.rule import (
    Condition,
    EventTest,
    Group,
    Library,
    Not,
    ParamDecl,
    Regularity,
    Rule,
    Sequence,
    Step,
    Subject,
    Test,
)
from muster.compiler.values import Number
from muster.grammar.format import format_rule
from muster.grammar.json_rule import load
from muster.grammar.limits import (
    MAX_CLAUSES,
    MAX_DEFINITIONS,
    MAX_DEPTH,
    MAX_LEAVES,
    MAX_LIST,
    MAX_PATH,
    MAX_PERIODS,
    MAX_STEPS,
    MAX_TEXT,
    check_rule,
    check_size,
    check_text,
)
from muster.grammar.text import parse, parse_library
from tests.timing import seconds

LEAF = Test(subject=Subject(kind="trait", path=("a",)), op="eq", value=Number(Decimal(1)))
SECONDS = 0.1
LARGEST = " or ".join(["a = 1"] * MAX_LEAVES)


def codes_of(text: str) -> set[str]:
    with pytest.raises(RuleError) as refused:
        parse(text)
    return {diagnostic.code for diagnostic in refused.value.diagnostics}


def found_in(condition: Condition) -> list[str]:
    found = Collector()
    check_size(condition, found)
    return [diagnostic.code for diagnostic in found.diagnostics]


def nested(depth: int) -> Condition:
    condition: Condition = LEAF
    for level in range(depth - 1):
        condition = Not(member=condition) if level % 2 else Group(op="any", members=(condition, LEAF))
    return condition


@pytest.mark.parametrize(
    "text",
    [
        "(" * 60_000,
        "(" * 32_000 + ")" * 32_000,
        "(" * 5_000 + "a = 1" + ")" * 5_000,
        "not " * 16_000,
        "not (" * 12_000 + "a = 1",
        "NOT\n" * 16_000,
        "all of (" * 8_000,
        "did a where (" * 5_000,
        "a = 1 and " * 6_500,
        "did a or " * 7_000 + "did a",
        "any of (" + "did a," * 9_000 + ")",
        "all of (" + "all of ()," * 6_000 + ")",
        "did a where (" + "x = 1 or " * 7_000 + "x = 1)",
        "a in (" + "1," * 30_000 + "1)",
        "did any of (" + "a," * 20_000 + "a)",
        "did a " + "then b " * 8_000,
        ".".join(["a"] * 30_000) + " = 1",
        "did a in at least 1 of the last 99999 calendar years",
        "(" * 100_000,
        "not " * 100_000,
        "a" * 100_000,
        "\u6771" * 22_000,
        "a = \0",
        "".join(f"let a{at} = 1;" for at in range(4_000)) + "a = 1",
        "".join(f"param a{at}: number;" for at in range(2_500)) + "a = 1",
        "".join(f"computed a{at} = count of b;" for at in range(2_000)) + "a = 1",
        "did a" + " in last 3 days" * 4_000,
        "did a then b" + " within 3 days" * 4_000,
        "did a" + " ever" * 12_000,
        "(" * 40 + 'a = "' + '\\"' * 30_000,
        "(" * 40 + "a = `" + "\\`" * 30_000,
    ],
    ids=lambda text: f"{text[:16]} x {len(text)}",
)
def test_a_rule_bomb_is_refused_at_once(text: str):
    allowed = max(SECONDS, seconds(lambda: parse(LARGEST)))

    assert seconds(lambda: codes_of(text)) < 1.5 * allowed
    assert codes_of(text) <= {"E17", "E23"}


def test_a_library_of_constants_is_refused_at_once():
    text = "".join(f"let a{at} = 1;\n" for at in range(20_000)) + "audience a: b = 1;"
    allowed = max(SECONDS, seconds(lambda: parse(LARGEST)))

    def refuse() -> None:
        with pytest.raises(RuleError, match="number of `let` constants"):
            parse_library(text)

    assert seconds(refuse) < 1.5 * allowed


def test_the_time_of_a_valid_library_grows_with_its_length():
    def library(audiences: int) -> str:
        condition = 'plan = "pro"\n# quiet\nand did login in last 30 days and (country = "US" or country = "CA")'
        return "".join(f"# first\naudience a{at}: {condition};\n" for at in range(audiences))

    small, large = library(500), library(4_000)

    assert len(large) > 450_000
    assert seconds(lambda: parse_library(large), times=1) < 3 * 8 * seconds(lambda: parse_library(small))


def test_every_mistake_of_clauses_is_told_up_to_a_number_that_no_event_needs():
    few = "did a" + " ever" * MAX_CLAUSES

    assert codes_of(few) == {"E15"}
    assert codes_of(few + " ever") == {"E17"}
    assert codes_of(" or ".join([few] * 3)) == {"E15"}


@pytest.mark.parametrize(
    "text",
    [
        '"' + "(" * 1000 + '" = a or b = "' + "not " * 1000 + '"',
        "a = 1 # " + "(" * 1000,
        "a in (" + ",".join(["1.5"] * MAX_LIST) + ")",
        "a in (" + ",".join(["1"] * 9_000) + ") or a in (" + ",".join(["1"] * 9_000) + ")",
        " or ".join(["a.b = 1.5"] * 50),
        ".".join(["a"] * MAX_PATH) + " = 1",
        "`" + "(" * 1000 + "` = 1",
        "a = 1 and " * 20 + "b = 1",
        " or ".join(["(not a = 1)"] * 200),
    ],
)
def test_brackets_and_nots_that_do_not_nest_are_fine(text: str):
    assert check_text(text) == ()


def test_depth_is_counted_in_conditions():
    assert found_in(nested(MAX_DEPTH)) == []
    assert found_in(nested(MAX_DEPTH + 1)) == ["E17"]


def test_the_deepest_rule_can_be_written_and_read():
    rule = Rule(condition=nested(MAX_DEPTH))

    assert parse(format_rule(rule)) == rule
    with pytest.raises(RuleError):
        parse(format_rule(Rule(condition=nested(MAX_DEPTH + 1))))


def test_filters_count_towards_depth_and_leaves():
    test = EventTest(events=("a",), op="occurred", where=nested(MAX_DEPTH))

    assert found_in(test) == ["E17"]
    assert found_in(Group(op="all", members=(LEAF,) * MAX_LEAVES)) == []
    assert found_in(Group(op="all", members=(LEAF,) * (MAX_LEAVES + 1))) == ["E17"]
    assert found_in(Group(op="all", members=(Group(op="any", members=()),) * (MAX_LEAVES + 1))) == ["E17"]


def test_lists_and_steps_are_counted():
    one = Number(Decimal(1))
    long = Test(subject=LEAF.subject, op="in", value=(one,) * (MAX_LIST + 1))
    names = EventTest(events=("a",) * (MAX_LIST + 1), op="occurred")
    steps = Sequence(steps=(Step(events=("a",)),) * (MAX_STEPS + 1))

    assert [found_in(condition) for condition in (long, names, steps)] == [["E17"]] * 3
    assert found_in(Sequence(steps=(Step(events=("a",)),) * MAX_STEPS)) == []


def test_a_library_of_wrong_lines_is_refused_soon():
    allowed = max(SECONDS, seconds(lambda: parse(LARGEST)))

    def refuse() -> None:
        with pytest.raises(RuleError):
            parse_library("x = = 1;\n" * 40_000)

    assert seconds(refuse) < 5 * allowed


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("did a" + " then b" * MAX_STEPS, "number of steps"),
        (".".join(["a"] * (MAX_PATH + 1)) + " = 1", "number of names in a path"),
        ("a in (" + "1," * (MAX_LIST + 1) + ")", "number of values in a list"),
        (f"did a in at least 1 of the last {MAX_PERIODS + 1} weeks", "number of periods"),
    ],
)
def test_one_more_than_a_limit_allows_names_the_limit(text: str, named: str):
    with pytest.raises(RuleError, match=f"The {named} is"):
        parse(text)


def test_periods_and_paths_are_counted_whatever_the_form():
    regular = [
        EventTest(events=("a",), op="occurred_regularly", value=Regularity(minimum=1, of=of, unit="w"))
        for of in (1000, 1001)
    ]
    paths = [Test(subject=Subject(kind="trait", path=("a",) * n), op="is_set") for n in (MAX_PATH, MAX_PATH + 1)]

    assert [found_in(condition) for condition in regular] == [[], ["E17"]]
    assert [found_in(condition) for condition in paths] == [[], ["E17"]]


def test_definitions_are_counted():
    many = tuple(ParamDecl(name=f"p{at}", type="number") for at in range(MAX_DEFINITIONS + 1))
    found = Collector()
    check_rule(Rule(condition=LEAF, params=many), found)
    check_rule(Library(audiences=(("a", nested(MAX_DEPTH + 1)),)), found)

    assert [diagnostic.code for diagnostic in found.diagnostics] == ["E17", "E17"]


def test_a_library_may_hold_more_than_one_rule_may():
    text = "".join(f"audience a{at}: " + " or ".join(["b = 1"] * 100) + ";" for at in range(10))

    assert len(parse_library(text).audiences) == 10
    with pytest.raises(RuleError):
        parse(" or ".join(["b = 1"] * 1000))


def test_the_length_is_counted_in_bytes():
    assert check_text("\u6771" * (MAX_TEXT // 3)) == ()
    assert [found.code for found in check_text("\u6771" * (MAX_TEXT // 3 + 1))] == ["E17"]


LONG = ["a"] * (MAX_PATH + 1)


@pytest.mark.parametrize(
    "condition",
    [
        {"trait": LONG, "op": "exists"},
        {"trait": ".".join(LONG), "op": "exists"},
        {"trait": "a", "op": "eq", "value": {"trait": LONG}},
        {"trait": "a", "op": "between", "value": [1, {"trait": LONG}]},
        {"event": "e", "op": "count_gte", "value": {"trait": LONG}},
        {"event": "e", "op": "occurred", "where": {"property": LONG, "op": "exists"}},
        {"event": "e", "op": "occurred", "where": {"property": "a", "op": "eq", "value": {"trait": LONG}}},
        {"event": "e", "agg": "sum", "property": LONG, "op": "gte", "value": 1},
        {"event": "e", "agg": "sum", "property": "a", "op": "gte", "value": {"trait": LONG}},
        {"sequence": [{"event": "e"}, {"event": "f", "same": LONG}]},
        {"sequence": [{"event": "e"}, {"event": "f", "where": {"property": LONG, "op": "exists"}}]},
        *(
            {"trait": "a", "op": op, "where": {"property": LONG, "op": "exists"}}
            for op in ("any_where", "all_where", "none_where")
        ),
        {"version": 1, "computed": {"c": {"event": "e", "agg": "sum", "property": LONG}}, "rule": {"all": []}},
        {
            "version": 1,
            "computed": {"c": {"event": "e", "agg": "count", "where": {"property": LONG, "op": "exists"}}},
            "rule": {"all": []},
        },
    ],
    ids=lambda condition: json.dumps(condition)[:60].replace('"', ""),
)
def test_paths_are_counted_wherever_json_names_one(condition: dict[str, Any]):
    with pytest.raises(RuleError, match=f"The number of names in a path is {MAX_PATH + 1}; the limit is {MAX_PATH}"):
        load(condition)

    assert load(json.loads(json.dumps(condition).replace(json.dumps(LONG), '"a"').replace(".".join(LONG), "a")))
