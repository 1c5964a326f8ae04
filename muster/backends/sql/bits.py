"""Scans as bits: one relation with a row a person and a bit for each scan they are in.

Kept apart from scans as sets, of which it is the other shape: what many scans have in common is read once. Scans of
the same events become one, each a test of aggregates under a FILTER; any other scan gives its people its bit; the
rows of all are united by person (PERFORMANCE.md §6). It can go wrong at someone without events, who has no row, and
at a scan whose rows are events, each with its bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial, reduce

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.logic import Condition, render
from muster.backends.sql.measures import KEY
from muster.backends.sql.names import ARMS, BITS, PEOPLE, Sql, bits_column, column, derived, named, table
from muster.backends.sql.places import Scope
from muster.backends.sql.relations import Relations
from muster.backends.sql.scans import scan_builder
from muster.backends.sql.shared import is_shareable, shared_rows
from muster.compiler.plan import EventScan, Scan

WORD_BITS = 62
Flag = Callable[[], Sql]


@dataclass(frozen=True, slots=True)
class Bits:
    """Which bit each scan has, and the arms whose rows carry them. A scan that nobody can be in has none."""

    positions: dict[int, int]
    arms: tuple[_Arm, ...]
    scope: Scope

    def join(self, name: str) -> exp.Join:
        """Join the bits, whose relation got this name, to the people."""
        on = exp.EQ(this=column(BITS, KEY), expression=column(PEOPLE, self.scope.schema.profiles.key))
        return exp.Join(this=table(name, BITS), side="LEFT", on=on)

    def relation(self, scans: Iterable[int]) -> exp.Select:
        """Give the relation with the bits of some scans."""
        wanted = {self.positions[scan] for scan in scans}
        arms = [arm for arm in self.arms if not wanted.isdisjoint(arm.flags)]
        first, *others = (arm.select(wanted, self.words) for arm in arms)
        if not others and arms[0].is_grouped:
            return first
        united: exp.Select | exp.Union = first
        for select in others:
            united = exp.Union(this=united, expression=select, distinct=False)
        words = [
            named(self.scope.dialect.united_bits(column(ARMS, bits_column(word))), bits_column(word))
            for word in range(self.words)
        ]
        return exp.Select(
            expressions=[column(ARMS, KEY), *words],
            from_=exp.From(this=derived(united, ARMS)),
            group=exp.Group(expressions=[column(ARMS, KEY)]),
        )

    @property
    def words(self) -> int:
        """How many words the bits take."""
        return max(self.positions.values(), default=-1) // WORD_BITS + 1


@dataclass(frozen=True, slots=True)
class _Arm:
    """Rows of people with some bits: of events grouped by person, each bit a flag, or of a scan, always one bit."""

    flags: dict[int, Flag]
    rows: Callable[[Sequence[Sql]], exp.Select]
    is_grouped: bool

    def select(self, wanted: set[int], words: int) -> exp.Select:
        flags = {position: flag for position, flag in self.flags.items() if position in wanted}
        columns = [
            named(
                _word([flag() for position, flag in flags.items() if position // WORD_BITS == word]), bits_column(word)
            )
            for word in range(words)
        ]
        return self.rows(columns)


def _word(flags: list[Sql]) -> Sql:
    return reduce(lambda total, flag: exp.Add(this=total, expression=flag), flags) if flags else integer(0)


def bits_of(scans: Sequence[Scan], scope: Scope, relations: Relations) -> Bits:
    """Give every scan of a plan a bit, scans of the same events in one arm."""
    positions: dict[int, int] = {}
    arms: list[_Arm] = []
    for group in _by_events(scans, scope):
        if len(group) > 1:
            arm = _shared(group, scans, scope, positions)
        else:
            arm = _alone(group[0], scans[group[0]], scope, relations, positions)
        if arm is not None:
            arms.append(arm)
    return Bits(positions, tuple(arms), scope)


def _by_events(scans: Sequence[Scan], scope: Scope) -> list[list[int]]:
    """Group scans that can be read together; the others stand alone."""
    groups: dict[object, list[int]] = {}
    for index, scan in enumerate(scans):
        key = scan.events if isinstance(scan, EventScan) and is_shareable(scan, scope) else index
        groups.setdefault(key, []).append(index)
    return list(groups.values())


# --- one scan by itself -----------------------------------------------------------------------------------------
def _alone(index: int, scan: Scan, scope: Scope, relations: Relations, positions: dict[int, int]) -> _Arm | None:
    build = scan_builder(scan, scope, relations)
    if build is None:
        return None
    position = positions[index] = len(positions)

    def rows(columns: Sequence[Sql]) -> exp.Select:
        select = build()
        for each in columns:
            select.append("expressions", each)
        return select

    return _Arm({position: lambda: _bit(position)}, rows, is_grouped=False)


def _bit(position: int) -> Sql:
    return integer(1 << position % WORD_BITS)


# --- scans of the same events -----------------------------------------------------------------------------------
def _shared(group: Sequence[int], scans: Sequence[Scan], scope: Scope, positions: dict[int, int]) -> _Arm | None:
    members = [(index, scan) for index in group if isinstance(scan := scans[index], EventScan)]
    shared = shared_rows([scan for _, scan in members], scope)
    if shared is None:
        return None
    rows = shared.rows
    flags: dict[int, Flag] = {}
    for index, scan in members:
        passed = shared.passed(scan)
        if passed is False:
            continue
        position = positions[index] = len(positions)
        flags[position] = partial(_flag, passed, position)
    if not flags:
        return None

    def grouped(columns: Sequence[Sql]) -> exp.Select:
        select = rows.select(named(rows.key(), KEY), *columns)
        select.set("group", exp.Group(expressions=[rows.key()]))
        return select

    return _Arm(flags, grouped, is_grouped=True)


def _flag(passed: Condition, position: int) -> Sql:
    if passed is True:
        return _bit(position)
    return exp.Case(ifs=[exp.If(this=render(passed), true=_bit(position))], default=integer(0))
