"""What the text grammar's rules for events, clauses, sequences, metrics and files become.

Apart from the rest because here clauses in any order turn into one node. Each function bears the name of a grammar
rule and takes its parts, tokens included. What could go wrong: clauses that repeat or contradict each other, which
the grammar lets through so that the message can name both; all of that is decided in `gather` and
`_happened`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from muster.compiler.diagnostics import Span
from muster.compiler.messages import syntax
from muster.compiler.rule import (
    ANYTHING,
    Condition,
    EventTest,
    Not,
    Regularity,
    Sequence,
    StageEntered,
    Step,
    Window,
)
from muster.compiler.values import (
    Duration,
    Number,
    Param,
)
from muster.grammar.build_clauses import FIRST_STEP, Clauses, gather, value_of
from muster.grammar.build_values import filled_name, name_of
from muster.grammar.pieces import (
    Clause,
    Count,
    Events,
    Then,
    count_step,
    end_of,
    report,
    span,
    token_span,
)

Parts = list[Any]

_COUNTING = ("count", "nth", "regular")

_LATER_STEP = ("where", "within", "same")


# ---- event tests ----


def did(parts: Parts) -> EventTest | Sequence:
    """Build `did purchase …` or `did signup … then purchase …`."""
    events: Events = parts[1]
    steps = [part for part in parts if type(part) is Then]
    if not steps:
        return _happened(events, gather(parts, (*_COUNTING, *FIRST_STEP), "did"), span(parts))
    clauses = gather(parts, FIRST_STEP, "a sequence")
    first = Step(events=events.names, where=value_of(clauses, "where"), origin=events.origin)
    return Sequence(
        steps=(first, *[then_.step for then_ in steps]), window=value_of(clauses, "window"), origin=span(parts)
    )


def did_not(parts: Parts) -> EventTest | Not:
    """Build `did not purchase …`; with a count, the complement of the count."""
    events: Events = parts[2]
    steps = [part for part in parts if type(part) is Then]
    if steps:
        report(syntax.negative_start(Span(steps[0].origin.start, end_of(parts[-1]))))
    clauses = gather(parts, (*_COUNTING, *FIRST_STEP), "did not")
    if any(kind in clauses for kind in _COUNTING):
        place = Span(events.origin.start, end_of(parts[-1]))
        return Not(member=_happened(events, clauses, place), origin=span(parts))
    return _absent(events, clauses, span(parts))


def did_nothing(parts: Parts) -> EventTest:
    """Build `did nothing in last 60 days`."""
    clauses = gather(parts, FIRST_STEP, "did nothing")
    return _absent(Events(ANYTHING, token_span(parts[1])), clauses, span(parts))


def never_did(parts: Parts) -> EventTest:
    """Build `never did purchase`."""
    return _absent(parts[2], gather(parts, ("where",), "never did"), span(parts))


def stopped(parts: Parts) -> EventTest:
    """Build `stopped login for 30 days looking back 90 days`."""
    lengths = [part for part in parts if type(part) in (Duration, Param)]
    return EventTest(
        events=parts[1].names,
        op="stopped",
        value=lengths[0],
        lookback=lengths[1] if len(lengths) > 1 else None,
        where=_where(parts),
        origin=span(parts),
        events_origin=parts[1].origin,
    )


def resumed(parts: Parts) -> EventTest:
    """Build `resumed login in last 7 days after gap of 30 days`."""
    recent, gap = [part for part in parts if type(part) in (Duration, Param)]
    return EventTest(
        events=parts[1].names,
        op="resumed",
        value=recent,
        gap=gap,
        where=_where(parts),
        origin=span(parts),
        events_origin=parts[1].origin,
    )


def entered(parts: Parts) -> StageEntered:
    """Build `entered lifecycle at_risk in last 7 days`."""
    return StageEntered(stage=name_of(parts[2]), within=parts[-1], origin=span(parts))


def then(parts: Parts) -> Then:
    """Build a later step of a sequence."""
    count_step(span(parts))
    negated = type(parts[1]) is Token
    events: Events = parts[2 if negated else 1]
    clauses = gather(parts, _LATER_STEP, "then")
    step = Step(
        events=events.names,
        where=value_of(clauses, "where"),
        within=value_of(clauses, "within"),
        same=value_of(clauses, "same"),
        negate=negated,
        origin=span(parts),
    )
    return Then(step, span(parts))


def one_event(parts: Parts) -> Events:
    """Read one event's name."""
    return Events((filled_name(parts[0], "an event"),), token_span(parts[0]))


def some_events(parts: Parts) -> Events:
    """Read `any of (purchase, renewal)`."""
    names = [filled_name(token, "an event") for token in parts if token.type in ("NAME", "STRING")]
    return Events(tuple(names), span(parts))


def any_event(parts: Parts) -> Events:
    """Read `anything`."""
    return Events(ANYTHING, token_span(parts[0]))


def _happened(events: Events, clauses: Clauses, place: Span) -> EventTest:
    _refuse_clashes(clauses)
    window: Window | None = value_of(clauses, "window")
    base = EventTest(
        events=events.names,
        op="occurred",
        where=value_of(clauses, "where"),
        window=window,
        origin=place,
        events_origin=events.origin,
    )
    if "regular" in clauses:
        return replace(base, op="occurred_regularly", value=_regularity(clauses), window=None)
    if "count" in clauses:
        count: Count = clauses["count"].value
        return replace(base, op=count.op, value=count.value)
    if "nth" in clauses and window is not None:
        return replace(base, op=clauses["nth"].value)
    return _recent(base, "occurred_in_last")


def _absent(events: Events, clauses: Clauses, place: Span) -> EventTest:
    test = EventTest(
        events=events.names,
        op="not_occurred",
        where=value_of(clauses, "where"),
        window=value_of(clauses, "window"),
        origin=place,
        events_origin=events.origin,
    )
    return _recent(test, "not_occurred_in_last")


def _recent(test: EventTest, op: str) -> EventTest:
    """Give a rolling window the short form that the brief uses."""
    window = test.window
    if window is None or window.kind != "last":
        return test
    assert isinstance(window.value, (Duration, Param))
    return replace(test, op=op, value=window.value, window=None)


def _regularity(clauses: Clauses) -> Regularity:
    regularity: Regularity = clauses["regular"].value
    if "count" not in clauses:
        return regularity
    count: Count = clauses["count"].value
    assert isinstance(count.value, Number)
    return replace(regularity, count=int(count.value.value))


def _refuse_clashes(clauses: Clauses) -> None:
    for first, second in (("count", "nth"), ("nth", "regular"), ("regular", "window")):
        if first in clauses and second in clauses:
            _clash(clauses, first, second)
    if "regular" in clauses and "count" in clauses and not clauses["count"].value.at_least:
        _clash(clauses, "count", "regular")
        del clauses["count"]


def _clash(clauses: Clauses, first: str, second: str) -> None:
    earlier, later = sorted((clauses[first], clauses[second]), key=lambda clause: clause.origin.start)
    report(syntax.clashing_clauses(earlier.kind, later.kind, later.origin))


def _where(parts: Parts) -> Condition | None:
    return next((part.value for part in parts if type(part) is Clause), None)
