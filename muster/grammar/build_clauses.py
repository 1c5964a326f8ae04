"""What the text grammar's rules for clauses and windows become, and how clauses in any order are sorted.

Apart from the conditions because the same clauses stand in events, steps and metrics. Each function bears the name of
a grammar rule and takes its parts, tokens included. What could go wrong: a clause that repeats, or stands where its
kind has no place; the grammar lets both through so that the message can name them, and `gather` refuses them.
"""

from __future__ import annotations

from typing import Any

from lark import Token

from muster.compiler.diagnostics import Span
from muster.compiler.messages import syntax
from muster.compiler.moments import CALENDAR_UNIT_OF
from muster.compiler.rule import (
    Regularity,
    Window,
    WindowKind,
)
from muster.compiler.values import (
    MAX_DURATION_COUNT,
    Ago,
    Duration,
    FromNow,
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
from muster.grammar.limits import MAX_PERIODS
from muster.grammar.pieces import (
    Clause,
    Count,
    count_clause,
    end_of,
    report,
    span,
    start_of,
    token_span,
)

Parts = list[Any]
Clauses = dict[str, Clause]

# The kinds of clause that stand on events with a time of their own.
FIRST_STEP = ("where", "window")


def gather(parts: Parts, allowed: tuple[str, ...], place: str) -> Clauses:
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


def value_of(clauses: Clauses, kind: str) -> Any:
    """Give what a kind of clause says, or None."""
    clause = clauses.get(kind)
    return None if clause is None else clause.value


# ---- clauses ----


def clause(parts: Parts) -> Clause:
    """Count a clause, whatever its kind."""
    found: Clause = parts[0]
    count_clause(found.origin)
    return found


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
    count = _count("count_gte", parts)
    return count._replace(value=count.value._replace(at_least=True))


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
        of=whole(of, token_span(of), MAX_PERIODS, "number of periods"),
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
