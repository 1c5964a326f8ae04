"""Sentences: a golden one for everything a rule can hold, all alike every time, and no two rules with the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from muster.compiler.diagnostics import RuleError
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.rule import (
    Aggregate,
    AudienceRef,
    Condition,
    EventTest,
    Group,
    Metric,
    MetricTest,
    Not,
    Rule,
    Sequence,
    Subject,
    SubjectKind,
    Test,
    Window,
    WindowKind,
    walk,
)
from muster.compiler.values import Literal_, Param, Text, TraitRef, Value
from muster.grammar.english import english, english_condition, spoken
from muster.grammar.english_words import ENGLISH, Phrases
from muster.grammar.json_dump import dump
from muster.grammar.json_rule import load
from muster.grammar.text import parse
from tests.grammar.test_json_problems import changed, places
from tests.rule_strategies import conditions, rules

FOLDER = Path(__file__).parent.parent
SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
DELETED = frozenset({"Gone"})


def cases() -> list[str]:
    lines = (FOLDER / "fixtures" / "english.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def say(text: str) -> str:
    return english(parse(text), deleted=DELETED)


def everything(value: object) -> Iterable[object]:
    """Yield every value object inside a rule."""
    pending = [value]
    while pending:
        current = pending.pop()
        yield current
        if isinstance(current, tuple):
            pending.extend(current)
        elif is_dataclass(current):
            pending.extend(getattr(current, field.name) for field in fields(current))


PARTS = [part for text in cases() for part in everything(parse(text))]


def test_every_case_is_said_as_the_golden_file_says(golden: Callable[[Path, str], None]) -> None:
    told = ["\n".join([text, *(f"    {line}" for line in say(text).splitlines()), ""]) for text in cases()]

    golden(FOLDER / "golden" / "english.txt", "\n".join(told))


@pytest.mark.parametrize("kind", get_args(Condition), ids=lambda kind: kind.__name__)
def test_every_kind_of_condition_has_a_golden_sentence(kind: type) -> None:
    assert any(type(part) is kind for part in PARTS)


@pytest.mark.parametrize("op", FIELD_OPERATORS)
def test_every_field_operator_has_a_golden_sentence(op: str) -> None:
    assert any(isinstance(part, (Test, MetricTest)) and part.op == op for part in PARTS)


@pytest.mark.parametrize("op", EVENT_OPERATORS)
def test_every_event_operator_has_a_golden_sentence(op: str) -> None:
    assert any(isinstance(part, EventTest) and part.op == op for part in PARTS)


def test_every_window_subject_aggregate_and_value_has_a_golden_sentence() -> None:
    assert {part.kind for part in PARTS if isinstance(part, Window)} == set(get_args(WindowKind))
    assert {part.kind for part in PARTS if isinstance(part, Subject)} == set(get_args(SubjectKind))
    assert {part.agg for part in PARTS if isinstance(part, Metric)} == set(get_args(Aggregate))
    assert {part.op for part in PARTS if isinstance(part, Group)} == set(get_args(get_type_hints(Group)["op"]))
    assert {*get_args(Literal_), Param, TraitRef} <= {type(part) for part in PARTS}


# ---- no two rules share a sentence ----


def meant(rule: Rule) -> Rule:
    """Give what is said of a rule: without notes and groups of one."""
    return replace(rule, condition=spoken(rule.condition), computed=tuple((n, _meant(m)) for n, m in rule.computed))


def _meant(metric: Metric) -> Metric:
    return metric if metric.where is None else replace(metric, where=spoken(metric.where))


# Values that look like one another, like words of a sentence, or like punctuation of one.
CONFUSING: st.SearchStrategy[Any] = st.sampled_from(
    [
        *(
            "x",
            "is",
            "not",
            "the",
            "nothing",
            "today",
            "true",
            "5",
            "",
            '"',
            "`",
            "a.b",
            "a b",
            ")",
            " and ",
            ", then x",
        ),
        *(5, 5.5, -5, True, False, "2024-01-01", "30d", "30min", "30mo", "1d", "24h", "*", "day", "month"),
        *(
            {"param": "x"},
            {"trait": "x"},
            {"time": "2024-01-01"},
            {"time": "today"},
            {"ago": "30d"},
            {"from_now": "30d"},
        ),
        *(["x"], ["x", "y"], ["x, y"], [], ["a", "b"], [1, 2], [{"trait": "x"}]),
        *({"all": []}, {"any": []}, {"none": []}, {"property": "x", "op": "exists"}, {"trait": "x", "op": "exists"}),
        *({"last": "30d"}, {"older_than": "30d"}, {"on": {"time": "today"}}, {"this": "day"}, {"last_calendar": "30d"}),
        *FIELD_OPERATORS,
        *EVENT_OPERATORS,
    ]
)
KEYS = st.sampled_from(
    ["op", "value", "where", "window", "fn", "ignore_case", "lookback", "gap", "within", "same", "negate", "agg"]
)


def varied(document: Any) -> st.SearchStrategy[Any]:
    """Give a document that differs in one value, one key more or one key less."""

    def vary(place: tuple[Any, ...]) -> st.SearchStrategy[Any]:
        def added(pair: tuple[str, Any]) -> Any:
            return changed(document, place, lambda node: {**node, pair[0]: pair[1]} if isinstance(node, dict) else node)

        def dropped(key: str) -> Any:
            return changed(
                document,
                place,
                lambda node: {k: v for k, v in node.items() if k != key} if isinstance(node, dict) else node,
            )

        replaced = CONFUSING.map(lambda value: changed(document, place, lambda _: value))
        return replaced | st.tuples(KEYS, CONFUSING | st.just("size")).map(added) | KEYS.map(dropped)

    return st.sampled_from(places(document)).flatmap(vary)


@st.composite
def neighbours(draw: st.DrawFn) -> list[Rule]:
    """Give rules that differ a little in their JSON."""
    start = draw(rules(depth=1).map(dump))
    found = [load(start)]
    for document in draw(st.lists(varied(start), min_size=10, max_size=20)):
        with suppress(RuleError):
            found.append(load(document if isinstance(document, dict) else start))
    return found


def shared(many: Iterable[Rule], phrases: Phrases = ENGLISH) -> bool:
    """Tell whether two of the rules mean different things and are said alike."""
    said: dict[str, Rule] = {}
    return any(said.setdefault(english(rule, phrases=phrases), meant(rule)) != meant(rule) for rule in many)


@SLOW
@given(neighbours())
def test_rules_that_differ_a_little_never_share_a_sentence(many: list[Rule]) -> None:
    assert not shared(many)


@SLOW
@given(st.lists(conditions(depth=1), min_size=2, max_size=12))
def test_random_conditions_never_share_a_sentence(many: list[Condition]) -> None:
    said: dict[str, Condition] = {}
    for condition in many:
        known = said.setdefault(english_condition(condition), spoken(condition))
        assert known == spoken(condition)


def small_leaves() -> list[Condition]:
    """Give every operator with every value of a few that could be confused."""
    values: list[Value] = [Text("x"), Text("5"), Param("x"), TraitRef(("x",)), Text("set"), Text("true")]
    found: list[Condition] = [
        Test(subject=Subject(kind=kind, path=path, size=size), op=op, value=value, ignore_case=folded)
        for kind in get_args(SubjectKind)
        for path in (("x",), ("a", "b"), ("a.b",), ("last_seen",), ("is",))
        for size in (False, True)
        for op, operator in FIELD_OPERATORS.items()
        for value in ([None] if operator.argument in ("none", "where") else values)
        for folded in ((False, True) if operator.ignore_case else (False,))
        if operator.argument != "where" and not isinstance(value, tuple)
    ]
    return found


def test_no_two_small_tests_share_a_sentence() -> None:
    leaves = [leaf for leaf in small_leaves() if not (isinstance(leaf, Test) and leaf.subject.kind == "property")]
    sentences = {english_condition(leaf) for leaf in leaves}

    assert len(leaves) > 3_000
    assert len(sentences) == len(set(leaves))


def test_no_two_example_rules_share_a_sentence_unless_they_are_one_rule() -> None:
    said: dict[str, Rule] = {}
    for text in cases():
        rule = parse(text)
        assert meant(said.setdefault(say(text), rule)) == meant(rule)


def test_a_shared_sentence_is_found() -> None:
    careless = replace(ENGLISH, operators={**ENGLISH.operators, "gte": "is over {value}"})

    one, other = parse("x > 5"), parse("x >= 5")
    assert english(one, phrases=careless) == english(other, phrases=careless)
    assert english(one) != english(other)


@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of what is tried on the way, shown to nobody
def test_the_search_for_shared_sentences_finds_one() -> None:
    careless = replace(ENGLISH, operators=dict.fromkeys(ENGLISH.operators, "is {value}"))

    quick = settings(parent=SLOW, max_examples=1_000, database=None, phases=[Phase.generate])

    found = find(neighbours(), lambda many: shared(many, careless), settings=quick)

    assert shared(found, careless)
    assert not shared(found)


# ---- what is said alike ----


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("all of (x = 1)", "x = 1"),
        ("any of (all of (x = 1))", "x = 1"),
        ("none of (x = 1)", "not x = 1"),
        ("none of ()", "all of ()"),
        ("did e where (any of (p = 1))", "did e where (p = 1)"),
        ("did a where (all of (p = 1)) then b", "did a where (p = 1) then b"),
        ("sum(a) of e where (all of (p = 1)) > 2", "sum(a) of e where (p = 1) > 2"),
        ("# why\nx = 1", "x = 1"),
    ],
)
def test_groups_of_one_and_notes_are_not_said(one: str, other: str) -> None:
    assert say(one) == say(other)
    assert meant(parse(one)) == meant(parse(other))


@SLOW
@given(rules())
def test_sentences_are_total_deterministic_and_the_same_for_equal_rules(rule: Rule) -> None:
    sentence = english(rule)

    assert sentence == english(load(dump(rule)))
    assert sentence.strip() == sentence != ""
    assert all(line.strip() for line in sentence.splitlines())


@SLOW
@given(conditions())
def test_speaking_a_spoken_condition_changes_nothing(condition: Condition) -> None:
    assert spoken(spoken(condition)) == spoken(condition)
    assert english_condition(spoken(condition)) == english_condition(condition)


# ---- lists and deletions ----


def test_groups_in_groups_become_lists() -> None:
    assert say('plan = "pro" and (x = 1 or not (y = 2 and z = 3))').splitlines() == [
        "all of these:",
        '- plan is "pro"',
        "- any of these:",
        "  - x is 1",
        "  - not all of these:",
        "    - y is 2",
        "    - z is 3",
    ]


def test_one_group_stays_on_one_line() -> None:
    assert "\n" not in say('not (plan = "pro" and country = "US")')


def test_deleted_audiences_are_said_to_match_nobody_either_way() -> None:
    rule = parse('in audience "Gone" or not in audience "Gone"')

    assert english(rule, deleted=DELETED) == (
        'in a deleted audience (matches nobody), "Gone" or not in a deleted audience (matches nobody), "Gone"'
    )
    assert "deleted" not in english(rule)
    assert english_condition(AudienceRef(name="Gone"), deleted=DELETED).startswith(
        "in a deleted audience (matches nobody)"
    )


def test_every_negative_test_says_whom_it_includes() -> None:
    for op, operator in FIELD_OPERATORS.items():
        if operator.complement_of is None or operator.argument == "none":
            continue
        leaves = [leaf for leaf in PARTS if isinstance(leaf, Test) and leaf.op == op]
        assert leaves
        assert all("(including " in english_condition(leaf) for leaf in leaves), op


def test_counts_that_none_satisfies_say_never() -> None:
    included = ["at most 2", "fewer than 1", "exactly 0", "at least 0", "between 0 and 5"]
    excluded = ["at least 1", "more than 0", "exactly 1", "fewer than 0", "between 1 and 5"]

    assert all(say(f"did purchase {count} times").endswith(", including never") for count in included)
    assert not any("never" in say(f"did purchase {count} times") for count in excluded)


def test_conditions_of_every_kind_can_stand_under_not() -> None:
    for leaf in PARTS:
        if isinstance(leaf, get_args(Condition)) and not isinstance(leaf, (Group, Not)):
            said = english_condition(Not(member=leaf))
            assert said.startswith("not ")
    assert sum(1 for part in PARTS if isinstance(part, Sequence)) > 3
    assert len(list(walk(parse(cases()[0]).condition))) == 1
