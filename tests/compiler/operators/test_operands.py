from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.expr import And, Compare, Constant, Expr, FieldTest, OneOf, Or, Range, TextTest
from muster.compiler.lower import lower
from muster.compiler.resolve import resolve
from muster.grammar.text import parse


def value_tests(source: str) -> list[object]:
    """Give the value tests that a rule over one trait lowers to, in order."""
    expr: Expr = lower(resolve(parse(source)))
    atoms = expr.args if isinstance(expr, (And, Or)) else (expr,)
    return [atom.test for atom in atoms if isinstance(atom, FieldTest)]


def num(value: int) -> Constant:
    return Constant("num", Decimal(value))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('x = "a"', [Compare("eq", Constant("str", "a"))]),
        ('x = "a" ignoring case', [TextTest("equals", "a", ignore_case=True)]),
        ("x = 3", [Compare("eq", num(3))]),
        ("x = true", [Compare("eq", Constant("bool", True))]),
        ("x in (1, 1.0, 2)", [OneOf("num", (Decimal(1), Decimal(2)))]),
        (
            'x in (1, "a", true, "b")',
            [Compare("eq", num(1)), OneOf("str", ("a", "b")), Compare("eq", Constant("bool", True))],
        ),
        ("x between 1 and 3", [Range("num", num(1), num(3), closed=True)]),
    ],
)
def test_the_literal_picks_the_view(source: str, expected: list[object]) -> None:
    assert value_tests(source) == expected


def test_an_empty_list_is_nobody() -> None:
    assert lower(resolve(parse("x in ()"))) == Or(())
