"""Rule tests that pass and that fail, each in its own way, for what runs them and what tells of them."""

from __future__ import annotations

from muster.backends.base import EventRow, ProfileRow
from muster.runtime.clock import to_clock
from muster.runtime.compilation import RuleSource
from muster.runtime.rule_tests import Expected, RuleTest, RuleTests

CLOCK = to_clock("2024-06-15T12:00Z")
_DAY = 86_400_000_000
PEOPLE = (
    ProfileRow(0, "ann", traits={"plan": "pro"}),
    ProfileRow(1, "bob", traits={"plan": "free"}),
    ProfileRow(2, "eve"),
)
EVENTS = (
    EventRow(0, "buy", CLOCK.as_of - 30 * _DAY, "1", {"usd": 5}),
    EventRow(1, "buy", CLOCK.as_of - 30 * _DAY - 1, "2", {"usd": 7}),
)
RECENT = "did buy in last 30 days"


def rule_test(rule: RuleSource, expected: Expected, name: str = "a test", **params: object) -> RuleTest:
    """Make a test."""
    return RuleTest(name, "some.muster.yaml:7", rule, None, expected, CLOCK, params)


def rule_tests(*tests: RuleTest) -> RuleTests:
    """Make tests of the same people."""
    return RuleTests("some", PEOPLE, EVENTS, {}, tests)
