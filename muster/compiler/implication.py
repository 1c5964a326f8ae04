"""What follows from what: an oracle that says "yes" only where it is known for everybody and all data.

Apart from the passes that ask it, so that each law of implication stands once. Equality is not all it knows: a narrower
range, a shorter window, more events, a condition that says more. "No" means "not known". It never looks at a deleted
audience, which is false under a `not` too, and so keeps no law of complements. It could go wrong by being asked of
everything: answers stop after PAIRS pairs of atoms.
"""

from __future__ import annotations

from typing import NamedTuple

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    Or,
    Present,
    Sample,
    SequenceMatch,
    StageEntered,
)
from muster.compiler.facts import is_single_by_nature
from muster.compiler.implied_events import Measured, as_least, metric_follows, metrics_exclude, window_within
from muster.compiler.implied_tests import follows
from muster.compiler.value_sets import ValueSet, apart, values_of, within

PAIRS = 10_000
_ATOMS = frozenset({FieldTest, EventMetric, Not})  # the commonest, which are no groups
_DEPTH = 4  # groups in groups that are looked into


def implies(given: Expr, wanted: Expr) -> bool:
    """Tell whether it is known that everybody in `given` is in `wanted`."""
    return Oracle().implies(given, wanted)


class Oracle:
    """Answers questions until PAIRS pairs of atoms were looked at, then knows nothing more."""

    __slots__ = ("_left", "_literals")

    def __init__(self, pairs: int = PAIRS) -> None:
        self._left = pairs
        self._literals: dict[int, tuple[_Literal | None, Expr]] = {}  # by identity, of an expression that is held

    @property
    def is_spent(self) -> bool:
        """Whether it knows nothing any more."""
        return self._left <= 0

    def implies(self, given: Expr, wanted: Expr) -> bool:
        """Tell whether it is known that everybody in `given` is in `wanted`."""
        return self._implies(given, wanted, _DEPTH)

    def follows_from(self, wanted: Expr, given: Expr) -> bool:
        """Ask `implies` the other way round."""
        return self._implies(given, wanted, _DEPTH)

    def exclude(self, one: Expr, other: Expr) -> bool:
        """Tell whether it is known that nobody is in both members."""
        return self._literals_follow(one, other, denied=True)

    def cover(self, one: Expr, other: Expr) -> bool:
        """Tell whether it is known that everybody is in one of two members."""
        return self._literals_follow(one, other, denied=False)

    def _implies(self, given: Expr, wanted: Expr, depth: int) -> bool:
        if type(given) in _ATOMS and type(wanted) in _ATOMS:
            return self._literal_follows(given, wanted)
        if given is wanted or wanted == TRUE or given == FALSE:
            return True
        if isinstance(given, (And, Or)) or isinstance(wanted, (And, Or)):
            return depth > 0 and self._groups_follow(given, wanted, depth - 1)
        return self._literal_follows(given, wanted)

    def _groups_follow(self, given: Expr, wanted: Expr, depth: int) -> bool:
        if isinstance(given, Or):
            return all(self._implies(arg, wanted, depth) for arg in given.args)
        if isinstance(wanted, And):
            return all(self._implies(given, arg, depth) for arg in wanted.args)
        if isinstance(given, And) and any(self._implies(arg, wanted, depth) for arg in given.args):
            return True
        return isinstance(wanted, Or) and any(self._implies(given, arg, depth) for arg in wanted.args)

    def _literal_follows(self, given: Expr, wanted: Expr) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1
        held, asked = self._literal(given), self._literal(wanted)
        return held is not None and asked is not None and self._follows(held, asked)

    def _literals_follow(self, one: Expr, other: Expr, *, denied: bool) -> bool:
        """Tell whether the complement of one member follows from the other (`denied`), or the other way round."""
        if self._left <= 0:
            return False
        self._left -= 1
        first, second = self._literal(one), self._literal(other)
        if first is None or second is None:
            return False
        if denied:
            return self._follows(first, second._replace(holds=not second.holds))
        return self._follows(first, second, flipped=True)

    def _literal(self, expr: Expr) -> _Literal | None:
        known = self._literals.get(id(expr))
        if known is None:
            known = self._literals[id(expr)] = (_literal_of(expr), expr)
        return known[0]

    def _follows(self, given: _Literal, wanted: _Literal, *, flipped: bool = False) -> bool:
        """Tell whether one literal follows from another, or from its complement with `flipped`."""
        if given.holds is not flipped:
            if wanted.holds:
                return self._atom_follows(given, wanted)
            return self._atoms_exclude(given, wanted)
        return not wanted.holds and self._atom_follows(wanted, given)

    def _atom_follows(self, given: _Literal, wanted: _Literal) -> bool:
        match given.atom, wanted.atom:
            case FieldTest() as held, FieldTest() as asked:
                if held.target != asked.target:
                    return False
                if given.values is not None and wanted.values is not None:
                    return within(given.values, wanted.values)
                return follows(held.test, asked.test)
            case (EventMetric() | SequenceMatch()) as held, EventMetric() as asked:
                return metric_follows(Measured(held, given.values), Measured(asked, wanted.values), self.implies)
            case ElementTest() as held, FieldTest(target, Present()):
                return held.target == target and not held.every
            case ElementTest() as held, ElementTest() as asked:
                same = held.target == asked.target and held.every == asked.every
                return same and self.implies(held.where, asked.where)
            case StageEntered() as held, StageEntered() as asked:
                return held.stage == asked.stage and window_within(held.window, asked.window)
            case Sample() as held, Sample() as asked:
                return held.salt == asked.salt and held.percent <= asked.percent
            case held, asked:
                return held == asked

    def _atoms_exclude(self, one: _Literal, other: _Literal) -> bool:
        match one.atom, other.atom:
            case FieldTest(target), FieldTest(other_target):
                if target != other_target or not is_single_by_nature(target):
                    return False
                return one.values is not None and other.values is not None and apart(one.values, other.values)
            case EventMetric() as first, EventMetric() as second:
                return metrics_exclude(Measured(first, one.values), Measured(second, other.values), self.implies)
            case _:
                return False


_Atom = FieldTest | ElementTest | EventMetric | SequenceMatch | Sample | StageEntered


class _Literal(NamedTuple):
    """An atom, whether it is to hold, and the values that pass its test if that is all it asks."""

    atom: _Atom
    holds: bool
    values: ValueSet | None = None


def _literal_of(expr: Expr) -> _Literal | None:
    """See a member as a literal, "at most" as the complement of "at least"; None for a group or a constant."""
    holds = not isinstance(expr, Not)
    atom = expr.arg if isinstance(expr, Not) else expr
    match atom:
        case EventMetric():
            (metric, numbers), positive = as_least(atom)
            return _Literal(metric, positive is holds, numbers)
        case FieldTest(test=test):
            return _Literal(atom, holds, values_of(test))
        case ElementTest() | SequenceMatch() | Sample() | StageEntered():
            return _Literal(atom, holds)
        case _:
            return None
