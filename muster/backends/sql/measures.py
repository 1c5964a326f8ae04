"""What a person's events add up to, as aggregates: what to select from, the key to group by, the value.

Kept apart from the tests of that value. It can go wrong where events hold no value (NULL, which passes no test),
where one event holds several (lists are taken apart, a row each), and where text that reads as a number is counted
by another kind than the one it is stored as.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Protocol, assert_never

from sqlglot import exp

from muster.backends.sql.calls import integer
from muster.backends.sql.events import Rows, in_window
from muster.backends.sql.logic import Condition, render
from muster.backends.sql.names import ELEMENT, Sql, column, derived, named
from muster.backends.sql.places import Place, Scope, Views, place_of
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import Count, Distinct, EdgeTime, Periods, Pick, Reduce, Reducer, TimeWindow
from muster.compiler.moments import AS_OF, Moment, period_bounds
from muster.compiler.schema import Shape
from muster.compiler.values import UNIT_MICROS, Kind, Path

KEY = "pid"
_FEW_PERIODS = 12  # as many are counted side by side, 3.8 times as fast as a join to 4 starts
_STORED_KINDS: tuple[Kind, ...] = ("str", "num", "bool", "time")
_AGGREGATES = {"sum": exp.Sum, "avg": exp.Sum, "min": exp.Min, "max": exp.Max}


class _Select(Protocol):
    def __call__(self, *outputs: Sql) -> exp.Select: ...


@dataclass(frozen=True, slots=True)
class Measure:
    """One value a person. With `weight` it stands for value / weight, and is compared with operand * weight.

    `zero_if_null`: a value of NULL is the number 0 (a sum of nothing). `whole`: it counts, and is compared with whole
    numbers, which takes engines a fraction of the time of a comparison with decimals.
    """

    select: _Select
    key: Callable[[], Sql]
    value: Callable[[], Sql]
    kind: Kind = "num"
    weight: Callable[[], Sql] | None = None
    zero_if_null: bool = False
    whole: bool = False


def grouped(measure: Measure, outputs: Sequence[Sql], passed: Condition) -> exp.Select:
    """Select one row a person, of those that pass."""
    select = measure.select(*outputs)
    select.set("group", exp.Group(expressions=[measure.key()]))
    if passed is not True:
        select.set("having", exp.Having(this=render(passed)))
    return select


def count_rows() -> Sql:
    """Count events."""
    return exp.Count(this=exp.Star())


def measure_of(reducer: Reducer, rows: Rows) -> Measure | None:
    """Give the measure of a reducer; None where no event can have a value."""
    match reducer:
        case Count():
            return Measure(rows.select, rows.key, count_rows, whole=True)
        case Reduce(agg, path):
            return _reduced(agg, path, rows)
        case Distinct(path):
            return _distinct(path, rows)
        case EdgeTime(which):
            edge = exp.Min if which == "first" else exp.Max
            return Measure(rows.select, rows.key, lambda: edge(this=rows.time()), kind="time")
        case Periods():
            return _periods(reducer, rows)
        case Pick():
            raise InternalError("sql", "a picked value is no aggregate")
        case _:
            assert_never(reducer)


def has_one_value(path: Path, names: tuple[str, ...], scope: Scope) -> bool:
    """Tell whether each event holds at most one number at a property, so that the events are its values."""
    name = scope.schema.property(names, path)
    return name.single or name.shape is None or "num" not in name.shape.scalars


def no_value(rows: Rows) -> Measure:
    """Measure 0 for everyone with an event."""
    return Measure(rows.select, rows.key, lambda: integer(0))


def _reduced(agg: str, path: Path, rows: Rows) -> Measure | None:
    source = _elements(path, rows, ("num",))
    if "num" not in source.columns:
        return None
    aggregate = _AGGREGATES[agg]
    return Measure(
        source.select,
        source.key,
        lambda: aggregate(this=source.view("num")),
        weight=(lambda: exp.Count(this=source.view("num"))) if agg == "avg" else None,
        zero_if_null=agg == "sum",
    )


def _distinct(path: Path, rows: Rows) -> Measure | None:
    source = _elements(path, rows, _STORED_KINDS)
    if not source.columns:
        return None

    def value() -> Sql:
        counts = [_distinct_of_kind(kind, source) for kind in source.columns]
        return reduce(lambda total, count: exp.Add(this=total, expression=count), counts)

    return Measure(source.select, source.key, value)


def _distinct_of_kind(kind: Kind, source: _Elements) -> Sql:
    counted: Sql = exp.Count(this=exp.Distinct(expressions=[source.view(kind)]))
    if kind == "str" or "str" not in source.columns:
        return counted
    # A text may have other views as well; its stored kind is str, so they do not count.
    stored_so = exp.Is(this=source.view("str"), expression=exp.Null())
    return exp.Filter(this=counted, expression=exp.Where(this=stored_so))


# --- periods ----------------------------------------------------------------------------------------------------
def span(periods: Periods) -> TimeWindow:
    """Give the window from the first period's start to the last one's end."""
    bounds = period_bounds(periods.of, periods.unit, calendar=periods.calendar)
    return TimeWindow(bounds[-1][0], bounds[0][1])


def _periods(periods: Periods, rows: Rows) -> Measure:
    """Count the periods of a person that hold events enough."""
    exact = not periods.calendar and periods.unit in UNIT_MICROS
    if not exact and periods.of <= _FEW_PERIODS:
        return Measure(rows.select, rows.key, lambda: _full_periods(periods, rows))

    def full() -> exp.Select:
        select, number = _by_length(periods, rows) if exact else _by_start(periods, rows)
        select.set("group", exp.Group(expressions=[rows.key(), number]))
        if periods.minimum > 1:
            select.set("having", exp.Having(this=exp.GTE(this=count_rows(), expression=integer(periods.minimum))))
        return select

    return Measure(lambda *outputs: _from(full(), outputs), lambda: column(ELEMENT, KEY), count_rows, whole=True)


def _full_periods(periods: Periods, rows: Rows) -> Sql:
    """Add up a few periods in one pass, 1 for each that is full."""
    bounds = period_bounds(periods.of, periods.unit, calendar=periods.calendar)
    flags: list[Sql] = [_is_full(start, end, periods.minimum, rows) for start, end in reversed(bounds)]
    return reduce(lambda total, flag: exp.Add(this=total, expression=flag), flags)


def _is_full(start: Moment, end: Moment, minimum: int, rows: Rows) -> Sql:
    inside = in_window(rows.scope.events, rows.scope.schema.events.time, TimeWindow(start, end), rows.scope)
    counted = exp.Filter(this=count_rows(), expression=exp.Where(this=render(inside)))
    enough = exp.If(this=exp.GTE(this=counted, expression=integer(minimum)), true=integer(1))
    return exp.Case(ifs=[enough], default=integer(0))


def _by_length(periods: Periods, rows: Rows) -> tuple[exp.Select, Sql]:
    """Tell periods of one exact length apart by their number back from as_of."""
    scope, length = rows.scope, UNIT_MICROS[periods.unit]
    number = scope.dialect.age_in(length, rows.time(), scope.parameters.time(AS_OF))
    return rows.select(named(rows.key(), KEY)), number


def _by_start(periods: Periods, rows: Rows) -> tuple[exp.Select, Sql]:
    """Tell apart periods as calendars have them by their starts."""
    scope = rows.scope
    bounds = period_bounds(periods.of, periods.unit, calendar=periods.calendar)
    starts = scope.parameters.values("time", tuple(start for start, _ in reversed(bounds)))
    return scope.dialect.by_start(lambda *joins: rows.select(named(rows.key(), KEY), joins=joins), rows.time(), starts)


def _from(inner: exp.Select, outputs: Sequence[Sql]) -> exp.Select:
    return exp.Select(expressions=list(outputs), from_=exp.From(this=derived(inner, ELEMENT)))


# --- several values an event ------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Elements:
    """The values of a property, a row each: the events themselves, or their lists taken apart."""

    select: _Select
    key: Callable[[], Sql]
    views: Views
    columns: tuple[Kind, ...]

    def view(self, kind: Kind) -> Sql:
        return self.views.view(kind)


def _elements(path: Path, rows: Rows, wanted: tuple[Kind, ...]) -> _Elements:
    scope = rows.scope
    place = place_of(scope.schema.property(scope.names, path), scope.events, scope=scope)
    shape = None if place.single else place.shape
    scalars = place.scalar.columns
    if shape is None or not any(kind in shape.scalars for kind in wanted):
        return _Elements(rows.select, rows.key, place.scalar, tuple(kind for kind in wanted if kind in scalars))
    kinds = tuple(kind for kind in wanted if kind in scalars or kind in shape.scalars)

    def select(*outputs: Sql) -> exp.Select:
        lists = {f"v__{kind}": _views(kind, place, shape, scope) for kind in kinds}
        return _from(scope.dialect.spread(rows.select(named(rows.key(), KEY)), lists), outputs)

    values = scope.views(ELEMENT, {kind: f"v__{kind}" for kind in kinds})
    return _Elements(select, lambda: column(ELEMENT, KEY), values, kinds)


def _views(kind: Kind, place: Place, shape: Shape, scope: Scope) -> Sql:
    scalar = place.scalar.view(kind) if kind in place.scalar.columns else None
    view = column(scope.variable, shape.scalars[kind]) if kind in shape.scalars else None
    items = column(place.scalar.source, shape.items)
    return scope.dialect.views(scalar, items, scope.variable, view)
