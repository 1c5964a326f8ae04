"""Times: before, after and on a time, and windows around as_of."""

from __future__ import annotations

from muster.compiler.expr import AS_OF, Compare, Expr, Range
from muster.compiler.operators.operands import TIMES
from muster.compiler.operators.spec import TIME_ONLY, Example, Operands, Operator, Target
from muster.compiler.operators.times import Covered, after_as_of, before_as_of, constant, covered
from muster.compiler.values import Duration


def _time(operands: Operands) -> Covered:
    (value,) = operands.values
    assert isinstance(value, TIMES), value
    return covered(value)


def _length(operands: Operands) -> Duration:
    (value,) = operands.values
    assert isinstance(value, Duration), value
    return value


def _before(target: Target, operands: Operands) -> Expr:
    return target.passes(Compare("lt", constant(_time(operands).low)))


def _after(target: Target, operands: Operands) -> Expr:
    return target.passes(Compare("gte", constant(_time(operands).high)))


def _on(target: Target, operands: Operands) -> Expr:
    day = _time(operands)
    return target.passes(Range("time", constant(day.low), constant(day.high)))


def _in_last(target: Target, operands: Operands) -> Expr:
    return target.passes(Range("time", constant(before_as_of(_length(operands))), constant(AS_OF)))


def _in_next(target: Target, operands: Operands) -> Expr:
    return target.passes(Range("time", constant(AS_OF), constant(after_as_of(_length(operands)))))


def _older_than(target: Target, operands: Operands) -> Expr:
    return target.passes(Compare("lt", constant(before_as_of(_length(operands)))))


OPERATORS: tuple[Operator, ...] = (
    Operator(
        name="before",
        argument="time",
        accepts=TIME_ONLY,
        english="is before {value}",
        doc="Earlier than the instant, or than the start of the date.",
        lower=_before,
        examples=(
            Example("signup before 2024-01-01", matches=True, traits={"signup": "2023-12-31T23:59:59.999999Z"}),
            Example("signup before 2024-01-01", matches=False, traits={"signup": "2024-01-01"}),
            Example("signup before 2024-01-01", matches=False, traits={"signup": "last year"}),
        ),
    ),
    Operator(
        name="after",
        argument="time",
        accepts=TIME_ONLY,
        english="is after {value}",
        doc="At or later than the instant, or than the end of the date; so before, on and after partition.",
        lower=_after,
        examples=(
            Example("signup after 2024-01-01", matches=True, traits={"signup": "2024-01-02"}),
            Example("signup after 2024-01-01", matches=False, traits={"signup": "2024-01-01T12:00:00Z"}),
            Example("signup after 2024-01-01T10:00:00+02:00", matches=True, traits={"signup": "2024-01-01T08:00:00Z"}),
        ),
    ),
    Operator(
        name="on",
        argument="time",
        accepts=TIME_ONLY,
        english="is on {value}",
        doc="Within the local day. Takes a date.",
        lower=_on,
        examples=(Example("signup on 2024-02-29", matches=True, traits={"signup": "2024-02-29T00:00:00Z"}),),
    ),
    Operator(
        name="in_last",
        argument="duration",
        english="is in the last {value}",
        doc="Within [as_of − duration, as_of). Exact for s to w; months step on the calendar.",
        lower=_in_last,
        examples=(
            Example("signup in last 14 days", matches=True, traits={"signup": "2024-06-01T12:00:00Z"}),
            Example("signup in last 14 days", matches=False, traits={"signup": "2024-06-01T11:59:59.999999Z"}),
            Example("signup in last 14 days", matches=False, traits={"signup": "2024-06-15T12:00:00Z"}),
        ),
    ),
    Operator(
        name="not_in_last",
        argument="duration",
        english="is not in the last {value}",
        doc="The complement of `in_last`: also true where the value is missing.",
        complement_of="in_last",
        examples=(Example("signup not in last 14 days", matches=True),),
    ),
    Operator(
        name="in_next",
        argument="duration",
        english="is in the next {value}",
        doc="Within [as_of, as_of + duration).",
        lower=_in_next,
        examples=(Example("trial_ends in next 3 days", matches=True, traits={"trial_ends": "2024-06-17"}),),
    ),
    Operator(
        name="older_than",
        argument="duration",
        english="is more than {value} ago",
        doc="Earlier than as_of − duration.",
        lower=_older_than,
        examples=(
            Example("signup more than 1 year ago", matches=True, traits={"signup": "2023-06-15T11:59:59Z"}),
            Example("signup more than 1 year ago", matches=False, traits={"signup": "2023-06-15T12:00:00Z"}),
        ),
    ),
)
