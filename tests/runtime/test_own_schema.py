from __future__ import annotations

from collections.abc import Mapping

from muster.compiler.own_tables import Column, Member
from muster.compiler.values import Path
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

ID, AT = Column("id", "text"), Column("at", "time")


def table(
    *,
    constant: str | None = None,
    name: str | None = None,
    order: Column | None = None,
    values: Mapping[Path, Value] | None = None,
) -> EventsTable:
    return EventsTable(("s", "t"), ID, AT, name=name, constant=constant, order=order, values=values or {})


def test_an_event_has_what_its_own_table_holds_and_what_a_table_of_any_event_holds() -> None:
    buys = table(constant="buy", values={("amount",): Column("amount", "num")})
    log = table(name="what", values={("page",): Column("page", "text")})
    schema = own_schema(TableMap((buys, log)))

    assert set(schema.events.events["buy"]) == {("amount",), ("page",)}
    assert schema.events.others is not None
    assert set(schema.events.others) == {("page",)}
    assert schema.property(("see",), ("page",)).columns == {"str": "page__str"}
    assert schema.property(("see",), ("amount",)).columns == {}


def test_one_name_of_two_kinds_in_two_tables_has_a_column_for_each() -> None:
    first = table(constant="buy", values={("x",): Column("x", "num")})
    second = table(constant="see", values={("x",): Column("y", "text")})
    schema = own_schema(TableMap((first, second)))

    assert schema.property((), ("x",)).columns == {"str": "x__str", "num": "x__num"}
    assert schema.property(("buy",), ("x",)).columns == {"num": "x__num"}


def test_text_that_counts_as_more_has_a_column_for_each_kind() -> None:
    schema = own_schema(TableMap((table(name="n", values={("a b",): Member("held", ("a b",), ("str",))}),)))

    assert schema.property(("any",), ("a b",)).columns == {
        "str": "a_b__str",
        "num": "a_b__num",
        "bool": "a_b__bool",
        "time": "a_b__time",
    }


def test_ties_are_broken_where_every_table_has_an_order() -> None:
    assert own_schema(TableMap((table(name="n", order=Column("nr", "text")),))).events.order == "mid"
    assert own_schema(TableMap((table(name="n", order=Column("nr", "text")), table(constant="x")))).events.order is None


def test_a_table_that_is_called_like_our_relation_is_not_taken_for_it() -> None:
    people = PeopleTable(("Profiles",), ID)
    logs = (EventsTable(("events",), ID, AT, name="n"), EventsTable(("events_read",), ID, AT, name="n"))
    schema = own_schema(TableMap(logs, people))

    assert (schema.events.table, schema.profiles.table) == ("events_read_read", "profiles_read")
