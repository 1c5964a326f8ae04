from __future__ import annotations

from muster.compiler.rule import Group, Library, Test, children, walk
from muster.grammar.text import parse, parse_library


def test_walk_sees_conditions_inside_where() -> None:
    rule = parse('plan = "pro" and did buy where (amount > 3 and any items where (sku = "A"))')

    paths = [condition.subject.path for condition in walk(rule.condition) if isinstance(condition, Test)]

    assert paths == [("plan",), ("amount",), ("items",), ("sku",)]


def test_children_are_the_direct_ones() -> None:
    rule = parse("a = 1 and (b = 2 or c = 3)")

    assert isinstance(rule.condition, Group)
    assert children(rule.condition) == rule.condition.members


def test_each_audience_of_a_library_is_a_rule_with_the_files_constants() -> None:
    library = parse_library('let vip = 1000; audience "VIP": ltv >= $vip; audience Old: not in audience "VIP";')

    assert isinstance(library, Library)
    rules = library.rules()
    assert list(rules) == ["VIP", "Old"]
    assert rules["VIP"].let == library.let
