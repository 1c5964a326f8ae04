"""The catalogue: it only widens, its version tells, and its schema covers every row it saw."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import EventRow, Json, ProfileRow
from muster.backends.tables.arrow import arrow_schema, event_table, profile_table
from muster.backends.tables.catalogue import Catalogue
from muster.backends.tables.places import Place
from muster.backends.tables.promotion import ANY_NUMBER, Room
from muster.compiler.schema import Entry, Name, Record, Schema
from tests.documents import DOCUMENTS, PLAIN_DOCUMENTS

EVENTS = st.lists(st.tuples(st.sampled_from(("login", "buy", "café")), DOCUMENTS), max_size=2)


def people(documents: Iterable[dict[str, Json]]) -> list[ProfileRow]:
    return [ProfileRow(pid, f"u{pid}", traits=traits) for pid, traits in enumerate(documents)]


def events(named: Iterable[tuple[str, dict[str, Json]]]) -> list[EventRow]:
    return [EventRow(0, event, index, f"m{index}", properties) for index, (event, properties) in enumerate(named)]


def catalogue(traits: Iterable[dict[str, Json]] = (), named: Iterable[tuple[str, dict[str, Json]]] = ()) -> Catalogue:
    made = Catalogue()
    made.observe_profiles(people(traits))
    made.observe_events(events(named))
    return made


def columns(schema: Schema) -> list[str]:
    both = arrow_schema(schema)
    return [f"{field}" for table in (both.profiles, both.events) for field in table]


def contains(wide: Record, narrow: Record) -> bool:
    return all(path in wide and holds(wide[path], name) for path, name in narrow.items())


def holds(wide: Name, narrow: Name) -> bool:
    if not narrow.columns.items() <= wide.columns.items():
        return False
    if narrow.shape is None:
        return True
    shape = wide.shape
    return (
        shape is not None
        and (shape.stored, shape.size, shape.items) == (narrow.shape.stored, narrow.shape.size, narrow.shape.items)
        and narrow.shape.scalars.items() <= shape.scalars.items()
        and contains(shape.element, narrow.shape.element)
    )


def test_an_empty_catalogue_knows_the_built_in_columns_only() -> None:
    assert columns(Catalogue().schema()) == [
        "pyarrow.Field<pid: uint32>",
        "pyarrow.Field<external_id: string>",
        "pyarrow.Field<is_anonymous: bool>",
        "pyarrow.Field<first_seen: timestamp[us]>",
        "pyarrow.Field<last_seen: timestamp[us]>",
        "pyarrow.Field<created_at: timestamp[us]>",
        "pyarrow.Field<pid: uint32>",
        "pyarrow.Field<event: string>",
        "pyarrow.Field<ts: timestamp[us]>",
        "pyarrow.Field<mid: string>",
    ]


def test_events_share_a_column_but_not_a_kind() -> None:
    schema = catalogue(named=[("buy", {"amount": 1}), ("refund", {"amount": "many"})]).schema()

    assert schema.property(["buy"], ("amount",)) == Name({"num": "amount__num"})
    assert schema.property(["refund"], ("amount",)) == Name({"str": "amount__str"})
    assert schema.property([], ("amount",)) == Name({"str": "amount__str", "num": "amount__num"})


def test_event_names_with_one_normal_form_are_one_event() -> None:
    schema = catalogue(named=[("café", {}), ("cafe\u0301", {})]).schema()

    assert schema.stats.events == {"café": 2}


def test_lifecycle_fields_and_the_log_of_stages_are_noticed() -> None:
    made = Catalogue()
    made.observe_profiles(
        [ProfileRow(1, "u", fields={"lifecycle_stage": "new", "p_alive": Decimal("0.5")}, stages=(("new", 5),))]
    )
    schema = made.schema()

    assert schema.profiles.fields["p_alive"] == "p_alive"
    assert "p_return" not in schema.profiles.fields
    assert schema.stage_log
    assert made.version == 1


def test_a_declaration_is_news_once_and_can_be_taken_back() -> None:
    made = Catalogue()
    made.declare(trait=("plan",), single=True)
    made.declare(trait=("plan",), single=True)

    assert made.schema().trait(("plan",)) == Name(single=True)
    assert made.version == 1

    made.declare(trait=("plan",), single=False)

    assert not made.schema().trait(("plan",)).single
    assert made.version == 2


def test_the_version_grows_only_with_news() -> None:
    made = catalogue([{"plan": "pro"}])
    assert made.version == 1

    made.observe_profiles(people([{"plan": "free"}]))
    assert made.version == 1

    made.observe_profiles(people([{"plan": "12"}]))
    assert made.version == 2

    made.observe_events(events([("login", {})]))
    assert made.version == 3


def test_counts_are_those_of_the_rows() -> None:
    stats = catalogue([{"plan": "pro"}, {"plan": "pro"}, {}], [("buy", {"usd": 1}), ("buy", {})]).schema().stats

    assert (stats.profiles, stats.traits[("plan",)].rows, stats.traits[("plan",)].texts) == (3, 2, {"pro": 2})
    assert (stats.events["buy"], stats.properties["buy", ("usd",)].rows) == (2, 1)


def test_events_that_were_counted_elsewhere_are_as_if_seen() -> None:
    seen, counted = catalogue(named=[("login", {"n": "x"}), ("login", {})]), Catalogue()
    for rows in (1, 1):
        counted.add_event(
            "login", rows, {("n",): Place(1, [1, 0, 0, 0], texts={"x": 1})} if not counted.version else {}
        )
    counted.observe_times(0, 1)

    assert counted.schema().events == seen.schema().events
    assert counted.schema().stats == seen.schema().stats
    assert counted.version == 1


def test_the_column_that_breaks_ties_is_told() -> None:
    assert Catalogue().schema().events.order == "mid"
    assert Catalogue().schema(order=None).events.order is None


@given(st.lists(DOCUMENTS, max_size=2), EVENTS, st.lists(DOCUMENTS, max_size=2), EVENTS)
def test_it_only_widens(
    traits: list[dict[str, Json]],
    named: list[tuple[str, dict[str, Json]]],
    more_traits: list[dict[str, Json]],
    more_named: list[tuple[str, dict[str, Json]]],
) -> None:
    made = catalogue(traits, named)
    before, version = made.schema(), made.version

    made.observe_profiles(people(more_traits))
    made.observe_events(events(more_named))
    after = made.schema()

    assert contains(after.profiles.traits, before.profiles.traits)
    assert all(contains(after.events.events[event], record) for event, record in before.events.events.items())
    widened = not (
        contains(before.profiles.traits, after.profiles.traits)
        and all(contains(before.events.events.get(event, {}), seen) for event, seen in after.events.events.items())
        and before.events.events.keys() == after.events.events.keys()
    )
    assert (made.version > version) == widened


@given(st.lists(DOCUMENTS, max_size=3), EVENTS)
def test_its_schema_covers_every_row(traits: list[dict[str, Json]], named: list[tuple[str, dict[str, Json]]]) -> None:
    schema = catalogue(traits, named).schema()

    profile_table(people(traits), schema).validate(full=True)
    event_table(events(named), schema).validate(full=True)


@given(st.lists(DOCUMENTS, max_size=2), EVENTS, st.lists(DOCUMENTS, max_size=2), EVENTS)
def test_a_merged_catalogue_covers_both_and_keeps_its_columns(
    traits: list[dict[str, Json]],
    named: list[tuple[str, dict[str, Json]]],
    more_traits: list[dict[str, Json]],
    more_named: list[tuple[str, dict[str, Json]]],
) -> None:
    made, other = catalogue(traits, named), catalogue(more_traits, more_named)
    before = made.schema()

    made.merge(other)
    after = made.schema()

    assert contains(after.profiles.traits, before.profiles.traits)
    assert profile_table(people([*traits, *more_traits]), after).num_rows == len(traits) + len(more_traits)
    assert event_table(events([*named, *more_named]), after).num_rows == len(named) + len(more_named)
    assert after.stats.profiles == len(traits) + len(more_traits)

    version = made.version
    made.merge(other)
    assert made.version == version


def test_merging_takes_over_fields_and_the_log() -> None:
    made, other = Catalogue(), Catalogue()
    other.observe_profiles([ProfileRow(1, "u", fields={"p_return": Decimal(1)}, stages=(("new", 5),))])

    made.merge(other)

    assert (made.schema().profiles.fields["p_return"], made.schema().stage_log, made.version) == ("p_return", True, 1)


@given(st.lists(DOCUMENTS | PLAIN_DOCUMENTS, max_size=2), EVENTS, st.lists(DOCUMENTS, max_size=2))
def test_it_is_read_back_from_json_with_the_same_columns(
    traits: list[dict[str, Json]], named: list[tuple[str, dict[str, Json]]], later: list[dict[str, Json]]
) -> None:
    made = catalogue(traits, named)
    made.declare(trait=("single",), single=True)
    made.schema(trait_room=Room(2), property_room=Room(1))

    again = Catalogue.from_json(json.loads(json.dumps(made.to_json())))

    assert again.to_json() == made.to_json()
    for one in (made, again):
        one.observe_profiles(people(later))
    tight = Room(3)
    assert columns(again.schema(trait_room=tight)) == columns(made.schema(trait_room=tight))
    assert again.schema().profiles.traits == made.schema().profiles.traits
    assert again.schema().events.events == made.schema().events.events
    assert again.schema().stats == made.schema().stats


def test_a_property_has_one_place_whatever_its_event() -> None:
    made = catalogue(named=[("a", {"x": 1}), ("b", {"x": 2, "y": 1}), ("b", {"y": 3}), ("b", {"y": 4})])
    schema = made.schema(property_room=Room(1))

    assert {event: record[("x",)].columns for event, record in schema.events.events.items()} == {
        "a": {"num": Entry("rest__map__num", "x")},
        "b": {"num": Entry("rest__map__num", "x")},
    }
    assert schema.property((), ("y",)).columns == {"num": "y__num"}
    assert [each for each in columns(schema) if "map" in each] == [
        "pyarrow.Field<rest__map__num: map<string, decimal128(38, 9)>>"
    ]


def test_choosing_again_goes_by_use_and_by_what_was_observed_since() -> None:
    made = catalogue([{"a": 1, "b": 1}, {"a": 1}])
    made.schema(trait_room=Room(1))
    made.observe_profiles(people([{"b": 1}] * 5))
    kept, version = made.schema().trait(("a",)).columns, made.version

    made.choose_again(trait_room=Room(1))
    by_fill = made.schema().trait(("b",)).columns
    made.choose_again(trait_room=Room(1, frozenset({("a",)})))

    assert (kept, by_fill, made.schema().trait(("a",)).columns) == ({"num": "a__num"}, {"num": "b__num"}, kept)
    assert made.version == version + 2


def test_a_catalogue_that_was_stored_without_places_has_columns_only() -> None:
    made = catalogue([{f"t{number}": number for number in range(250)}])
    schema = made.schema(trait_room=ANY_NUMBER)

    again = Catalogue.from_json(json.loads(json.dumps(made.to_json()))).schema()

    assert again.profiles.traits == schema.profiles.traits
    assert sum("__num" in each for each in columns(again)) == 250


def test_by_itself_a_table_has_so_many_columns_and_maps_for_the_rest() -> None:
    schema = catalogue(
        [{f"t{number}": "x" for number in range(250)}], [("e", {f"p{number}": "x" for number in range(100)})]
    ).schema()

    assert sum(isinstance(name.columns["str"], str) for name in schema.profiles.traits.values()) == 200
    assert sum(isinstance(name.columns["str"], str) for name in schema.events.events["e"].values()) == 64


def test_the_first_and_the_last_event_are_remembered() -> None:
    made, other = Catalogue(), Catalogue()
    assert made.schema().stats.times is None
    made.observe_events([EventRow(1, "a", 5, "m"), EventRow(1, "b", 3, "n")])
    other.observe_events([EventRow(1, "a", 9, "o")])
    before = dict(made.to_json())

    made.merge(other)
    made.merge(Catalogue())

    assert made.schema().stats.times == Catalogue.from_json(made.to_json()).schema().stats.times == (3, 9)
    before.pop("times")
    assert Catalogue.from_json(before).schema().stats.times is None
