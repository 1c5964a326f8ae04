from __future__ import annotations

import pytest

from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import FALSE, Broken, Not
from muster.compiler.passes.push_not_down import push_not_down
from muster.compiler.passes.settle_broken import settle_broken
from tests.small_exprs import ADULT, PRO, all_of, any_of, includes

GONE = Broken("Gone")


def test_a_deleted_audience_is_nobody() -> None:
    assert settle_broken(any_of(GONE, all_of(PRO, GONE))) == any_of(FALSE, all_of(PRO, FALSE))


def test_without_a_deleted_audience_nothing_happens() -> None:
    whole = any_of(PRO, Not(ADULT))

    assert settle_broken(whole) is whole


@pytest.mark.parametrize("under_not", [Not(GONE), Not(all_of(PRO, GONE)), any_of(PRO, Not(Not(GONE)))])
def test_settling_under_a_not_is_refused(under_not: Not) -> None:
    with pytest.raises(InternalError, match="settle_broken"):
        settle_broken(under_not)


def test_settled_before_nots_are_pushed_down_a_deleted_suppression_list_would_be_everyone() -> None:
    # What the pass would give if it did not refuse.
    unguarded = Not(FALSE)

    assert includes(unguarded)
    assert not includes(Not(GONE))
    assert not includes(settle_broken(push_not_down(Not(GONE))))
