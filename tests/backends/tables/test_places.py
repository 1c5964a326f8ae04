"""The tree of places: what it counts, and that its columns never move."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.backends.base import Json
from muster.backends.tables.places import (
    FREQUENT_TEXTS,
    Layout,
    Place,
    Places,
    fill_of,
    merge,
    names_of,
    observe,
    places_from_json,
    places_to_json,
)
from muster.backends.tables.promotion import ANY_NUMBER, Fill, Room
from muster.backends.tables.values import normalise_all
from muster.compiler.schema import Entry, Name, NameStats, Shape
from tests.documents import DOCUMENTS


def seen(*documents: dict[str, Json]) -> Places:
    places: Places = {}
    observe(places, normalise_all(documents))
    return places


def test_a_name_has_a_column_for_each_kind_it_held() -> None:
    names = names_of(seen({"x": "pro"}, {"x": "12"}, {"x": True}), Layout())

    assert names == {("x",): Name({"str": "x__str", "num": "x__num", "bool": "x__bool"})}


def test_a_list_adds_a_shape_and_leaves_the_scalar_columns_alone() -> None:
    names = names_of(seen({"x": 1}, {"x": ["a", {"n": 1}]}), Layout())

    assert names[("x",)] == Name(
        {"num": "x__num"},
        Shape("x__stored", "x__size", "x__items", "nested", {"str": "str"}, {("n",): Name({"num": "n__num"})}),
    )


def test_fields_of_elements_never_meet_the_fields_of_scalars() -> None:
    shape = names_of(seen({"x": ["a", {"str": "b", "nested": "c", "Str": "d"}]}), Layout())[("x",)].shape

    assert shape is not None
    assert shape.scalars == {"str": "str"}
    assert [name.columns["str"] for name in shape.element.values()] == ["str__str", "nested__str", "str_2__str"]


def test_counts_are_of_rows_kinds_lists_and_texts() -> None:
    place = seen({"x": "b"}, {"x": "b"}, {"x": "12"}, {"x": ["a"]}, {"x": {}}, {"x": None})[("x",)]

    assert place.stats() == NameStats(
        rows=5, kinds={"str": 3, "num": 1}, lists=1, texts={"b": 2, "12": 1}, distinct_texts=2
    )


@pytest.mark.parametrize(
    ("texts", "few"),
    [
        (["a", "b"] * 8, True),
        (["a", "b"] * 7, False),  # what comes only now and then may be anything
        ([], False),
        (["a"] * 100 + ["y" * 81], False),  # too long to be counted
        ([f"t{number}" for number in range(999)] * 8, True),
        ([f"t{number}" for number in range(1000)] * 8, False),  # as many as are counted: there may be more
    ],
)
def test_texts_are_few_if_all_are_known_and_come_again(texts: list[str], *, few: bool) -> None:
    place = seen(*({"x": text} for text in [*texts, 1, None]))[("x",)]

    assert place.stats().few_texts == few


def test_frequent_texts_are_few_short_and_in_order() -> None:
    texts = [f"t{number:04}" for number in range(3000)]
    place = seen(*({"x": text} for text in ["y" * 81, *texts, "t0007"]))[("x",)]
    place.add_texts({"other": 3})

    frequent = place.stats().texts
    assert list(frequent.items())[:3] == [("other", 3), ("t0007", 2), ("t0000", 1)]
    assert len(frequent) == FREQUENT_TEXTS
    assert len(place.texts) == 1000


def test_a_layout_gives_a_path_one_slug_for_ever() -> None:
    layout = Layout()
    given_slugs = [layout.slug(("Plan",)), layout.slug(("plan",)), layout.slug(("Plan",))]

    again = Layout.from_json(layout.to_json())

    assert given_slugs == ["plan", "plan_2", "plan"]
    assert [again.slug(("plan",)), again.slug(("PLAN",))] == ["plan_2", "plan_3"]


def test_fill_is_of_values_of_a_kind_over_all_records() -> None:
    fill = fill_of(seen({"x": "12"}, {"x": "b"}, {"y": [1]}), seen({"x": 3, "z": True}))

    assert fill == {(("x",), "str"): 2, (("x",), "num"): 2, (("z",), "bool"): 1}


def test_what_finds_no_room_is_an_entry_of_its_kinds_map() -> None:
    places, layout = seen({"Rare name": "1", "x": 5}, {"x": 6}, {"Rare name": [{"n": 1}]}), Layout()
    layout.settle(fill_of(places), Room(1))
    names = names_of(places, layout)

    assert names[("x",)] == Name({"num": "x__num"})
    rare = names[("Rare name",)]
    assert rare.columns == {"str": Entry("rest__map__str", "rare_name"), "num": Entry("rest__map__num", "rare_name")}
    assert rare.shape is not None
    assert rare.shape.element == {("n",): Name({"num": "n__num"})}


def test_what_was_settled_stays_until_it_is_chosen_again() -> None:
    few: Fill = {(("x",), "num"): 1}
    many: Fill = {**few, (("y",), "num"): 9, (("z",), "num"): 8}
    layout = Layout()
    for fill, room in ((few, Room(2)), (many, Room(2)), (many, ANY_NUMBER)):
        layout.settle(fill, room)
    places = [layout.held((name,), "num") for name in "xyz"]

    assert places == ["x__num", "y__num", Entry("rest__map__num", "z")]
    assert layout.choose_again(many, Room(1, frozenset({("z",)})))
    assert not layout.choose_again(many, Room(1, frozenset({("z",)})))
    assert [layout.held((name,), "num") for name in "xyz"] == [
        Entry("rest__map__num", "x"),
        Entry("rest__map__num", "y"),
        "z__num",
    ]


def test_a_declared_place_makes_a_name_without_columns() -> None:
    assert names_of({("x",): Place(single=True)}, Layout()) == {("x",): Name(single=True)}


@given(st.lists(DOCUMENTS, max_size=3), st.lists(DOCUMENTS, max_size=3))
def test_merging_is_seeing_both(first: list[dict[str, Json]], second: list[dict[str, Json]]) -> None:
    merged = seen(*first)
    merge(merged, seen(*second))

    assert _without_order(merged) == _without_order(seen(*first, *second))


@given(st.lists(DOCUMENTS, max_size=3))
def test_merging_what_was_seen_is_no_news(documents: list[dict[str, Json]]) -> None:
    assert not merge(seen(*documents), seen(*documents))


@given(st.lists(DOCUMENTS, max_size=3))
def test_places_are_read_back_from_json(documents: list[dict[str, Json]]) -> None:
    places = seen(*documents)

    assert places_from_json(places_to_json(places)) == places


@given(DOCUMENTS)
def test_the_same_document_again_is_no_news(document: dict[str, Json]) -> None:
    places: Places = {}
    columns = normalise_all([document])
    first = observe(places, columns)

    assert first == bool(columns)
    assert not observe(places, columns)


def _without_order(places: Places) -> Any:
    return {path: (place.rows, place.kinds, place.lists, place.texts, _shape(place)) for path, place in places.items()}


def _shape(place: Place) -> Any:
    return place.shape and (place.shape.scalars, _without_order(place.shape.element))
