"""However scans are read, the members stay: scans of the same events merged, sets made of a few people's events only.

Random tests of events are brought together on one event, in groups with and without negation, beside tests of traits
that are taken to find few people; every engine must give what the reference evaluator gives, and shapes must occur.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import settings

from muster.backends.base import Backend, EventRow, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.sql import query, shapes
from muster.backends.sql.shapes import Among, Merged
from muster.compiler.expr import (
    And,
    Compare,
    Constant,
    EventMetric,
    Events,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Sample,
    walk,
)
from muster.compiler.moments import from_micros
from muster.compiler.plan import PlanAnd, PlanCondition, PlanOr
from muster.compiler.planner import plan
from muster.runtime.evaluation import evaluate
from tests.cases import DAY, NOW
from tests.dice import SeededDice, between, chance, pick
from tests.differential import Arena, reference
from tests.scenario import scenario
from tests.sql_text import schema_of

WORLDS = max(5, settings().max_examples // 50)
RULES, GROUPS = 30, 12


def test_shapes_change_no_members(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = shapes_that_disagree(monkeypatch)

    assert seen["wrong"] == 0
    assert min(seen["merged"], seen["complement"], seen["among"], seen["some"]) > WORLDS


@pytest.mark.parametrize("bug", ["complement", "people of another group"])
def test_a_wrong_shape_is_found(monkeypatch: pytest.MonkeyPatch, bug: str) -> None:
    if bug == "complement":
        monkeypatch.setattr(shapes, "any", all, raising=False)  # a negated test beside others is asked as it stands
    else:
        pushed = shapes._Shaping.pushed
        monkeypatch.setattr(shapes._Shaping, "pushed", lambda self, condition, _: pushed(self, as_all(condition), ()))

    assert shapes_that_disagree(monkeypatch)["wrong"] > 0


def as_all(condition: PlanCondition) -> PlanCondition:
    """Take one of some conditions for all of them, so that people of one are looked for among those of another."""
    return PlanAnd(condition.args) if isinstance(condition, PlanOr) else condition


def shapes_that_disagree(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Try groups of tests on every engine; tell how many shapes there were, and how many answers were wrong."""
    seen = Counter[str]()
    monkeypatch.setattr(shapes, "share_of", lambda *_: 0.001)
    monkeypatch.setattr(shapes, "LEAST_PEOPLE", 0)
    monkeypatch.setattr(query, "shaped", noting(shapes.shaped, seen))
    for number in range(WORLDS):
        if seen["wrong"]:
            break
        dice = SeededDice(f"shapes {number}")
        made = scenario(dice, RULES)
        with Arena(made.world) as arena:
            compiled = [arena.compile(rule, made.audiences).optimised for rule in made.rules]
            parts = [part for expr in compiled for part in walk(expr)]
            metrics = [part for part in parts if isinstance(part, EventMetric)]
            people = [part for part in parts if isinstance(part, FieldTest | Sample)]
            for _ in range(GROUPS if metrics and people else 0):
                expr = grouped(dice, metrics, people)
                expected = list(reference(expr, made.world))
                seen["some"] += 0 < len(expected) < len(made.world.profiles)
                for name in arena.names:
                    found = (arena.members(name, plan(expr, expr)), arena.count(name, plan(expr, expr)))
                    seen["wrong"] += found != (expected, len(expected))
    return seen


def grouped(dice: SeededDice, metrics: list[EventMetric], people: list[FieldTest | Sample]) -> Expr:
    """Draw a group of tests of one event, perhaps beside another group and a test of people."""
    events = pick(dice, metrics).events
    group = one_event(dice, metrics, events)
    if chance(dice, 40):
        group = joined(dice, (group, one_event(dice, metrics, pick(dice, metrics).events)))
    return And((pick(dice, people), group)) if chance(dice, 60) else group


def one_event(dice: SeededDice, metrics: list[EventMetric], events: Events) -> Expr:
    chosen = [listed(dice, replace(pick(dice, metrics), events=events)) for _ in range(between(dice, 2, 4))]
    return joined(dice, tuple(Not(each) if chance(dice, 35) else each for each in chosen))


def listed(dice: SeededDice, metric: EventMetric) -> EventMetric:
    """Ask for one of some numbers now and then, as the passes do for `= 1 or = 2`."""
    match metric.test:
        case Compare(operand=Constant("num", Decimal() as number)) if chance(dice, 50):
            return replace(metric, test=OneOf("num", tuple(dict.fromkeys((number, number + 1, Decimal(0))))))
        case _:
            return metric


def joined(dice: SeededDice, args: tuple[Expr, ...]) -> Expr:
    return And(args) if chance(dice, 50) else Or(args)


def noting(shaped: Callable[..., shapes.Shaped], seen: Counter[str]) -> Callable[..., shapes.Shaped]:
    def shape(*given: object) -> shapes.Shaped:
        found = shaped(*given)
        for scan in found.scans:
            inner = scan.scan if isinstance(scan, Among) else scan
            seen["among"] += isinstance(scan, Among)
            if isinstance(inner, Merged):
                seen["merged"] += 1
                seen["complement"] += any(negated for _, negated, _ in inner.tests)
        return found

    return shape


_SUM = "sum(x) of buy in last 30 days"


@pytest.mark.parametrize("backend", all_backends(), ids=lambda backend: backend.name)
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"{_SUM} != 5 and {_SUM} != 7 and did buy", ["now", "old"]),
        (f"({_SUM} = 0 or {_SUM} = 5) and count of buy >= 1", ["old"]),
        (f"({_SUM} != 5 and {_SUM} != 7 and {_SUM} != 0) or count of buy < 1", ["never", "now"]),
        (f"not ({_SUM} = 5 or {_SUM} = 7) and count of buy >= 1", ["now", "old"]),
        ("max(x) of buy in last 30 days != 5 and max(x) of buy in last 30 days != 7 and did buy", ["now", "old"]),
    ],
)
def test_events_outside_a_window_pass_neither_a_list_nor_its_complement(
    backend: Backend, rule: str, expected: list[str]
) -> None:
    people = tuple(ProfileRow(pid, identity) for pid, identity in enumerate(("now", "old", "never")))
    events = (EventRow(0, "buy", NOW - DAY, "a", {"x": 3}), EventRow(1, "buy", NOW - 60 * DAY, "b", {"x": 9}))
    with closing(backend.connect("", schema_of(people, events))) as engine:
        engine.load(people, events)
        asked = evaluate(rule, engine, as_of=from_micros(NOW))

        assert (asked.members().to_pylist(), asked.count()) == (expected, len(expected))
