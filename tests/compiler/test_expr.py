from __future__ import annotations

from decimal import Decimal

from muster.compiler.diagnostics import Span
from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Compare,
    Constant,
    Field,
    FieldTest,
    Not,
    Or,
    canonical_key,
    map_children,
    size,
    walk,
)
from muster.compiler.lower import lower
from muster.compiler.resolve import resolve
from muster.grammar.text import parse

PRO = FieldTest(Field("trait", ("plan",)), Compare("eq", Constant("str", "pro")), Span(0, 3))


def test_equal_values_share_a_key_and_places_do_not_matter() -> None:
    elsewhere = FieldTest(PRO.target, PRO.test, Span(7, 9))

    assert canonical_key(PRO) == canonical_key(elsewhere)
    assert canonical_key(PRO) != canonical_key(Not(PRO))


def test_numbers_share_a_key_by_value_and_text_never_does() -> None:
    def key(kind: str, value: object) -> str:
        return canonical_key(Constant(kind, value))  # type: ignore[arg-type]  # deliberately any

    assert key("num", Decimal("1.0")) == key("num", Decimal(1)) == key("num", Decimal("1E0"))
    assert key("num", Decimal(1)) != key("str", "1")
    assert key("bool", True) != key("num", Decimal(1))


def test_children_are_changed_and_atoms_stay() -> None:
    swapped = map_children(And((PRO, Or((PRO,)))), lambda _: TRUE)

    assert swapped == And((TRUE, TRUE))
    assert map_children(PRO, lambda _: FALSE) is PRO


def test_walk_goes_outermost_first_and_left_to_right() -> None:
    tree = And((Not(PRO), TRUE))

    assert list(walk(tree)) == [tree, Not(PRO), PRO, TRUE]


def test_size_counts_conditions_inside_atoms() -> None:
    assert size(lower(resolve(parse("did buy where (a = 1 and b = 2)")))) == 4
