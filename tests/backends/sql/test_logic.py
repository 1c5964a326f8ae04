"""Conditions fold, stay flat, never lose a parenthesis, and are two-valued under NOT."""

from __future__ import annotations

from itertools import product

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import exp

from muster.backends.sql.logic import (
    Condition,
    Leaf,
    all_of,
    any_of,
    leaves,
    negate,
    render,
    whole,
)
from muster.backends.sql.names import column
from tests.sql_text import DIALECT, shown


def leaf(name: str) -> Leaf:
    return Leaf(lambda: column("t", name))


def equal(name: str) -> Leaf:
    return Leaf(lambda: exp.EQ(this=column("t", name), expression=exp.Placeholder(this="p0")))


A, B, C = leaf("a"), leaf("b"), leaf("c")


def test_constants_vanish_or_decide() -> None:
    assert all_of() is True
    assert any_of() is False
    assert all_of(True, A) is A
    assert all_of(A, False, B) is False
    assert any_of(False, A) is A
    assert any_of(A, True) is True
    assert negate(True) is False
    assert whole(False) is False


def test_nested_groups_of_one_kind_become_one() -> None:
    assert shown(all_of(A, all_of(B, C))) == 't.a AND t.b AND t."c"'


def test_an_or_inside_an_and_keeps_its_parentheses() -> None:
    assert shown(all_of(A, any_of(B, C))) == 't.a AND (t.b OR t."c")'
    assert shown(any_of(A, all_of(B, C))) == 't.a OR (t.b AND t."c")'
    assert shown(all_of(whole(any_of(A, B)), C)) == '(t.a OR t.b) AND t."c"'
    assert shown(all_of(whole(all_of(A, B)), C)) == 't.a AND t.b AND t."c"'


def test_a_leaf_that_folds_away_is_never_built() -> None:
    built: list[str] = []

    def build() -> exp.Expr:
        built.append("leaf")
        return column("t", "a")

    render(all_of(Leaf(build), False))
    assert built == []


@pytest.mark.parametrize(
    ("test", "complement"),
    [
        (equal("a"), "t.a IS DISTINCT FROM $p0"),
        (A, "NOT COALESCE(t.a, FALSE)"),
        (Leaf(lambda: exp.GT(this=column("t", "a"), expression=column("t", "b"))), "NOT COALESCE(t.a > t.b, FALSE)"),
        (Leaf(lambda: exp.EQ(this=column("t", "a"), expression=column("t", "b"))), "NOT COALESCE(t.a = t.b, FALSE)"),
        (Leaf(lambda: exp.Is(this=column("t", "a"), expression=exp.Null()), total=True), "t.a IS NOT NULL"),
        (Leaf(lambda: exp.Is(this=column("t", "a"), expression=exp.Null(), negate=True), total=True), "t.a IS NULL"),
        (Leaf(lambda: exp.In(this=column("t", "a"), expressions=[column("t", "b")]), total=True), "t.a NOT IN (t.b)"),
        (Leaf(lambda: exp.EQ(this=column("t", "a"), expression=column("t", "b")), total=True), "NOT (t.a = t.b)"),
    ],
)
def test_the_complement_says_what_null_means(test: Leaf, complement: str) -> None:
    assert shown(negate(test)) == complement


def test_the_complement_of_a_whole_is_taken_of_the_whole() -> None:
    assert shown(negate(all_of(A, B))) == "NOT COALESCE(t.a, FALSE) OR NOT COALESCE(t.b, FALSE)"
    assert shown(negate(whole(all_of(A, B)))) == "NOT COALESCE(t.a AND t.b, FALSE)"


def test_leaves_are_listed_through_groups() -> None:
    assert list(leaves(any_of(all_of(A, B), C))) == [A, B, C]
    assert list(leaves(True)) == []


def conditions() -> st.SearchStrategy[Condition]:
    atoms: st.SearchStrategy[Condition] = st.one_of(
        st.sampled_from("abc").map(leaf),
        st.sampled_from("abc").map(lambda name: whole(all_of(leaf(name), leaf("b")))),
        st.booleans(),
    )
    return st.recursive(
        atoms,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda args: all_of(*args)),
            st.lists(inner, max_size=3).map(lambda args: any_of(*args)),
            inner.map(negate),
        ),
        max_leaves=8,
    )


@given(conditions())
def test_a_condition_and_its_complement_divide_all_rows(condition: Condition) -> None:
    rows = list(product((True, False, None), repeat=3))
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t (a BOOLEAN, b BOOLEAN, c BOOLEAN)")
        connection.executemany("INSERT INTO t VALUES (?, ?, ?)", rows)
        found = [
            connection.execute("FROM t SELECT a, b, c WHERE " + DIALECT.write(render(each))).fetchall()
            for each in (condition, negate(condition))
        ]

    assert sorted(found[0] + found[1], key=repr) == sorted(rows, key=repr)
