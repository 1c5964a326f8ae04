"""Expressions and plans as indented text, for `explain` and for failing tests. Never parsed, never executed."""

from __future__ import annotations

from decimal import Decimal
from typing import assert_never

from muster.compiler.expr import (
    And,
    Broken,
    Compare,
    ComparePair,
    Const,
    Constant,
    Count,
    Distinct,
    EdgeTime,
    ElementTest,
    EventMetric,
    Events,
    Expr,
    Field,
    FieldTest,
    HasKind,
    IsBlank,
    IsList,
    Matches,
    Not,
    OneOf,
    Or,
    Periods,
    Pick,
    Present,
    Range,
    Reduce,
    Reducer,
    Sample,
    SequenceMatch,
    SequenceStep,
    StageEntered,
    TextTest,
    TimeWindow,
    ValueTest,
)
from muster.compiler.moments import (
    AS_OF,
    Capped,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    from_micros,
)
from muster.compiler.plan import EventScan, InScan, Plan, PlanAnd, PlanCondition, PlanNot, PlanOr, Scan, SequenceScan
from muster.compiler.values import UNIT_MICROS, path_text

_SYMBOLS = {"eq": "=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


def show_expr(expr: Expr | PlanCondition, indent: int = 0) -> str:  # noqa: C901, PLR0912 (one case a node)
    """Print an expression or a plan's condition, one node a line."""
    pad = "  " * indent
    match expr:
        case Const(value):
            return f"{pad}{'everyone' if value else 'nobody'}"
        case And(args) | PlanAnd(args):
            return "\n".join([f"{pad}and", *(show_expr(arg, indent + 1) for arg in args)])
        case Or(args) | PlanOr(args):
            return "\n".join([f"{pad}or", *(show_expr(arg, indent + 1) for arg in args)])
        case Not(arg) | PlanNot(arg):
            return f"{pad}not\n{show_expr(arg, indent + 1)}"
        case InScan(scan):
            return f"{pad}in scan {scan}"
        case FieldTest(target, test):
            return f"{pad}{show_field(target)} {show_test(test)}"
        case ElementTest(target, where, every):
            return (
                f"{pad}{'every' if every else 'some'} element of {show_field(target)}\n{show_expr(where, indent + 1)}"
            )
        case EventMetric(events, where, window, reducer, test):
            head = f"{pad}{show_reducer(reducer)} of {show_events(events)} {show_window(window)} {show_test(test)}"
            return _with_where(head, where, indent)
        case SequenceMatch(steps, window, absent):
            return "\n".join([f"{pad}sequence {show_window(window)}", *_steps(steps, absent, indent + 1)])
        case Broken(name):
            return f'{pad}deleted audience "{name}"'
        case Sample(salt, percent):
            return f'{pad}sample {_literal(percent)}% by "{salt}"'
        case StageEntered(stage, window):
            return f"{pad}entered {stage} {show_window(window)}"
        case _:
            assert_never(expr)


def show_plan(plan: Plan) -> str:
    """Print a plan: its condition over profiles and its numbered scans."""
    lines = ["profiles where", show_expr(plan.condition, 1)]
    for number, scan in enumerate(plan.scans):
        lines += [f"scan {number}", _scan(scan)]
    return "\n".join(lines)


def _scan(scan: Scan) -> str:
    match scan:
        case EventScan(events, where, window, having):
            head = _with_where(f"  {show_events(events)} {show_window(window)}", where, 1)
            if having is None:
                return head
            negated = "not " if having.negated else ""
            return f"{head}\n  having {negated}{show_reducer(having.reducer)} {show_test(having.test)}"
        case SequenceScan(steps, window, absent):
            return "\n".join([f"  sequence {show_window(window)}", *_steps(steps, absent, 2)])
        case _:
            assert_never(scan)


def _with_where(head: str, where: Expr, indent: int) -> str:
    return head if where == Const(value=True) else f"{head} where\n{show_expr(where, indent + 1)}"


def _steps(steps: tuple[SequenceStep, ...], absent: SequenceStep | None, indent: int) -> list[str]:
    shown = [_step("then", step, indent) for step in steps]
    return shown if absent is None else [*shown, _step("then not", absent, indent)]


def _step(word: str, step: SequenceStep, indent: int) -> str:
    within = "" if step.within is None else f" within {_length(step.within)}"
    same = "" if step.same is None else f" with same {path_text(step.same)}"
    return _with_where(f"{'  ' * indent}{word} {show_events(step.events)}{within}{same}", step.where, indent)


def show_field(field: Field) -> str:
    """Print a field as scope and path."""
    name = f"{field.scope} {path_text(field.path)}"
    return f"size({name})" if field.size else name


def show_events(events: Events) -> str:
    """Print event names."""
    return " or ".join(events.names) if events.names else "anything"


def show_reducer(reducer: Reducer) -> str:
    """Print a reducer."""
    match reducer:
        case Count():
            return "count"
        case Reduce(agg, path):
            return f"{agg}({path_text(path)})"
        case Distinct(path):
            return f"distinct({path_text(path)})"
        case Pick(which, path):
            return f"{which}({path_text(path)})"
        case EdgeTime(which):
            return f"{which} time"
        case Periods(of, unit, calendar, minimum):
            return f"{'calendar ' if calendar else ''}periods of {unit} among {of} with {minimum} or more"
        case _:
            assert_never(reducer)


def show_test(test: ValueTest) -> str:  # noqa: C901 (one case a test)
    """Print a test of a value."""
    match test:
        case Compare(op, operand):
            return f"{_SYMBOLS[op]} {_constant(operand)}"
        case Range(_, low, high, closed):
            end = "]" if closed else ")"
            return f"in [{_constant(low) if low else '-∞'}, {_constant(high) if high else '∞'}{end}"
        case OneOf(_, values):
            return f"in {{{', '.join(_literal(value) for value in values)}}}"
        case TextTest(how, needle, ignore_case):
            return f'{how} "{needle}"{" ignoring case" if ignore_case else ""}'
        case Matches(pattern, ignore_case):
            return f"matches /{pattern.pattern}/{'i' if ignore_case else ''}"
        case HasKind(kind):
            return f"has a {kind}"
        case Present():
            return "is present"
        case IsList():
            return "is a list"
        case IsBlank():
            return "is blank"
        case ComparePair(op, other):
            return f"{_SYMBOLS[op]} {show_field(other)}"
        case _:
            assert_never(test)


def show_window(window: TimeWindow) -> str:
    """Print a window as half-open bounds."""
    return f"[{show_moment(window.start) if window.start else '-∞'}, {show_moment(window.end)})"


def _shift(count: int, unit: str) -> str:
    return f"{count:+d} {unit}{'' if abs(count) == 1 else 's'}" if count else ""


def show_moment(moment: Moment) -> str:
    """Print a moment relative to as_of, or as the time it names."""
    match moment:
        case FromAsOf(months, micros):
            parts = [
                _shift(months, "month"),
                f"{'+' if micros > 0 else ''}{_length(micros)}" if micros else "",
            ]
            return " ".join(["as_of", *(part for part in parts if part)])
        case Instant(micros):
            return from_micros(micros).isoformat()
        case LocalTime(text):
            return text
        case DayStart(text, days):
            return f"start of {text}" + (f" {_shift(days, 'day')}" if days else "")
        case PeriodStart(unit, shift):
            return f"start of this {unit}" + (f" {shift:+d}" if shift else "")
        case Capped(inner):
            return f"min({show_moment(inner)}, {show_moment(AS_OF)})"
        case _:
            assert_never(moment)


def _length(micros: int) -> str:
    for unit in ("w", "d", "h", "min", "s"):
        if micros % UNIT_MICROS[unit] == 0:
            return f"{micros // UNIT_MICROS[unit]}{unit}"
    return f"{micros}µs"


def _constant(constant: Constant) -> str:
    value = constant.value
    return _literal(value) if isinstance(value, (str, bool, Decimal)) else show_moment(value)


def _literal(value: str | Decimal | bool, /) -> str:  # noqa: FBT001 (a literal of any kind)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else format(value, "f")
