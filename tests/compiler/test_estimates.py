"""Rough shares of people: from what was counted, and nothing where nothing was."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.estimates import share_of
from muster.compiler.expr import OneOf, Sample
from muster.compiler.plan import PlanAnd, PlanCondition, PlanNot, PlanOr
from muster.compiler.schema import NameStats, Schema, Stats
from tests.cases import compare, num, profile_field, text, trait

SCHEMA = Schema(
    stats=Stats(
        profiles=1000,
        traits={
            ("plan",): NameStats(900, {"str": 900}, 0, {"pro": 100, "free": 800}, 2),
            ("mail",): NameStats(1000, {"str": 1000}, 0, {f"m{number}": 1 for number in range(50)}, 1000),
            ("tags",): NameStats(1000, {"str": 1000}, 5, {"a": 1000}, 1),
        },
    )
)
PRO = compare(trait("plan"), "eq", text("pro"))
MAIL = compare(trait("mail"), "eq", text("x@y"))
OLD = compare(trait("age"), "gt", num(5))


@pytest.mark.parametrize(
    ("condition", "share"),
    [
        (PRO, 0.1),
        (compare(trait("plan"), "eq", text("other")), 0),
        (MAIL, 0.001),
        (compare(profile_field("external_id"), "eq", text("u1")), 0.001),
        (Sample("s", Decimal("12.5")), 0.125),
        (PlanNot(PRO), 0.9),
        (PlanAnd((PRO, Sample("s", Decimal(50)))), 0.05),
        (PlanAnd((PRO, OLD)), 0.1),
        (PlanOr((PRO, MAIL)), 0.101),
        (PlanOr((PlanNot(PRO), PlanNot(MAIL))), 1),
        (OLD, None),
        (PlanNot(OLD), None),
        (PlanOr((PRO, OLD)), None),
        (PlanAnd((OLD, OLD)), None),
        (compare(trait("tags"), "eq", text("a")), None),
        (compare(trait("never"), "eq", text("a")), None),
        (compare(profile_field("lifecycle_stage"), "eq", text("new")), None),
    ],
)
def test_the_share_of_people(condition: PlanCondition, share: float | None) -> None:
    assert share_of(condition, SCHEMA) == (None if share is None else pytest.approx(share))


def test_some_of_several_texts_are_more() -> None:
    either = type(PRO)(trait("plan"), OneOf("str", ("pro", "free", "other")))

    assert share_of(either, SCHEMA) == pytest.approx(0.9)


def test_without_counts_nothing_is_known() -> None:
    assert share_of(PRO, Schema()) is None
