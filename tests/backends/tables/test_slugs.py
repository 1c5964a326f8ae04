"""Names of columns: safe, alike, unique."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.tables.slugs import MAX_SLUG, Slugs, map_column, scalar_column, shape_columns, slug_of
from muster.compiler.values import KINDS

POSTGRES_LIMIT = 63


@pytest.mark.parametrize(
    ("path", "slug"),
    [
        (("plan",), "plan"),
        (("Plan Type",), "plan_type"),
        (("address", "city"), "address_city"),
        (("ltv__num",), "ltv_num"),
        (("Café",), "cafe"),
        (("東京",), "x"),
        (("",), "x"),
        (("a'; DROP TABLE x; --",), "a_drop_table_x"),
        (("x" * 100,), "x" * MAX_SLUG),
        (("x" * 39 + "_y",), "x" * 39),
        (("2024",), "2024"),
    ],
)
def test_a_slug_resembles_its_path(path: tuple[str, ...], slug: str) -> None:
    assert slug_of(path) == slug


def test_alike_paths_get_numbers() -> None:
    slugs = Slugs()

    assert [slugs.assign((name,)) for name in ("plan", "Plan", "PLAN", "plan_2")] == [
        "plan",
        "plan_2",
        "plan_3",
        "plan_2_2",
    ]


def test_a_slug_taken_before_is_not_given_again() -> None:
    assert Slugs(["plan"]).assign(("plan",)) == "plan_2"


@given(st.lists(st.tuples(st.text(max_size=50) | st.sampled_from(["rest__map", "rest map", "map"])), max_size=20))
def test_no_two_paths_share_a_column_and_all_fit(paths: list[tuple[str, ...]]) -> None:
    slugs = Slugs()
    columns = [
        column
        for path in paths
        for slug in [slugs.assign(path)]
        for column in (*(scalar_column(slug, kind) for kind in KINDS), *shape_columns(slug))
    ]
    maps = [map_column(kind) for kind in KINDS]

    assert len({*columns, *maps}) == len(columns) + len(maps)
    assert all(re.fullmatch("[a-z0-9_]+", column) and len(column) <= POSTGRES_LIMIT for column in columns)
    assert all("__" not in column.rsplit("__", 1)[0] for column in columns)
