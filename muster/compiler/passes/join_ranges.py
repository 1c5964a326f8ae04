"""Join ranges of one field that touch or overlap into one, and all values of a kind into a test of the kind.

    seats >= 5 or seats < 5
    seats is a number

    seats between 1 and 3 or seats between 2 and 9
    seats between 1 and 9

Law: some value is in S or some value is in T = some value is in their union, and the complement of that: it holds for
lists too. A field that holds no number is in no range, so all numbers are not everyone. There is no such law for
`and`; see intersect_values. Numbers and texts only: of times it may not be known whether they touch.
Before it: merge_membership, so that single values stand in one list, and absorb_implied, which drops what is inside.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from muster.compiler.expr import And, EventMetric, Expr, FieldTest, HasKind, Not, Or, Pick, ValueTest, conditions_of
from muster.compiler.rewriting import join, rewrite_groups
from muster.compiler.value_sets import Interval, Listed, ValueSet, ends_before, is_empty, spelled, values_of


def join_ranges(expr: Expr) -> Expr:
    """Join positive ranges in an `or` and negative ones in an `and`, where the first of them stands."""
    return rewrite_groups(expr, _joined)


@dataclass(frozen=True, slots=True)
class _Asked:
    place: int
    atom: FieldTest | EventMetric
    values: ValueSet


def _joined(group: And | Or) -> Expr:
    alike: dict[object, list[_Asked]] = {}
    for place, arg in enumerate(group.args):
        asked = _asked(group, place, arg)
        if asked is not None:
            alike.setdefault(_subject(asked), []).append(asked)
    members: dict[int, Expr] = dict(enumerate(group.args))
    for together in alike.values():
        tests = _united(together) if len(together) > 1 else []
        if 0 < len(tests) < len(together):
            conditions = conditions_of(each.atom for each in together)
            for each in together:
                del members[each.place]
            for each, test in zip(together, tests, strict=False):
                atom = replace(each.atom, test=test, conditions=conditions)
                members[each.place] = Not(atom) if isinstance(group, And) else atom
    if len(members) == len(group.args):
        return group
    return join(type(group), (members[place] for place in sorted(members)))


def _asked(group: And | Or, place: int, arg: Expr) -> _Asked | None:
    """See a member as asking for values: a plain atom in an `or`, a denied one in an `and`."""
    if (type(arg) is Not) is not isinstance(group, And):
        return None
    atom = arg.arg if type(arg) is Not else arg
    if type(atom) is not FieldTest and not (type(atom) is EventMetric and isinstance(atom.reducer, Pick)):
        return None
    values = values_of(atom.test)
    if values is None or values.kind not in {"num", "str"} or is_empty(values):
        return None
    return _Asked(place, atom, values)


def _subject(asked: _Asked) -> object:
    match asked.atom:
        case FieldTest(target=target):
            return asked.values.kind, target
        case EventMetric(events=events, where=where, window=window, reducer=reducer):
            return asked.values.kind, events, where, window, reducer


def _united(asked: list[_Asked]) -> list[ValueTest]:
    """Write the union of some sets as few tests: of intervals that lie apart, and a list of single values."""
    kind = asked[0].values.kind
    pieces: list[Interval] = []
    for each in asked:
        if isinstance(each.values, Interval):
            pieces.append(each.values)
        else:
            pieces.extend(Interval(kind, value, value) for value in each.values.values)
    united: list[Interval] = []
    for piece in sorted(pieces, key=_start):
        if united and not _lies_after(piece, united[-1]):
            united[-1] = _hull(united[-1], piece)
        else:
            united.append(piece)
    points = frozenset(piece.low for piece in united if piece.low is not None and piece.low == piece.high)
    tests: list[ValueTest] = []
    for piece in united:
        if piece.low is None and piece.high is None:
            return [HasKind(kind)]
        if piece.low is None or piece.low != piece.high:
            tests.extend(spelled(piece))
            if piece.above and piece.high is not None:
                return [each.atom.test for each in asked]  # no single test says it
    return [*tests, *spelled(Listed(kind, points))] if points else tests


def _start(piece: Interval) -> tuple[Any, ...]:
    return () if piece.low is None else (piece.low, piece.above)


def _lies_after(later: Interval, earlier: Interval) -> bool:
    """Tell whether something lies between two intervals; where one ends and the other starts nothing does."""
    return ends_before(earlier, later) and not (earlier.high == later.low and not (earlier.below and later.above))


def _hull(earlier: Interval, later: Interval) -> Interval:
    high, below = earlier.high, earlier.below
    if later.high is None or (high is not None and (later.high, not later.below) > (high, not below)):
        high, below = later.high, later.below
    return replace(earlier, high=high, below=below)
