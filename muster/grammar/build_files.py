"""What the text grammar's rules for metrics, their tests and the statements of a file become.

Apart from the event conditions because a metric also stands alone, behind a name. Each function bears the name of a
grammar rule and takes its parts, tokens included. What could go wrong: `count of …`, which is a condition on events
when it is compared and a metric when it is named.
"""

from __future__ import annotations

from typing import Any, cast

from lark import Token

from muster.compiler.messages import syntax
from muster.compiler.rule import (
    Aggregate,
    EventTest,
    Metric,
    MetricTest,
    ParamDecl,
    ParamType,
)
from muster.compiler.values import (
    Literal_,
)
from muster.grammar.build_clauses import FIRST_STEP, gather, value_of
from muster.grammar.build_values import filled_name
from muster.grammar.pieces import (
    AudiencePiece,
    ComputedPiece,
    Events,
    LetPiece,
    PathPiece,
    count_definition,
    next_rule,
    report,
    span,
    token_span,
)

Parts = list[Any]

_COUNT_OPS = {
    "=": "count_eq",
    "!=": "count_neq",
    ">": "count_gt",
    ">=": "count_gte",
    "<": "count_lt",
    "<=": "count_lte",
}

# ---- metrics ----


def metric_of(parts: Parts) -> Metric:
    """Build `sum(amount) of purchase in last 90 days`."""
    events = next(part for part in parts if type(part) is Events)
    piece = next((part for part in parts if type(part) is PathPiece), None)
    clauses = gather(parts, FIRST_STEP, "a metric")
    return Metric(
        events=events.names,
        agg=cast("Aggregate", parts[0].lower()),
        property=None if piece is None else piece.path,
        where=value_of(clauses, "where"),
        window=value_of(clauses, "window"),
        origin=span(parts),
        events_origin=events.origin,
    )


def metric_count(parts: Parts) -> Metric:
    """Build `count of purchase in last 30 days`."""
    return metric_of(parts)


def metric_test(parts: Parts) -> MetricTest:
    """Build `sum(amount) of purchase >= 500`."""
    operation = parts[-1]
    return MetricTest(
        metric=metric_of(parts[:-1]),
        op=operation.op,
        value=operation.value,
        ignore_case=operation.ignore_case,
        origin=span(parts),
    )


def count_test(parts: Parts) -> EventTest:
    """Build `count of purchase in last 30 days >= 3`."""
    clauses = gather(parts, FIRST_STEP, "a metric")
    return EventTest(
        events=parts[2].names,
        op=_COUNT_OPS[parts[-2]],
        value=parts[-1],
        where=value_of(clauses, "where"),
        window=value_of(clauses, "window"),
        origin=span(parts),
        events_origin=parts[2].origin,
    )


# ---- statements ----


def let(parts: Parts) -> LetPiece:
    """Read `let vip = 1000;`."""
    count_definition("let", token_span(parts[1]))
    return LetPiece(filled_name(parts[1], "a constant"), parts[3], token_span(parts[1]))


def param(parts: Parts) -> ParamDecl:
    """Read `param days: duration = 30 days;`."""
    count_definition("params", token_span(parts[1]))
    *head, last, _ = parts
    default: Literal_ | None = last if type(head[-1]) is Token and head[-1].type == "EQ" else None
    return ParamDecl(
        name=filled_name(parts[1], "a parameter"),
        type=cast("ParamType", parts[3].text),
        default=default,
        origin=token_span(parts[1]),
    )


def computed_of(parts: Parts) -> ComputedPiece:
    """Read `computed spent = sum(amount) of purchase;`."""
    piece: PathPiece = parts[1]
    count_definition("computed", piece.origin)
    if len(piece.path) > 1:
        report(syntax.dotted_definition(piece.origin))
    return ComputedPiece(piece.path[0], metric_of(parts[3:-1]), piece.origin)


def computed_count(parts: Parts) -> ComputedPiece:
    """Read `computed orders = count of purchase;`."""
    return computed_of(parts)


def audience(parts: Parts) -> AudiencePiece:
    """Read `audience "VIP": …;`."""
    next_rule()
    return AudiencePiece(filled_name(parts[1], "an audience"), parts[3], token_span(parts[1]))
