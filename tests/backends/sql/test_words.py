"""Bits of people as words: each test once, bits of one word compared together, and what folds away is not read."""

from __future__ import annotations

import pytest

from muster.backends.sql.bits import WORD_BITS, bits_of
from muster.backends.sql.logic import render
from muster.backends.sql.params import Parameters
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.backends.sql.words import Words
from muster.compiler.expr import EVER, FALSE, TRUE, Const, Events
from muster.compiler.plan import EventScan, InScan, PlanAnd, PlanCondition, PlanNot, PlanOr
from tests.cases import compare, num, text, trait
from tests.sql_text import DIALECT, SCHEMA

A, B, C = InScan(0), InScan(1), InScan(2)
NOBODY = InScan(WORD_BITS + 1)
FAR = InScan(WORD_BITS)
PRO = compare(trait("plan"), "eq", text("pro"))
NEVER = compare(trait("plan"), "eq", num(5))  # a plan was never a number
SCANS = [EventScan(Events((f"e{number}",)), TRUE, EVER) for number in range(WORD_BITS + 1)]


def words(*conditions: PlanCondition) -> Words:
    scope, scans = (
        Scope(SCHEMA, DIALECT, Parameters(DIALECT.parameter)),
        [*SCANS, EventScan(Events(("x",)), FALSE, EVER)],
    )
    return Words(conditions, bits_of(scans, scope, Relations(SCHEMA, DIALECT)), scope)


def shown(condition: PlanCondition) -> str | bool:
    (found,) = words(condition).conditions
    return found if isinstance(found, bool) else DIALECT.write(render(found))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (A, "(m.bits_0 & 1) = 1"),
        (PlanNot(B), "NOT ((m.bits_0 & 2) <> 0)"),
        (PlanAnd((A, C)), "(m.bits_0 & 5) = 5"),
        (PlanOr((A, C)), "(m.bits_0 & 5) <> 0"),
        (PlanAnd((A, PlanNot(B), PlanNot(C))), "(m.bits_0 & 1) = 1 AND NOT ((m.bits_0 & 6) <> 0)"),
        (PlanOr((A, PlanNot(B), PlanNot(C))), "(m.bits_0 & 1) <> 0 OR NOT ((m.bits_0 & 6) = 6)"),
        (PlanAnd((A, FAR)), "(m.bits_0 & 1) = 1 AND (m.bits_1 & 1) = 1"),
        (PlanAnd((A, PlanOr((B, C)))), "(m.bits_0 & 1) = 1 AND (m.bits_0 & 6) <> 0"),
        (PlanAnd((A, A)), "(m.bits_0 & 1) = 1"),
        (PlanAnd((A, PlanNot(A))), False),
        (PlanOr((A, PlanNot(A))), True),
    ],
)
def test_bits_of_a_word_are_tested_together(condition: PlanCondition, *, expected: str | bool) -> None:
    assert shown(condition) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Const(value=True), True),
        (NOBODY, False),
        (PlanNot(NOBODY), True),
        (NEVER, False),
        (PlanAnd((A, NOBODY)), False),
        (PlanOr((A, NOBODY)), "(m.bits_0 & 1) = 1"),
        (PlanOr((PlanNot(NEVER), A)), True),
        (PlanAnd((PlanNot(NEVER), PlanNot(NOBODY))), True),
    ],
)
def test_what_is_known_folds_away(condition: PlanCondition, *, expected: str | bool) -> None:
    assert shown(condition) == expected


def test_a_scan_that_folded_away_is_not_read() -> None:
    assert words(PlanAnd((A, NOBODY)), PlanOr((B, PRO))).scans == {1}
    assert words(PlanAnd((A, NEVER))).scans == frozenset()


def test_a_test_of_people_is_made_once_however_many_ask() -> None:
    made = words(PlanAnd((A, PRO)), PlanNot(PRO), PlanOr((PRO, B)))
    columns = [DIALECT.write(each) for each in made.columns()]

    assert made.names == ["bits_0", "bits_1"]
    assert columns == [
        "COALESCE(l.bits_0, 0) AS bits_0",
        "COALESCE(l.bits_1, 0) + CASE WHEN p.plan__str = $p0 THEN 2 ELSE 0 END AS bits_1",
    ]


def test_people_alone_need_no_bits_of_scans() -> None:
    made = words(PRO)

    assert made.scans == frozenset()
    assert [DIALECT.write(each) for each in made.columns()][
        1
    ] == "CASE WHEN p.plan__str = $p0 THEN 2 ELSE 0 END AS bits_1"
