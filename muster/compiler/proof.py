"""Proofs about two rules: everybody in the first is in the second, nobody is in both, they are the same people.

Kept apart from implication, which looks at members one pair at a time: here whole rules are compared, by their normal
forms, by implication, and by asking the passes whether anybody is left. What is proven holds for all data and every
clock; None means "not known". It could go wrong at a deleted audience, which is false under a `not` too: both sides
are normalised before one is negated, and no such reference is left then.
"""

from __future__ import annotations

from itertools import product
from typing import Literal

from muster.compiler.expr import FALSE, And, Expr, Not, Or
from muster.compiler.facts import NO_FACTS, Facts
from muster.compiler.implication import implies
from muster.compiler.normal_form import normalise
from muster.compiler.passes import run_passes

# How it is known: one normal form; a law of implication; in no case is anybody left.
Law = Literal["same", "implied", "nobody"]
MAX_CASES = 128


def subset_law(first: Expr, second: Expr, facts: Facts = NO_FACTS) -> Law | None:
    """Tell how it is known that everybody in `first` is in `second`."""
    return _subset(normalise(first), normalise(second), facts)


def equivalence_law(first: Expr, second: Expr, facts: Facts = NO_FACTS) -> Law | None:
    """Tell how it is known that two rules have the same members."""
    one, other = normalise(first), normalise(second)
    forth, back = _subset(one, other, facts), _subset(other, one, facts)
    if forth is None or back is None:
        return None
    return "nobody" if "nobody" in (forth, back) else forth


def disjointness_law(first: Expr, second: Expr, facts: Facts = NO_FACTS) -> Law | None:
    """Tell how it is known that nobody is in both rules."""
    return "nobody" if _is_nobody(And((normalise(first), normalise(second))), facts) else None


def _subset(first: Expr, second: Expr, facts: Facts) -> Law | None:
    if first == second:
        return "same"
    if implies(first, second):
        return "implied"
    return "nobody" if _is_nobody(And((first, Not(second))), facts) else None


def _is_nobody(expr: Expr, facts: Facts) -> bool:
    """Tell whether an expression is seen to be true of nobody, looking at each of its cases alone."""
    whole = run_passes(expr, facts=facts)
    if whole == FALSE:
        return True
    cases = _cases(whole)
    # One case is the whole, which has been looked at.
    return len(cases) > 1 and all(run_passes(And(case), facts=facts) == FALSE for case in cases)


def _cases(expr: Expr) -> list[tuple[Expr, ...]]:
    """Write an expression as cases, each of which all its members make true; itself where they would be too many."""
    match expr:
        case Or(args):
            cases = [case for arg in args for case in _cases(arg)]
        case And(args):
            within = [_cases(arg) for arg in args]
            if _product(within) > MAX_CASES:
                return [(expr,)]
            cases = [tuple(member for part in chosen for member in part) for chosen in product(*within)]
        case _:
            return [(expr,)]
    return cases if len(cases) <= MAX_CASES else [(expr,)]


def _product(within: list[list[tuple[Expr, ...]]]) -> int:
    count = 1
    for cases in within:
        count *= len(cases)
    return count
