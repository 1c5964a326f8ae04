from __future__ import annotations

from collections.abc import Iterable

import pytest

from muster.backends.base import FoundColumn, FoundTable
from muster.compiler.own_tables import Column, ColumnHow, Member, Table
from muster.runtime.errors import ChoiceError
from muster.runtime.own_guess import guess_map, members_of

JSON = ('{"a": 1, "b": {"c": "x", "list": [1]}, "d": true}', '{"a": "1", "e": null}')


def column(name: str, *hows: ColumnHow, nullable: bool = False, json: bool = False) -> FoundColumn:
    return FoundColumn(name, "any", hows, may_be_json=json, nullable=nullable)


def nothing(_: Table, __: str) -> Iterable[str]:
    return JSON


LOG = FoundTable(
    ("shop", "events"),
    (
        column("event_id", "spelled"),
        column("user_id", "text"),
        column("event", "text"),
        column("ts", "time"),
        column("amount", "num"),
        column("properties", json=True),
        column("picture"),
    ),
    frozenset({"event_id"}),
)
USERS = FoundTable(
    ("shop", "users"), (column("id", "int", "num", "spelled"), column("plan", "text")), frozenset({"id"})
)


def test_tables_of_events_and_of_people_are_told_by_their_names_and_columns() -> None:
    found = guess_map((USERS, LOG), nothing)
    (events,) = found.events

    assert (events.table, events.id, events.name, events.time) == (
        ("shop", "events"),
        Column("user_id", "text"),
        "event",
        Column("ts", "time"),
    )
    assert (events.order, events.unique, events.never_null) == (Column("event_id", "spelled"), None, True)
    assert ("picture",) not in events.values
    assert events.values["amount",] == Column("amount", "num")
    assert events.values["b", "c"] == Member("properties", ("b", "c"), ("str",))
    assert found.people is not None
    assert (found.people.id, found.people.never_null) == (Column("id", "spelled"), True)


def test_a_table_of_orders_is_one_event_and_not_people() -> None:
    orders = FoundTable(("shop", "orders"), (column("customer_id", "text"), column("order_date", "date")))
    (events,) = guess_map((orders,), nothing).events

    assert (events.constant, events.never_null) == ("orders", True)


def test_what_may_be_missing_is_not_promised() -> None:
    log = FoundTable(LOG.table, tuple(column(each.name, *each.hows, nullable=True) for each in LOG.columns))

    assert not guess_map((log,), nothing).events[0].never_null


def test_a_database_without_events_is_told_what_it_would_need() -> None:
    with pytest.raises(ChoiceError, match=r"No table looks like one of events.*shop\.users"):
        guess_map((USERS,), nothing)


def test_members_are_told_by_all_values_and_lists_left_out() -> None:
    assert members_of("p", JSON) == {
        ("a",): Member("p", ("a",), ("str", "num")),
        ("b", "c"): Member("p", ("b", "c"), ("str",)),
        ("d",): Member("p", ("d",), ("bool",)),
    }


def test_what_is_an_object_in_some_rows_only_is_no_object_in_a_map() -> None:
    assert set(members_of("p", ('{"a": 1}', '{"a": {"b": 2}}'))) == {("a",)}
    assert members_of("p", ("no json",)) == {}
