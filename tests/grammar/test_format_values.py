"""Names need backticks exactly where they would read as something else; values keep their meaning."""

from __future__ import annotations

from decimal import Decimal

import pytest

from muster.compiler.diagnostics import RuleError
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
)
from muster.grammar import format_values as spell
from muster.grammar.text import parse
from tests.rule_strategies import KEYWORDS

# Where a name can stand: a rule around it, and the words that are keywords there. Written bare it must read back as
# itself exactly if it is none of those. (`let` and `param` are keywords at the start of a file only.)
PLACES = {
    "{} = 1": spell.AT_START,
    "x = 1 and {} = 1": spell.AT_START - {"let", "param"},
    "did e where ({} = 1)": spell.IN_FILTER,
    "any {} where (x = 1)": spell.AFTER_QUANTIFIER,
    "no {} where (x = 1)": spell.AFTER_QUANTIFIER - {"of"},
    "did e where (all {} where (x = 1))": spell.FILTER_AFTER_QUANTIFIER,
    "size({}) = 1": spell.INSIDE_SIZE,
    "did e where (size({}) = 1)": spell.ANYWHERE,
    "sum({}) of e > 1": spell.ANYWHERE,
    "a.{} = 1": spell.ANYWHERE,
    "trait {} = 1": spell.ANYWHERE,
    "computed {} > 1": spell.ANYWHERE,
    "profile {} = 1": spell.ANYWHERE,
    "lifecycle {} < 1": spell.AS_MEASURE,
    "lifecycle is {}": spell.AS_STAGE,
    "lifecycle in ({})": spell.ANYWHERE,
    "entered lifecycle {} in last 3 days": spell.ANYWHERE,
    "x = trait {}": spell.ANYWHERE,
    "did a then b with same {}": spell.ANYWHERE,
    "did {}": spell.AS_EVENT,
    "did a then {}": spell.AS_EVENT - {"nothing"},
    "did any of ({})": spell.ANYWHERE,
    "count of {} > 1": spell.AS_EVENT - {"nothing"},
    "in audience {}": spell.ANYWHERE,
    "x = ${}": None,
}


def reads_alike(place: str, name: str) -> bool:
    """Tell whether a bare name reads as the same name in backticks."""
    try:
        return parse(place.format(name)).condition == parse(place.format(f"`{name}`")).condition
    except RuleError:
        return False


@pytest.mark.parametrize("place", PLACES)
def test_backticks_are_used_exactly_where_they_are_needed(place: str):
    keywords = PLACES[place]
    words = sorted({word.lower() for word in KEYWORDS} | {"plan", "am\u00e9lie"})
    bare = {word for word in words if reads_alike(place, word)}

    if keywords is None:  # after `$` the reserved words are names as well
        assert bare == set(words)
    else:
        assert bare == {word for word in words if spell.name(word, keywords) == word}


def test_case_does_not_make_a_keyword_a_name():
    assert spell.name("Everyone", spell.AT_START) == "`Everyone`"
    assert spell.name("AND", spell.ANYWHERE) == "`AND`"


@pytest.mark.parametrize(
    ("name", "spelled"),
    [
        ("plan", "plan"),
        ("\u6771\u4eac", "\u6771\u4eac"),
        ("a$1", "a$1"),
        ("", "``"),
        ("1a", "`1a`"),
        ("a b", "`a b`"),
        ("a`b", "`a``b`"),
        ("a\\b", "`a\\\\b`"),
        ("a\nb", "`a\\nb`"),
        ("a\u202eb", "`a\\u202eb`"),
        ('"', '`"`'),
        ("a\n", "`a\\n`"),
    ],
)
def test_names(name: str, spelled: str):
    assert spell.name(name, spell.ANYWHERE) == spelled
    assert parse(f"{spelled} = 1").condition.subject.path == (name,)  # type: ignore[union-attr]  # it is a test


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        (Text('say "hi" \\ \t\u2028\0'), '"say \\"hi\\" \\\\ \\t\\u2028\\u0000"'),
        (Text("\U0001f468\u200d\U0001f469"), '"\U0001f468\u200d\U0001f469"'),
        (Text("\U000e0001"), '"\\udb40\\udc01"'),
        (Number(Decimal("1E+3")), "1000"),
        (Number(Decimal("1.50")), "1.5"),
        (Number(Decimal("-0")), "0"),
        (Number(Decimal(100)), "100"),
        (Number(Decimal("1E-9")), "0.000000001"),
        (Boolean(True), "true"),
        (TimeLiteral("2024-01-01T10:00"), "2024-01-01T10:00"),
        (Today(), "today"),
        (Now(), "now"),
        (Ago(Duration(1, "h")), "1 hour ago"),
        (FromNow(Param("n")), "$n from now"),
        (Duration(2, "q"), "2 quarters"),
        (Param("a b"), "$`a b`"),
    ],
)
def test_values(value: Literal_ | Param, spelled: str):
    assert spell.value_text(value) == spelled
