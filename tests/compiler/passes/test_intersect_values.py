from __future__ import annotations

from muster.backends.memory.evaluate import Scene, holds
from muster.compiler.expr import FALSE, TRUE, Compare, Expr, FieldTest, Not, OneOf, Range
from muster.compiler.facts import NO_FACTS, Facts
from muster.compiler.moments import FromAsOf
from muster.compiler.passes.intersect_values import intersect_values
from tests.cases import CLOCK, DAY, at, compare, num, person, profile_field, prop, text, trait, within
from tests.small_exprs import all_of, any_of, includes, is_in

DECLARED = Facts(frozenset({("age",), ("plan",)}))
AGE = trait("age")


def in_declared(expr: Expr, traits: dict[str, object]) -> bool:
    return holds(expr, Scene(person(traits), (), CLOCK, DECLARED.single))


def test_ranges_of_a_declared_trait_intersect() -> None:
    both = all_of(compare(AGE, "gte", num(0)), compare(AGE, "lt", num(1)))

    assert intersect_values(both, DECLARED) == FieldTest(AGE, within(num(0), num(1)))
    assert intersect_values(all_of(compare(AGE, "gt", num(9)), compare(AGE, "lt", num(1))), DECLARED) == FALSE
    assert intersect_values(any_of(Not(compare(AGE, "gt", num(9))), Not(compare(AGE, "lt", num(1)))), DECLARED) == TRUE


def test_without_facts_a_list_may_be_in_both_ranges() -> None:
    both = all_of(compare(AGE, "gte", num(0)), compare(AGE, "lt", num(1)))

    assert intersect_values(both, NO_FACTS) is both
    assert includes(both, {"age": [-1, 2]})
    assert not includes(intersect_values(both, DECLARED), {"age": [-1, 2]})
    assert not in_declared(both, {"age": [-1, 2]})  # there a list is a mismatch, so the fact is true


def test_without_facts_a_list_may_hold_both_values() -> None:
    both = all_of(is_in("a"), is_in("b"))

    assert intersect_values(both, NO_FACTS) is both
    assert intersect_values(both, DECLARED) == FALSE
    assert includes(both, {"plan": ["a", "b"]})
    assert not in_declared(both, {"plan": ["a", "b"]})


def test_lists_intersect() -> None:
    one, other = (FieldTest(trait("plan"), OneOf("str", values)) for values in (("a", "b", "c"), ("b", "c", "d")))

    assert intersect_values(all_of(one, other), DECLARED) == FieldTest(trait("plan"), OneOf("str", ("b", "c")))
    assert intersect_values(all_of(one, Not(other)), DECLARED) == is_in("a")


def test_a_missing_value_is_on_neither_side() -> None:
    neither = all_of(Not(compare(AGE, "gt", num(9))), Not(compare(AGE, "lte", num(9))))

    assert intersect_values(neither, DECLARED) is neither
    assert in_declared(neither, {})


def test_a_text_is_a_number_only_if_it_reads_as_one() -> None:
    reads, does_not = (all_of(is_in(value, key="age"), compare(AGE, "gt", num(5))) for value in ("42", "a"))

    assert intersect_values(reads, DECLARED) is reads
    assert in_declared(reads, {"age": "42"})
    assert intersect_values(does_not, DECLARED) == FALSE


def test_built_in_fields_and_sizes_need_no_facts() -> None:
    size, seen = trait("tags", size=True), profile_field("last_seen")
    week, month = (FieldTest(seen, Range("time", start, None)) for start in (at(5), at(9)))

    assert intersect_values(all_of(compare(size, "gt", num(2)), compare(size, "lt", num(2))), NO_FACTS) == FALSE
    assert intersect_values(all_of(week, month), NO_FACTS) == month


def test_times_whose_order_hangs_on_the_clock_stay() -> None:
    born = trait("plan")
    starts = (FromAsOf(-1), FromAsOf(micros=-30 * DAY))
    both = all_of(*(FieldTest(born, Compare("gte", at(0).__class__("time", start))) for start in starts))

    assert intersect_values(both, DECLARED) is both


def test_properties_are_never_declared() -> None:
    both = all_of(compare(prop("age"), "gte", num(0)), compare(prop("age"), "lt", num(1)))

    assert intersect_values(both, DECLARED) is both
    assert intersect_values(all_of(FieldTest(AGE, Compare("eq", text("a")))), DECLARED) == all_of(is_in("a", key="age"))
