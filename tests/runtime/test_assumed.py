from __future__ import annotations

import pytest

from muster.compiler.resolve import Surroundings, resolve
from muster.compiler.schema import Schema
from muster.compiler.values import KINDS
from muster.grammar.text import parse, parse_metric
from muster.runtime.assumed import assume_schema


def assumed(source: str) -> Schema:
    around = Surroundings(
        audiences={"VIP": parse("did upgrade where (level > 3)")},
        computed={"orders": parse_metric("sum(total) of order")},
    )
    return assume_schema(resolve(parse(source), around))


def test_a_trait_has_every_kind_and_no_list() -> None:
    name = assumed('plan = "pro"').trait(("plan",))

    assert set(name.columns) == set(KINDS)
    assert name.shape is None


@pytest.mark.parametrize("source", ['plan has "a"', "size(plan) > 3", "plan is a list", "any plan where (x = 1)"])
def test_a_trait_treated_as_a_list_may_be_one(source: str) -> None:
    assert assumed(source).trait(("plan",)).shape is not None


def test_elements_have_the_fields_that_are_asked_for() -> None:
    shape = assumed("any items where (sku = 1 and any sizes where (cm > 3))").trait(("items",)).shape

    assert shape is not None
    assert set(shape.element) >= {("sku",), ("sizes",)}
    inner = shape.element["sizes",].shape
    assert inner is not None
    assert ("cm",) in inner.element


def test_everything_that_is_named_exists() -> None:
    schema = assumed(
        'in audience "VIP" and computed orders > 1 and did view then buy with same sku '
        "and distinct(sku) of buy where (amount > trait limit) > 3 and did anything where (a.b = 1)"
    )

    assert set(schema.property(["buy"], ("sku",)).columns) == set(KINDS)
    assert set(schema.property(["buy"], ("amount",)).columns) == set(KINDS)
    assert set(schema.property(["upgrade"], ("level",)).columns) == set(KINDS)
    assert set(schema.property(["order"], ("total",)).columns) == set(KINDS)
    assert set(schema.property([], ("a", "b")).columns) == set(KINDS)
    assert set(schema.trait(("limit",)).columns) == set(KINDS)
    assert schema.assumed


def test_a_rule_of_any_length_is_shown_with_columns() -> None:
    many = " or ".join(f"p{number} = 1" for number in range(60))
    names = assumed(f"did buy where ({many})").events.events["buy"]

    assert {type(held) for name in names.values() for held in name.columns.values()} == {str}
