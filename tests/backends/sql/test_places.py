"""A field is found in the table of its scope, under the alias of that scope."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muster.backends.sql.places import mentions_people, place_of
from muster.compiler.expr import TRUE, And, ComparePair, ElementTest, Expr, Field, FieldTest, Not, Or, Present
from muster.compiler.schema import Name, Schema
from tests.cases import compare, elem, num, profile_field, prop, text, trait
from tests.sql_text import SCHEMA, scope, shown

EVENT_SCOPE = replace(scope(), people="t", events="e", names=("buy",))


def test_each_scope_has_its_own_table() -> None:
    inner = EVENT_SCOPE.inside({("price",): Name({"num": "price__num"})})

    assert inner.place(trait("plan")).scalar.source == "t"
    assert inner.place(prop("amount")).scalar.source == "e"
    assert inner.place(elem("price")).scalar.source == "x"
    assert inner.place(profile_field("last_seen")).scalar.source == "t"


def test_a_property_has_the_kinds_of_the_events_under_test_only() -> None:
    assert dict(EVENT_SCOPE.place(prop("amount")).scalar.columns) == {"num": "amount__num"}
    refund = replace(EVENT_SCOPE, names=("refund",))
    assert set(refund.place(prop("amount")).scalar.columns) == {"num", "str"}
    assert set(replace(EVENT_SCOPE, names=()).place(prop("amount")).scalar.columns) == {"num", "str"}


@pytest.mark.parametrize("field", [trait("nope"), prop("page"), elem("x"), profile_field("p_alive")])
def test_a_place_that_the_schema_lacks_has_no_columns(field: Field) -> None:
    place = EVENT_SCOPE.place(field)

    assert dict(place.scalar.columns) == {}
    assert place.shape is None


def test_lambdas_inside_one_another_have_variables_of_their_own() -> None:
    first = scope()
    second = first.inside({})
    third = second.deeper()

    assert [each.variable for each in (first, second, third)] == ["x", "x_2", "x_3"]
    assert (second.item, third.item) == ("x", "x")


def test_the_size_of_a_list_is_a_number() -> None:
    place = scope().place(trait("tags", size=True))

    assert dict(place.scalar.columns) == {"num": "tags__size"}
    assert dict(place_of(SCHEMA.trait(("plan",)), "p", scope=scope(), size=True).scalar.columns) == {}


def test_an_anonymous_id_is_missing_only_where_the_schema_tells_who_is_anonymous() -> None:
    field = profile_field("external_id")
    silent = Schema(replace(SCHEMA.profiles, fields={"external_id": "id"}))

    assert shown(scope().place(field).guard) == "NOT COALESCE(p.is_anonymous, FALSE)"
    assert scope(silent).place(field).guard is True


@pytest.mark.parametrize(
    ("where", "mentioned"),
    [
        (compare(prop("amount"), "gt", num(1)), False),
        (FieldTest(prop("amount"), ComparePair("gt", prop("limit"))), False),
        (FieldTest(prop("amount"), ComparePair("gt", trait("limit"))), True),
        (compare(trait("plan"), "eq", text("x")), True),
        (FieldTest(profile_field("last_seen"), Present()), True),
        (Not(Or((TRUE, And((compare(trait("plan"), "eq", text("x")),))))), True),
        (ElementTest(prop("lines"), FieldTest(elem("price"), ComparePair("eq", trait("limit")))), True),
        (ElementTest(prop("lines"), compare(elem("price"), "eq", num(1))), False),
        (ElementTest(trait("items"), TRUE), True),
    ],
)
def test_people_are_joined_only_when_a_condition_looks_at_them(where: Expr, *, mentioned: bool) -> None:
    assert mentions_people(where) is mentioned
