"""Postgres's words mean what the shared generator takes them to mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from sqlglot import exp

from muster.backends.base import Parameter
from muster.backends.memory.value_tests import fold
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.postgres.places import Place
from muster.backends.sql.calls import integer
from muster.backends.sql.check import check_query
from muster.backends.sql.names import Sql, bare, column, identifier, named
from muster.backends.sql.params import Parameters
from muster.compiler.diagnostics import InternalError
from muster.compiler.expr import TextTest
from muster.compiler.moments import Clock, Instant, from_micros
from muster.compiler.regex import parse_pattern
from muster.compiler.values import Kind
from muster.runtime.compilation import compile_query
from tests.cases import micros

DIALECT = PostgresDialect()
TEXTS = st.text(max_size=12).filter(lambda value: "\0" not in value)
WORDS = st.text("aAkKsSiI.ſİ\u212aéÉ🙂%_\\", max_size=6)
EARLIEST, LATEST = datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31T23:59:59.999999")
NUMBERS = st.decimals(min_value=-(10**18) + 1, max_value=10**18 - 1, places=9)


class Asking:
    """Asks the engine for the value of a tree."""

    def __init__(self, connection: Connection[Any]) -> None:
        self.connection = connection

    def value(self, tree: Sql, *parameters: Parameter, source: str = "") -> Any:
        """Give the value of the first row."""
        bound = {each.name: each.bind(Clock(0)) for each in parameters}
        row = self.connection.execute(f"SELECT {written(tree)} AS v {source}", bound or None).fetchone()
        assert row is not None
        return row[0]


@pytest.fixture(scope="module")
def ask() -> Iterator[Asking]:
    place = Place("")
    with place.connection() as connection:
        yield Asking(connection)
    place.close()


def given_(kind: Kind, value: Any, name: str = "v", *, many: bool = False) -> tuple[Sql, Parameter]:
    parameter = Parameter(name, kind, value, many)
    return DIALECT.parameter(parameter), parameter


def written(tree: Sql) -> str:
    return DIALECT.write(tree)


# --- parameters and literals ------------------------------------------------------------------------------------
@given(TEXTS)
@example("\\N")
@example("\\")
@example("'); DROP TABLE x; --")
@example("%s %(v)s %% $1")
def test_a_text_comes_back_as_it_was(ask: Asking, value: str) -> None:
    tree, parameter = given_("str", value)

    assert ask.value(tree, parameter) == value
    assert ask.value(DIALECT.literal(value)) == value


@given(st.lists(TEXTS, min_size=1, max_size=5))
@example(["\\N", "'", "{", "}", ",", "", "NULL", '"'])
def test_a_list_of_texts_comes_back_as_it_was(ask: Asking, values: list[str]) -> None:
    tree, parameter = given_("str", tuple(values), many=True)

    assert ask.value(tree, parameter) == values


@given(NUMBERS)
@example(Decimal("999999999999999999.999999999"))
@example(Decimal("1E-9"))
@example(Decimal("-0"))
def test_a_number_comes_back_as_it_was(ask: Asking, value: Decimal) -> None:
    tree, parameter = given_("num", value)
    many, several = given_("num", (value, Decimal(1)), many=True)

    assert ask.value(tree, parameter) == value
    assert ask.value(many, several) == [value, 1]
    assert ask.value(DIALECT.literal(value)) == value


@given(st.datetimes(min_value=EARLIEST, max_value=LATEST))
@example(EARLIEST)
@example(LATEST)
def test_a_time_comes_back_as_it_was(ask: Asking, value: datetime) -> None:
    tree, parameter = given_("time", Instant(micros(f"{value.isoformat()}+00:00")))

    assert ask.value(tree, parameter) == value
    assert ask.value(DIALECT.literal(value)) == value


def test_a_boolean_comes_back_as_it_was(ask: Asking) -> None:
    for value in (True, False):
        tree, parameter = given_("bool", value)

        assert ask.value(tree, parameter) is value
        assert ask.value(DIALECT.literal(value)) is value


# --- values -----------------------------------------------------------------------------------------------------
@given(TEXTS, TEXTS, st.decimals(min_value=0, max_value=100, places=9))
def test_a_share_of_people_is_cut_where_the_hash_says(ask: Asking, salt: str, identity: str, percent: Decimal) -> None:
    parameters = Parameters(DIALECT.parameter)
    who, parameter = given_("str", identity, "who")
    tree = DIALECT.is_sampled(who, salt, percent, parameters)
    digest = hashlib.md5(f"{salt}:{identity}".encode(), usedforsecurity=False).hexdigest()

    assert ask.value(tree, parameter, *parameters.found) is (int(digest[:8], 16) % 10_000 < percent * 100)


@pytest.mark.parametrize("how", ["equals", "contains", "starts_with", "ends_with"])
@pytest.mark.parametrize("ignore_case", [False, True])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(text=WORDS, needle=WORDS)
def test_a_text_is_tested_literally(ask: Asking, *, how: Any, ignore_case: bool, text: str, needle: str) -> None:
    parameters = Parameters(DIALECT.parameter)
    tested, parameter = given_("str", text, "text")
    tree = DIALECT.text_passes(tested, TextTest(how, needle, ignore_case), parameters)
    left, right = (fold(text), fold(needle)) if ignore_case else (text, needle)
    expected = {
        "equals": left == right,
        "contains": right in left,
        "starts_with": left.startswith(right),
        "ends_with": left.endswith(right),
    }

    assert ask.value(tree, parameter, *parameters.found) is expected[how]


@pytest.mark.parametrize("how", ["equals", "contains", "starts_with", "ends_with"])
def test_a_missing_text_passes_no_test_and_fails_none(ask: Asking, how: Any) -> None:
    parameters = Parameters(DIALECT.parameter)
    missing = exp.Cast(this=exp.Null(), to=exp.DataType(this=exp.DType.TEXT))

    assert ask.value(DIALECT.text_passes(missing, TextTest(how, "a"), parameters), *parameters.found) is None


def test_a_pattern_is_a_parameter(ask: Asking) -> None:
    parameters = Parameters(DIALECT.parameter)
    tested, parameter = given_("str", "xa\nc", "text")
    tree = DIALECT.matches(tested, parse_pattern("a.c$"), parameters)

    assert written(tree) == "%(text)s ~ %(p0)s"
    assert ask.value(tree, parameter, *parameters.found) is True


def test_membership_of_an_array(ask: Asking) -> None:
    array, numbers = given_("num", (Decimal("1.5"), Decimal(20), *map(Decimal, range(100, 300))), many=True)
    found = []
    for each in ("1.50", "20", "2", "299", "300"):
        tested, parameter = given_("num", Decimal(each), "x")
        found.append(ask.value(DIALECT.is_among(tested, array.copy(), in_lambda=False), numbers, parameter))

    assert found == [True, True, False, True, False]


# --- lists ------------------------------------------------------------------------------------------------------
def items(*values: object) -> Sql:
    array = exp.DataType(this=exp.DType.ARRAY, expressions=[exp.DataType(this=exp.DType.BIGINT)], nested=True)
    held = [exp.Null() if each is None else integer(int(str(each))) for each in values]
    return exp.Cast(this=exp.Array(expressions=held), to=array)


@pytest.mark.parametrize(("held", "expected"), [((1, 2), True), ((1, None), False), ((None,), False), ((), False)])
def test_some_item_passes(ask: Asking, held: tuple[object, ...], *, expected: bool) -> None:
    test = exp.GT(this=bare("x"), expression=integer(1))

    assert ask.value(DIALECT.some_item(items(*held), "x", test)) is expected


@pytest.mark.parametrize(("held", "expected"), [((1,), True), ((), False), ((None,), True)])
def test_a_list_has_items(ask: Asking, held: tuple[object, ...], *, expected: bool) -> None:
    assert ask.value(DIALECT.has_items(items(*held))) is expected


@pytest.mark.parametrize(("held", "expected"), [((1, 2), [9, 1, 2]), ((), [9]), ((None,), [9, None])])
def test_views_begin_with_the_scalar_and_are_never_empty(
    ask: Asking, held: tuple[object, ...], expected: list[object]
) -> None:
    assert ask.value(DIALECT.views(integer(9), items(*held), "x", bare("x"))) == expected


def test_views_without_a_scalar_or_of_nothing_end_early(ask: Asking) -> None:
    assert ask.value(DIALECT.views(None, items(1), "x", bare("x"))) == [None, 1]
    assert ask.value(DIALECT.views(integer(9), items(1, 2), "x", None)) == [9]


def test_lists_side_by_side_are_spread_in_step(ask: Asking) -> None:
    select = exp.Select(expressions=[named(integer(7), "s")])
    tree = DIALECT.spread(select, {"a": items(1, 2), "b": items(3)})

    assert ask.connection.execute(written(tree)).fetchall() == [(7, 1, 3), (7, 2, None)]


# --- bits -------------------------------------------------------------------------------------------------------
def test_bits_of_a_word(ask: Asking) -> None:
    word = integer(0b1011)

    assert ask.value(DIALECT.has_bits(word.copy(), [0, 3], every=True)) is True
    assert ask.value(DIALECT.has_bits(word.copy(), [0, 2], every=True)) is False
    assert ask.value(DIALECT.has_bits(word.copy(), [0, 2], every=False)) is True
    assert ask.value(DIALECT.has_bits(word.copy(), [2], every=False)) is False
    assert ask.value(DIALECT.united_bits(bare("x")), source="FROM UNNEST(ARRAY[1, 8, 1]) AS x") == 9


# --- events -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("which", "expected"), [("first", None), ("last", "d")])
def test_a_row_is_picked_even_if_its_value_is_null(ask: Asking, which: Any, expected: object) -> None:
    tree = DIALECT.picked(which, *(bare(name) for name in ("v", "ts", "mid")), is_list=False)
    rows = """FROM (SELECT v, ts, mid COLLATE "C" AS mid
        FROM (VALUES (NULL, 1, 'a'), ('b', 1, 'b'), ('c', 2, 'Z'), ('d', 2, 'é')) AS t(v, ts, mid)) AS r"""

    assert ask.value(tree, source=rows) == expected


@given(
    st.datetimes(min_value=EARLIEST, max_value=datetime.fromisoformat("9900-01-01")),
    st.integers(min_value=0, max_value=3_000_000_000),
)
def test_a_length_is_added_exactly(ask: Asking, instant: datetime, seconds: int) -> None:
    at = micros(f"{instant.isoformat()}+00:00")
    tree, parameter = given_("time", Instant(at))
    later = ask.value(DIALECT.later(tree, seconds * 1_000_000), parameter)

    assert later == from_micros(at + seconds * 1_000_000).replace(tzinfo=None)


def test_a_length_of_part_of_a_second_is_refused() -> None:
    with pytest.raises(InternalError, match="1500000"):
        DIALECT.later(bare("ts"), 1_500_000)


@given(st.integers(min_value=1, max_value=10**15), st.integers(min_value=1, max_value=10**12))
def test_periods_are_numbered_back_from_as_of(ask: Asking, ago: int, length: int) -> None:
    as_of = micros("2024-01-01T00:00:00+00:00")
    now, second = given_("time", Instant(as_of), "as_of")
    then, first = given_("time", Instant(as_of - ago), "t")

    assert ask.value(DIALECT.age_in(length, then, now), first, second) == (ago - 1) // length


def test_a_period_is_the_number_of_starts_so_far(ask: Asking) -> None:
    starts, several = given_("time", tuple(Instant(each) for each in (10, 20, 30)), many=True)
    found = []
    for at in (10, 19, 20, 31):
        instant, parameter = given_("time", Instant(at), "t")
        select, period = DIALECT.by_start(lambda *_: exp.Select(), instant, starts.copy())
        assert select == exp.Select()
        found.append(ask.value(period, parameter, several))

    assert found == [1, 1, 2, 3]


def test_keys_of_different_kinds_never_meet(ask: Asking) -> None:
    values: dict[Kind, Any] = {
        "str": "1",
        "num": Decimal(1),
        "bool": True,
        "time": Instant(micros("2024-01-01T00:00:00+00:00")),
    }
    texts = []
    for prefix, (kind, each) in enumerate(values.items()):
        tree, parameter = given_(kind, each)
        texts.append(ask.value(DIALECT.key_text(prefix, kind, tree), parameter))

    assert texts == ["01", "11", "2t", "32024-01-01 00:00:00"]


@pytest.mark.parametrize(("compare", "expected"), [(exp.LT, 3), (exp.LTE, 5), (exp.GT, 6), (exp.GTE, 5)], ids=str)
@pytest.mark.parametrize("turned", [False, True])
def test_the_nearest_row_is_joined(ask: Asking, compare: Any, expected: int, *, turned: bool) -> None:
    """One of many rows before or after an instant, whichever side of the inequality it stands on."""
    turn = {exp.LT: exp.GT, exp.LTE: exp.GTE, exp.GT: exp.LT, exp.GTE: exp.LTE}
    sides = (column("b", "ts"), column("a", "ts"))
    on: Sql = (
        turn[compare](this=sides[1], expression=sides[0]) if turned else compare(this=sides[0], expression=sides[1])
    )
    rows = exp.Table(this=identifier("rows"), alias=exp.TableAlias(this=identifier("b")))
    join = written(DIALECT.nearest(rows, on, outer=True))
    found = ask.connection.execute(
        "WITH rows AS (SELECT ts FROM UNNEST(ARRAY[1, 3, 5, 6, 9]) AS ts)"
        f" SELECT a.ts, b.ts FROM UNNEST(ARRAY[5, 99, 0]) AS a(ts) {join} WHERE a.ts = 5"
    ).fetchall()

    assert found == [(5, expected)]


def test_an_outer_join_keeps_what_has_no_nearest_row(ask: Asking) -> None:
    rows = exp.Table(this=identifier("rows"), alias=exp.TableAlias(this=identifier("b")))
    on = exp.LT(this=column("b", "ts"), expression=column("a", "ts"))
    found = [
        ask.connection.execute(
            "WITH rows AS (SELECT ts FROM UNNEST(ARRAY[7]) AS ts) SELECT a.ts, b.ts FROM UNNEST(ARRAY[5]) AS a(ts) "
            + written(DIALECT.nearest(rows.copy(), on.copy(), outer=outer))
        ).fetchall()
        for outer in (True, False)
    ]

    assert found == [[(5, None)], []]


def test_what_is_joined_without_an_order_is_refused() -> None:
    rows = exp.Table(this=identifier("rows"), alias=exp.TableAlias(this=identifier("b")))

    with pytest.raises(InternalError, match="inequality"):
        DIALECT.nearest(rows, exp.EQ(this=column("a", "k"), expression=column("b", "k")), outer=False)


INSTANTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(-2, 6)), max_size=8)


@given(INSTANTS, INSTANTS)
@example([("a", 1)], [("a", 1)])
@example([("a", 1), ("b", 2)], [("a", 2), ("a", 3)])
def test_the_nearest_row_of_a_kept_relation_is_strictly_before(
    ask: Asking, kept: list[tuple[str, int]], asked: list[tuple[str, int]]
) -> None:
    """Microseconds apart, at one instant, of another person, and before the first of all."""

    def rows(pairs: list[tuple[str, int]]) -> str:
        values = ", ".join(f"('{who}', timestamp '2024-01-01' + interval '1 microsecond' * {at})" for who, at in pairs)
        empty = "SELECT NULL::text, NULL::timestamp WHERE FALSE"
        return f"VALUES {values}" if pairs else empty

    same = exp.EQ(this=column("e", "pid"), expression=column("a", "pid"))
    after = exp.GT(this=column("e", "ts"), expression=column("a", "ts"))
    relation = exp.Table(this=identifier("step_2"), alias=exp.TableAlias(this=identifier("a")))
    join = written(DIALECT.nearest_kept(relation, exp.And(this=same, expression=after)))
    found = ask.connection.execute(
        f"WITH step_2(pid, ts) AS MATERIALIZED ({rows(kept)}), events(pid, ts) AS ({rows(asked)}) "
        f"SELECT e.pid, e.ts, a.ts FROM events AS e {join} ORDER BY 1, 2"
    ).fetchall()
    first = datetime.fromisoformat("2024-01-01")
    expected = [
        (who, first + timedelta(microseconds=at), first + timedelta(microseconds=max(before)))
        for who, at in sorted(asked)
        if (before := [one for other, one in kept if other == who and one < at])
    ]

    assert found == expected


@pytest.mark.parametrize("end", ["then d within 1 hour", "then not d within 1 hour"])
def test_no_step_is_looked_through_for_each_event_of_the_next(ask: Asking, end: str) -> None:
    """However many events a person has, a kept relation is read once a step: nothing is quadratic in them."""
    query = compile_query(f"did a then b within 1 hour then c within 1 hour {end}", "postgres", as_of="2024-06-15")
    check_query(query.sql, "members", query.schema, DIALECT)
    ask.connection.execute("CREATE TEMP TABLE profiles AS SELECT 1::bigint AS pid, 'u1' AS external_id")
    ask.connection.execute(
        "CREATE TEMP TABLE events AS SELECT 1::bigint AS pid, (ARRAY['a', 'b', 'c', 'd'])[1 + n % 4] AS event, "
        "timestamp '2024-01-01' + interval '7 minutes' * n AS ts, n::text AS mid FROM GENERATE_SERIES(1, 2000) AS n"
    )
    ask.connection.execute("CREATE INDEX ON pg_temp.events (event, pid, ts)")
    ask.connection.execute("ANALYZE profiles, events")
    row = ask.connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query.sql}", query.params).fetchone()
    ask.connection.execute("DROP TABLE pg_temp.events, pg_temp.profiles")
    assert row is not None
    scans = [
        each for each in _nodes(row[0][0]["Plan"]) if each["Node Type"] == "CTE Scan" and each["CTE Name"] != "step_1"
    ]

    assert scans
    assert [each["Actual Loops"] for each in scans] == [1] * len(scans)


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner)
