"""Cases of event metrics: windows, counts, sums, first and last, periods, each worked out by hand.

Separate from the test that puts them to the reference, so that any engine can be asked the same.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from muster.backends.base import EventRow, PlainText
from muster.compiler.expr import (
    And,
    Compare,
    ComparePair,
    Count,
    Distinct,
    EdgeTime,
    Expr,
    FieldTest,
    HasKind,
    IsBlank,
    Not,
    OneOf,
    Or,
    Ordering,
    Periods,
    Pick,
    Present,
    Range,
    Reduce,
    TimeWindow,
)
from muster.compiler.moments import AS_OF, Capped, Clock, DayStart, FromAsOf, Instant, PeriodStart
from tests.cases import (
    DAY,
    HOUR,
    NOW,
    US,
    Case,
    at,
    compare,
    event,
    last,
    metric,
    micros,
    num,
    person,
    prop,
    text,
    trait,
    within,
)

Events = tuple[EventRow, ...]


def _test(op: Ordering, value: str | int) -> Compare:
    return Compare(op, num(value))


def _count(op: Ordering, value: int, **options: Any) -> Expr:
    return metric(Count(), _test(op, value), **options)


def _reduce(agg: Any, op: Ordering, value: str | int, **options: Any) -> Expr:
    return metric(Reduce(agg, ("p",)), _test(op, value), **options)


def _distinct(value: int) -> Expr:
    return metric(Distinct(("p",)), _test("eq", value))


def _pick(which: Any, test: Any, **options: Any) -> Expr:
    return metric(Pick(which, ("p",)), test, **options)


def _edge(which: Any, low: int, high: int | None = None, **options: Any) -> Expr:
    end = at(NOW if high is None else high)
    return metric(EdgeTime(which), Range("time", at(low), end), **options)


def _full(minimum: int, *, of: int, unit: Any = "w", calendar: bool = False, each: int = 1) -> Expr:
    return metric(Periods(of, unit, calendar, each), _test("gte", minimum))


def _bought(*values: Any) -> Events:
    """Make one event an hour, the latest last, each with a value at `p` unless it is `...`."""
    return tuple(
        event(NOW - (len(values) - index) * HOUR, {} if value is ... else {"p": value})
        for index, value in enumerate(values)
    )


def _at(*instants: int, **options: Any) -> Events:
    return tuple(event(instant, mid=f"m{index}", **options) for index, instant in enumerate(instants))


_DID30 = _count("gte", 1, window=last(30 * DAY))
_BIG = compare(prop("p"), "gt", num(50))
_EUR = compare(prop("c"), "eq", text("EUR"))
_OLDER = TimeWindow(None, FromAsOf(micros=-7 * DAY))
_LATER = TimeWindow(None, Instant(NOW + 9 * DAY))
_ON = TimeWindow(DayStart("2024-06-10"), DayStart("2024-06-10", 1))
_TODAY = TimeWindow(PeriodStart("day"), Capped(PeriodStart("day", 1)))
_BOTH = (event(NOW - 2 * DAY, {"p": "a"}, mid="m2"), event(NOW - 2 * DAY, {"p": "b"}, mid="m10"))
_BERLIN = Clock(NOW, "Europe/Berlin")

_ROWS: list[tuple[str, Expr, Events, bool]] = [
    # --- windows
    ("the start of a window is in", _DID30, _at(NOW - 30 * DAY), True),
    ("a microsecond before is out", _DID30, _at(NOW - 30 * DAY - US), False),
    ("the last microsecond is in", _DID30, _at(NOW - US), True),
    ("an event at as_of is out", _DID30, _at(NOW), False),
    ("an event after as_of is out of every window", _count("gte", 1), _at(NOW + US), False),
    ("also of one that ends later", _count("gte", 1, window=_LATER), _at(NOW + US), False),
    ("more than 7 days ago ends before 7 days ago", _count("gte", 1, window=_OLDER), _at(NOW - 7 * DAY), False),
    ("and holds the microsecond before", _count("gte", 1, window=_OLDER), _at(NOW - 7 * DAY - US), True),
    ("on a day: its first instant", _count("eq", 1, window=_ON), _at(micros("2024-06-10T00:00:00+00:00")), True),
    ("on a day: not the next midnight", _count("eq", 0, window=_ON), _at(micros("2024-06-11T00:00:00+00:00")), True),
    ("today begins at midnight", _count("eq", 1, window=_TODAY), _at(NOW - 12 * HOUR), True),
    ("and not the evening before", _count("eq", 0, window=_TODAY), _at(NOW - 12 * HOUR - US), True),
    ("an event of ages ago counts for ever", _count("eq", 1), _at(micros("0001-01-01T00:00:00+00:00")), True),
    # --- counts
    ("no events are zero events", _count("eq", 0), (), True),
    ("at most 2 includes none", _count("lte", 2), (), True),
    ("not at least 1 is none", Not(_count("gte", 1)), (), True),
    ("other events do not count", _count("eq", 0), _at(NOW - 1, name="sell"), True),
    (
        "any of several names",
        _count("eq", 2, names=("buy", "sell")),
        (*_at(NOW - 1), event(NOW - 2, name="sell")),
        True,
    ),
    ("no names are every event", _count("eq", 2, names=()), (*_at(NOW - 1), event(NOW - 2, name="$page")), True),
    ("event names are compared in NFC", _count("eq", 1, names=("é",)), _at(NOW - 1, name="e\u0301"), True),
    ("event names are case-sensitive", _count("eq", 0), _at(NOW - 1, name="Buy"), True),
    ("equal instants are two events", _count("eq", 2), _at(NOW - 1, NOW - 1), True),
    (
        "between 2 and 3 times, both in",
        metric(Count(), within(num(2), num(3), closed=True)),
        _at(NOW - 1, NOW - 2),
        True,
    ),
    ("count is one of", metric(Count(), OneOf("num", (Decimal(0), Decimal(2)))), (), True),
    # --- where
    ("where sees the event's own properties", _count("eq", 1, where=_BIG), _bought(50, 51, "60 EUR", ...), True),
    ("where reads numeric text", _count("eq", 1, where=_BIG), _bought("51"), True),
    ("where not includes events that lack it", _count("eq", 2, where=Not(_BIG)), _bought(..., "x"), True),
    (
        "where looks at one event at a time",
        _count("gte", 1, where=And((_BIG, _EUR))),
        (event(NOW - 1, {"p": 60, "c": "USD"}), event(NOW - 2, {"p": 40, "c": "EUR"})),
        False,
    ),
    # --- sum, avg, min, max
    ("sum of nothing is 0", _reduce("sum", "eq", 0), (), True),
    ("sum of nothing is below 1", _reduce("sum", "lt", 1), _bought(..., "x"), True),
    ("sums are exact", _reduce("sum", "eq", "0.3"), _bought(0.1, Decimal("0.2")), True),
    ("numeric text is added", _reduce("sum", "eq", "3.5"), _bought("1.50", 2), True),
    ("PlainText is not", _reduce("sum", "eq", 2), _bought(PlainText("1.50"), 2), True),
    ("booleans and times are not", _reduce("sum", "eq", 2), _bought(True, "2024-01-01", 2), True),
    ("lists are flattened into a sum", _reduce("sum", "eq", 6), _bought([1, None, "2"], [[9], 3]), True),
    ("refunds count", _reduce("sum", "lt", 0), _bought(5, -6), True),
    ("sums pass 28 digits", _reduce("sum", "eq", "2E18"), _bought(*[Decimal(10**18 - 1)] * 2, 2), True),
    ("avg of nothing is missing", _reduce("avg", "gte", -(10**17)), _bought("x"), False),
    ("and its negation true", Not(_reduce("avg", "eq", 0)), (), True),
    ("avg counts numbers only", _reduce("avg", "eq", 2), _bought(1, 3, "x", ...), True),
    ("avg is not divided: a third", _reduce("avg", "gt", "0.333333333"), _bought(0, 0, 1), True),
    ("a third is no decimal", _reduce("avg", "eq", "0.333333333"), _bought(0, 0, 1), False),
    ("a third is below the next", _reduce("avg", "lt", "0.333333334"), _bought(0, 0, 1), True),
    ("avg between", metric(Reduce("avg", ("p",)), within(num(2), num(2), closed=True)), _bought([1, 2, 3]), True),
    ("min of nothing is missing", _reduce("min", "lt", 10), _bought(...), False),
    ("min looks at every element", _reduce("min", "eq", -1), _bought([4, -1], 2), True),
    ("max looks at every event", _reduce("max", "eq", 4), _bought([4, -1], 2), True),
    ("max gte does not see outside the window", _reduce("max", "gte", 9, window=last(HOUR)), _bought(9, 1), False),
    # --- distinct
    ("distinct of nothing is 0", _distinct(0), _bought(..., None), True),
    ('"1.50", 1.5 and 1.50 are two', _distinct(2), _bought("1.50", 1.5, Decimal("1.50")), True),
    ("1 and true and the text are three", _distinct(3), _bought(1, True, "1"), True),
    ("text is counted in NFC", _distinct(1), _bought("é", "e\u0301"), True),
    (
        "lists are flattened, nested ones and objects left out",
        _distinct(2),
        _bought([1, 2, 1], [[3], {"a": 1}, None]),
        True,
    ),
    (
        "numbers are counted as they are cut",
        _distinct(1),
        _bought(Decimal("0.1234567891"), Decimal("0.1234567899")),
        True,
    ),
    # --- first and last time
    ("first time in the last day", _edge("first", NOW - DAY), _at(NOW - DAY), True),
    ("not when there was one before", _edge("first", NOW - DAY), _at(NOW - DAY - US, NOW - 1), False),
    ("last time in the last day", _edge("last", NOW - DAY), _at(NOW - 9 * DAY, NOW - DAY), True),
    ("no first time without events", _edge("first", NOW - DAY), (), False),
    ("future events have no first time", _edge("first", NOW - DAY, NOW + DAY), _at(NOW), False),
    (
        "where comes before first",
        _edge("first", NOW - DAY, where=_BIG),
        (event(NOW - 9 * DAY, {"p": 1}), event(NOW - HOUR, {"p": 60})),
        True,
    ),
    # --- the value of the first or last event
    ("first by instant", _pick("first", _test("eq", 1)), _bought(1, 2), True),
    ("last by instant", _pick("last", _test("eq", 2)), _bought(1, 2), True),
    ("of equal instants first has the least message id", _pick("first", Compare("eq", text("b"))), _BOTH, True),
    ("and last the greatest, by bytes", _pick("last", Compare("eq", text("a"))), _BOTH, True),
    ("the value of one event, missing there", _pick("last", Present()), _bought(1, ...), False),
    ("its negation is true", Not(_pick("last", _test("eq", 1))), _bought(1, ...), True),
    ("first ever lies outside the window", _pick("first", Present(), window=last(HOUR)), _bought(1, 2), False),
    ("last ever lies in the window", _pick("last", _test("eq", 2), window=last(HOUR)), _bought(1, 2), True),
    ("last ever is after the window", _pick("last", Present(), window=_OLDER), _at(NOW - 9 * DAY, NOW - 1), False),
    ("where comes before last", _pick("last", _test("eq", 60), where=_BIG), _bought(60, 1), True),
    ("a list: any element", _pick("last", _test("eq", 2)), _bought([1, 2]), True),
    ("kinds of one value", _pick("last", HasKind("time")), _bought("2024-01-01"), True),
    ("blank of one value", _pick("last", IsBlank()), _bought([]), True),
    ("future events are not last", _pick("last", _test("eq", 1)), (*_bought(1), event(NOW, {"p": 2})), True),
    # --- periods
    ("3 of the last 4 weeks", _full(3, of=4), _at(NOW - 1, NOW - 8 * DAY, NOW - 22 * DAY), True),
    ("two events in one week are one week", _full(2, of=4), _at(NOW - 1, NOW - 2), False),
    ("a period's end belongs to the later one", _full(2, of=2), _at(NOW - 7 * DAY, NOW - 14 * DAY), True),
    ("the last period starts at its edge", _full(1, of=1), _at(NOW - 7 * DAY), True),
    ("and not a microsecond earlier than that", _full(1, of=1), _at(NOW - 7 * DAY - US), False),
    ("twice in each", _full(2, of=2, each=2), _at(NOW - 1, NOW - 2, NOW - 8 * DAY), False),
    ("calendar weeks leave this one out", _full(1, of=4, calendar=True), _at(NOW - HOUR), False),
    ("and start on Monday", _full(1, of=1, calendar=True), _at(micros("2024-06-24T00:00:00+00:00")), True),
    (
        "the Sunday before is another week",
        _full(1, of=1, calendar=True),
        _at(micros("2024-06-23T23:59:59+00:00")),
        False,
    ),
    ("calendar months", _full(1, of=1, unit="mo", calendar=True), _at(micros("2024-06-30T23:59:59+00:00")), True),
    ("rolling months step the calendar", _full(1, of=1, unit="mo"), _at(micros("2024-06-01T12:00:00+00:00")), True),
]

_PLAN = metric(Count(), ComparePair("eq", trait("seats")))
_OWN = metric(Count(), _test("eq", 1), where=FieldTest(prop("to"), ComparePair("eq", trait("country"))))
_MIDNIGHT = TimeWindow(PeriodStart("day"), AS_OF)

CASES = [
    *(Case(name, expr, expected, events=events) for name, expr, events, expected in _ROWS),
    Case("a count equals a trait", _PLAN, True, person({"seats": "2"}), _at(NOW - 1, NOW - 2)),
    Case("a count of 0 equals a trait of 0", _PLAN, True, person({"seats": 0})),
    Case("a missing trait equals no count", _PLAN, False, person(), _at(NOW - 1)),
    Case("a text trait equals no count", _PLAN, False, person({"seats": "two"})),
    Case(
        "avg against a trait is not divided",
        metric(Reduce("avg", ("p",)), ComparePair("gt", trait("x"))),
        True,
        person({"x": Decimal("0.333333333")}),
        _bought(0, 0, 1),
    ),
    Case(
        "where compares a property with a trait",
        _OWN,
        True,
        person({"country": "NO"}),
        (event(NOW - 1, {"to": "NO"}), event(NOW - 2, {"to": "SE"}), event(NOW - 3)),
    ),
    Case(
        "today is local: Berlin's began at 22:00",
        _count("eq", 1, window=_MIDNIGHT),
        True,
        events=_at(NOW - 14 * HOUR),
        clock=_BERLIN,
    ),
    Case(
        "and not a microsecond earlier",
        _count("eq", 0, window=_MIDNIGHT),
        True,
        events=_at(NOW - 14 * HOUR - US),
        clock=_BERLIN,
    ),
    Case(
        "a day is 24 hours even when the clocks change",
        _count("eq", 1, window=last(DAY)),
        True,
        events=_at(micros("2024-03-30T12:00:00+02:00")),
        clock=Clock(micros("2024-03-31T12:00:00+02:00"), "Europe/Berlin"),
    ),
    Case(
        "yesterday had 23 hours when they did",
        _count("eq", 1, window=TimeWindow(PeriodStart("day", -1), PeriodStart("day"))),
        True,
        events=_at(micros("2024-04-01T00:00:00+02:00") - 23 * HOUR),
        clock=Clock(micros("2024-04-01T09:00:00+02:00"), "Europe/Berlin"),
    ),
    Case(
        "an hour more is the day before",
        _count("eq", 0, window=TimeWindow(PeriodStart("day", -1), PeriodStart("day"))),
        True,
        events=_at(micros("2024-04-01T00:00:00+02:00") - 23 * HOUR - US),
        clock=Clock(micros("2024-04-01T09:00:00+02:00"), "Europe/Berlin"),
    ),
    Case(
        "stopped: did before, not since",
        And((_count("gte", 1, window=_OLDER), Not(_count("gte", 1, window=last(7 * DAY))))),
        True,
        events=_at(NOW - 8 * DAY),
    ),
    Case("everyone either did or did not", Or((_DID30, Not(_DID30))), True),
]
