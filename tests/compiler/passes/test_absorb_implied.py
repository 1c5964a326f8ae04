from __future__ import annotations

from muster.compiler.expr import FALSE, TRUE, Compare, Count, Expr, FieldTest, Not, Range, SequenceMatch, SequenceStep
from muster.compiler.passes.absorb_implied import absorb_implied
from tests.cases import DAY, compare, event, last, metric, num, trait
from tests.small_exprs import ADULT, BOUGHT, PRO, all_of, any_of, includes, is_in

AGED_20 = compare(trait("age"), "gte", num(20))
LATELY = metric(Count(), Compare("gte", num(1)), window=last(7 * DAY))


def test_a_member_that_says_less_goes_from_an_and_and_one_that_says_more_from_an_or() -> None:
    assert absorb_implied(all_of(ADULT, PRO, AGED_20)) == all_of(PRO, AGED_20)
    assert absorb_implied(any_of(ADULT, PRO, AGED_20)) == any_of(ADULT, PRO)


def test_members_that_clash_settle_the_group() -> None:
    assert absorb_implied(all_of(AGED_20, PRO, Not(ADULT))) == FALSE
    assert absorb_implied(any_of(Not(AGED_20), PRO, ADULT)) == TRUE
    assert absorb_implied(any_of(Not(ADULT), AGED_20)) == any_of(Not(ADULT), AGED_20)


def test_of_two_that_follow_from_each_other_one_stays_whatever_their_order() -> None:
    some, more_than_none = (metric(Count(), Compare(op, num(n))) for op, n in (("gte", 1), ("gt", 0)))  # type: ignore[arg-type] # one of its words
    third = metric(Count(), Range("num", num(1), None))
    kept = absorb_implied(all_of(some, more_than_none, third))

    assert kept in {some, more_than_none, third}
    assert absorb_implied(all_of(third, more_than_none, some)) == kept
    assert absorb_implied(any_of(more_than_none, third, some)) == kept


def test_of_equal_members_the_first_stays() -> None:
    first, second = is_in("a", at=1), is_in("a", at=2)

    assert absorb_implied(all_of(first, second)) is first


def test_a_nested_group_follows_member_by_member() -> None:
    narrow, wide = any_of(AGED_20, LATELY), any_of(BOUGHT, ADULT, PRO)

    assert absorb_implied(all_of(wide, narrow)) == narrow
    assert absorb_implied(all_of(narrow, any_of(BOUGHT, PRO))) == all_of(narrow, any_of(BOUGHT, PRO))
    assert absorb_implied(any_of(all_of(AGED_20, LATELY, PRO), all_of(BOUGHT, ADULT))) == all_of(BOUGHT, ADULT)


def test_a_group_of_none_says_nothing_of_others() -> None:
    group = all_of(PRO, any_of(), any_of(PRO, ADULT))

    assert absorb_implied(group) == all_of(PRO, any_of())


def test_every_event_has_to_do_with_every_other() -> None:
    anything = metric(Count(), Compare("gte", num(1)), names=())
    step = SequenceStep(BOUGHT.events, TRUE)

    assert absorb_implied(all_of(BOUGHT, anything)) == BOUGHT
    assert absorb_implied(all_of(Not(anything), Not(BOUGHT))) == Not(anything)
    assert absorb_implied(all_of(anything, SequenceMatch((step, step), last(DAY)), BOUGHT)) == SequenceMatch(
        (step, step), last(DAY)
    )


def test_without_single_values_no_range_excludes_another() -> None:
    both = all_of(ADULT, compare(trait("age"), "lt", num(5)))

    assert absorb_implied(both) is both
    assert includes(both, {"age": [4, 20]})


def test_what_follows_from_events_lately_says_nothing_of_those_before() -> None:
    either = all_of(BOUGHT, Not(LATELY))

    assert absorb_implied(either) is either
    assert includes(either, None, event(1))


def test_hundreds_of_ranges_are_given_up_on_after_so_many_pairs() -> None:
    ranges: list[Expr] = [FieldTest(trait("n"), Range("num", num(n), num(1_000 + n))) for n in range(400)]
    wide = all_of(*ranges, ADULT, AGED_20)

    assert len(getattr(absorb_implied(wide), "args", ())) > 390


def test_hundreds_of_fields_are_all_compared() -> None:
    pairs = [(compare(trait(f"t{n}"), "gt", num(5)), compare(trait(f"t{n}"), "gt", num(2))) for n in range(300)]

    assert absorb_implied(all_of(*(each for pair in pairs for each in pair))) == all_of(
        *(narrow for narrow, _ in pairs)
    )
