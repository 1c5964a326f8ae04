"""Intersect the tests of a field that holds at most one value.

    lifecycle p_return >= 0.2 and lifecycle p_return <= 0.5 and lifecycle p_return != 0.1
    lifecycle p_return between 0.2 and 0.5

    external_id in ("u1", "u2") and external_id in ("u2", "u3")
    external_id = "u2"

Law: one value passes two tests exactly if it is in both of their sets; none is in both of two sets that are apart.
Texts, numbers and times each by their own order, a time only where the order does not hang on the clock. Between
kinds: a text that is asked for must read as a number to be one, so `x = "a" and x > 5` is nobody, and `x = "42"
and x > 5` stays.
Condition: facts that the field is single, by nature (a size, a built-in field) or as declared of a trait. A list
[-1, 2] is >= 0 and <= 1 without anything in between, and ["a", "b"] is both = "a" and = "b".
Before it: all passes that need no facts; they leave less to look at.
"""

from __future__ import annotations

from collections.abc import Hashable

from muster.compiler.conjunction import Asking, Subject, merge_conjunction
from muster.compiler.expr import And, Expr, FieldTest, Or
from muster.compiler.facts import Facts
from muster.compiler.rewriting import rewrite_groups


def intersect_values(expr: Expr, facts: Facts) -> Expr:
    """Merge the tests of one single field in every group, where the first of them stands."""

    def exact(atom: Asking) -> Subject | None:
        single = isinstance(atom, FieldTest) and facts.is_single(atom.target)
        return Subject(atom.target) if single and isinstance(atom, FieldTest) else None

    def merged(group: And | Or) -> Expr:
        return merge_conjunction(group, _rough, exact)

    return rewrite_groups(expr, merged)


def _rough(atom: Expr) -> Hashable:
    return atom.target.path if type(atom) is FieldTest else None
