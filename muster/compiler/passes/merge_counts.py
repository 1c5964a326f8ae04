"""Merge tests of one number drawn from events into one test, or settle the group.

    did login at least 2 times and did login at most 5 times
    did login between 2 and 5 times

    did login at most 1 times and did login at least 2 times
    nobody

Law: a number is one value, so it passes two tests exactly if it is in both sets of numbers. Everybody has a count, a
number of values or periods and a sum, 0 without events, so "not at least 5" is "at most 4"; averages, smallest and
largest values are missing without events and so are only ever joined as they are. Counts are whole: `> 1` and `< 3`
leave 2. Only for the same events, condition and window: a count over another window is another number. A picked
property is no such number, since it may hold a list.
Before it: absorb_implied, which drops the test that says less.
"""

from __future__ import annotations

from collections.abc import Hashable

from muster.compiler.conjunction import Asking, Subject, merge_conjunction
from muster.compiler.expr import And, Count, Distinct, EventMetric, Expr, Or, Periods, Reduce
from muster.compiler.rewriting import rewrite_groups


def merge_counts(expr: Expr) -> Expr:
    """Merge the tests of one number in every group, where the first of them stands."""
    return rewrite_groups(expr, _merged)


def _merged(group: And | Or) -> Expr:
    return merge_conjunction(group, _rough, _exact)


def _rough(atom: Expr) -> Hashable:
    return atom.events.names if type(atom) is EventMetric else None


def _exact(atom: Asking) -> Subject | None:
    if not isinstance(atom, EventMetric):
        return None
    what = (atom.events, atom.where, atom.window, atom.reducer)
    match atom.reducer:
        case Count() | Distinct() | Periods():
            return Subject(what, total=True, whole=True)
        case Reduce(agg=agg):
            return Subject(what, total=agg == "sum")
        case _:
            return None
