"""The audiences that a rule names."""

from __future__ import annotations

from muster.compiler.references import references, rename_references
from muster.grammar.text import parse

RULE = 'in audience "VIP" and not (plan = "pro" or in audience "New" or not in audience "VIP")'


def test_names_are_given_once_in_the_order_written() -> None:
    assert references(parse(RULE)) == ("VIP", "New")
    assert references(parse('plan = "pro"')) == ()


def test_other_names_take_the_place_of_these_and_of_no_others() -> None:
    renamed = rename_references(parse(RULE), {"VIP": "Best", "pro": "x"})

    assert references(renamed) == ("Best", "New")
    assert rename_references(renamed, {"Best": "VIP"}) == parse(RULE)
