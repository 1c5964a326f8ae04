"""Rules at random: each is a right one, and all kinds of conditions come up."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings

import muster
from muster.compiler.rule import Rule, walk
from muster.grammar.format import format_rule
from muster.testing import rules
from muster.testing.rule_strategies import rules_of
from muster.testing.vocabulary import Vocabulary

SCHEMA = muster.compile('address.city = "Oslo" and did purchase where (amount > 3)').schema


def test_every_rule_drawn_is_right_and_all_kinds_come_up() -> None:
    met: Counter[str] = Counter()

    @settings(max_examples=500, deadline=None, database=None, derandomize=True)
    @given(rules())
    def look(rule: Rule) -> None:
        muster.compile(rule)

        assert muster.parse(format_rule(rule)) == rule
        met.update(type(part).__name__ for part in walk(rule.condition))
        met.update(part.op for part in walk(rule.condition) if hasattr(part, "op"))

    look()
    assert {"Group", "Not", "Test", "EventTest", "MetricTest", "Sequence"} <= set(met)
    assert {"exists", "eq", "in", "gte", "in_last", "not_occurred_in_last", "count_gte", "any", "all"} <= set(met)


@settings(max_examples=60, deadline=None)
@given(rules(SCHEMA))
def test_rules_of_a_schema_name_what_it_knows(rule: Rule) -> None:
    text = format_rule(rule)

    assert not {"plan", "seats", "login"} & set(text.replace("(", " ").split())
    muster.compile(rule, schema=SCHEMA, strict=True)


@settings(max_examples=5, deadline=None)
@given(rules_of(Vocabulary((), {})))
def test_where_nothing_is_known_everyone_can_be_said(rule: Rule) -> None:
    muster.compile(rule)
