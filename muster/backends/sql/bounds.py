"""Moments on an engine's clock, for SQL that somebody else runs: a view, a part of a query, a model of dbt.

Kept apart from what Muster runs, whose times are bound before there is SQL (`compiler/moments.py`, the meaning of every
moment). What an engine would give as another instant is refused: months in a zone whose clocks change, midnights that a
zone has twice or not at all, and lengths that leave the years that engines reckon with.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import cache

from sqlglot import exp

from muster.backends.base import Query
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.inline import TOKEN
from muster.backends.sql.names import Sql, bare, derived, identifier, named, table
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import views as say
from muster.compiler.moments import (
    Capped,
    Clock,
    DayStart,
    FromAsOf,
    Instant,
    LocalTime,
    Moment,
    PeriodStart,
    bind_moment,
    from_micros,
    zone,
)

BOUNDS, CLOCK, AS_OF = "bounds", "clock", "as_of"
_NO_CLOCK = Clock(0)
_UNITS = (
    ("days", 86_400_000_000),
    ("hours", 3_600_000_000),
    ("minutes", 60_000_000),
    ("seconds", 1_000_000),
    ("micros", 1),
)
_MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}
_DAYS_OF = {"day": 1, "week": 7}
_YEARS = 50  # before and after now, as far as zones and days are looked at
_FIRST, _LAST = date(1970, 1, 1), date(2100, 1, 1)
_YEAR_MICROS = 366 * 86_400_000_000


class NotExactError(MusterError):
    """A bound that the engine's clock would not give exactly."""


def is_fixed(moment: Moment) -> bool:
    """Tell whether a moment is the same whenever a rule is evaluated."""
    return isinstance(moment, (Instant, LocalTime, DayStart))


def bound_of(moment: Moment, as_of: Sql, timezone: str, dialect: SqlDialect) -> Sql:
    """Give a moment in SQL; raises NotExactError for one that the engine would not give exactly."""
    match moment:
        case FromAsOf(0, 0):
            return as_of.copy()
        case FromAsOf(months, micros):
            if months and timezone != "UTC":
                raise NotExactError(say.months_in_zone(timezone))
            if abs(months) > 12 * _YEARS or abs(micros) > _YEARS * _YEAR_MICROS:
                raise NotExactError(say.too_far(_YEARS))
            moved = dialect.clock.add_months(as_of.copy(), months) if months else as_of.copy()
            return dialect.later(moved, micros) if micros else moved
        case PeriodStart(unit, shift):
            months, days = shift * _MONTHS_OF.get(unit, 0), shift * _DAYS_OF.get(unit, 0)
            if abs(months) > 12 * _YEARS or abs(days) > 365 * _YEARS:
                raise NotExactError(say.too_far(_YEARS))
            if not has_plain_midnights(timezone):
                raise NotExactError(say.midnights(timezone))
            return dialect.clock.period_start(as_of.copy(), unit, months, days, timezone)
        case Capped(inner):
            return exp.Least(
                this=bound_of(inner, as_of, timezone, dialect), expressions=[as_of.copy()], ignore_nulls=True
            )
        case _:  # a fixed one, whatever as_of is
            instant = from_micros(bind_moment(moment, Clock(0, timezone))).replace(tzinfo=None)
            return dialect.literal(instant)


@cache
def has_plain_midnights(timezone: str) -> bool:
    """Tell whether a zone has every midnight once, from 1970 to 2100, so that all engines mean the same instant."""
    place, day = zone(timezone), _FIRST
    while day < _LAST:
        midnight = datetime(day.year, day.month, day.day, tzinfo=place)
        if midnight.utcoffset() != midnight.replace(fold=1).utcoffset():
            return False
        day += timedelta(days=1)
    return True


def on_clock(query: Query, timezone: str, dialect: SqlDialect, relation: str = BOUNDS) -> str:
    """Give the text of a query that takes its bounds from the engine's clock, every other value written in.

    `relation`: what the relation of bounds is called, which no table that is read may be.
    """
    names: dict[Moment, str] = {}

    def read(moment: Moment) -> Sql:
        if is_fixed(moment):
            return bound_of(moment, bare(AS_OF), timezone, dialect)
        return bare(names.setdefault(moment, _name(moment, names.values())))

    written = {}
    for parameter in query.parameters:
        values = parameter.value if isinstance(parameter.value, tuple) else (parameter.value,)
        moments = [read(each) for each in values if isinstance(each, Moment)]
        if not moments:
            written[parameter.name] = query.spell(parameter.bind(_NO_CLOCK))
        else:
            value = exp.Array(expressions=moments) if parameter.many else moments[0]
            written[parameter.name] = dialect.write(_from_bounds(value, relation))

    def replaced(token: re.Match[str]) -> str:
        name = token[1] or token[2] or token[3]
        return token[0] if name is None else written[name]

    text = TOKEN.sub(replaced, query.pretty)
    if not names:
        return text
    bounds = dialect.write(_relation(relation, names, timezone, dialect), pretty=True)
    return f"WITH {bounds}, {text.removeprefix('WITH ')}" if text.startswith("WITH ") else f"WITH {bounds}\n{text}"


def _from_bounds(value: Sql, relation: str) -> Sql:
    """Read from the relation of bounds, unless nothing is read."""
    if value.find(exp.Column) is None:
        return value
    return exp.Subquery(this=exp.Select(expressions=[value], from_=exp.From(this=table(relation))))


def _relation(called: str, names: Mapping[Moment, str], timezone: str, dialect: SqlDialect) -> exp.CTE:
    """Make the relation of bounds: one row, from one reading of the clock."""
    now = exp.Select(expressions=[named(dialect.clock.now(), AS_OF)])
    columns = [named(bound_of(each, bare(AS_OF), timezone, dialect), name) for each, name in names.items()]
    select = exp.Select(expressions=columns, from_=exp.From(this=derived(now, CLOCK)))
    return exp.CTE(this=select, alias=exp.TableAlias(this=identifier(called)))


def _name(moment: Moment, taken: Collection[str]) -> str:
    """Name a bound for people: what it is, as far as a few words say it."""
    match moment:
        case Capped(inner):
            name = f"{_name(inner, ())}_capped"
        case PeriodStart(unit, shift):
            name = f"{unit}_start" if shift == 0 else f"{unit}_start_{'minus' if shift < 0 else 'plus'}_{abs(shift)}"
        case FromAsOf(0, 0):
            name = AS_OF
        case FromAsOf(months, micros):
            parts = [f"{abs(months)}_months"] if months else []
            parts += [_length(abs(micros))] if micros else []
            name = f"as_of_{'minus' if min(months, micros) < 0 else 'plus'}_{'_'.join(parts)}"
        case _:
            name = "instant"
    return name if name not in taken else f"{name}_{len(taken)}"


def _length(micros: int) -> str:
    unit, length = next((unit, length) for unit, length in _UNITS if micros % length == 0)
    return f"{micros // length}_{unit}"
