"""The parts of a sentence: nothing passes for something else."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.compiler.rule import ANYTHING, Regularity, Window
from muster.compiler.values import UNITS, Ago, Boolean, Duration, Number, Param, Path, Text, TimeLiteral, Today, Value
from muster.grammar import english_parts as parts
from muster.grammar.english_words import ENGLISH
from tests.rule_strategies import durations, names, numbers, paths, texts


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("plan", "plan"),
        ("Plan Type", "`Plan Type`"),
        ("a.b", "`a.b`"),
        ("is", "`is`"),
        ("Times", "`Times`"),
        ("", "``"),
        ("x`y", "`x``y`"),
        ("x\ny", "`x\\ny`"),
        ("münchen", "münchen"),
        ("1st", "`1st`"),
    ],
)
def test_names_are_bare_only_where_nothing_else_is_meant(name: str, said: str) -> None:
    assert parts.name(name, ENGLISH) == said


def test_paths_and_keys_with_dots_are_told_apart() -> None:
    assert parts.path(("utm", "source"), ENGLISH) == "utm.source"
    assert parts.path(("utm.source",), ENGLISH) == "`utm.source`"


@pytest.mark.parametrize(
    ("events", "said"),
    [
        (("purchase",), "purchase"),
        (("Plan Upgraded",), '"Plan Upgraded"'),
        (("anything",), '"anything"'),
        (ANYTHING, "anything"),
        (("a b", "x"), 'any of ("a b", x)'),
    ],
)
def test_events_are_quoted_only_where_needed(events: tuple[str, ...], said: str) -> None:
    assert parts.event_names(events, ENGLISH) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [("1.50", "1.5"), ("-0", "0"), ("1E+3", "1000"), ("1E-9", "0.000000001"), ("100", "100"), ("-2.0", "-2")],
)
def test_numbers_are_written_out(value: str, said: str) -> None:
    assert parts.number(Decimal(value)) == said


def test_lengths_have_a_singular_and_every_unit_its_word() -> None:
    assert parts.length(Duration(1, "d"), ENGLISH) == "1 day"
    assert parts.length(Duration(0, "mo"), ENGLISH) == "0 months"
    assert parts.length(Param("days"), ENGLISH) == "$days"
    assert len({parts.length(Duration(2, unit), ENGLISH) for unit in UNITS}) == len(UNITS)


def test_kinds_of_values_are_told_apart() -> None:
    values: list[Value] = [
        Text("5"),
        Number(Decimal(5)),
        Text("true"),
        Boolean(True),
        Text("today"),
        Today(),
        Text("2024-01-01"),
    ]
    values += [TimeLiteral("2024-01-01"), Param("x"), Text("$x"), Ago(Param("x"))]

    assert len({parts.value(value, ENGLISH) for value in values}) == len(values)


@pytest.mark.parametrize(
    ("window", "said"),
    [
        (Window(kind="last", value=Duration(30, "d")), "in the last 30 days"),
        (Window(kind="last_calendar", value=Duration(1, "w")), "in the last 1 calendar week"),
        (Window(kind="this", value="day"), "today"),
        (Window(kind="on", value=Today()), "on today"),
        (Window(kind="previous", value="day"), "yesterday"),
        (Window(kind="previous", value="quarter"), "in the previous quarter"),
        (Window(kind="between", value=(TimeLiteral("2024-01-01"), Param("end"))), "between 2024-01-01 and $end"),
        (Window(kind="before", value=Param("start")), "before $start"),
    ],
)
def test_windows_are_said(window: Window, said: str) -> None:
    assert parts.window(window, ENGLISH) == said


def test_everything_a_template_may_need_is_given() -> None:
    assert parts.arguments(None, ENGLISH) == {}
    assert parts.arguments((), ENGLISH) == {"values": "(nothing)"}
    assert parts.arguments((Text("x"),), ENGLISH) == {"values": '("x")'}
    assert parts.arguments((Text("x"), Text("y")), ENGLISH) == {"low": '"x"', "high": '"y"', "values": '("x", "y")'}
    assert parts.arguments(Regularity(minimum=3, of=4, unit="w"), ENGLISH) == {
        "minimum": "3",
        "of": "4",
        "unit": "weeks",
    }
    assert parts.places("did {event} in {value}") == {"event", "value"}


@given(st.lists(names(), min_size=2, max_size=2, unique=True))
def test_two_names_are_never_said_alike(pair: list[str]) -> None:
    one, other = pair

    assert parts.name(one, ENGLISH) != parts.name(other, ENGLISH)
    assert parts.event_names((one,), ENGLISH) != parts.event_names((other,), ENGLISH)


@given(st.lists(paths(), min_size=2, max_size=2, unique=True))
def test_two_paths_are_never_said_alike(pair: list[Path]) -> None:
    one, other = pair

    assert parts.path(one, ENGLISH) != parts.path(other, ENGLISH)


@given(texts().map(Text) | numbers() | durations() | names().map(Param))
def test_a_value_is_said_on_one_line(value: Text | Number | Duration | Param) -> None:
    assert "\n" not in parts.value(value, ENGLISH)
