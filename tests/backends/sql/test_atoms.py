"""Each test of a value as SQL: on the column of the literal's kind, folded where that kind never occurred."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from muster.backends.sql.atoms import where_condition
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import (
    AS_OF,
    FALSE,
    TRUE,
    And,
    Compare,
    ComparePair,
    Constant,
    ElementTest,
    Expr,
    Field,
    FieldTest,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    Not,
    OneOf,
    Or,
    Present,
    Range,
    Sample,
    TextTest,
    ValueTest,
)
from muster.compiler.moments import FromAsOf
from muster.compiler.regex import parse_pattern
from muster.compiler.schema import Schema
from tests.cases import at, compare, elem, flag, num, profile_field, text, trait, within
from tests.sql_text import SCHEMA, condition, query, scope

MANY = tuple(str(number) for number in range(101))
SHARED_TAG = "LEN(LIST_FILTER(p.tags__items, LAMBDA x_2 : x.num = x_2.num)) > 0"
IN_LIMITS = "LEN(LIST_FILTER(p.limits__items, LAMBDA x_2 : x.price__num = x_2.num)) > 0"
LATE = Constant("time", FromAsOf(micros=-5))


def of_trait(name: str, test: ValueTest) -> FieldTest:
    return FieldTest(trait(name), test)


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (compare(trait("plan"), "eq", text("pro")), "p.plan__str = $p0"),
        (Not(compare(trait("plan"), "eq", text("pro"))), "p.plan__str IS DISTINCT FROM $p0"),
        (compare(trait("age"), "gt", num(1)), "p.age__num > $p0"),
        (Not(compare(trait("age"), "gt", num(1))), "NOT COALESCE(p.age__num > $p0, FALSE)"),
        (compare(trait("member"), "eq", flag(True)), "p.member__bool = $p0"),
        (compare(trait("joined"), "lt", at(5)), "p.joined__time < $p0"),
        (compare(trait("address.city"), "eq", text("Ulm")), "p.address_city__str = $p0"),
        (of_trait("age", within(num(1), num(2))), "p.age__num >= $p0 AND p.age__num < $p1"),
        (of_trait("age", within(num(1), num(2), closed=True)), "p.age__num BETWEEN $p0 AND $p1"),
        (of_trait("age", within(None, num(2), closed=True)), "p.age__num <= $p0"),
        (of_trait("age", within(num(1), None)), "p.age__num >= $p0"),
        (of_trait("age", Range("num", None, None)), "p.age__num IS NOT NULL"),
        (
            Not(of_trait("age", within(num(1), num(2)))),
            "NOT COALESCE(p.age__num >= $p0 AND p.age__num < $p1, FALSE)",
        ),
        (of_trait("plan", OneOf("str", ("a", "b"))), "p.plan__str IN ($p0, $p1)"),
        (Not(of_trait("plan", OneOf("str", ("a", "b")))), "NOT COALESCE(p.plan__str IN ($p0, $p1), FALSE)"),
        (of_trait("plan", OneOf("str", MANY)), "p.plan__str = ANY($p0)"),
        (of_trait("plan", TextTest("equals", "Ab")), "p.plan__str = $p0"),
        (of_trait("plan", TextTest("contains", "Ab")), "STRPOS(p.plan__str, $p0) > 0"),
        (of_trait("plan", TextTest("starts_with", "Ab")), "STARTS_WITH(p.plan__str, $p0)"),
        (of_trait("plan", TextTest("ends_with", "Ab")), "ENDS_WITH(p.plan__str, $p0)"),
        (of_trait("plan", TextTest("contains", "Ab", ignore_case=True)), "REGEXP_MATCHES(p.plan__str, $p0)"),
        (of_trait("plan", Matches(parse_pattern("a.b"))), "REGEXP_MATCHES(p.plan__str, $p0)"),
        (of_trait("age", HasKind("num")), "p.age__num IS NOT NULL"),
        (Not(of_trait("age", HasKind("num"))), "p.age__num IS NULL"),
    ],
)
def test_a_name_of_scalars_is_tested_on_its_column(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


@pytest.mark.parametrize(
    "never",
    [
        compare(trait("plan"), "eq", num(1)),
        compare(trait("nope"), "eq", text("x")),
        of_trait("plan", HasKind("time")),
        of_trait("age", TextTest("contains", "x")),
        of_trait("nope", Present()),
        of_trait("age", IsBlank()),
        of_trait("plan", IsList()),
        of_trait("nope", IsBlank()),
        of_trait("age", ComparePair("eq", trait("plan"))),
        of_trait("member", ComparePair("lt", trait("mixed"))),
        FieldTest(trait("plan", size=True), Present()),
        FieldTest(trait("tags", size=True), IsList()),
        FieldTest(trait("tags", size=True), HasKind("str")),
        compare(profile_field("p_alive"), "lt", num(1)),
        compare(profile_field("lifecycle_stage"), "eq", num(1)),
        FieldTest(Field("profile", ("last_seen",), size=True), Present()),
        ElementTest(trait("plan"), TRUE),
        ElementTest(trait("items"), FALSE),
        ElementTest(trait("items"), compare(elem("nope"), "eq", num(1))),
        Or(()),
    ],
)
def test_a_kind_that_never_occurred_folds_away(never: Expr) -> None:
    assert condition(never) == "FALSE"
    assert condition(Not(never)) == ""
    assert query(Not(never)).parameters == ()


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (of_trait("plan", Present()), "p.plan__str IS NOT NULL"),
        (of_trait("mixed", Present()), "p.mixed__str IS NOT NULL OR p.mixed__stored IS NOT NULL"),
        (Not(of_trait("mixed", Present())), "p.mixed__str IS NULL AND p.mixed__stored IS NULL"),
        (of_trait("mixed", IsList()), "p.mixed__size IS NOT NULL"),
        (of_trait("plan", IsBlank()), "p.plan__str = $p0"),
        (of_trait("mixed", IsBlank()), "p.mixed__str = $p0 OR p.mixed__size = 0"),
        (
            Not(of_trait("mixed", IsBlank())),
            "p.mixed__str IS DISTINCT FROM $p0 AND NOT COALESCE(p.mixed__size = 0, FALSE)",
        ),
        (of_trait("address", Present()), "p.address__stored IS NOT NULL"),
        (compare(trait("tags", size=True), "gt", num(1)), "p.tags__size > $p0"),
        (FieldTest(trait("tags", size=True), Present()), "p.tags__size IS NOT NULL"),
    ],
)
def test_presence_looks_at_every_column_of_a_name(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (compare(trait("tags"), "eq", text("a")), "LEN(LIST_FILTER(p.tags__items, LAMBDA x : x.str = $p0)) > 0"),
        (
            Not(compare(trait("tags"), "eq", text("a"))),
            "NOT COALESCE(LEN(LIST_FILTER(p.tags__items, LAMBDA x : x.str = $p0)) > 0, FALSE)",
        ),
        (
            compare(trait("mixed"), "eq", text("a")),
            "p.mixed__str = $p0 OR LEN(LIST_FILTER(p.mixed__items, LAMBDA x : x.str = $p0)) > 0",
        ),
        (
            of_trait("tags", within(num(1), num(2))),
            "LEN(LIST_FILTER(p.tags__items, LAMBDA x : x.num >= $p0 AND x.num < $p1)) > 0",
        ),
        (
            of_trait("tags", OneOf("str", MANY)),
            "LEN(LIST_FILTER(p.tags__items, LAMBDA x : LIST_CONTAINS($p0, x.str))) > 0",
        ),
        (of_trait("tags", HasKind("num")), "LEN(LIST_FILTER(p.tags__items, LAMBDA x : x.num IS NOT NULL)) > 0"),
    ],
)
def test_a_name_that_held_a_list_is_tested_item_by_item(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


def test_a_name_declared_single_is_not_tested_as_a_list() -> None:
    traits = {**SCHEMA.profiles.traits, ("mixed",): replace(SCHEMA.trait(("mixed",)), single=True)}
    single = Schema(replace(SCHEMA.profiles, traits=traits), SCHEMA.events)

    assert condition(compare(trait("mixed"), "eq", text("a")), single) == "p.mixed__str = $p0"
    assert condition(of_trait("mixed", IsList()), single) == "p.mixed__size IS NOT NULL"


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (of_trait("age", ComparePair("gt", trait("limit"))), "p.age__num > p.limit__num"),
        (Not(of_trait("age", ComparePair("eq", trait("limit")))), "NOT COALESCE(p.age__num = p.limit__num, FALSE)"),
        (
            of_trait("plan", ComparePair("eq", trait("mixed"))),
            "p.plan__str = p.mixed__str OR LEN(LIST_FILTER(p.mixed__items, LAMBDA x : p.plan__str = x.str)) > 0",
        ),
        (
            of_trait("limits", ComparePair("eq", trait("tags"))),
            f"LEN(LIST_FILTER(p.limits__items, LAMBDA x : {SHARED_TAG})) > 0",
        ),
        (
            FieldTest(trait("joined"), ComparePair("gt", profile_field("last_seen"))),
            "p.last_seen < $p0 AND p.joined__time > p.last_seen",
        ),
    ],
)
def test_two_fields_are_compared_pair_by_pair(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


def test_two_values_are_compared_in_the_first_kind_that_both_have() -> None:
    assert condition(of_trait("mixed", ComparePair("lt", trait("mixed")))).endswith(
        "CASE WHEN x.num IS NOT NULL AND x_2.num IS NOT NULL THEN x.num < x_2.num"
        " WHEN x.bool IS NOT NULL AND x_2.bool IS NOT NULL THEN FALSE ELSE x.str < x_2.str END)) > 0)) > 0"
    )


@pytest.mark.parametrize(
    ("where", "some", "every"),
    [
        (
            compare(elem("price"), "gt", num(1)),
            "x.price__num > $p0",
            "x.nested OR NOT COALESCE(x.price__num > $p0, FALSE)",
        ),
        (
            Not(compare(elem("price"), "gt", num(1))),
            "NOT COALESCE(x.price__num > $p0, FALSE) AND NOT COALESCE(x.nested, FALSE)",
            "x.nested OR x.price__num > $p0",
        ),
        (TRUE, "NOT COALESCE(x.nested, FALSE)", "x.nested"),
        (
            Or((compare(elem("price"), "gt", num(1)), compare(elem("sku"), "eq", text("x")))),
            "x.price__num > $p0 OR x.sku__str = $p1",
            "x.nested OR (NOT COALESCE(x.price__num > $p0, FALSE) AND x.sku__str IS DISTINCT FROM $p1)",
        ),
        (
            And((compare(elem("price"), "gt", num(1)), Not(compare(elem("sku"), "eq", text("x"))))),
            "x.price__num > $p0 AND x.sku__str IS DISTINCT FROM $p1",
            "x.nested OR NOT COALESCE(x.price__num > $p0, FALSE) OR x.sku__str = $p1",
        ),
        (
            compare(elem("tags"), "eq", text("t")),
            "LEN(LIST_FILTER(x.tags__items, LAMBDA x_2 : x_2.str = $p0)) > 0",
            "x.nested OR NOT COALESCE(LEN(LIST_FILTER(x.tags__items, LAMBDA x_2 : x_2.str = $p0)) > 0, FALSE)",
        ),
        (
            ElementTest(elem("parts"), compare(elem("name"), "eq", text("n"))),
            "LEN(LIST_FILTER(x.parts__items, LAMBDA x_2 : x_2.name__str = $p0)) > 0",
            "x.nested OR NOT COALESCE(LEN(LIST_FILTER(x.parts__items, LAMBDA x_2 : x_2.name__str = $p0)) > 0, FALSE)",
        ),
        (
            FieldTest(elem("price"), ComparePair("eq", trait("limits"))),
            IN_LIMITS,
            f"x.nested OR NOT COALESCE({IN_LIMITS}, FALSE)",
        ),
    ],
)
def test_some_or_every_element_satisfies_a_condition(where: Expr, some: str, every: str) -> None:
    filtered = "LEN(LIST_FILTER(p.items__items, LAMBDA x : {})) > 0"

    assert condition(ElementTest(trait("items"), where)) == filtered.format(some)
    assert condition(ElementTest(trait("items"), where, every=True)) == f"NOT COALESCE({filtered.format(every)}, FALSE)"


def test_every_element_of_what_was_never_a_list_satisfies_anything() -> None:
    assert condition(ElementTest(trait("plan"), FALSE, every=True)) == ""


@pytest.mark.parametrize(
    ("expr", "sql"),
    [
        (compare(profile_field("lifecycle_stage"), "eq", text("x")), "p.lifecycle_stage = $p0"),
        (compare(profile_field("p_return"), "lt", num(1)), "p.p_return < $p0"),
        (compare(profile_field("is_anonymous"), "eq", flag(True)), "p.is_anonymous = $p0"),
        (
            compare(profile_field("external_id"), "eq", text("u")),
            "NOT COALESCE(p.is_anonymous, FALSE) AND p.external_id = $p0",
        ),
        (compare(profile_field("last_seen"), "gte", at(5)), "p.last_seen < $p0 AND p.last_seen >= $p1"),
        (FieldTest(profile_field("last_seen"), Compare("lt", LATE)), "p.last_seen < $p0"),
        (
            FieldTest(profile_field("last_seen"), Range("time", LATE, Constant("time", AS_OF))),
            "p.last_seen >= $p0 AND p.last_seen < $p1",
        ),
        (FieldTest(profile_field("last_seen"), Present()), "p.last_seen < $p0"),
        (Not(FieldTest(profile_field("last_seen"), Present())), "NOT COALESCE(p.last_seen < $p0, FALSE)"),
    ],
)
def test_a_built_in_field_can_be_missing_though_its_column_is_not(expr: Expr, sql: str) -> None:
    assert condition(expr) == sql


def test_the_complement_of_a_guarded_test_is_taken_of_both() -> None:
    assert condition(Not(compare(profile_field("last_seen"), "gte", at(5)))) == (
        "NOT COALESCE(p.last_seen < $p0 AND p.last_seen >= $p1, FALSE)"
    )


def test_an_atom_about_people_has_no_place_in_a_condition_on_one_record() -> None:
    with pytest.raises(InternalError, match="Sample"):
        where_condition(Sample("salt", Decimal(5)), scope())
