"""What is true of a person as bits of a few words, and conditions as tests of many bits at once.

Kept apart from the bits of scans, which are only some of these: in a batch every test of a trait is a bit too, made
once however many audiences ask. A condition is then a comparison of a word under a mask for all its bits there,
instead of a test of each. It can go wrong at a bit that is asked for with both values, and at someone without events,
whose word must be 0 and not NULL.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import groupby

from sqlglot import exp

from muster.backends.sql.bits import WORD_BITS, Bits
from muster.backends.sql.calls import integer
from muster.backends.sql.logic import Condition, Leaf, all_of, any_of, negate, render
from muster.backends.sql.names import BITS, GROUP, Sql, bits_column, column, named
from muster.backends.sql.people import Atom, atom_condition
from muster.backends.sql.places import Scope
from muster.compiler.expr import Const
from muster.compiler.plan import InScan, PlanAnd, PlanCondition, PlanNot, PlanOr


class Words:
    """The bits of some conditions: those of scans first, then one for each test of people themselves."""

    def __init__(self, conditions: Iterable[PlanCondition], bits: Bits, scope: Scope) -> None:
        self._bits, self._scope = bits, scope
        self._tests: dict[Atom, Condition] = {}
        folded = [self._folded(condition) for condition in conditions]
        atoms = dict.fromkeys(atom for condition in folded for atom in _atoms(condition))
        self.scans = frozenset(atom.scan for atom in atoms if isinstance(atom, InScan))
        asked = [atom for atom in atoms if not isinstance(atom, InScan)]
        first = len(bits.positions)
        self._positions = {atom: first + index for index, atom in enumerate(asked)}
        self.conditions = [self._condition(condition) for condition in folded]

    @property
    def names(self) -> list[str]:
        """The columns of the words."""
        count = len(self._bits.positions) + len(self._positions)
        return [bits_column(word) for word in range(-(-count // WORD_BITS))]

    def columns(self) -> list[Sql]:
        """Make the words of a person, whose bits of scans, if any, are joined."""
        return [named(self._word(word), name) for word, name in enumerate(self.names)]

    def _word(self, word: int) -> Sql:
        parts: list[Sql] = []
        if self.scans and word < self._bits.words:
            joined = column(BITS, bits_column(word))
            gives_null = self._scope.dialect.outer_gives_null
            parts.append(exp.Coalesce(this=joined, expressions=[integer(0)]) if gives_null else joined)
        for atom, position in self._positions.items():
            if position // WORD_BITS == word:
                test = exp.If(this=render(self._tests[atom]), true=integer(1 << position % WORD_BITS))
                parts.append(exp.Case(ifs=[test], default=integer(0)))
        return reduce(lambda total, part: exp.Add(this=total, expression=part), parts) if parts else integer(0)

    # --- what folds away ----------------------------------------------------------------------------------------
    def _folded(self, condition: PlanCondition) -> PlanCondition:
        match condition:
            case PlanAnd(args):
                return _fold(PlanAnd, [self._folded(arg) for arg in args], neutral=True)
            case PlanOr(args):
                return _fold(PlanOr, [self._folded(arg) for arg in args], neutral=False)
            case PlanNot(arg):
                inner = self._folded(arg)
                return Const(value=not inner.value) if isinstance(inner, Const) else PlanNot(inner)
            case Const():
                return condition
            case InScan(scan):
                return condition if scan in self._bits.positions else Const(value=False)
            case _:
                test = self._tests.setdefault(condition, atom_condition(condition, self._scope))
                return Const(value=test) if isinstance(test, bool) else condition

    # --- tests of bits ------------------------------------------------------------------------------------------
    def _condition(self, condition: PlanCondition) -> Condition:
        match condition:
            case Const(value):
                return value
            case PlanAnd(args):
                return self._joined(args, every=True)
            case PlanOr(args):
                return self._joined(args, every=False)
            case _:
                return self._joined((condition,), every=True)

    def _joined(self, args: Iterable[PlanCondition], *, every: bool) -> Condition:
        """Test that every argument holds, or some: of each word, those that must be there and those that must not."""
        groups: list[Condition] = []
        wanted, unwanted = set[int](), set[int]()
        for arg in args:
            match arg:
                case PlanAnd() | PlanOr():
                    groups.append(self._condition(arg))
                case PlanNot(atom):
                    unwanted.add(self._position(atom))
                case _:
                    wanted.add(self._position(arg))
        if wanted & unwanted:
            return not every
        there = [self._has(word, bits, every=every) for word, bits in _by_word(wanted)]
        lacking = [negate(self._has(word, bits, every=not every)) for word, bits in _by_word(unwanted)]
        return all_of(*there, *lacking, *groups) if every else any_of(*there, *lacking, *groups)

    def _has(self, word: int, bits: Sequence[int], *, every: bool) -> Condition:
        dialect = self._scope.dialect
        return Leaf(lambda: dialect.has_bits(column(GROUP, bits_column(word)), bits, every=every), total=True)

    def _position(self, atom: PlanCondition) -> int:
        if isinstance(atom, InScan):
            return self._bits.positions[atom.scan]
        assert not isinstance(atom, PlanAnd | PlanOr | PlanNot | Const)
        return self._positions[atom]


def _by_word(positions: Iterable[int]) -> Iterable[tuple[int, list[int]]]:
    """Group positions by word."""
    for word, found in groupby(sorted(positions), lambda position: position // WORD_BITS):
        yield word, [position % WORD_BITS for position in found]


def _fold(make: type[PlanAnd | PlanOr], args: list[PlanCondition], *, neutral: bool) -> PlanCondition:
    """Join conditions without those that say nothing; one that decides is all."""
    if any(isinstance(arg, Const) and arg.value is not neutral for arg in args):
        return Const(value=not neutral)
    kept = tuple(arg for arg in args if not isinstance(arg, Const))
    if not kept:
        return Const(value=neutral)
    return kept[0] if len(kept) == 1 else make(kept)


def _atoms(condition: PlanCondition) -> Iterable[Atom | InScan]:
    """Yield the atoms of a condition."""
    match condition:
        case PlanAnd(args) | PlanOr(args):
            for arg in args:
                yield from _atoms(arg)
        case PlanNot(arg):
            yield from _atoms(arg)
        case Const():
            return
        case _:
            yield condition
