from __future__ import annotations

from decimal import Decimal

from muster.compiler.diagnostics import Span
from muster.compiler.expr import Compare, Count, FieldTest, Not, Sample
from muster.compiler.passes.drop_duplicates import drop_duplicates
from tests.cases import metric, num, prop
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, is_in


def test_the_first_of_equal_members_stays_where_it_is() -> None:
    kept = drop_duplicates(all_of(ADULT, is_in("pro", at=1), BOUGHT, is_in("pro", at=9)))

    assert kept == all_of(ADULT, PRO, BOUGHT)
    assert isinstance(kept, type(all_of()))
    assert isinstance(kept.args[1], FieldTest)
    assert kept.args[1].origin == Span(1, 2)


def test_a_group_of_one_member_said_twice_is_that_member() -> None:
    assert drop_duplicates(any_of(Not(PRO), Not(PRO))) == Not(PRO)


def test_groups_are_equal_whatever_their_order() -> None:
    assert drop_duplicates(any_of(all_of(PRO, ADULT), all_of(ADULT, PRO))) == all_of(PRO, ADULT)


def test_groups_that_become_equal_are_found() -> None:
    assert drop_duplicates(any_of(all_of(PRO, PRO), PRO)) == PRO


def test_a_group_that_becomes_one_of_its_parents_kind_joins_it() -> None:
    twice = any_of(PRO, all_of(any_of(ADULT, BOUGHT), any_of(BOUGHT, ADULT)))

    assert drop_duplicates(twice) == any_of(PRO, ADULT, BOUGHT)


def test_equal_numbers_are_equal_however_they_are_written() -> None:
    whole = FieldTest(ADULT.target, Compare("gte", num("18.0")))

    assert drop_duplicates(all_of(ADULT, whole)) == ADULT


def test_samples_with_different_salts_are_different_people() -> None:
    samples = all_of(Sample("a", Decimal(50)), Sample("b", Decimal(50)))

    assert drop_duplicates(samples) is samples


def test_conditions_of_events_are_looked_at() -> None:
    dear = FieldTest(prop("amount"), Compare("gt", num(50)))

    assert drop_duplicates(metric(Count(), Compare("gte", num(2)), where=any_of(dear, dear))) == metric(
        Count(), Compare("gte", num(2)), where=dear
    )
