"""Documents that meet a condition or miss it."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any

import pytest

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.expr import FALSE, TRUE, Broken, ElementTest, Expr, Not
from muster.runtime.search.aims import aims_of
from muster.runtime.search.documents import Documents, blame, placed
from tests.cases import CLOCK, compare, elem, num, person, text, trait
from tests.small_exprs import ADULT, PRO, all_of, any_of


def scene(traits: Mapping[str, Any]) -> Scene:
    return Scene(person(traits), (), CLOCK)


@pytest.mark.parametrize("wanted", [True, False])
@pytest.mark.parametrize(
    "condition",
    [
        PRO,
        all_of(PRO, Not(ADULT)),
        any_of(PRO, ADULT),
        compare(trait("address.city"), "eq", text("Oslo")),
        ElementTest(trait("items"), all_of(compare(elem("price"), "gt", num(5)), compare(elem("n"), "eq", num(1)))),
    ],
)
def test_a_document_becomes_as_wanted(condition: Expr, wanted: bool) -> None:  # noqa: FBT001 (a parameter of the test)
    outcomes = []
    for seed in range(20):
        documents = Documents(aims_of([condition], CLOCK), Random(seed))  # noqa: S311 (must repeat)
        outcomes.append(holds(condition, scene(documents.meeting(condition, {}, scene, wanted=wanted))) is wanted)

    assert sum(outcomes) >= 12


def test_a_value_is_put_at_a_path() -> None:
    assert placed({"a": 1}, ("b", "c"), 2) == {"a": 1, "b": {"c": 2}}
    assert placed({"b": {"c": 2, "d": 3}}, ("b", "c"), None) == {"b": {"d": 3}}
    assert placed({"b": {"c": 2}}, ("b", "c"), None) == {}
    assert placed({"b": 7}, ("b", "c"), 1) == {"b": {"c": 1}}


def test_the_test_that_stands_in_the_way_is_blamed() -> None:
    random, nobody = Random(1), scene({})  # noqa: S311 (must repeat)

    assert blame(all_of(PRO, Not(ADULT)), nobody, random, wanted=True) == (PRO, True)
    assert blame(Not(PRO), scene({"plan": "pro"}), random, wanted=True) == (PRO, False)
    assert blame(any_of(PRO, FALSE), scene({"plan": "pro"}), random, wanted=False) == (PRO, False)
    assert blame(PRO, scene({"plan": "pro"}), random, wanted=True) is None
    assert blame(FALSE, nobody, random, wanted=True) is None
    assert blame(Broken("Gone"), nobody, random, wanted=True) is None
    assert blame(TRUE, nobody, random, wanted=False) is None
