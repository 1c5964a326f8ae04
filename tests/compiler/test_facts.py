from __future__ import annotations

from muster.compiler.facts import NO_FACTS, Facts, facts_of
from muster.compiler.schema import Name, ProfileTable, Schema
from tests.cases import elem, profile_field, prop, trait


def test_only_what_is_declared_is_single() -> None:
    schema = Schema(profiles=ProfileTable(traits={("seats",): Name(single=True), ("tags",): Name()}))
    facts = facts_of(schema)

    assert facts == Facts(frozenset({("seats",)}))
    assert facts.is_single(trait("seats"))
    assert not facts.is_single(trait("tags"))
    assert not facts.is_single(trait("seats.free"))
    assert not facts.is_single(prop("seats"))
    assert not facts.is_single(elem("seats"))


def test_sizes_and_built_in_fields_are_single_by_nature() -> None:
    assert facts_of(None) is NO_FACTS
    assert NO_FACTS.is_single(profile_field("last_seen"))
    assert NO_FACTS.is_single(trait("tags", size=True))
    assert not NO_FACTS.is_single(trait("tags"))
