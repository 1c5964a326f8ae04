"""What could stand at a place of a rule's text, in phrases; the parser's own names for it are never shown."""

from __future__ import annotations

from collections.abc import Iterable

FIRST_CONDITION = "a condition"
CONDITION = "another condition"
_VALUE = "a value"
_DURATION = "a duration"
_TEST = "a test"
_UNIT = "a unit"
_COUNT = "a number of times"
_WINDOW = "a time window"
# What a phrase is about, said where it is the only one.
DETAILS = {
    FIRST_CONDITION: "a trait, did …, in audience …",
    CONDITION: "a trait, did …, in audience …",
    _VALUE: "text in quotes, a number, true, a date …",
    _DURATION: "30 days, 12h",
    _TEST: "=, is, in, contains …",
    _UNIT: "seconds, minutes, hours, days, weeks, months, quarters, years",
    _COUNT: "at least 3 times",
    _WINDOW: "in last 30 days",
}
_CONDITION_STARTS = (
    "K_NOT LPAR AGG COUNT K_ALL K_ANY K_COMPUTED K_ENTERED K_IN K_LIFECYCLE K_NEVER K_NO K_NOBODY K_NONE "
    "K_PROFILE K_RESUMED K_SAMPLE K_SIZE K_STOPPED K_TRAIT K_PARAM"
)
_TEST_STARTS = (
    "K_CONTAINS K_DOES K_ENDS K_HAS K_IN K_MATCHES K_NOT K_STARTS K_BETWEEN K_BEFORE K_AFTER K_ON K_MORE K_LESS DOT"
)
# In order: a phrase, the terminals that must all be possible, and those that the phrase then covers.
_PHRASES: tuple[tuple[str, frozenset[str], frozenset[str]], ...] = tuple(
    (phrase, frozenset(needed.split()), frozenset((needed + " " + covered).split()))
    for phrase, needed, covered in (
        (FIRST_CONDITION, "NAME K_DID K_EVERYONE K_LET", _CONDITION_STARTS),
        (CONDITION, "NAME K_DID K_EVERYONE", _CONDITION_STARTS),
        ("a test of a property", "NAME K_ALL K_NO", "K_NOT LPAR K_ANY K_NONE K_SIZE"),
        (
            _VALUE,
            "STRING NUMERAL DATE",
            "SIGNED DECIMAL DATETIME SHORT K_TRUE K_FALSE K_TODAY K_NOW K_TRAIT PARAM",
        ),
        (_DURATION, "SHORT NUMERAL", "PARAM"),
        ("an event", "NAME STRING K_ANYTHING", "K_ANY K_NOT K_NOTHING"),
        ("a name", "NAME STRING", ""),
        ("a name", "NAME", "K_TRAIT K_COMPUTED K_PROFILE K_LIFECYCLE"),
        (
            _TEST,
            "EQ CMP K_IS",
            _TEST_STARTS,
        ),
        ("a comparison", "EQ CMP", ""),
        (_COUNT, "K_EXACTLY K_FEWER K_AT", "K_FOR"),
        (
            _WINDOW,
            "K_YESTERDAY K_EVER",
            "K_TODAY K_IN K_BETWEEN K_BEFORE K_AFTER K_ON K_MORE",
        ),
        (_UNIT, "UNIT", ""),
        ("a number in digits", "NUMERAL", ""),
        ("a number in digits", "NUMERAL DECIMAL", ""),
    )
)
_MARKS = {
    "LPAR": '"("',
    "RPAR": '")"',
    "COMMA": '","',
    "COLON": '":"',
    "SEMICOLON": '";"',
    "EQ": '"="',
    "PERCENT": '"%"',
    "STRING": "text in quotes",
    "$END": "the end of the rule",
    "COUNT": "`count of`",
    "AGG": "`sum(…)`",
    "NOCASE": "`ignoring case`",
}
_MOST = 4


def phrases(terminals: Iterable[str]) -> tuple[str, ...]:
    """Say what a set of terminals stands for, the most telling first, at most four phrases."""
    left = set(terminals)
    found: list[str] = []
    for phrase, needed, covered in _PHRASES:
        if needed <= left:
            found.append(phrase)
            left -= covered
    rest = sorted(left - {"$END", "NOCASE", "DOT"})
    found += [f"`{word.removeprefix('K_').lower()}`" for word in rest if word.startswith("K_")]
    found += [_MARKS[mark] for mark in rest if mark in _MARKS]
    if not found and "$END" in left:
        found.append(_MARKS["$END"])
    return tuple(dict.fromkeys(found))[:_MOST]
