from __future__ import annotations

from collections.abc import Mapping

import pytest

from muster.backends.base import EngineError, FoundColumn, FoundTable
from muster.backends.sql.own_checks import check_map, found_tables, in_full
from muster.compiler.own_tables import Column, Member
from muster.compiler.schema import Schema
from muster.compiler.values import Path
from muster.runtime.own_schema import own_schema
from muster.runtime.table_map import EventsTable, PeopleTable, TableMap, Value

TEXT, TIME = FoundColumn("id", "text", ("text",)), FoundColumn("at", "timestamp", ("time",))
EVENTS = FoundTable(("public", "log"), (TEXT, TIME, FoundColumn("what", "text", ("text",))))
PEOPLE = FoundTable(("public", "people"), (TEXT, FoundColumn("held", "jsonb", (), may_be_json=True)))


def schema(*, values: Mapping[Path, Value] | None = None, latest: str | None = None) -> Schema:
    events = EventsTable(("log",), Column("id", "text"), Column("at", "time"), name="what")
    people = PeopleTable(("people",), Column("id", "text"), values=values or {}, latest=latest)
    return in_full(own_schema(TableMap((events,), people)), "public")


def test_a_map_that_fits_passes() -> None:
    check_map(schema(values={("x",): Member("held", ("x",), ("num",))}), (EVENTS, PEOPLE))


def test_a_member_of_a_column_that_holds_no_json_is_refused() -> None:
    with pytest.raises(EngineError, match=r"public\.people\.id is of type text, and the map says that it holds JSON"):
        check_map(schema(values={("x",): Member("id", ("x",), ("num",))}), (EVENTS, PEOPLE))


def test_columns_that_are_only_compared_must_be_there_too() -> None:
    with pytest.raises(EngineError, match='no column "version"'):
        check_map(schema(latest="version"), (EVENTS, PEOPLE))


def test_ids_of_several_types_are_refused() -> None:
    numbers = FoundTable(("public", "people"), (FoundColumn("id", "integer", ("int", "num", "text")),))

    with pytest.raises(EngineError, match=r"text in public\.log, integer in public\.people"):
        check_map(schema(), (EVENTS, numbers))


def test_a_near_name_is_suggested() -> None:
    with pytest.raises(EngineError, match=r"no table public\.log in the database\. Did you mean public\.logs\?"):
        check_map(schema(), (FoundTable(("public", "logs"), EVENTS.columns), PEOPLE))


def test_keys_of_one_column_tell_rows_apart_and_others_do_not() -> None:
    columns = [("s", "t", FoundColumn(name, "text", ("text",))) for name in ("a", "b", "c")]
    keys = [("s", "t", "k1", "a"), ("s", "t", "k2", "b"), ("s", "t", "k2", "c")]
    (found,) = found_tables(columns, keys)

    assert found.unique == {"a"}
    assert [each.name for each in found.columns] == ["a", "b", "c"]
