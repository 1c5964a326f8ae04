"""Settle what is decided whatever the data, and take it out of the groups around it.

    plan = "pro" and did login at least 0 times
    plan = "pro"

Law: a and everyone = a, a and nobody = nobody, and their duals; not everyone = nobody. An atom is decided if
- no value can pass its test: `between 9 and 1`, a list of no values, a size below 0;
- its number is a count and every count passes, or none does: `at least 0 times`, `distinct(sku) of view < 0`;
- its `where` is nobody: a count or sum is then 0, any other metric missing, and a sequence never starts. No element
  passes such a `where`, but each of no elements does, so `all items where` is not decided;
- it is a sample of no one or of everyone.
A sum is no count: refunds make it negative. A size is missing unless there is a list, so it is never decided to be
everyone. Values that stand twice in a list are dropped, and a list of one value is written as `=`.
Before it: push_not_down and flatten_groups, so that a constant meets the whole group that it decides.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from muster.compiler.expr import (
    FALSE,
    TRUE,
    And,
    Broken,
    Compare,
    Const,
    Constant,
    Count,
    Distinct,
    ElementTest,
    EventMetric,
    Expr,
    FieldTest,
    Not,
    OneOf,
    Or,
    Ordering,
    Periods,
    Range,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    StageEntered,
    ValueTest,
)
from muster.compiler.moments import Instant
from muster.compiler.rewriting import join, rewrite

_SAMPLE_BUCKETS = 10_000
_STANDS: dict[Ordering, Callable[[Decimal, Decimal], bool]] = {
    "eq": operator.eq,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def fold_constants(expr: Expr) -> Expr:
    """Fold constants into the groups around them, and atoms that data cannot change into constants."""
    return rewrite(expr, _folded)


def _folded(expr: Expr) -> Expr:
    match expr:
        case And(args):
            return _folded_group(expr, args, unit=True)
        case Or(args):
            return _folded_group(expr, args, unit=False)
        case Not(Const(value)):
            return FALSE if value else TRUE
        case FieldTest():
            return _folded_field(expr)
        case ElementTest(where=Const(value=False), every=False):
            return FALSE
        case EventMetric():
            return _folded_metric(expr)
        case SequenceMatch(steps=steps) if any(step.where == FALSE for step in steps):
            return FALSE
        case Sample(percent=percent):
            return _folded_sample(expr, percent * 100)
        case Const() | Not() | ElementTest() | SequenceMatch() | Broken() | StageEntered():
            return expr


def _folded_group(group: And | Or, args: tuple[Expr, ...], *, unit: bool) -> Expr:
    constants = [arg for arg in args if isinstance(arg, Const)]
    if not constants:
        return group
    if any(constant.value is not unit for constant in constants):
        return FALSE if unit else TRUE
    return join(type(group), (arg for arg in args if not isinstance(arg, Const)))


def _folded_sample(sample: Sample, first_out: Decimal) -> Expr:
    """Decide a sample whose buckets, the whole numbers from 0 to 9,999, are all out or all in."""
    if first_out <= 0:
        return FALSE
    return TRUE if first_out > _SAMPLE_BUCKETS - 1 else sample


def _folded_field(atom: FieldTest) -> Expr:
    if _is_impossible(atom.test) or (atom.target.size and _over_counts(atom.test, None) is False):
        return FALSE
    return _with_short_list(atom)


def _folded_metric(atom: EventMetric) -> Expr:
    if _is_impossible(atom.test):
        return FALSE
    if atom.where == FALSE:
        number = _of_no_events(atom.reducer)
        decided = False if number is None else _over(atom.test, (number,))
    else:
        match atom.reducer:
            case Count() | Distinct():
                decided = _over_counts(atom.test, None)
            case Periods(of=of):
                decided = _over_counts(atom.test, of)
            case _:
                decided = None
    if decided is None:
        return _with_short_list(atom)
    return TRUE if decided else FALSE


def _of_no_events(reducer: Reducer) -> Decimal | None:
    """Give what no events reduce to; None: nothing, which passes no test."""
    match reducer:
        case Count() | Distinct() | Reduce(agg="sum"):
            return Decimal(0)
        case Periods(of=of, minimum=minimum):
            return Decimal(0 if minimum > 0 else of)
        case _:
            return None


def _over_counts(test: ValueTest, most: int | None) -> bool | None:
    """Decide a test of a count from 0 to `most`.

    Tests change their answer at the numbers that they name only, so it is enough to try 0 and, for each of
    these, the whole number at or below it and the next one.
    """
    tried = {Decimal(0)}
    for number in _numbers_of(test):
        below = number.to_integral_value(ROUND_FLOOR)
        tried.update((below, below + 1))
    return _over(test, (count for count in tried if count >= 0 and (most is None or count <= most)))


def _over(test: ValueTest, numbers: Iterable[Decimal]) -> bool | None:
    """Tell whether all of some numbers pass a test (True), none does (False), or it depends (None)."""
    passes = _passing(test)
    if passes is None:
        return None
    answers = {passes(number) for number in numbers}
    return answers.pop() if len(answers) == 1 else None


def _passing(test: ValueTest) -> Callable[[Decimal], bool] | None:
    """Give a test of numbers as a function; None for any other test."""
    match test:
        case Compare(op, Constant(value=Decimal() as operand)):
            return lambda number: _STANDS[op](number, operand)
        case Range(kind="num", low=low, high=high, closed=closed):
            least = Decimal("-Infinity") if low is None else low.value
            most = Decimal("Infinity") if high is None else high.value
            assert isinstance(least, Decimal)
            assert isinstance(most, Decimal)
            return lambda number: least <= number and (number < most or (closed and number == most))
        case OneOf(kind="num", values=values):
            return frozenset(values).__contains__
        case _:
            return None


def _numbers_of(test: ValueTest) -> tuple[Decimal, ...]:
    match test:
        case Compare(operand=operand):
            named: tuple[object, ...] = (operand.value,)
        case Range(low=low, high=high):
            named = tuple(end.value for end in (low, high) if end is not None)
        case OneOf(values=values):
            named = values
        case _:
            named = ()
    return tuple(value for value in named if isinstance(value, Decimal))


def _is_impossible(test: ValueTest) -> bool:
    """Tell whether a test names bounds or values that nothing can meet."""
    match test:
        case OneOf(values=()):
            return True
        case Range(low=Constant(value=Decimal() as low), high=Constant(value=Decimal() as high), closed=closed):
            return low > high or (low == high and not closed)
        case Range(low=Constant(value=str() as low), high=Constant(value=str() as high), closed=closed):
            return low > high or (low == high and not closed)
        case Range(low=Constant(value=Instant(low)), high=Constant(value=Instant(high)), closed=closed):
            return low > high or (low == high and not closed)
        case _:
            return False


Tested = TypeVar("Tested", FieldTest, EventMetric)


def _with_short_list(atom: Tested) -> Tested:
    """Drop what stands twice in a list of values, and write a list of one as `=`."""
    if not isinstance(atom.test, OneOf):
        return atom
    kind, values = atom.test.kind, tuple(dict.fromkeys(atom.test.values))
    if len(values) == 1:
        return replace(atom, test=Compare("eq", Constant(kind, values[0])))
    return atom if len(values) == len(atom.test.values) else replace(atom, test=OneOf(kind, values))
