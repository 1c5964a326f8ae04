"""How a literal picks the test: its type picks the view, a time covers what it covers, a trait is compared in pairs."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from muster.compiler.expr import (
    And,
    Compare,
    ComparePair,
    Constant,
    Expr,
    Field,
    OneOf,
    Or,
    Ordering,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.operators.spec import Operands, Target
from muster.compiler.operators.times import constant, covered
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    FromNow,
    Now,
    Number,
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
    Value,
)

TIMES = (TimeLiteral, Today, Now, Ago, FromNow)


def literal(value: Value | Duration) -> Constant | None:
    """Give a text, number or boolean as an operand; None for times and traits, which need more than one."""
    match value:
        case Text(text):
            return Constant("str", text)
        case Number(number):
            return Constant("num", number)
        case Boolean(boolean):
            return Constant("bool", boolean)
        case _:
            return None


def equals(value: Value | Duration, *, ignore_case: bool = False) -> ValueTest:
    """Test equality with one value: a date covers its day."""
    if ignore_case and isinstance(value, Text):
        return TextTest("equals", value.value, ignore_case=True)
    if isinstance(value, TIMES):
        time = covered(value)
        if time.is_day:
            return Range("time", constant(time.low), constant(time.high))
        return Compare("eq", constant(time.low))
    return compare("eq", value)


def compare(op: Ordering, value: Value | Duration) -> ValueTest:
    """Test an ordering against one value; a day lies after all instants before its start, before those at its end."""
    if isinstance(value, TraitRef):
        return ComparePair(op, Field("trait", value.path))
    if isinstance(value, TIMES):
        return _compare_time(op, value)
    operand = literal(value)
    assert operand is not None, value
    return Compare(op, operand)


def _compare_time(op: Ordering, value: Time) -> ValueTest:
    time = covered(value)
    match op:
        case "lt":
            return Compare("lt", constant(time.low))
        case "gte":
            return Compare("gte", constant(time.low))
        case "lte":
            return Compare("lt" if time.is_day else "lte", constant(time.high))
        case "gt":
            return Compare("gte" if time.is_day else "gt", constant(time.high))
        case "eq":
            return equals(value)
        case _:
            assert_never(op)


def between(target: Target, operands: Operands) -> Expr:
    """Test both bounds on one element: numbers and texts include both ends, times are half-open after their day."""
    low, high = operands.values
    if isinstance(low, TIMES) and isinstance(high, TIMES):
        return target.passes(Range("time", constant(covered(low).low), constant(covered(high).high)))
    if isinstance(low, TraitRef) or isinstance(high, TraitRef):
        return And((target.passes(compare("gte", low)), target.passes(compare("lte", high))))
    first, last = literal(low), literal(high)
    assert first is not None
    assert last is not None
    return target.passes(Range(first.kind, first, last, closed=True))


def one_of(target: Target, operands: Operands) -> Expr:
    """Test membership of a list: literals of one kind make one test, times and traits one each."""
    by_kind: dict[str, list[Constant]] = {}
    others: list[Value | Duration] = []
    for value in operands.values:
        operand = literal(value)
        if operand is None:
            others.append(value)
        else:
            by_kind.setdefault(operand.kind, []).append(operand)
    tests: list[ValueTest] = [_members(constants) for constants in by_kind.values()]
    tests += [equals(value) for value in others]
    args = tuple(target.passes(test) for test in tests)
    return args[0] if len(args) == 1 else Or(args)


def _members(constants: list[Constant]) -> ValueTest:
    if len(constants) == 1:
        return Compare("eq", constants[0])
    values = [c.value for c in constants if isinstance(c.value, (str, bool, Decimal))]
    return OneOf(constants[0].kind, tuple(dict.fromkeys(values)))
