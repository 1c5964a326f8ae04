"""ClickHouse's words mean what the shared generator takes them to mean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from muster.backends.base import Parameter
from muster.backends.clickhouse.client import _as_parameter
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.clickhouse.places import InProcess
from muster.backends.memory.value_tests import fold
from muster.backends.sql.calls import integer
from muster.backends.sql.names import Sql, bare, identifier, named
from muster.backends.sql.params import Parameters
from muster.compiler.expr import TextTest
from muster.compiler.moments import Clock, Instant, to_micros
from muster.compiler.regex import parse_pattern
from muster.compiler.values import Kind
from tests.cases import micros

DIALECT = ClickHouseDialect()
TEXTS = st.text(max_size=12).filter(lambda value: "\0" not in value)
WORDS = st.text("aAkKsSiI.ſİ\u212aéÉ🙂%_\\", max_size=6)
EARLIEST, LATEST = datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31T23:59:59.999999")
NUMBERS = st.decimals(min_value=-(10**18) + 1, max_value=10**18 - 1, places=9)


class Asking:
    """Asks the engine for the value of a tree."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def value(self, tree: Sql, *parameters: Parameter, source: str = "") -> Any:
        """Give the value of the first row."""
        bound = {each.name: _as_parameter(each.bind(Clock(0))) for each in parameters}
        found = self._client.query_arrow(f"SELECT {DIALECT.write(tree)} AS v {source}", parameters=bound)
        return found.column(0)[0].as_py()


@pytest.fixture(scope="module")
def ask() -> Iterator[Asking]:
    place = InProcess("")
    client = place.open_client(())
    yield Asking(client)
    client.close()
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
@example("\t\n\r\x01'\"`")
@example("%s {v:String} {v: String} $v")
def test_a_text_comes_back_as_it_was(ask: Asking, value: str) -> None:
    tree, parameter = given_("str", value)

    assert ask.value(tree, parameter) == value
    assert ask.value(DIALECT.literal(value)) == value


@given(st.lists(TEXTS, max_size=5))
@example(["\\N", "'", "[", "]", ",", "", "NULL"])
@example([f"it's {number}" for number in range(1000)])
def test_a_list_of_texts_comes_back_as_it_was(ask: Asking, values: list[str]) -> None:
    tree, parameter = given_("str", tuple(values), many=True)

    assert ask.value(tree, parameter) == values
    if values:
        assert ask.value(DIALECT.literal(values)) == values


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
    assert written(DIALECT.literal(value)).startswith("toDecimal128('")


@given(st.datetimes(min_value=EARLIEST, max_value=LATEST))
@example(EARLIEST)
@example(LATEST)
@example(datetime.fromisoformat("0099-02-28T23:59:59.000001"))
@example(datetime.fromisoformat("1900-01-01"))
@example(datetime.fromisoformat("1969-12-31T23:59:59.999999"))
def test_a_time_comes_back_as_it_was(ask: Asking, value: datetime) -> None:
    instant = Instant(micros(f"{value.isoformat()}+00:00"))
    tree, parameter = given_("time", instant)
    many, several = given_("time", (instant, Instant(0)), many=True)

    assert ask.value(count_micros(tree), parameter) == instant.micros
    assert ask.value(count_micros(DIALECT.literal(value))) == instant.micros
    mapped = exp.Anonymous(this="arrayMap", expressions=[lambda_("x", count_micros(bare("x"))), many])
    assert ask.value(mapped, several) == [instant.micros, 0]


def count_micros(tree: Sql) -> Sql:
    return exp.Anonymous(this="toUnixTimestamp64Micro", expressions=[tree])


def lambda_(name: str, body: Sql) -> Sql:
    return exp.Lambda(this=body, expressions=[identifier(name)])


def test_a_boolean_comes_back_as_it_was(ask: Asking) -> None:
    for value in (True, False):
        tree, parameter = given_("bool", value)
        many, several = given_("bool", (value, True), many=True)

        assert ask.value(tree, parameter) is value
        assert ask.value(many, several) == [value, True]
        assert ask.value(DIALECT.literal(value)) is value


def test_parameters_are_spelled_with_their_type() -> None:
    shown = [written(given_(kind, "", many=many)[0]) for kind in ("str", "num", "time") for many in (False, True)]

    assert shown == [
        "{v: String}",
        "{v: Array(String)}",
        "{v: Decimal(38, 9)}",
        "{v: Array(Decimal(38, 9))}",
        "{v: DateTime64(6, 'UTC')}",
        "{v: Array(DateTime64(6, 'UTC'))}",
    ]


# --- values -----------------------------------------------------------------------------------------------------
@given(TEXTS, TEXTS, st.decimals(min_value=0, max_value=100, places=9))
def test_a_share_of_people_is_cut_where_the_hash_says(ask: Asking, salt: str, identity: str, percent: Decimal) -> None:
    parameters = Parameters(DIALECT.parameter)
    who, parameter = given_("str", identity, "who")
    tree = DIALECT.is_sampled(who, salt, percent, parameters)
    digest = hashlib.md5(f"{salt}:{identity}".encode(), usedforsecurity=False).hexdigest()

    assert bool(ask.value(tree, parameter, *parameters.found)) == (int(digest[:8], 16) % 10_000 < percent * 100)


@pytest.mark.parametrize("how", ["equals", "contains", "starts_with", "ends_with"])
@pytest.mark.parametrize("ignore_case", [False, True])
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(text=WORDS, needle=WORDS, padding=st.sampled_from([0, 300]))
def test_a_text_is_tested_literally(
    ask: Asking, *, how: Any, ignore_case: bool, text: str, needle: str, padding: int
) -> None:
    text, needle = "x" * padding + text, "X" * padding + needle
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

    assert bool(ask.value(tree, parameter, *parameters.found)) is expected[how]


@pytest.mark.parametrize("how", ["equals", "contains", "starts_with", "ends_with"])
def test_a_missing_text_passes_no_test_and_fails_none(ask: Asking, how: Any) -> None:
    parameters = Parameters(DIALECT.parameter)
    missing = exp.Cast(this=exp.Null(), to=exp.DataType(this=exp.DType.TEXT, nullable=True))

    assert ask.value(DIALECT.text_passes(missing, TextTest(how, "a"), parameters), *parameters.found) is None


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("a.c$", "xa\nc", True),
        ("a.c$", "xa\nc\n", False),
        ("^é+$", "éé", True),
        (r"\d{2}", "a12", True),
        (r"\\", "a\\b", True),
        ("🙂", "a🙂b", True),
    ],
)
def test_a_pattern_is_a_parameter(ask: Asking, pattern: str, text: str, *, expected: bool) -> None:
    parameters = Parameters(DIALECT.parameter)
    tested, parameter = given_("str", text, "text")
    tree = DIALECT.matches(tested, parse_pattern(pattern), parameters)

    assert written(tree) == "match({text: String}, {p0: String})"
    assert bool(ask.value(tree, parameter, *parameters.found)) is expected


@pytest.mark.parametrize("in_lambda", [False, True])
def test_membership_of_an_array(ask: Asking, *, in_lambda: bool) -> None:
    array, numbers = given_("num", (Decimal("1.5"), Decimal(20), *map(Decimal, range(100, 300))), many=True)
    found = []
    for each in ("1.50", "20", "2", "299", "300"):
        tested, parameter = given_("num", Decimal(each), "x")
        found.append(bool(ask.value(DIALECT.is_among(tested, array.copy(), in_lambda=in_lambda), numbers, parameter)))

    assert found == [True, True, False, True, False]


def test_a_count_is_looked_for_among_decimals(ask: Asking) -> None:
    array, numbers = given_("num", (Decimal("1.5"), Decimal(2)), many=True)
    counted = DIALECT.as_number(exp.Count(this=exp.Star()))

    assert ask.value(DIALECT.is_among(counted, array, in_lambda=False), numbers, source="FROM numbers(2)") == 1


# --- lists ------------------------------------------------------------------------------------------------------
def items(*values: object) -> Sql:
    kind = exp.DataType(this=exp.DType.UINT, nullable=True)
    array = exp.DataType(this=exp.DType.ARRAY, expressions=[kind], nested=True, nullable=False)
    held = [exp.Null() if each is None else integer(int(str(each))) for each in values]
    return exp.Cast(this=exp.Array(expressions=held), to=array)


@pytest.mark.parametrize(("held", "expected"), [((1, 2), True), ((1, None), False), ((None,), False), ((), False)])
def test_some_item_passes(ask: Asking, held: tuple[object, ...], *, expected: bool) -> None:
    test = exp.GT(this=bare("x"), expression=integer(1))

    assert bool(ask.value(DIALECT.some_item(items(*held), "x", test))) is expected


@pytest.mark.parametrize(("held", "expected"), [((1,), True), ((), False), ((None,), True)])
def test_a_list_has_items(ask: Asking, held: tuple[object, ...], *, expected: bool) -> None:
    assert bool(ask.value(DIALECT.has_items(items(*held)))) is expected


@pytest.mark.parametrize(("held", "expected"), [((1, 2), [9, 1, 2]), ((), [9]), ((None,), [9, None])])
def test_views_begin_with_the_scalar_and_are_never_empty(
    ask: Asking, held: tuple[object, ...], expected: list[object]
) -> None:
    assert ask.value(DIALECT.views(integer(9), items(*held), "x", bare("x"))) == expected


def test_views_without_a_scalar_or_of_nothing_are_as_long(ask: Asking) -> None:
    assert ask.value(DIALECT.views(None, items(1), "x", bare("x"))) == [None, 1]
    assert ask.value(DIALECT.views(integer(9), items(1, 2), "x", None)) == [9, None, None]


def test_lists_side_by_side_are_spread_in_step(ask: Asking) -> None:
    one_row = exp.From(this=exp.Table(this=identifier("one"), db=identifier("system")))
    select = exp.Select(expressions=[named(integer(7), "s")], from_=one_row)
    tree = DIALECT.spread(select, {"a": items(1, 2), "b": items(3, None)})
    found = ask._client.query(written(tree)).result_rows

    assert [tuple(row) for row in found] == [(7, 1, 3), (7, 2, None)]


# --- events -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("which", "expected"), [("first", None), ("last", "d")])
def test_a_row_is_picked_even_if_its_value_is_null(ask: Asking, which: Any, expected: object) -> None:
    tree = DIALECT.picked(which, *(bare(name) for name in ("v", "ts", "mid")), is_list=False)
    rows = (
        "FROM VALUES('v Nullable(String), ts Int64, mid String',"
        " (NULL, 1, 'a'), ('b', 1, 'b'), ('c', 2, 'Z'), ('d', 2, 'é'))"
    )

    assert ask.value(tree, source=rows) == expected


@given(
    st.datetimes(min_value=EARLIEST, max_value=datetime.fromisoformat("9990-01-01")),
    st.integers(min_value=0, max_value=3_000_000_000_000_000),
)
def test_a_length_is_added_exactly(ask: Asking, instant: datetime, length: int) -> None:
    at = micros(f"{instant.isoformat()}+00:00")
    tree, parameter = given_("time", Instant(at))
    later = ask.value(count_micros(DIALECT.later(tree, length)), parameter)

    if at + length <= to_micros(LATEST.replace(tzinfo=datetime.fromisoformat("2024-01-01T00+00:00").tzinfo)):
        assert later == at + length
    else:
        assert later >= 253_402_300_799_000_000 or later == at + length


@given(st.integers(min_value=1, max_value=10**15), st.integers(min_value=1, max_value=10**12))
def test_periods_are_numbered_back_from_as_of(ask: Asking, ago: int, length: int) -> None:
    as_of = micros("2024-01-01T00:00:00+00:00")
    now, second = given_("time", Instant(as_of), "as_of")
    if as_of - ago < micros("0001-01-01T00:00:00+00:00"):
        return
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

    assert texts == ["01", "11", "2true", "31704067200000000"]


@given(NUMBERS, NUMBERS)
def test_numbers_have_one_text_if_and_only_if_equal(ask: Asking, left: Decimal, right: Decimal) -> None:
    trees = [given_("num", each, name) for each, name in ((left, "a"), (right, "b"))]
    equal = exp.EQ(this=DIALECT.key_text(1, "num", trees[0][0]), expression=DIALECT.key_text(1, "num", trees[1][0]))

    assert bool(ask.value(equal, trees[0][1], trees[1][1])) == (left == right)


def test_what_an_outer_join_does_not_find_is_null_only_where_it_was_made_so(ask: Asking) -> None:
    join = DIALECT.nearest(exp.Table(this=identifier("b")), exp.true(), outer=True)
    assert (join.args["side"], join.args["kind"]) == ("LEFT", "ASOF")
    came = written(DIALECT.nullable(integer(9)))
    sql = (
        f"WITH a AS (SELECT 1 AS k, 5 AS t), b AS (SELECT 1 AS k, 9 AS t, {came} AS came)"
        " SELECT b.t, b.came FROM a ASOF LEFT JOIN b ON a.k = b.k AND a.t >= b.t"
    )

    assert [tuple(row) for row in ask._client.query(sql).result_rows] == [(0, None)]


def test_a_column_beside_a_join_has_its_own_name() -> None:
    select = exp.Select(expressions=[exp.Column(this=identifier("pid"), table=identifier("e"))])
    select.set("from_", exp.From(this=exp.Table(this=identifier("events"), alias=exp.TableAlias(this=identifier("e")))))

    assert written(select.copy()) == "SELECT e.pid FROM events AS e"
    select.append("joins", exp.Join(this=exp.Table(this=identifier("b")), on=exp.true()))
    assert written(select).startswith("SELECT e.pid AS pid FROM events AS e")


def test_times_are_bound_as_text_with_all_digits_of_the_year() -> None:
    early = datetime.fromisoformat("0001-02-03")

    assert _as_parameter([early, early + timedelta(microseconds=1)]) == [
        "0001-02-03 00:00:00.000000",
        "0001-02-03 00:00:00.000001",
    ]
