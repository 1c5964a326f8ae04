"""Scans as bits: one relation with a row a person and a bit for each scan they are in.

Kept apart from scans as sets, of which it is the other shape: what many scans have in common is read once. Scans of
the same events become one, each a test of aggregates under a FILTER; any other scan gives its people its bit; the
rows of all are united by person (PERFORMANCE.md §6). It can go wrong at someone without events, who has no row; at a
scan whose events are there but none of them in its window, which must be as if there were none; and where an
aggregate over nothing is not NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

from sqlglot import exp

from muster.backends.sql.atoms import where_condition
from muster.backends.sql.calls import integer
from muster.backends.sql.events import Rows, event_rows, in_window
from muster.backends.sql.logic import Condition, Leaf, all_of, render
from muster.backends.sql.measures import KEY, Measure, count_rows, has_one_value, measure_of
from muster.backends.sql.metrics import passes
from muster.backends.sql.names import ARMS, BITS, PEOPLE, Sql, bits_column, column, derived, named, table
from muster.backends.sql.params import before_as_of
from muster.backends.sql.places import Scope, mentions_people
from muster.backends.sql.relations import Relations
from muster.backends.sql.scans import scan_builder
from muster.compiler.expr import TRUE, ComparePair, Count, EdgeTime, Reduce, TimeWindow
from muster.compiler.moments import AS_OF, FromAsOf, Moment
from muster.compiler.plan import EventScan, Having, Scan

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
        key = scan.events if isinstance(scan, EventScan) and _is_shareable(scan, scope) else index
        groups.setdefault(key, []).append(index)
    return list(groups.values())


def _is_shareable(scan: EventScan, scope: Scope) -> bool:
    """Tell whether a scan is a test of one aggregate of the events themselves, without looking at people."""
    if mentions_people(scan.where):
        return False
    match scan.having:
        case None:
            return True
        case Having(reducer=Count() | EdgeTime(), test=test):
            return not isinstance(test, ComparePair)
        case Having(reducer=Reduce(property=path), test=test):
            return not isinstance(test, ComparePair) and has_one_value(path, scan.events.names, scope)
        case _:
            return False


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
    window = _around([scan.window for _, scan in members])
    rows = event_rows(members[0][1].events, TRUE, window, scope, starts=_starts([scan.window for _, scan in members]))
    if rows is None:
        return None
    flags: dict[int, Flag] = {}
    for index, scan in members:
        passed = _passed(scan, rows, window)
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


def _passed(scan: EventScan, rows: Rows, window: TimeWindow) -> Condition:
    """Test a person's group: the scan's aggregate, of the events in its window that satisfy its condition."""
    scope, events = rows.scope, rows.scope.schema.events
    if scan.having is None and scan.window.start is not None and before_as_of(scan.window.end) == AS_OF:
        return _is_recent(scan.window.start, where_condition(scan.where, scope), rows)
    inside = in_window(rows.scope.events, events.time, scan.window, scope, within=window)
    counted = all_of(inside, where_condition(scan.where, scope))
    if counted is False:
        return False
    if scan.having is None:
        if counted is True:
            return True
        return Leaf(lambda: exp.GT(this=_filtered(count_rows(), counted), expression=integer(0)), total=True)
    measure = measure_of(scan.having.reducer, rows)
    if measure is None:
        return False
    return passes(_narrowed(measure, counted, scan, rows), scan.having.test, scope, negated=scan.having.negated)


def _is_recent(start: Moment, counted: Condition, rows: Rows) -> Condition:
    """Test the last instant, of which there is one for however many windows, instead of counting in each."""
    if counted is False:
        return False
    instant = rows.time if counted is True else lambda: rows.scope.dialect.nullable(rows.time())
    return Leaf(
        lambda: exp.GTE(this=_filtered(exp.Max(this=instant()), counted), expression=rows.scope.parameters.time(start))
    )


def _narrowed(measure: Measure, counted: Condition, scan: EventScan, rows: Rows) -> Measure:
    value, weight = measure.value, measure.weight
    if scan.having is not None and isinstance(scan.having.reducer, EdgeTime):
        edge = exp.Min if scan.having.reducer.which == "first" else exp.Max
        value = lambda: edge(this=rows.scope.dialect.nullable(rows.time()))  # noqa: E731 (like the one it replaces)
    return replace(
        measure,
        value=lambda: _filtered(value(), counted),
        weight=None if weight is None else lambda: _filtered(weight(), counted),
    )


def _filtered(aggregate: Sql, counted: Condition) -> Sql:
    if counted is True:
        return aggregate
    return exp.Filter(this=aggregate, expression=exp.Where(this=render(counted)))


def _around(windows: Sequence[TimeWindow]) -> TimeWindow:
    """Give the window that holds all of some, as far as that can be told whatever the clock."""
    start = _earliest([window.start for window in windows])
    ends = {window.end for window in windows}
    return TimeWindow(start, ends.pop() if len(ends) == 1 else AS_OF)


def _starts(windows: Sequence[TimeWindow]) -> tuple[Moment, ...]:
    """Give the starts of windows that have one each and none of which is surely the first."""
    starts = [window.start for window in windows]
    if any(start is None for start in starts) or _earliest(starts) is not None:
        return ()
    return tuple(dict.fromkeys(start for start in starts if start is not None))


def _earliest(starts: Sequence[Moment | None]) -> Moment | None:
    if len(set(starts)) == 1:
        return starts[0]
    lengths = [start for start in starts if isinstance(start, FromAsOf) and start.months == 0]
    if len(lengths) < len(starts):
        return None
    return min(lengths, key=lambda start: start.micros)
