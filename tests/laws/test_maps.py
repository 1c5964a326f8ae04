"""Names in maps mean on every engine what names in columns mean: missing is missing, whatever they are called."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from muster.backends.base import Backend, Engine, EventRow, Json, ProfileRow
from muster.backends.discover import all_backends
from muster.backends.tables import Catalogue, Room
from muster.backends.tables.slugs import map_column
from muster.compiler.expr import Compare, Expr, Field, FieldTest, HasKind, IsBlank, Not, Pick, Present, Reduce
from muster.compiler.planner import plan
from muster.compiler.schema import Entry
from muster.compiler.values import KINDS
from tests.cases import CLOCK, compare, flag, metric, num, text, trait
from tests.sql_text import IN_MAPS

HOSTILE = (
    "",
    " ",
    "'",
    '"',
    "`",
    "\\",
    "a.b",
    "']) --",
    "{p0:String}",
    "$p0",
    "%s",
    "\n",
    "é",
    "東京",
    "🙂",
    "Plan",
    "plan",
)
DEFAULTS: tuple[Json, ...] = ("", 0, False, "1970-01-01")


@pytest.fixture(params=[each for each in all_backends() if each.dialect], ids=lambda each: each.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    found: Backend = request.param
    return found


def loaded(backend: Backend, people: list[ProfileRow], events: list[EventRow], columns: int = 0) -> Engine:
    catalogue = Catalogue()
    catalogue.observe_profiles(people)
    catalogue.observe_events(events)
    room = Room(columns)
    engine = backend.connect("", catalogue.schema(trait_room=room, property_room=room))
    engine.load(people, events)
    return engine


@pytest.fixture
def engine(backend: Backend) -> Iterator[Engine]:
    """Give an engine with a person for each default value, and two without any."""
    people = [ProfileRow(number, f"u{number}", traits={"x": value}) for number, value in enumerate(DEFAULTS)]
    people += [ProfileRow(8, "u8"), ProfileRow(9, "u9", traits={"y": 5})]
    events = [
        EventRow(0, "buy", 1, "a", {"v": 0}),
        EventRow(8, "buy", 1, "b", {"w": 1}),
        EventRow(9, "buy", 2, "c", {}),
    ]
    with closing(loaded(backend, people, events)) as opened:
        yield opened


def members(engine: Engine, expr: Expr) -> list[str]:
    return [str(identity) for identity in engine.members(plan(expr, expr), CLOCK).to_pylist()]


def test_a_value_that_an_engine_takes_for_missing_is_not_missing(engine: Engine) -> None:
    x = trait("x")

    assert members(engine, FieldTest(x, Present())) == ["u0", "u1", "u2", "u3"]
    assert members(engine, Not(FieldTest(x, Present()))) == ["u8", "u9"]
    assert members(engine, compare(x, "eq", text(""))) == members(engine, FieldTest(x, IsBlank())) == ["u0"]
    assert members(engine, compare(x, "eq", num(0))) == ["u1"]
    assert members(engine, compare(x, "eq", flag(value=False))) == ["u2"]
    assert members(engine, FieldTest(x, HasKind("time"))) == ["u3"]
    assert members(engine, Not(compare(x, "eq", num(0)))) == ["u0", "u2", "u3", "u8", "u9"]


def test_an_event_without_the_property_has_no_value(engine: Engine) -> None:
    total, last = Reduce("min", ("v",)), Pick("last", ("v",))

    assert members(engine, metric(total, Compare("lte", num(0)))) == ["u0"]
    assert members(engine, metric(last, Present())) == ["u0"]


def test_names_of_any_spelling_are_apart(backend: Backend) -> None:
    people = [ProfileRow(number, f"u{number:02}", traits={name: "x"}) for number, name in enumerate(HOSTILE)]
    with closing(loaded(backend, people, [])) as engine:
        found = [members(engine, compare(Field("trait", (name,)), "eq", text("x"))) for name in HOSTILE]

    assert found == [[person.external_id] for person in people]


def test_a_name_may_be_in_a_column_by_one_kind_and_in_a_map_by_another(backend: Backend) -> None:
    people = [ProfileRow(number, f"u{number}", traits={"x": value}) for number, value in enumerate(("a", "b", 1, "2"))]
    with closing(loaded(backend, people, [], columns=1)) as engine:
        places = engine.schema.trait(("x",)).columns

        assert places == {"str": "x__str", "num": Entry(map_column("num"), "x")}
        assert members(engine, compare(trait("x"), "gt", num(0))) == ["u2", "u3"]
        assert members(engine, FieldTest(trait("x"), Present())) == ["u0", "u1", "u2", "u3"]


def test_keys_are_bound_and_never_part_of_the_text(backend: Backend) -> None:
    expr = compare(trait("plan"), "eq", text("pro"))
    query = backend.generate(plan(expr, expr), IN_MAPS, "count")

    assert {each.value for each in query.parameters} == {"plan", "pro"}
    assert "plan" not in query.sql
    assert {map_column(kind) for kind in KINDS if map_column(kind) in query.sql} == {map_column("str")}
