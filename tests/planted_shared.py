"""Mistakes of meaning, planted on purpose, which the reference makes as well: only the relations can see them.

Apart from `planted`, whose mistakes the reference does not share. Most change one entry of the registry, or the one
place where a condition is lowered. It could go wrong as those do: a patch that no longer touches the code.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

import muster.backends.memory.metrics as reference_metrics
import muster.backends.memory.views as reference_views
import muster.compiler.lower as lowering
from muster.compiler.expr import FALSE, And, Expr, Not, Present, TimeWindow
from muster.compiler.moments import FromAsOf, bind_moment
from muster.compiler.operators import EVENT_OPERATORS, FIELD_OPERATORS
from muster.compiler.operators.events import happened
from muster.compiler.operators.spec import Operands, Target
from muster.compiler.rule import EventTest
from tests.planted import Plant

WEEK = 7 * 86_400_000_000


@dataclass(frozen=True, slots=True)
class SharedMistake:
    """A mistake that the reference makes as well, and the relation that sees it all the same."""

    name: str
    plant: Plant
    relation: str


def _operator(name: str, **changes: Any) -> Plant:
    changed = replace(FIELD_OPERATORS[name], **changes)
    return lambda patch: patch.setattr(lowering, "FIELD_OPERATORS", {**FIELD_OPERATORS, name: changed})


def _event_operator(name: str, **changes: Any) -> Plant:
    changed = replace(EVENT_OPERATORS[name], **changes)
    return lambda patch: patch.setattr(lowering, "EVENT_OPERATORS", {**EVENT_OPERATORS, name: changed})


def _set_and_not_equal(target: Target, operands: Operands) -> Expr:
    equal = FIELD_OPERATORS["eq"].lower
    assert equal is not None
    return And((target.passes(Present()), Not(equal(target, operands))))


def _within_a_week(test: EventTest, where: Expr) -> Expr:
    return happened(test, where, TimeWindow(FromAsOf(micros=-WEEK)))


def _or_is_and(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lowering, "Or", And)


def _not_is_forgotten_before_not(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(lowering, "Not", lambda arg: arg.arg if isinstance(arg, Not) else FALSE)


def _bounds_lie_at_midnight(patch: pytest.MonkeyPatch) -> None:
    real = bind_moment
    midnight = 86_400_000_000

    def bind(moment: Any, clock: Any) -> int:
        return real(moment, clock) // midnight * midnight

    patch.setattr(reference_metrics, "bind_moment", bind)


def _keys_lose_backslashes(patch: pytest.MonkeyPatch) -> None:
    real = reference_views._member
    patch.setattr(
        reference_views,
        "_member",
        lambda holder, key: real(holder, key.replace("\\", "")),
    )


SHARED = (
    SharedMistake("not forgets", _not_is_forgotten_before_not, "test_01_a_rule_and_its_complement_partition_everyone"),
    SharedMistake("or is and", _or_is_and, "test_03_or_is_the_union"),
    SharedMistake(
        "neq leaves out the missing",
        _operator("neq", complement_of=None, lower=_set_and_not_equal),
        "test_11_a_list_of_values_is_the_union_of_its_values",
    ),
    SharedMistake(
        "at most is below",
        _operator("lte", lower=FIELD_OPERATORS["lt"].lower),
        "test_10_below_equal_above_and_no_number_partition_everyone",
    ),
    SharedMistake(
        "ever is a week",
        _event_operator("occurred", lower=_within_a_week),
        "test_12_a_longer_window_never_loses_anyone",
    ),
    SharedMistake(
        "exactly is at least",
        _event_operator("count_eq", lower=EVENT_OPERATORS["count_gte"].lower),
        "test_13_counts_descend_and_add_up",
    ),
    SharedMistake(
        "windows begin at midnight",
        _bounds_lie_at_midnight,
        "test_17_moving_every_instant_and_the_clock_changes_nothing",
    ),
    SharedMistake(
        "keys lose their backslashes", _keys_lose_backslashes, "test_18_renaming_keys_and_events_changes_nothing"
    ),
)
