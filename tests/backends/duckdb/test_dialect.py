"""DuckDB's words mean what the shared generator takes them to mean."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from muster.backends.memory.value_tests import fold
from muster.backends.sql.calls import integer
from muster.backends.sql.names import Sql, identifier
from muster.backends.sql.params import Parameters
from muster.compiler.expr import TextTest
from muster.compiler.moments import Clock
from muster.compiler.regex import parse_pattern
from muster.compiler.values import Kind
from tests.sql_text import DIALECT

CONNECTION = duckdb.connect()
TEXTS = st.text(max_size=12).filter(lambda value: "\0" not in value)
WORDS = st.text("aAkKsSiI.ſİ\u212aéÉ🙂%_\\", max_size=6)


def placeholder(name: str) -> Sql:
    return exp.Placeholder(this=name)


def value(tree: Sql, parameters: Parameters | None = None, **given_: Any) -> Any:
    bound: Mapping[str, object] = {} if parameters is None else {p.name: p.bind(Clock(0)) for p in parameters.found}
    row = CONNECTION.execute(f"SELECT {DIALECT.write(tree)}", {**bound, **given_}).fetchone()
    assert row is not None
    return row[0]


@given(TEXTS, TEXTS, st.decimals(min_value=0, max_value=100, places=9))
def test_a_share_of_people_is_cut_where_the_hash_says(salt: str, identity: str, percent: Decimal) -> None:
    parameters = Parameters(DIALECT.parameter)
    tree = DIALECT.is_sampled(placeholder("identity"), salt, percent, parameters)
    digest = hashlib.md5(f"{salt}:{identity}".encode(), usedforsecurity=False).hexdigest()

    assert value(tree, parameters, identity=identity) == (int(digest[:8], 16) % 10_000 < percent * 100)


def test_a_person_without_an_id_is_sampled_all_the_same() -> None:
    parameters = Parameters(DIALECT.parameter)

    assert value(DIALECT.is_sampled(exp.Null(), "s", Decimal(50), parameters), parameters) in {True, False}


@pytest.mark.parametrize("how", ["equals", "contains", "starts_with", "ends_with"])
@pytest.mark.parametrize("ignore_case", [False, True])
@given(text=WORDS, needle=WORDS, padding=st.sampled_from([0, 300]))
def test_a_text_is_tested_literally(*, how: Any, ignore_case: bool, text: str, needle: str, padding: int) -> None:
    text, needle = "x" * padding + text, "X" * padding + needle
    parameters = Parameters(DIALECT.parameter)
    tree = DIALECT.text_passes(placeholder("text"), TextTest(how, needle, ignore_case), parameters)
    left, right = (fold(text), fold(needle)) if ignore_case else (text, needle)
    expected = {
        "equals": left == right,
        "contains": right in left,
        "starts_with": left.startswith(right),
        "ends_with": left.endswith(right),
    }

    assert value(tree, parameters, text=text) is expected[how]


def test_a_missing_text_passes_no_test() -> None:
    for ignore_case in (False, True):
        parameters = Parameters(DIALECT.parameter)
        tree = DIALECT.text_passes(exp.Null(), TextTest("contains", "a", ignore_case), parameters)

        assert value(tree, parameters) is None


def test_a_pattern_is_a_parameter() -> None:
    parameters = Parameters(DIALECT.parameter)
    tree = DIALECT.matches(placeholder("text"), parse_pattern("a.c$"), parameters)

    assert DIALECT.write(tree) == "REGEXP_MATCHES($text, $p0)"
    assert value(tree, parameters, text="xa\nc") is True
    assert value(tree, parameters, text="xa\nc\n") is False


@pytest.mark.parametrize("in_lambda", [False, True])
def test_membership_of_an_array(*, in_lambda: bool) -> None:
    numbers = [Decimal("1.5"), Decimal(20)]
    tested = [
        value(DIALECT.is_among(placeholder("x"), placeholder("array"), in_lambda=in_lambda), x=each, array=numbers)
        for each in (Decimal("1.50"), Decimal(20), Decimal(2), None)
    ]

    assert tested[:3] == [True, True, False]
    assert not tested[3]


# --- lists ------------------------------------------------------------------------------------------------------
def column_x() -> Sql:
    return exp.Column(this=identifier("x"))


@pytest.mark.parametrize(
    ("items", "expected"), [([1, 2], True), ([1, None], False), ([None], False), ([], False), (None, None)]
)
def test_some_item_passes(items: Any, expected: object) -> None:
    test = exp.GT(this=column_x(), expression=exp.Literal.number(1))

    assert value(DIALECT.some_item(placeholder("items"), "x", test), items=items) is expected


@pytest.mark.parametrize(("items", "expected"), [([1], True), ([], False), (None, None)])
def test_a_list_has_items(items: Any, expected: object) -> None:
    assert value(DIALECT.has_items(placeholder("items")), items=items) is expected


@pytest.mark.parametrize(("items", "expected"), [([1, 2], [9, 1, 2]), ([], [9]), (None, [9]), ([None], [9, None])])
def test_views_begin_with_the_scalar_and_are_never_empty(items: Any, expected: object) -> None:
    nine = exp.Literal.number(9)

    assert value(DIALECT.views(nine, placeholder("items"), "x", column_x()), items=items) == expected


def test_views_without_a_scalar_or_without_items() -> None:
    assert value(DIALECT.views(None, placeholder("items"), "x", column_x()), items=[1]) == [None, 1]
    assert value(DIALECT.views(exp.Literal.number(9), exp.Null(), "x", None)) == [9]
    assert value(DIALECT.views(None, exp.Null(), "x", None)) == [None]


def test_lists_side_by_side_are_unnested_in_step() -> None:
    tree = DIALECT.spread(exp.Select(expressions=[integer(7)]), {"a": placeholder("a"), "b": placeholder("b")})
    rows = CONNECTION.execute(DIALECT.write(tree), {"a": [1, 2], "b": ["x"]}).fetchall()

    assert rows == [(7, 1, "x"), (7, 2, None)]


# --- events -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("which", "expected"), [("first", None), ("last", "d")])
def test_a_row_is_picked_even_if_its_value_is_null(which: Any, expected: object) -> None:
    tree = DIALECT.picked(which, *(exp.Column(this=identifier(name)) for name in ("v", "ts", "mid")), is_list=False)
    rows = "(VALUES (NULL, 1, 'a'), ('b', 1, 'b'), ('c', 2, 'Z'), ('d', 2, 'é')) AS rows(v, ts, mid)"
    found = CONNECTION.execute(f"SELECT {DIALECT.write(tree)} FROM {rows}").fetchone()

    assert found == (expected,)


@given(
    st.datetimes(min_value=datetime.fromisoformat("0001-01-01"), max_value=datetime.fromisoformat("9990-01-01")),
    st.integers(min_value=0, max_value=3_000_000_000_000_000),
)
def test_a_length_is_added_exactly(instant: datetime, micros: int) -> None:
    later = value(DIALECT.later(placeholder("t"), micros), t=instant)

    if isinstance(later, datetime):  # past the year 9999 Python has no datetime; DuckDB gives text
        assert later == instant + timedelta(microseconds=micros)
    else:
        assert micros > 0


def test_the_longest_length_does_not_leave_duckdbs_time() -> None:
    longest = 99_999 * 604_800_000_000

    assert value(DIALECT.later(placeholder("t"), longest), t=datetime.fromisoformat("9999-12-31")) is not None


@given(st.integers(min_value=1, max_value=10**15), st.integers(min_value=1, max_value=10**12))
def test_periods_are_numbered_back_from_as_of(ago: int, length: int) -> None:
    as_of = datetime.fromisoformat("2024-01-01")
    tree = DIALECT.age_in(length, placeholder("t"), placeholder("as_of"))
    if ago > 2000 * 365 * 86_400_000_000:
        return

    assert value(tree, t=as_of - timedelta(microseconds=ago), as_of=as_of) == (ago - 1) // length


def test_keys_of_different_kinds_never_meet() -> None:
    kinds: tuple[Kind, ...] = ("str", "num", "bool", "time")
    values = ("1", Decimal(1), True, datetime.fromisoformat("2024-01-01"))
    texts = [
        value(DIALECT.key_text(prefix, kind, placeholder("v")), v=each)
        for prefix, (kind, each) in enumerate(zip(kinds, values, strict=True))
    ]

    assert texts == ["01", "11", "2true", "32024-01-01 00:00:00"]


def test_a_negated_membership_reads_as_people_write_it() -> None:
    member = exp.In(this=column_x(), expressions=[exp.Literal.number(1)])

    assert DIALECT.write(exp.Not(this=member)) == "x NOT IN (1)"
    assert DIALECT.write(exp.Not(this=column_x())) == "NOT x"
