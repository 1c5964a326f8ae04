"""Conditions on the fields of one list element."""

from __future__ import annotations

from muster.compiler.expr import Expr
from muster.compiler.operators.spec import Example, Operands, Operator, Target


def _any(target: Target, operands: Operands) -> Expr:
    assert operands.where is not None
    return target.elements(operands.where, every=False)


def _every(target: Target, operands: Operands) -> Expr:
    assert operands.where is not None
    return target.elements(operands.where, every=True)


OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="any_where",
        argument="where",
        english="has an element where {where}",
        doc="One element satisfies the whole condition. A bare object is a list of one.",
        lower=_any,
        examples=(
            Example(
                'any items where (sku = "A1" and qty > 2)',
                matches=True,
                traits={"items": [{"sku": "A1", "qty": 3}]},
            ),
            Example(
                'any items where (sku = "A1" and qty > 2)',
                matches=False,
                traits={"items": [{"sku": "A1", "qty": 1}, {"sku": "B", "qty": 9}]},
            ),
            Example('any items where (sku = "A1")', matches=True, traits={"items": {"sku": "A1"}}),
        ),
    ),
    Operator(
        name="all_where",
        argument="where",
        english="has only elements where {where}",
        doc="Every element satisfies the condition; true where there is none.",
        lower=_every,
        examples=(
            Example("all items where (qty > 0)", matches=True),
            Example("all items where (qty > 0)", matches=False, traits={"items": [{"qty": 1}, {}]}),
            Example("all items where (qty is not set)", matches=False, traits={"items": [[1]]}),
        ),
    ),
    Operator(
        name="none_where",
        argument="where",
        english="has no element where {where}",
        doc="The complement of `any_where`.",
        complement_of="any_where",
        examples=(
            Example(
                'no addresses where (country = "DE")',
                matches=False,
                traits={"addresses": [{"country": "DE"}]},
            ),
        ),
    ),
)
