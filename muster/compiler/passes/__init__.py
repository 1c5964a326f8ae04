"""Passes: what is decided about an `Expr` before it is planned, and the loop that runs them.

Kept apart from lowering, which says what a rule means: a pass never changes that. PASSES hold whatever the data and
know no schema; GUARDED hold under facts about the data, and run only where these are given. The author's expression
stays beside the result for people to read (docs/adr/0012, 0014). It can go wrong where a pass is right alone but not
where it stands, so the loop looks at every change and names the pass that broke a rule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import And, Broken, Const, Expr, Not, Or
from muster.compiler.facts import Facts
from muster.compiler.passes.absorb_implied import absorb_implied
from muster.compiler.passes.absorb_members import absorb_members
from muster.compiler.passes.drop_duplicates import drop_duplicates
from muster.compiler.passes.factor_common import factor_common
from muster.compiler.passes.flatten_groups import flatten_groups
from muster.compiler.passes.fold_constants import fold_constants
from muster.compiler.passes.intersect_values import intersect_values
from muster.compiler.passes.join_ranges import join_ranges
from muster.compiler.passes.merge_counts import merge_counts
from muster.compiler.passes.merge_membership import merge_membership
from muster.compiler.passes.order_by_cost import order_by_cost
from muster.compiler.passes.push_not_down import push_not_down
from muster.compiler.passes.remove_complements import remove_complements
from muster.compiler.passes.settle_broken import settle_broken
from muster.compiler.rewriting import parts_of

Pass: TypeAlias = Callable[[Expr], Expr]
GuardedPass: TypeAlias = Callable[[Expr, Facts], Expr]
Observer: TypeAlias = Callable[[str, Expr, Expr], None]

PASSES: tuple[Pass, ...] = (
    push_not_down,  # first: the others look at atoms and their `not`, and a broken reference is false in both
    settle_broken,  # before any law of complements, which a broken reference does not keep
    flatten_groups,  # so that the members of a condition stand side by side in one group
    fold_constants,  # whole groups may go, and with them work for the rest
    drop_duplicates,  # so that two equal members are not taken for two
    remove_complements,  # atoms are still as they were written, a positive one like its negative
    absorb_members,  # before lists are joined: a value inside a list is no longer seen as a member
    merge_membership,  # before members are compared: hundreds of values of one field become one
    absorb_implied,  # whole members go, and with them work for what looks into them
    join_ranges,  # ranges inside others are gone
    merge_counts,  # tests that say less are gone
    factor_common,  # what is left in groups stays there
    order_by_cost,  # last: it only arranges what is left
)
GUARDED: tuple[GuardedPass, ...] = (
    intersect_values,  # after PASSES in every round: it only drops, and what that leaves is for the next round
)
MAX_ROUNDS = 8


def run_passes(
    expr: Expr, passes: tuple[Pass, ...] = PASSES, observe: Observer | None = None, *, facts: Facts | None = None
) -> Expr:
    """Run the passes in order, and again for as long as a round makes the expression smaller.

    With `facts` the guarded passes run too; the result is then good for the data that they are true of.

    A round that only arranges leaves nothing to do for the next. There are at most MAX_ROUNDS; giving up then costs
    speed, never meaning. `observe` is told of every run: the pass's name, the expression before and after.
    """
    settled: set[str] = set()
    steps: list[tuple[str, Pass]] = [(step.__name__, step) for step in passes]
    if facts is not None:
        steps += [(step.__name__, knowing(step, facts)) for step in GUARDED]
    for _ in range(MAX_ROUNDS):
        start = shape = None
        for name, step in steps:
            before = expr
            expr = step(before)
            settled.add(name)
            if observe is not None:
                observe(name, before, expr)
            if expr is not before:
                shape = shape or _shape_of(before)
                start = start or shape
                previous, shape = shape, _shape_of(expr)
                _check(name, previous, shape, settled)
        if start is None or shape is None or shape.weight == start.weight:
            break
    return expr


def knowing(step: GuardedPass, facts: Facts) -> Pass:
    """Make a pass of a guarded one, good for data that some facts are true of."""
    return lambda expr: step(expr, facts)


def weight(expr: Expr) -> int:
    """Count the nodes that cost something: all but `not`, which De Morgan's laws multiply and no engine feels."""
    return _shape_of(expr).weight


class _Shape(NamedTuple):
    weight: int
    deep_not: bool  # a `not` over something other than an atom that can be true
    thin_group: bool  # a group of fewer than two members


def _shape_of(expr: Expr) -> _Shape:
    weight, deep_not, thin_group = 0, False, False
    for part in parts_of(expr):
        if type(part) is Not:
            deep_not = deep_not or isinstance(part.arg, _NO_ATOM)
            continue
        weight += 1
        if type(part) is And or type(part) is Or:
            thin_group = thin_group or len(part.args) < _FEWEST
    return _Shape(weight, deep_not, thin_group)


_NO_ATOM = (And, Or, Not, Const, Broken)
_FEWEST = 2


def _check(name: str, before: _Shape, after: _Shape, settled: set[str]) -> None:
    """Blame a pass for a result that is larger, or that undoes what an earlier pass had settled."""
    if after.weight > before.weight:
        raise InternalError(f"passes.{name}", f"the expression grew from {before.weight} to {after.weight} nodes")
    if after.deep_not and push_not_down.__name__ in settled:
        raise InternalError(f"passes.{name}", "a not stands over something other than an atom")
    if after.thin_group and flatten_groups.__name__ in settled:
        raise InternalError(f"passes.{name}", "a group has fewer than two members")


__all__ = ["GUARDED", "MAX_ROUNDS", "PASSES", "GuardedPass", "Observer", "Pass", "knowing", "run_passes", "weight"]
