"""The values of one kind that pass a test, as a list or an interval, and what is known of two such sets.

Apart from the tests themselves, which people write in many ways for one set. A set says nothing of a place that holds
several values: what may be concluded for those is up to each pass. Times are bound late, so of two times it may not be
known which is earlier; every answer here is then "no" or None. It could go wrong at open ends and between whole
numbers, where `> 2` is `>= 3`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeAlias, cast

from muster.compiler.expr import Compare, Constant, OneOf, Range, TextTest, ValueTest
from muster.compiler.moment_order import at_or_before
from muster.compiler.moments import Moment
from muster.compiler.values import Kind

Scalar: TypeAlias = str | Decimal | bool | Moment
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`; None leaves a side open. `above`, `below`: the end itself is out."""

    kind: Kind
    low: Scalar | None = None
    high: Scalar | None = None
    above: bool = False
    below: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Some texts, numbers or booleans."""

    kind: Kind
    values: frozenset[Scalar]


ValueSet: TypeAlias = Interval | Listed


def values_of(test: ValueTest) -> ValueSet | None:
    """Give the values that pass a test, if all that counts is the view of one kind and its order."""
    match test:
        case Compare("eq", Constant(kind, value)):
            return Interval(kind, value, value) if kind == "time" else Listed(kind, frozenset((value,)))
        case Compare(("gt" | "gte") as op, Constant(kind, value)):
            return Interval(kind, low=value, above=op == "gt")
        case Compare(("lt" | "lte") as op, Constant(kind, value)):
            return Interval(kind, high=value, below=op == "lt")
        case Range(kind, low, high, closed):
            return Interval(
                kind,
                None if low is None else low.value,
                None if high is None else high.value,
                below=high is not None and not closed,
            )
        case OneOf(kind, values):
            return Listed(kind, frozenset(values))
        case TextTest("equals", needle, ignore_case=False):
            return Listed("str", frozenset((needle,)))
        case _:
            return None


def counts_of(test: ValueTest) -> ValueSet | None:
    """Give the whole numbers from 0 up that pass a test: intervals hold their ends, and `low` is always there."""
    found = values_of(test)
    match found:
        case Listed("num", values):
            return Listed("num", frozenset(n for n in values if isinstance(n, Decimal) and n >= 0 and n == n // 1))
        case Interval("num", low, high, above, below):
            least = _ZERO if low is None else max(_ZERO, _whole(low, up=True, out=above))
            return Interval("num", least, None if high is None else _whole(high, up=False, out=below))
        case _:
            return None


def _whole(end: Scalar, *, up: bool, out: bool) -> Decimal:
    assert isinstance(end, Decimal)
    whole = end.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return whole + (1 if up else -1) if out and whole == end else whole


def spelled(values: ValueSet) -> tuple[ValueTest, ...]:
    """Write a set that is not empty as a test, or as two where no range says it."""
    kind = values.kind
    if isinstance(values, Listed):
        listed = cast("tuple[str, ...]", tuple(sorted(cast("Iterable[Any]", values.values))))
        return (Compare("eq", Constant(kind, listed[0])) if len(listed) == 1 else OneOf(kind, listed),)
    low, high = (None if end is None else Constant(kind, end) for end in (values.low, values.high))
    if low is not None and high is not None and not values.above:
        if low == high:
            return (Compare("eq", low),)
        return (Range(kind, low, high, closed=not values.below),)
    above = () if low is None else (Compare("gt" if values.above else "gte", low),)
    below = () if high is None else (Compare("lt" if values.below else "lte", high),)
    return (*above, *below)


def is_empty(values: ValueSet) -> bool:
    """Tell whether it is known that a set has no values."""
    if isinstance(values, Listed):
        return not values.values
    return ends_before(values, values)


def within(inner: ValueSet, outer: ValueSet) -> bool:
    """Tell whether it is known that all values of one set are in the other."""
    if inner.kind != outer.kind:
        return False
    if isinstance(inner, Listed):
        return all(holds_value(outer, value) for value in inner.values)
    if isinstance(outer, Listed):
        return False
    low = outer.low is None or (
        inner.low is not None and _in_order(outer.low, inner.low, strictly=outer.above and not inner.above)
    )
    return low and (
        outer.high is None
        or (inner.high is not None and _in_order(inner.high, outer.high, strictly=outer.below and not inner.below))
    )


def apart(one: ValueSet, other: ValueSet) -> bool:
    """Tell whether it is known that two sets of one kind have no value in common."""
    if one.kind != other.kind:
        return False
    if isinstance(one, Listed):
        return not any(holds_value(other, value) for value in one.values)
    if isinstance(other, Listed):
        return apart(other, one)
    return ends_before(one, other) or ends_before(other, one)


def ends_before(one: Interval, other: Interval) -> bool:
    """Tell whether it is known that the first interval ends before the second starts."""
    if one.high is None or other.low is None:
        return False
    return _in_order(one.high, other.low, strictly=not (one.below or other.above))


def holds_value(values: ValueSet, value: Scalar) -> bool:
    """Tell whether a text, number or boolean is in a set of its kind."""
    if isinstance(values, Listed):
        return value in values.values
    return (values.low is None or _in_order(values.low, value, strictly=values.above)) and (
        values.high is None or _in_order(value, values.high, strictly=values.below)
    )


def meet(one: ValueSet, other: ValueSet) -> ValueSet | None:
    """Give what two sets of one kind have in common; None if that is not known."""
    if isinstance(one, Listed):
        return Listed(one.kind, frozenset(value for value in one.values if holds_value(other, value)))
    if isinstance(other, Listed):
        return meet(other, one)
    if not (_comparable(one.low, other.low) and _comparable(one.high, other.high)):
        return None
    low, above = _max_end((one.low, one.above), (other.low, other.above))
    high, below = _min_end((one.high, one.below), (other.high, other.below))
    return Interval(one.kind, low, high, above, below)


def complement(values: ValueSet, *, whole: bool) -> Interval | None:
    """Give the other numbers, `whole` of those from 0 up, as an interval; None if they are none."""
    match values:
        case Interval("num", low, None, above) if low is not None and low != 0 and whole:
            assert isinstance(low, Decimal)
            return Interval("num", _ZERO, low - 1)
        case Interval("num", low, Decimal() as high) if whole and low == 0:
            return Interval("num", high + 1)
        case Interval("num", low, None, above) if low is not None and not whole:
            return Interval("num", high=low, below=not above)
        case Interval("num", None, high, below=below) if high is not None and not whole:
            return Interval("num", low=high, above=not below)
        case _:
            return None


def _max_end(one: tuple[Scalar | None, bool], other: tuple[Scalar | None, bool]) -> tuple[Scalar | None, bool]:
    """Give the later of two lower ends, which are known to be comparable; True: the end itself is out."""
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return other if _in_order(one[0], other[0]) else one


def _min_end(one: tuple[Scalar | None, bool], other: tuple[Scalar | None, bool]) -> tuple[Scalar | None, bool]:
    if one[0] is None or other[0] is None:
        return other if one[0] is None else one
    if one[0] == other[0]:
        return one[0], one[1] or other[1]
    return one if _in_order(one[0], other[0]) else other


def _comparable(one: Scalar | None, other: Scalar | None) -> bool:
    return one is None or other is None or _in_order(one, other) or _in_order(other, one)


def _in_order(one: Scalar, other: Scalar, *, strictly: bool = False) -> bool:
    """Tell whether it is known that one <= other, or one < other."""
    if isinstance(one, (str, Decimal, bool)):
        left, right = cast("tuple[Any, Any]", (one, other))
        return bool(left < right if strictly else left <= right)
    return not strictly and at_or_before(one, cast("Moment", other))
