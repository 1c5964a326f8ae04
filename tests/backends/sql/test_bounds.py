"""Bounds on an engine's own clock are those that Muster binds, at random times, in zones whose clocks change."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import duckdb
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import open_place
from muster.backends.discover import all_backends
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.throwaway import throwaway
from muster.backends.sql.bounds import NotExactError, bound_of, has_plain_midnights
from muster.backends.sql.dialect import SqlDialect
from muster.compiler.moments import (
    Capped,
    Clock,
    DayStart,
    FromAsOf,
    LocalTime,
    Moment,
    PeriodStart,
    bind_moment,
    from_micros,
    to_micros,
)
from muster.compiler.values import CALENDAR_UNITS
from muster.runtime.compilation import compile_query

ZONES = ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Adelaide")
HOUR = 3_600_000_000
MOMENTS: st.SearchStrategy[Moment] = st.one_of(
    st.builds(FromAsOf, st.just(0), st.integers(-20_000, 100).map(lambda hours: hours * HOUR)),
    st.builds(PeriodStart, st.sampled_from(CALENDAR_UNITS), st.integers(-40, 2)),
    st.builds(lambda unit, shift: Capped(PeriodStart(unit, shift)), st.sampled_from(CALENDAR_UNITS), st.integers(0, 2)),
    st.builds(DayStart, st.dates(datetime(1990, 1, 1).date()).map(str)),  # noqa: DTZ001 (a day of no zone)
    st.just(LocalTime("2024-03-31T12:00")),
)
IN_UTC = st.builds(FromAsOf, st.integers(-400, 24), st.integers(-50, 50).map(lambda hours: hours * HOUR))
NOWS = st.datetimes(datetime(1995, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001 (UTC is added)
Ask = Callable[[str], Any]


@pytest.fixture(scope="module", params=["duckdb", "postgres", "clickhouse"])
def asked(request: pytest.FixtureRequest) -> Any:
    """Give a dialect and a connection that answers a SELECT of one instant with its microseconds."""
    match request.param:
        case "duckdb":
            with duckdb.connect() as connection:
                yield DuckDbDialect(), lambda text: _micros(connection.sql(text).fetchall()[0][0])
        case "postgres":
            url = throwaway().set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(url, autocommit=True) as served:
                yield PostgresDialect(), lambda text: _micros(served.execute(text.encode()).fetchall()[0][0])
        case _:
            place = open_place("")
            with closing(place), closing(place.open_client(())) as client:
                yield ClickHouseDialect(), lambda text: _micros(client.query(text).result_rows[0][0])


def _micros(found: datetime) -> int:
    return to_micros(found.replace(tzinfo=UTC))


def in_sql(dialect: SqlDialect, ask: Ask, moment: Moment, clock: Clock) -> int:
    now = dialect.literal(from_micros(clock.as_of).replace(tzinfo=None))
    found: int = ask(dialect.write(exp.Select(expressions=[bound_of(moment, now, clock.timezone, dialect)])))
    return found


@settings(max_examples=120)
@given(moment=MOMENTS, now=NOWS, zone=st.sampled_from(ZONES))
def test_a_bound_on_the_engines_clock_is_the_instant_that_is_bound(
    asked: tuple[SqlDialect, Ask], moment: Moment, now: datetime, zone: str
) -> None:
    clock = Clock(to_micros(now.replace(tzinfo=UTC)), zone)

    assert in_sql(*asked, moment, clock) == bind_moment(moment, clock)


@settings(max_examples=80)
@given(moment=IN_UTC, now=NOWS)
def test_months_of_utc_are_those_that_are_bound(asked: tuple[SqlDialect, Ask], moment: Moment, now: datetime) -> None:
    clock = Clock(to_micros(now.replace(tzinfo=UTC)))

    assert in_sql(*asked, moment, clock) == bind_moment(moment, clock)


def test_the_engines_clock_tells_the_time(asked: tuple[SqlDialect, Ask]) -> None:
    dialect, ask = asked
    before = to_micros(datetime.now(UTC))
    found = ask(dialect.write(exp.Select(expressions=[dialect.clock.now()])))

    assert before - 1_000_000 <= found <= to_micros(datetime.now(UTC)) + 1_000_000


@pytest.mark.parametrize(
    ("moment", "zone", "said"),
    [
        (FromAsOf(-1), "Europe/London", "Months before now in Europe/London"),
        (PeriodStart("day"), "America/Havana", "America/Havana has midnights twice or not at all"),
        (FromAsOf(-1200), "UTC", "more than 50 years"),
        (PeriodStart("week", -10_000), "UTC", "more than 50 years"),
    ],
)
def test_what_engines_would_give_otherwise_is_refused(moment: Moment, zone: str, said: str) -> None:
    with pytest.raises(NotExactError, match=said):
        bound_of(moment, exp.Null(), zone, DuckDbDialect())


def test_zones_with_plain_midnights_are_told_from_others() -> None:
    assert has_plain_midnights("Europe/London")
    assert not has_plain_midnights("America/Havana")


@pytest.mark.parametrize("dialect", [each.dialect for each in all_backends() if each.dialect is not None])
def test_bounds_are_named_by_what_they_are_and_read_from_one_clock(dialect: str) -> None:
    rule = "did buy in last 30 days and did sell in this month and did see after 2024-01-01"
    query = compile_query(rule, dialect).query
    assert query.standing is not None
    text = query.standing(query, "UTC")

    assert text.startswith("WITH bounds AS (")
    assert text.count("as_of_minus_30_days") == 2
    assert text.count("month_start") == 2
    assert "2024-01-0" in text
    assert "$p" not in text
    assert "{p" not in text
    assert "%(p" not in text
