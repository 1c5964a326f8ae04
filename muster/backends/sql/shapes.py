"""How one audience's events are read: scans of the same events once, and only of people who can still be in it.

Kept apart from the planner, which knows no engine. Every scan is a set that a person is in or not; measured on both
engines no other shape was faster for one audience (docs/adr/0019). What is changed here is what a set is made of:

- tests of the same events, all or some of which must pass, become one set with all tests in its HAVING;
- where only few people pass the tests of traits beside a set, the set is made of their events only.

It can go wrong at a person without events, who is in no set: a test that they pass must be asked as its complement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from muster.backends.sql.places import Scope
from muster.backends.sql.shared import is_shareable
from muster.compiler.estimates import share_of
from muster.compiler.expr import Conditions, Const
from muster.compiler.plan import EventScan, InScan, Plan, PlanAnd, PlanCondition, PlanNot, PlanOr, Scan

LEAST_PEOPLE = 10_000  # with fewer nothing is slow, and the SQL is shorter


@dataclass(frozen=True, slots=True)
class Merged:
    """People whose events of some names pass every test, or some; each is of one scan, or `negated` its complement."""

    tests: tuple[tuple[EventScan, bool, Conditions], ...]  # with whether it is negated, and what it is in the rule
    every: bool


@dataclass(frozen=True, slots=True)
class Among:
    """A scan of the events of those people only who satisfy a condition on themselves; `share` of all, roughly."""

    scan: Scan | Merged
    condition: PlanCondition
    share: float


ShapedScan = Scan | Merged | Among


@dataclass(frozen=True, slots=True)
class Shaped:
    """A plan's condition over scans as they are read; `notes` say what was changed, for people."""

    condition: PlanCondition
    scans: tuple[ShapedScan, ...]
    notes: tuple[str, ...]


def shaped(plan: Plan, scope: Scope) -> Shaped:
    """Choose how the scans of a plan are read."""
    shaping = _Shaping(plan, scope)
    condition = shaping.merged(plan.condition)
    condition = shaping.pushed(condition, ())
    return shaping.result(condition)


class _Shaping:
    def __init__(self, plan: Plan, scope: Scope) -> None:
        self._scope = scope
        self._scans: list[ShapedScan] = list(plan.scans)
        self._uses = Counter(_scans_in(plan.condition))
        self._notes: list[str] = []

    def result(self, condition: PlanCondition) -> Shaped:
        used = sorted(set(_scans_in(condition)))
        numbers = {scan: number for number, scan in enumerate(used)}
        return Shaped(_renumbered(condition, numbers), tuple(self._scans[scan] for scan in used), tuple(self._notes))

    # --- tests of the same events -------------------------------------------------------------------------------
    def merged(self, condition: PlanCondition) -> PlanCondition:
        """Merge scans of the same events in every group."""
        if not isinstance(condition, PlanAnd | PlanOr):
            return condition
        every = isinstance(condition, PlanAnd)
        args = [self.merged(arg) for arg in condition.args]
        for group in self._alike(args):
            args[group[0]] = self._merge([args[index] for index in group], every=every)
            for index in group[1:]:
                args[index] = Const(value=every)  # says nothing here
        kept = tuple(arg for arg in args if arg != Const(value=every))
        if len(kept) == 1:
            return kept[0]
        return PlanAnd(kept) if every else PlanOr(kept)

    def _alike(self, args: Sequence[PlanCondition]) -> Iterator[list[int]]:
        groups: dict[object, list[int]] = {}
        for index, arg in enumerate(args):
            atom = arg.arg if isinstance(arg, PlanNot) else arg
            if isinstance(atom, InScan) and self._uses[atom.scan] == 1:
                scan = self._scans[atom.scan]
                if isinstance(scan, EventScan) and is_shareable(scan, self._scope):
                    # With one end the longest window holds the others, so nothing is read that was not read before.
                    groups.setdefault((scan.events, scan.window.end), []).append(index)
        yield from (group for group in groups.values() if len(group) > 1)

    def _merge(self, args: Sequence[PlanCondition], *, every: bool) -> PlanCondition:
        tests = [self._test(arg) for arg in args]
        # Somebody without events passes negated tests only. Where that makes them pass all, or some, ask the opposite.
        complement = (all if every else any)(negated for _, negated, _ in tests)
        if complement:
            tests = [(scan, not negated, conditions) for scan, negated, conditions in tests]
        names = ", ".join(tests[0][0].events.names) or "any event"
        self._notes.append(f"{len(tests)} tests of {names} read its events once")
        self._scans.append(Merged(tuple(tests), every is not complement))
        found = InScan(len(self._scans) - 1)
        self._uses[found.scan] = 1
        return PlanNot(found) if complement else found

    def _test(self, arg: PlanCondition) -> tuple[EventScan, bool, Conditions]:
        atom = arg.arg if isinstance(arg, PlanNot) else arg
        assert isinstance(atom, InScan)
        scan = self._scans[atom.scan]
        assert isinstance(scan, EventScan)
        return scan, atom is not arg, atom.conditions

    # --- few people ---------------------------------------------------------------------------------------------
    def pushed(self, condition: PlanCondition, among: tuple[PlanCondition, ...]) -> PlanCondition:
        """Make sets of few people's events only, where beside them few people pass; `among` holds for all of these."""
        match condition:
            case PlanAnd(args):
                people = tuple(arg for arg in args if not any(True for _ in _scans_in(arg)))
                return PlanAnd(tuple(self.pushed(arg, among + people) for arg in args))
            case PlanOr(args):
                return PlanOr(tuple(self.pushed(arg, among) for arg in args))
            case PlanNot(InScan() as found):
                return PlanNot(self._among(found, among))
            case InScan():
                return self._among(condition, among)
            case _:
                return condition

    def _among(self, found: InScan, among: tuple[PlanCondition, ...]) -> InScan:
        schema, scan = self._scope.schema, self._scans[found.scan]
        if not among or self._uses[found.scan] > 1 or schema.stats.profiles < LEAST_PEOPLE:
            return found
        assert not isinstance(scan, Among)
        known = [(share, arg) for arg in among if (share := share_of(arg, schema)) is not None]
        condition = PlanAnd(tuple(arg for _, arg in known)) if len(known) > 1 else known[0][1] if known else None
        share = None if condition is None else share_of(condition, schema)
        is_set = isinstance(scan, EventScan) and scan.having is None
        if condition is None or share is None or share > self._scope.dialect.few_people(is_set=is_set):
            return found
        self._notes.append(f"scan {found.scan + 1} reads the events of about {share:.2%} of people only")
        self._scans.append(Among(scan, condition, share))
        return InScan(len(self._scans) - 1, found.conditions)


def _scans_in(condition: PlanCondition) -> Iterable[int]:
    match condition:
        case PlanAnd(args) | PlanOr(args):
            for arg in args:
                yield from _scans_in(arg)
        case PlanNot(arg):
            yield from _scans_in(arg)
        case InScan(scan):
            yield scan
        case _:
            return


def _renumbered(condition: PlanCondition, numbers: dict[int, int]) -> PlanCondition:
    match condition:
        case PlanAnd(args):
            return PlanAnd(tuple(_renumbered(arg, numbers) for arg in args))
        case PlanOr(args):
            return PlanOr(tuple(_renumbered(arg, numbers) for arg in args))
        case PlanNot(arg):
            return PlanNot(_renumbered(arg, numbers))
        case InScan(scan, conditions):
            return InScan(numbers[scan], conditions)
        case _:
            return condition
