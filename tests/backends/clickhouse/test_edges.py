"""Values at the edges go in, are compared and come back exactly, in columns, as parameters and written into SQL."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from muster.backends.base import Engine, EventRow, Limits, ProfileRow
from muster.backends.clickhouse import BACKEND
from muster.backends.clickhouse.client import ClickHouseEngine, open_engine
from muster.backends.clickhouse.sessions import reading
from muster.backends.memory import BACKEND as MEMORY
from muster.backends.sql.inline import inline
from muster.backends.tables import Catalogue
from muster.compiler.expr import (
    And,
    Compare,
    Count,
    Distinct,
    Expr,
    Field,
    FieldTest,
    Not,
    OneOf,
    Or,
    Periods,
    Pick,
    Reduce,
    TextTest,
    TimeWindow,
)
from muster.compiler.moments import Clock, Instant
from muster.compiler.planner import plan
from tests.cases import CLOCK, at, compare, flag, metric, micros, num, profile_field, prop, text, trait, within
from tests.sql_text import EVENTS, PEOPLE

LARGEST = Decimal("999999999999999999.999999999")
SMALLEST = Decimal("0.000000001")
TIMES = [
    f"{each}+00:00"
    for each in (
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00.000001",
        "0099-12-31T23:59:59.999999",
        "1582-10-10T00:00:00",
        "1899-12-31T23:59:59.999999",
        "1900-01-01T00:00:00",
        "1969-12-31T23:59:59.999999",
        "1970-01-01T00:00:00",
        "2024-02-29T12:00:00.500000",
        "2106-02-07T06:28:16",
        "2262-04-11T23:47:16.854776",
        "2299-12-31T23:59:59.999999",
        "2300-01-01T00:00:00",
        "9999-12-31T23:59:59.999998",
        "9999-12-31T23:59:59.999999",
    )
]
LATER = "2024-01-01T00:00:00.1+00:00"
END = Clock(micros(TIMES[-1]))
HOSTILE = [
    "\\",
    "\\N",
    "\\n",
    "a\\'b",
    "'; DROP TABLE profiles; --",
    '"`',
    "\t\n\r\b\f\x01\x7f",
    "%s %(p0)s %%",
    "{p0:String} {p0: String}",
    "$p0 $1 ?",
    "[1,'2']",
    "NULL",
    "",
    " ",
    "🙂é\u0301\uffff",
    "/* */ -- #",
    "__SQLGLOT__LB__",
]


class World:
    """The same rows in ClickHouse and in the reference."""

    def __init__(self, location: str, people: list[ProfileRow], events: list[EventRow]) -> None:
        catalogue = Catalogue()
        catalogue.observe_profiles(people)
        catalogue.observe_events(events)
        self.schema = catalogue.schema()
        self.engine: ClickHouseEngine = open_engine(location, self.schema)
        self.engines: tuple[Engine, Engine] = (self.engine, MEMORY.connect("", self.schema))
        for each in self.engines:
            each.load(people, events)

    def members(self, expr: Expr, clock: Clock = CLOCK) -> list[str]:
        """Ask both, which must agree, and run the text for people too."""
        found, expected = (each.members(plan(expr, expr), clock).to_pylist() for each in self.engines)
        written = inline(BACKEND.generate(plan(expr, expr), self.schema, "members"), clock)
        with self.engine._sessions.lend(reading(Limits())) as client:
            pasted = [row[0] for row in client.query(written).result_rows]

        assert found == expected
        assert pasted == expected
        return list(expected)


@pytest.fixture
def make(location: str) -> Iterator[Any]:
    """Give a function that makes a world."""
    made: list[World] = []

    def world(people: list[ProfileRow], events: list[EventRow] | None = None) -> World:
        made.append(World(location, people, events or []))
        return made[-1]

    yield world
    for each in made:
        each.engine.close()


def test_hostile_texts_come_back_as_they_were(make: Any) -> None:
    world = make([ProfileRow(number, f"u{number:02}", traits={"t": value}) for number, value in enumerate(HOSTILE)])

    for number, value in enumerate(HOSTILE):
        many = OneOf("str", (value, *(f"no {each}" for each in range(150))))
        assert world.members(compare(trait("t"), "eq", text(value))) == [f"u{number:02}"], value
        assert world.members(FieldTest(trait("t"), many)) == [f"u{number:02}"], value
        if value:
            holds = FieldTest(trait("t"), TextTest("contains", value, ignore_case=True))
            assert f"u{number:02}" in world.members(holds)


def test_hostile_ids_come_back_as_they_were(make: Any) -> None:
    world = make([ProfileRow(number, value) for number, value in enumerate(HOSTILE)])

    for value in HOSTILE:
        assert world.members(compare(profile_field("external_id"), "eq", text(value))) == [value]
    assert world.members(Not(compare(profile_field("external_id"), "eq", text("x")))) == sorted(HOSTILE)


def test_hostile_names_of_traits_and_events_come_back_as_they_were(make: Any) -> None:
    names = [value for value in HOSTILE if value.strip()]
    world = make(
        [ProfileRow(number, f"u{number:02}", traits={name: "x"}) for number, name in enumerate(names)],
        [EventRow(number, name, CLOCK.as_of - 1, f"m{number}") for number, name in enumerate(names)],
    )

    for number, name in enumerate(names):
        assert world.members(compare(Field("trait", (name,)), "eq", text("x"))) == [f"u{number:02}"], name
        assert world.members(metric(Count(), Compare("gte", num(1)), names=(name,))) == [f"u{number:02}"], name


def test_times_from_year_1_to_9999_are_kept_and_compared_to_the_microsecond(make: Any) -> None:
    people = [
        ProfileRow(index, f"u{index:02}", created_at=micros(each), traits={"t": each, "l": [each]})
        for index, each in enumerate(TIMES)
    ]
    world = make(people)

    for field in (profile_field("created_at"), trait("t"), trait("l")):
        ahead = field.scope == "profile"  # what happens at as_of has not happened yet
        for index, each in enumerate(TIMES[:-1]):
            assert world.members(compare(field, "eq", at(each)), END) == [f"u{index:02}"]
            assert len(world.members(compare(field, "lt", at(each)), END)) == index
            assert len(world.members(compare(field, "gte", at(each)), END)) == len(TIMES) - index - ahead


def test_events_of_all_years_are_found_in_every_window(make: Any) -> None:
    world = make(
        [ProfileRow(index, f"u{index:02}") for index, _ in enumerate(TIMES)],
        [EventRow(index, "buy", micros(each), f"m{index}", {"n": index}) for index, each in enumerate(TIMES)],
    )

    with world.engine._sessions.lend(()) as client:
        (parts,) = client.query(
            "SELECT count() FROM system.parts WHERE active AND table = 'events' AND database = currentDatabase()"
        ).result_rows
    assert parts[0] >= 10  # so there is something to leave out

    for index, each in enumerate(TIMES):
        instant = Instant(micros(each))
        since = metric(Count(), Compare("gte", num(1)), window=TimeWindow(instant))
        until = metric(Count(), Compare("gte", num(1)), window=TimeWindow(None, instant))
        assert len(world.members(since, END)) == len(TIMES) - 1 - index  # as_of itself is outside
        assert len(world.members(until, END)) == min(index, len(TIMES) - 1)


def test_periods_reach_back_over_all_years(make: Any) -> None:
    world = make(
        [ProfileRow(1, "u1"), ProfileRow(2, "u2")],
        [
            EventRow(1, "buy", micros("0001-01-01T00:00:00+00:00"), "m1"),
            EventRow(2, "buy", micros("2024-06-30T00:00:00+00:00"), "m2"),
            EventRow(2, "buy", micros("2024-05-30T00:00:00+00:00"), "m3"),
        ],
    )

    for calendar in (True, False):
        for unit in ("d", "w", "mo", "y") if calendar else ("d", "w"):
            for of in (1, 3, 150):
                for zone in ("UTC", "Europe/Berlin"):
                    count = Periods(of=of, unit=unit, calendar=calendar, minimum=1)
                    world.members(metric(count, Compare("gte", num(1))), Clock(CLOCK.as_of, zone))


NUMBERS = [-LARGEST, *map(Decimal, ("-1", "-1E-9", "0", "1E-9", "0.1", "0.3", "1E+2")), LARGEST]


def test_numbers_at_the_limits_are_exact(make: Any) -> None:
    people = [ProfileRow(index, f"u{index}", traits={"n": each, "l": [each]}) for index, each in enumerate(NUMBERS)]
    world = make(people)

    for field in (trait("n"), trait("l")):
        for index, each in enumerate(NUMBERS):
            many = OneOf("num", (each, *(Decimal(other) / 8 + 7000 for other in range(150))))
            assert world.members(compare(field, "eq", num(str(each)))) == [f"u{index}"]
            assert world.members(FieldTest(field, OneOf("num", (each,)))) == [f"u{index}"]
            assert world.members(FieldTest(field, many)) == [f"u{index}"]
            assert len(world.members(compare(field, "lt", num(str(each))))) == index
    assert world.members(FieldTest(trait("n"), within(num("0.1"), num("0.3")))) == ["u5"]


@pytest.mark.parametrize("kind", ["str", "num"])
def test_a_list_of_50000_values_is_one_parameter(make: Any, kind: Any) -> None:
    people = [ProfileRow(1, "u1", traits={"t": "v49999", "n": 49_999}), ProfileRow(2, "u2", traits={"t": "w", "n": -1})]
    world = make(people)
    values = tuple(f"v{each}" if kind == "str" else Decimal(each) for each in range(50_000))
    expr = FieldTest(trait("t" if kind == "str" else "n"), OneOf(kind, values))

    assert world.engine.members(plan(expr, expr), CLOCK).to_pylist() == ["u1"]


def test_sums_and_averages_of_the_largest_numbers_are_exact(make: Any) -> None:
    most = [LARGEST] * 49
    amounts = {1: [*most, LARGEST], 2: [LARGEST, -LARGEST], 3: [*most, LARGEST - SMALLEST], 4: [Decimal("0.1")] * 3}
    world = make(
        [ProfileRow(pid, f"u{pid}", traits={"most": LARGEST}) for pid in range(5)],
        [
            EventRow(pid, "buy", CLOCK.as_of - 100 + index, f"{pid}-{index}", {"n": each})
            for pid, given in amounts.items()
            for index, each in enumerate(given)
        ],
    )
    n = ("n",)

    assert world.members(metric(Reduce("sum", n), Compare("gt", num("999999999999999999")))) == ["u1", "u3"]
    assert world.members(metric(Reduce("avg", n), Compare("eq", num(str(LARGEST))))) == ["u1"]
    assert world.members(metric(Reduce("sum", n), Compare("eq", num("0")))) == ["u0", "u2"]
    assert world.members(metric(Reduce("sum", n), Compare("eq", num("0.3")))) == ["u4"]
    assert world.members(metric(Reduce("avg", n), Compare("eq", num("0.1")))) == ["u4"]
    assert world.members(metric(Reduce("min", n), Compare("eq", num(str(-LARGEST))))) == ["u2"]
    assert world.members(metric(Distinct(n), Compare("eq", num("2")))) == ["u2", "u3"]
    assert world.members(metric(Count(), OneOf("num", tuple(Decimal(each) for each in range(40, 200))))) == ["u1", "u3"]
    assert world.members(metric(Reduce("sum", n), OneOf("num", (Decimal("0.3"), LARGEST)))) == ["u4"]


def test_ties_are_broken_by_the_bytes_of_the_message_id(make: Any) -> None:
    ids = {"a": 1, "Z": 2, "é": 3, "🙂": 4, "\uffff": 5}
    events = [EventRow(1, "buy", CLOCK.as_of - 1, mid, {"n": value}) for mid, value in ids.items()]
    world = make([ProfileRow(1, "u1")], events)

    assert world.members(metric(Pick("first", ("n",)), Compare("eq", num(2)))) == ["u1"]
    assert world.members(metric(Pick("last", ("n",)), Compare("eq", num(4)))) == ["u1"]


def test_the_text_for_people_finds_whom_the_query_finds(make: Any) -> None:
    world = make(list(PEOPLE), list(EVENTS))
    clock = Clock(micros("2024-06-01T00:00:00+00:00"), "Europe/Berlin")
    one = metric(Count(), Compare("gte", num(1)))
    for expr in (
        compare(trait("plan"), "eq", text("pro")),
        And((Not(compare(trait("age"), "gt", num("50.5"))), one)),
        Or((compare(trait("member"), "eq", flag(1)), compare(trait("joined"), "lt", at(LATER)))),
        FieldTest(trait("mixed"), OneOf("str", tuple(f"it's {number}" for number in range(101)))),
        FieldTest(trait("age"), OneOf("num", (Decimal(40), Decimal("0.1")))),
        metric(Count(), Compare("gte", num(1)), where=compare(prop("amount"), "eq", num("5.0"))),
        metric(Periods(of=120, unit="mo", calendar=True, minimum=1), Compare("lt", num(1))),
    ):
        world.members(expr, clock)
