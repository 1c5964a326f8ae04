"""When a person enters or leaves by nothing but time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import EventRow
from muster.backends.memory.evaluate import Scene, holds
from muster.backends.memory.next_change import HORIZON, next_change
from muster.compiler.expr import Expr
from muster.compiler.moments import Clock, from_micros, to_micros
from muster.compiler.pipeline import compile_rule
from muster.grammar.text import parse
from tests.cases import DAY, NOW, event, person
from tests.expr_people import cases

SECOND = 1_000_000


def lowered(rule: str) -> Expr:
    return compile_rule(parse(rule)).lowered


def scene(*events_: EventRow, **traits: Any) -> Scene:
    return Scene(person(traits), events_, Clock(NOW))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("did buy in last 30 days", NOW + 20 * DAY + 1),  # [as_of - 30 d, as_of) holds the event until as_of is past it
        ("did not buy in last 30 days", NOW + 20 * DAY + 1),
        ("did buy at least 2 times in last 30 days", NOW + 10 * DAY + 1),
        ("did buy", None),
        ('plan = "pro"', None),
        ("seen before 60 days ago", NOW + 50 * DAY + 1),
        ("did buy then not buy within 40 days", NOW + 30 * DAY + 1),
        ("expires before now", NOW + 5 * SECOND + 1),
    ],
)
def test_a_window_leaves_an_event_behind_at_an_instant(rule: str, expected: int | None) -> None:
    expires = from_micros(NOW + 5 * SECOND).isoformat()
    seen = from_micros(NOW - 10 * DAY).isoformat()
    here = scene(event(NOW - 20 * DAY, mid="a"), event(NOW - 10 * DAY, mid="b"), plan="pro", expires=expires, seen=seen)

    assert next_change(lowered(rule), here) == expected


@given(cases(people=2), st.data())
def test_nothing_changes_before_it_and_something_does_at_it(
    case: tuple[Expr, list[Scene]], data: st.DataObject
) -> None:
    expr, scenes = case
    for each in scenes:
        now = each.clock.as_of
        is_member = holds(expr, each)
        found = next_change(expr, each)
        ends = now + HORIZON if found is None else found - 1
        if found is not None:
            assert holds(expr, replace(each, clock=Clock(found, each.clock.timezone))) != is_member
        for _ in range(10):
            between = data.draw(st.integers(now, max(now, ends)))
            assert holds(expr, replace(each, clock=Clock(between, each.clock.timezone))) == is_member


def test_a_calendar_period_ends_at_midnight_of_its_zone() -> None:
    now = to_micros(datetime.fromisoformat("2024-06-15T12:00:00+00:00"))
    here = Scene(person({}), (event(now - DAY, mid="a"),), Clock(now, "Europe/London"))
    expected = to_micros(datetime.fromisoformat("2024-06-30T23:00:00+00:00"))

    assert next_change(lowered("did buy in this month"), here) == expected
