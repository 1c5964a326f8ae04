"""What the text grammar's rules for events, clauses, sequences, metrics and files become.

Apart from the rest because here clauses in any order turn into one node. Each function bears the name of a grammar
rule and takes its parts, tokens included. What could go wrong: clauses that repeat or contradict each other, which
the grammar lets through so that the message can name both; all of that is decided in `_gather` and `_happened`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from lark import Token

from muster.compiler.diagnostics import Span
from muster.compiler.messages import syntax
from muster.compiler.moments import CALENDAR_UNIT_OF
from muster.compiler.rule import (
    ANYTHING,
    Aggregate,
    Condition,
    EventTest,
    Metric,
    MetricTest,
    Not,
    ParamDecl,
    ParamType,
    Regularity,
    Sequence,
    StageEntered,
    Step,
    Window,
    WindowKind,
)
from muster.compiler.values import (
    MAX_DURATION_COUNT,
    Ago,
    Duration,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
)
from muster.grammar.build_values import number, unit_of, whole
from muster.grammar.pieces import (
    AudiencePiece,
    Clause,
    ComputedPiece,
    Count,
    Events,
    LetPiece,
    Name,
    PathPiece,
    Then,
    end_of,
    report,
    span,
    start_of,
    token_span,
)

Parts = list[Any]
Clauses = dict[str, Clause]

_COUNT_OPS = {
    "=": "count_eq",
    "!=": "count_neq",
    ">": "count_gt",
    ">=": "count_gte",
    "<": "count_lt",
    "<=": "count_lte",
}
_COUNTING = ("count", "nth", "regular")
_FIRST_STEP = ("where", "window")
_LATER_STEP = ("where", "within", "same")


# ---- event tests ----


def did(parts: Parts) -> EventTest | Sequence:
    """Build `did purchase …` or `did signup … then purchase …`."""
    events: Events = parts[1]
    steps = [part for part in parts if type(part) is Then]
    if not steps:
        return _happened(events, _gather(parts, (*_COUNTING, *_FIRST_STEP), "did"), span(parts))
    clauses = _gather(parts, _FIRST_STEP, "a sequence")
    first = Step(events=events.names, where=_value(clauses, "where"), origin=events.origin)
    return Sequence(
        steps=(first, *[then_.step for then_ in steps]), window=_value(clauses, "window"), origin=span(parts)
    )


def did_not(parts: Parts) -> EventTest | Not:
    """Build `did not purchase …`; with a count, the complement of the count."""
    events: Events = parts[2]
    steps = [part for part in parts if type(part) is Then]
    if steps:
        report(syntax.negative_start(Span(steps[0].origin.start, end_of(parts[-1]))))
    clauses = _gather(parts, (*_COUNTING, *_FIRST_STEP), "did not")
    if any(kind in clauses for kind in _COUNTING):
        place = Span(events.origin.start, end_of(parts[-1]))
        return Not(member=_happened(events, clauses, place), origin=span(parts))
    return _absent(events, clauses, span(parts))


def did_nothing(parts: Parts) -> EventTest:
    """Build `did nothing in last 60 days`."""
    clauses = _gather(parts, _FIRST_STEP, "did nothing")
    return _absent(Events(ANYTHING, token_span(parts[1])), clauses, span(parts))


def never_did(parts: Parts) -> EventTest:
    """Build `never did purchase`."""
    return _absent(parts[2], _gather(parts, ("where",), "never did"), span(parts))


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
    return StageEntered(stage=parts[2].text, within=parts[-1], origin=span(parts))


def then(parts: Parts) -> Then:
    """Build a later step of a sequence."""
    negated = type(parts[1]) is Token
    events: Events = parts[2 if negated else 1]
    clauses = _gather(parts, _LATER_STEP, "then")
    step = Step(
        events=events.names,
        where=_value(clauses, "where"),
        within=_value(clauses, "within"),
        same=_value(clauses, "same"),
        negate=negated,
        origin=span(parts),
    )
    return Then(step, span(parts))


def one_event(parts: Parts) -> Events:
    """Read one event's name."""
    return Events((_event_name(parts[0]),), parts[0].origin)


def some_events(parts: Parts) -> Events:
    """Read `any of (purchase, renewal)`."""
    return Events(tuple([_event_name(part) for part in parts if type(part) is Name]), span(parts))


def any_event(parts: Parts) -> Events:
    """Read `anything`."""
    return Events(ANYTHING, token_span(parts[0]))


def _event_name(name: Name) -> str:
    if not name.text:
        report(syntax.empty_name("event", name.origin))
    return name.text


def _happened(events: Events, clauses: Clauses, place: Span) -> EventTest:
    _refuse_clashes(clauses)
    window: Window | None = _value(clauses, "window")
    base = EventTest(
        events=events.names,
        op="occurred",
        where=_value(clauses, "where"),
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
        where=_value(clauses, "where"),
        window=_value(clauses, "window"),
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
    if "regular" in clauses and "count" in clauses and clauses["count"].value.op != "count_gte":
        _clash(clauses, "count", "regular")
        del clauses["count"]


def _clash(clauses: Clauses, first: str, second: str) -> None:
    earlier, later = sorted((clauses[first], clauses[second]), key=lambda clause: clause.origin.start)
    report(syntax.clashing_clauses(earlier.kind, later.kind, later.origin))


def _gather(parts: Parts, allowed: tuple[str, ...], place: str) -> Clauses:
    """Sort clauses by kind, reporting those that repeat or do not belong."""
    found: Clauses = {}
    for clause in parts:
        if type(clause) is not Clause:
            continue
        if clause.kind not in allowed:
            _misplaced(clause, place)
        elif clause.kind in found:
            report(syntax.repeated_clause(clause.kind, clause.origin))
        else:
            found[clause.kind] = clause
    return found


def _misplaced(clause: Clause, place: str) -> None:
    if clause.kind == "window" and place == "then":
        report(syntax.window_on_later_step(clause.origin))
    else:
        report(syntax.misplaced_clause(clause.kind, place, clause.origin))


def _value(clauses: Clauses, kind: str) -> Any:
    clause = clauses.get(kind)
    return None if clause is None else clause.value


def _where(parts: Parts) -> Condition | None:
    return next((part.value for part in parts if type(part) is Clause), None)


# ---- clauses ----


def where(parts: Parts) -> Clause:
    """Read `where (amount > 50)`."""
    return Clause("where", parts[2], span(parts))


def within(parts: Parts) -> Clause:
    """Read `within 7 days`."""
    return Clause("within", parts[1], span(parts))


def same(parts: Parts) -> Clause:
    """Read `with same product_id`."""
    return Clause("same", parts[2].path, span(parts))


def at_least(parts: Parts) -> Clause:
    """Read `at least 3 times`."""
    return _count("count_gte", parts)


def at_most(parts: Parts) -> Clause:
    """Read `at most 3 times`."""
    return _count("count_lte", parts)


def exactly(parts: Parts) -> Clause:
    """Read `exactly 3 times`."""
    return _count("count_eq", parts)


def more_than(parts: Parts) -> Clause:
    """Read `more than 3 times`."""
    return _count("count_gt", parts)


def fewer_than(parts: Parts) -> Clause:
    """Read `fewer than 3 times`."""
    return _count("count_lt", parts)


def between_times(parts: Parts) -> Clause:
    """Read `between 2 and 5 times`."""
    low, high = parts[1], parts[3]
    for bound in (low, high):
        if not isinstance(bound, (Number, Param, TraitRef)):
            report(syntax.not_a_count(bound.origin))
    return Clause("count", Count("count_between", (low, high)), span(parts))


def nth(parts: Parts) -> Clause:
    """Read `for the first time`."""
    return Clause("nth", f"{parts[2].lower()}_occurred", span(parts))


def regular(parts: Parts) -> Clause:
    """Read `in at least 3 of the last 4 weeks`."""
    minimum, of = [part for part in parts if type(part) is Token and part.type == "NUMERAL"]
    calendar = parts[-2] is not of
    unit = unit_of(parts[-1])
    if calendar and unit not in CALENDAR_UNIT_OF:
        report(syntax.not_a_calendar_unit(str(parts[-1]), token_span(parts[-1])))
    regularity = Regularity(
        minimum=whole(minimum, token_span(minimum), MAX_DURATION_COUNT),
        of=whole(of, token_span(of), MAX_DURATION_COUNT),
        unit=unit,
        calendar=calendar,
    )
    return Clause("regular", regularity, span(parts))


def _count(op: str, parts: Parts) -> Clause:
    token = parts[-2]
    return Clause("count", Count(op, Number(number(token), token_span(token))), span(parts))


# ---- windows ----


def w_last(parts: Parts) -> Clause:
    """Read `in last 30 days`."""
    return _window("last", parts[-1], parts)


def w_last_calendar(parts: Parts) -> Clause:
    """Read `in last 3 calendar weeks`."""
    digits, unit = parts[-3], unit_of(parts[-1])
    if unit not in CALENDAR_UNIT_OF:
        report(syntax.not_a_calendar_unit(str(parts[-1]), token_span(parts[-1])))
    count = whole(digits, token_span(digits), MAX_DURATION_COUNT)
    return _window("last_calendar", Duration(count, unit, Span(start_of(digits), end_of(parts[-1]))), parts)


def w_period(parts: Parts) -> Clause:
    """Read `in this month` or `in previous week`."""
    kind: WindowKind = "this" if parts[1].lower() == "this" else "previous"
    unit = unit_of(parts[2])
    if unit not in CALENDAR_UNIT_OF:
        report(syntax.not_a_calendar_unit(str(parts[2]), token_span(parts[2])))
        unit = "d"
    return _window(kind, CALENDAR_UNIT_OF[unit], parts)


def w_today(parts: Parts) -> Clause:
    """Read `today`."""
    return _window("this", "day", parts)


def w_yesterday(parts: Parts) -> Clause:
    """Read `yesterday`."""
    return _window("previous", "day", parts)


def w_between(parts: Parts) -> Clause:
    """Read `between 2024-01-01 and 2024-02-01`."""
    if all(isinstance(bound, Number) for bound in (parts[1], parts[3])):
        report(syntax.numbers_as_window(span(parts)))
    else:
        for bound in (parts[1], parts[3]):
            _require_time(bound)
    return _window("between", (parts[1], parts[3]), parts)


def w_before(parts: Parts) -> Clause:
    """Read `before 2024-06-01`."""
    return _window("before", _require_time(parts[1]), parts)


def w_after(parts: Parts) -> Clause:
    """Read `after 2024-06-01`."""
    return _window("after", _require_time(parts[1]), parts)


def w_on(parts: Parts) -> Clause:
    """Read `on 2024-06-01`."""
    return _window("on", _require_time(parts[1]), parts)


def w_older(parts: Parts) -> Clause:
    """Read `more than 180 days ago`."""
    return _window("older_than", parts[2], parts)


def w_ever(parts: Parts) -> Clause:
    """Read `ever`: no window at all."""
    return Clause("window", None, span(parts))


def _window(kind: WindowKind, value: Any, parts: Parts) -> Clause:
    return Clause("window", Window(kind=kind, value=value, origin=span(parts)), span(parts))


def _require_time(value: Any) -> Time | Param:
    if isinstance(value, (TimeLiteral, Today, Now, Ago, FromNow, Param)):
        return value
    report(syntax.not_a_time(value.value if isinstance(value, Text) else None, value.origin))
    return Now(value.origin)


# ---- metrics ----


def metric_of(parts: Parts) -> Metric:
    """Build `sum(amount) of purchase in last 90 days`."""
    events = next(part for part in parts if type(part) is Events)
    piece = next((part for part in parts if type(part) is PathPiece), None)
    clauses = _gather(parts, _FIRST_STEP, "a metric")
    return Metric(
        events=events.names,
        agg=cast("Aggregate", parts[0].lower()),
        property=None if piece is None else piece.path,
        where=_value(clauses, "where"),
        window=_value(clauses, "window"),
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
    clauses = _gather(parts, _FIRST_STEP, "a metric")
    return EventTest(
        events=parts[2].names,
        op=_COUNT_OPS[parts[-2]],
        value=parts[-1],
        where=_value(clauses, "where"),
        window=_value(clauses, "window"),
        origin=span(parts),
        events_origin=parts[2].origin,
    )


# ---- statements ----


def let(parts: Parts) -> LetPiece:
    """Read `let vip = 1000;`."""
    return LetPiece(parts[1].text, parts[3], parts[1].origin)


def param(parts: Parts) -> ParamDecl:
    """Read `param days: duration = 30 days;`."""
    default: Literal_ | None = parts[5] if len(parts) > 5 else None  # noqa: PLR2004 (= and the default)
    return ParamDecl(name=parts[1].text, type=cast("ParamType", parts[3].text), default=default, origin=parts[1].origin)


def computed_of(parts: Parts) -> ComputedPiece:
    """Read `computed spent = sum(amount) of purchase;`."""
    piece: PathPiece = parts[1]
    if len(piece.path) > 1:
        report(syntax.dotted_definition(piece.origin))
    return ComputedPiece(piece.path[0], metric_of(parts[3:-1]), piece.origin)


def computed_count(parts: Parts) -> ComputedPiece:
    """Read `computed orders = count of purchase;`."""
    return computed_of(parts)


def audience(parts: Parts) -> AudiencePiece:
    """Read `audience "VIP": …;`."""
    name: Name = parts[1]
    if not name.text:
        report(syntax.empty_name("audience", name.origin))
    return AudiencePiece(name.text, parts[3], name.origin)
