from __future__ import annotations

from typing import Literal

import pytest

from muster.compiler.expr import Compare, ComparePair, Count, Not, Ordering, Range, Reduce, ValueTest
from muster.compiler.extrema import as_existence
from tests.cases import compare, event, metric, num, prop, trait, within
from tests.small_exprs import all_of, includes

DEAR = compare(prop("q"), "gt", num(9))


@pytest.mark.parametrize(
    ("agg", "test"),
    [
        ("max", Compare("gt", num(5))),
        ("max", Compare("gte", num(5))),
        ("max", Range("num", num(5), None)),
        ("min", Compare("lt", num(5))),
        ("min", Compare("lte", num(5))),
        ("min", within(None, num(5))),
    ],
)
def test_an_extremum_is_asked_for_as_one_event(agg: Literal["min", "max"], test: ValueTest) -> None:
    extremum = metric(Reduce(agg, ("p",)), test, where=DEAR)
    found = as_existence(extremum)

    assert found.reducer == Count()
    assert found.test == Compare("gte", num(1))
    assert isinstance(found.where, type(all_of()))
    assert found.where.args[0] == DEAR
    assert as_existence(found) is found
    for held in ([4, 6], 5, "5", "x", None, [], [6, 7], [1, 2]):
        bought = event(1, {"p": held, "q": 10})
        assert includes(found, None, bought) == includes(extremum, None, bought)


@pytest.mark.parametrize(
    ("agg", "test"),
    [
        ("max", Compare("lte", num(5))),
        ("max", Compare("eq", num(5))),
        ("max", within(num(5), num(9))),
        ("max", ComparePair("gt", trait("limit"))),
        ("min", Compare("gt", num(5))),
        ("avg", Compare("gt", num(5))),
        ("sum", Compare("gt", num(5))),
    ],
)
def test_other_tests_stay(agg: Literal["min", "max", "avg", "sum"], test: ValueTest) -> None:
    extremum = metric(Reduce(agg, ("p",)), test)

    assert as_existence(extremum) is extremum


def test_a_largest_value_of_at_most_5_is_not_the_absence_of_larger_ones() -> None:
    # Those without any number have no larger one, and no largest one either.
    at_most: Ordering = "lte"
    small = metric(Reduce("max", ("p",)), Compare(at_most, num(5)))
    no_larger = Not(metric(Count(), Compare("gte", num(1)), where=compare(prop("p"), "gt", num(5))))

    assert includes(no_larger)
    assert not includes(small)
    assert includes(no_larger, None, event(1, {"p": "x"})) != includes(small, None, event(1, {"p": "x"}))
