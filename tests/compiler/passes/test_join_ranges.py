from __future__ import annotations

from muster.compiler.expr import Compare, Expr, FieldTest, HasKind, Not, OneOf, Pick, Range, Reduce
from muster.compiler.passes.join_ranges import join_ranges
from tests.cases import compare, metric, num, text, trait
from tests.small_exprs import ADULT, PRO, all_of, any_of, includes

N = trait("n")


def between(low: int | None, high: int | None, *, closed: bool = False) -> FieldTest:
    return FieldTest(N, Range("num", None if low is None else num(low), None if high is None else num(high), closed))


def test_ranges_that_touch_or_overlap_become_one() -> None:
    assert join_ranges(any_of(between(1, 3), PRO, between(3, 9))) == any_of(between(1, 9), PRO)
    assert join_ranges(any_of(between(1, 5, closed=True), between(0, 2), between(4, 5))) == between(0, 5, closed=True)
    assert join_ranges(all_of(Not(between(3, 9)), Not(between(1, 3)))) == Not(between(1, 9))


def test_ranges_with_a_gap_stay() -> None:
    apart = any_of(between(1, 3), between(4, 9), compare(N, "gt", num(9)))

    assert join_ranges(apart) is apart
    assert includes(apart, {"n": "3.5"}) is False


def test_what_no_single_test_says_stays() -> None:
    above = any_of(FieldTest(N, Compare("gt", num(1))), between(2, 3))
    both = any_of(FieldTest(N, Compare("gt", num(1))), FieldTest(N, Compare("lt", num(1))))

    assert join_ranges(above) == FieldTest(N, Compare("gt", num(1)))
    assert join_ranges(both) is both


def test_single_values_close_ranges_and_lists_lose_what_is_inside() -> None:
    listed = FieldTest(N, OneOf("num", (num(1).value, num(5).value)))  # type: ignore[arg-type] # a number's value is a number

    assert join_ranges(any_of(between(1, 5), compare(N, "eq", num(5)))) == between(1, 5, closed=True)
    assert join_ranges(any_of(between(2, 4), listed, between(4, 9))) == any_of(between(2, 9), compare(N, "eq", num(1)))


def test_all_numbers_are_not_everyone() -> None:
    either = any_of(compare(N, "gte", num(5)), compare(N, "lt", num(5)))

    assert join_ranges(either) == FieldTest(N, HasKind("num"))
    assert not includes(either, {})
    assert not includes(either, {"n": "many"})
    assert includes(either, {"n": ["many", 5]})


def test_texts_join_by_code_point_and_never_with_numbers() -> None:
    texts = any_of(FieldTest(N, Compare("lt", text("a"))), FieldTest(N, Compare("gte", text("Z"))))
    mixed = any_of(FieldTest(N, Compare("lt", text("a"))), FieldTest(N, Compare("gte", num(1))))

    assert join_ranges(texts) == FieldTest(N, HasKind("str"))
    assert join_ranges(mixed) is mixed


def test_picked_values_join_and_other_metrics_do_not() -> None:
    low, high = Compare("lt", num(5)), Compare("gte", num(5))
    average: list[Expr] = [metric(Reduce("avg", ("p",)), test) for test in (low, high)]

    assert join_ranges(any_of(*(metric(Pick("first", ("p",)), test) for test in (low, high)))) == metric(
        Pick("first", ("p",)), HasKind("num")
    )
    assert join_ranges(any_of(*average)) == any_of(*average)
    assert not includes(any_of(*average))


def test_ranges_in_an_and_stay_since_a_list_may_be_in_both() -> None:
    both = all_of(between(0, 2), between(1, 9), ADULT)

    assert join_ranges(both) is both
    assert includes(both, {"n": [0, 8], "age": 20})
