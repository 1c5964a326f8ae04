"""What a schema names, as places of people and rules."""

from __future__ import annotations

import muster
from muster.backends.base import ProfileRow
from muster.backends.tables import Catalogue
from muster.testing.vocabulary import TEXTS, vocabulary_of


def test_without_a_schema_there_is_a_shop() -> None:
    shop = vocabulary_of(None)
    places = {place.path: place for place in shop.traits}

    assert places["seats",].kinds == ("num",)
    assert places["tags",].has_lists
    assert {place.path for place in places["items",].fields} == {("sku",), ("price",)}
    assert set(shop.events) == {"signup", "login", "purchase"}


def test_kinds_lists_and_fields_are_read_from_a_schema() -> None:
    schema = muster.compile('address.city = "Oslo" and tags has "a" and did p where (n > 3)').schema
    known = vocabulary_of(schema)
    places = {place.path: place for place in known.traits}

    assert places["address",].kinds == ()
    assert [place.path for place in places["address",].fields] == [("city",)]
    assert places["tags",].has_lists
    assert not places["address", "city"].has_lists
    assert [place.path for place in known.events["p"]] == [("n",)]


def test_frequent_texts_are_used_and_single_traits_hold_no_list() -> None:
    catalogue = Catalogue()
    catalogue.observe_profiles([ProfileRow(1, "a", traits={"plan": "gold", "x": [1]})])
    catalogue.declare(("x",), single=True)
    places = {place.path: place for place in vocabulary_of(catalogue.schema()).traits}

    assert places["plan",].texts == ("gold", *TEXTS)
    assert not places["x",].has_lists
