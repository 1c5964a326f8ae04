"""Two steps share a value when stored kind and value are equal: "5" and 5 are not, 1 and 1.0 are."""

from __future__ import annotations

import pytest

from muster.backends.base import EventRow
from muster.backends.sql.events import Rows, event_rows
from muster.backends.sql.keys import StepKey, key_pair
from muster.compiler.expr import EVER, TRUE, Events
from tests.sql_text import DIALECT, schema_of, scope

NUM_TEXT = "CASE WHEN e.order__num IS NOT NULL THEN CONCAT(1, e.order__num) END"


def rows_of(name: str) -> Rows:
    rows = event_rows(Events((name,)), TRUE, EVER, scope())
    assert rows is not None
    return rows


def keys(path: str, before: str, after: str) -> tuple[StepKey, StepKey]:
    pair = key_pair((path,), rows_of(before), rows_of(after))
    assert pair is not None
    return pair.before, pair.after


def test_a_property_of_one_kind_is_compared_as_it_stands() -> None:
    before, after = keys("code", "buy", "refund")

    assert DIALECT.write(before.one()) == DIALECT.write(after.one()) == "e.code__str"
    assert before.is_column
    assert not before.is_list


def test_a_property_of_several_kinds_is_compared_as_text_that_begins_with_the_kind() -> None:
    before, after = keys("order", "buy", "refund")

    assert DIALECT.write(after.one()) == NUM_TEXT
    assert DIALECT.write(before.one()) == (
        f"CASE WHEN e.order__str IS NOT NULL THEN CONCAT(0, e.order__str) {NUM_TEXT.removeprefix('CASE ')}"
    )
    assert not before.is_column


def test_texts_are_compared_as_they_stand_even_where_they_read_as_numbers() -> None:
    before, _ = keys("order", "buy", "buy")

    assert not before.is_column  # "5" has a number beside it, so a number may stand there too
    assert keys("amount", "buy", "buy")[0].is_column


def test_a_list_gives_each_of_its_values() -> None:
    before, after = keys("tags", "buy", "refund")

    assert (before.is_list, after.is_list) == (True, False)
    assert DIALECT.write(before.all()) == "LIST_PREPEND(NULL, LIST_TRANSFORM(e.tags__items, LAMBDA x : x.str))"
    assert DIALECT.write(after.one()) == "e.tags__str"


@pytest.mark.parametrize(
    ("path", "before", "after"), [("page", "buy", "see"), ("at", "buy", "refund"), ("no", "buy", "buy")]
)
def test_steps_that_can_share_no_value_are_no_pair(path: str, before: str, after: str) -> None:
    assert key_pair((path,), rows_of(before), rows_of(after)) is None


def test_a_list_of_several_kinds_gives_each_value_as_text_that_begins_with_its_kind() -> None:
    seen = schema_of((), (EventRow(1, "buy", 1, "m", {"tags": ["a", 1]}), EventRow(1, "see", 1, "m", {"tags": 5})))
    sides = [event_rows(Events((name,)), TRUE, EVER, scope(seen)) for name in ("buy", "see")]
    assert sides[0] is not None
    assert sides[1] is not None
    pair = key_pair(("tags",), sides[0], sides[1])
    assert pair is not None

    assert DIALECT.write(pair.before.all()) == (
        "LIST_PREPEND(NULL, LIST_TRANSFORM(e.tags__items, LAMBDA x : CASE WHEN x.str IS NOT NULL THEN CONCAT(0, x.str)"
        " WHEN x.num IS NOT NULL THEN CONCAT(1, x.num) END))"
    )
