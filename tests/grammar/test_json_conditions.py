"""Places and spellings: every node points at its JSON, and two spellings of one condition are one Rule."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from muster.compiler.diagnostics import Pointer
from muster.compiler.rule import EventTest, Not, Rule, Sequence, Step, Test, walk
from muster.compiler.values import Param
from muster.grammar.json_conditions import ROLLING
from muster.grammar.json_dump import dump, dump_condition
from muster.grammar.json_rule import load
from tests.json_documents import FILTER
from tests.rule_strategies import rules

SLOW = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])


def placed(value: object) -> Iterator[tuple[object, str, object]]:
    """Yield every part of a Rule that has a place, with the place."""
    pending = [value]
    while pending:
        current = pending.pop()
        if isinstance(current, tuple):
            pending.extend(current)
        if not is_dataclass(current):
            continue
        for field in fields(current):
            held = getattr(current, field.name)
            if field.name.endswith("origin"):
                yield current, field.name, held
            else:
                pending.append(held)


def at(document: Any, pointer: Pointer) -> Any:
    """Look a JSON pointer up."""
    for part in pointer.path.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@SLOW
@given(rules())
def test_every_part_points_at_something_in_the_document(rule: Rule) -> None:
    document = dump(rule)
    for part, name, origin in placed(load(document)):
        assert isinstance(origin, Pointer), (part, name)
        at(document, origin)


@SLOW
@given(rules())
def test_every_condition_points_at_its_own_object(rule: Rule) -> None:
    document = dump(rule)
    for condition in walk(load(document).condition):
        assert isinstance(condition.origin, Pointer)
        assert at(document, condition.origin) == dump_condition(condition)


def test_parts_of_a_leaf_point_at_their_keys() -> None:
    condition = load({"all": [{"trait": "a~/b", "op": "in", "value": ["x", {"ago": {"param": "p"}}]}]}).condition
    (test,) = (part for part in walk(condition) if isinstance(part, Test))

    assert test.origin == Pointer("/all/0")
    assert test.subject.origin == Pointer("/all/0/trait")
    assert test.op_origin == Pointer("/all/0/op")
    assert isinstance(test.value, tuple)
    ago = test.value[1]
    assert ago.origin == Pointer("/all/0/value/1")
    assert Param("p") == getattr(ago, "duration", None)
    assert ago.duration.origin == Pointer("/all/0/value/1/ago")  # type: ignore[union-attr]  # the values written above have them


def test_steps_and_their_filters_have_places() -> None:
    condition = load({"sequence": [{"event": "a"}, {"event": "b", "where": FILTER, "within": "2h"}]}).condition

    assert isinstance(condition, Sequence)
    step = condition.steps[1]
    assert isinstance(step, Step)
    assert step.origin == Pointer("/sequence/1")
    assert step.where is not None
    assert step.where.origin == Pointer("/sequence/1/where")
    assert step.within is not None
    assert step.within.origin == Pointer("/sequence/1/within")


@pytest.mark.parametrize(("plain", "rolling"), ROLLING.items())
def test_a_rolling_window_has_one_spelling(plain: str, rolling: str) -> None:
    long = load({"event": "e", "op": plain, "window": {"last": "30d"}, "where": FILTER, "note": "n"}).condition
    short = load({"event": "e", "op": rolling, "value": "30d", "where": FILTER, "note": "n"}).condition

    assert long == short
    assert isinstance(long, EventTest)
    assert long.value is not None
    assert not isinstance(long.value, tuple)
    assert getattr(long.value, "origin", None) == Pointer("/window/last")


@pytest.mark.parametrize("plain", ROLLING)
def test_other_windows_stay_windows(plain: str) -> None:
    condition = load({"event": "e", "op": plain, "window": {"older_than": "30d"}}).condition

    assert isinstance(condition, EventTest)
    assert (condition.op, condition.value) == (plain, None)


def test_not_in_an_audience_is_the_complement_with_its_note() -> None:
    condition = load({"audience": "VIP", "op": "not_in", "note": "staff"}).condition

    assert isinstance(condition, Not)
    assert (condition.note, condition.member.note) == ("staff", None)
    assert condition.origin == condition.member.origin == Pointer("")
