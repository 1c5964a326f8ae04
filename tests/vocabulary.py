r"""The small vocabulary that one random world and its random rules share: names, texts, numbers, instants, lengths.

Apart from the generators of data (`people`) and of rules (`scenario`) so that both draw from one palette: a rule then
meets the data often enough to be neither always true nor always false. It could go wrong quietly: a hostile text
that is in no palette is never tried, and a palette too large makes every rule false.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeVar
from unicodedata import normalize

from muster.compiler.moments import Clock, FromAsOf, Moment, PeriodStart, bind_moment, clamp, to_micros
from muster.compiler.values import CALENDAR_UNITS, Duration
from tests.dice import Dice, between, chance, pick, sample

_T = TypeVar("_T")
Leaning = Literal["str", "num", "bool", "time", "list", "objects", "object", "mixed"]
LEANINGS: tuple[Leaning, ...] = ("str", "num", "list", "time", "objects", "mixed", "object", "bool")
INNER_LEANINGS: tuple[Leaning, ...] = ("str", "objects", "num", "time", "list", "mixed", "bool")

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia")
AS_OFS = tuple(
    to_micros(datetime.fromisoformat(text))
    for text in (
        "2024-06-15T12:00:00+00:00",
        "2024-03-31T10:30:00+00:00",  # a day of 23 hours in Berlin, and the end of a month
        "2024-03-31T00:59:59.999999+00:00",
        "2024-10-27T00:30:00+00:00",  # the first 02:30 in Berlin
        "2024-10-27T01:30:00+00:00",  # the second
        "2024-11-03T06:30:00+00:00",  # a day of 25 hours in New York
        "2024-03-10T07:00:00.000001+00:00",
        "2024-02-29T23:59:59.999999+00:00",
        "2023-12-31T23:30:00+00:00",
        "2024-01-01T00:00:00+00:00",
        "2024-12-30T00:00:00.000001+00:00",  # a Monday
        "2012-01-01T06:00:00+00:00",  # Apia has no 30 December 2011
        "1970-01-01T00:00:01+00:00",
        "9999-12-31T22:00:00+00:00",  # some windows reach past the end of time
        "0001-01-02T05:00:00+00:00",  # and some before its beginning
    )
)

TEXTS = (
    "pro",
    "free",
    "Pro",
    "a",
    "",
    "42",
    "1.50",
    "007",
    "1e3",
    " 1 ",
    "true",
    "TRUE",
    "yes",
    "é",
    "É",
    "e",
    "İ",
    "i",
    "ſ",
    "S",
    "ß",
    "ss",
    "it's",
    'say "hi"',
    "back\\slash",
    "{p:String}",
    "%s",
    "%(p0)s",
    "$p0",
    ":p0",
    "?",
    "🙂",
    "𝒳y",
    "\uffff",
    "new\nline",
    "tab\there",
    "carriage\rreturn",
    "__SQLGLOT__LB__",
    "2024-03-31",
    "2024-02-30",
    "null",
    "\\N",
    "'; --",
    "*/",
    "%_",
    "[a]",
    "Å",
)
NUMBERS = tuple(
    Decimal(text)
    for text in (
        "1",
        "0",
        "2",
        "42",
        "-1",
        "3",
        "10",
        "1.5",
        "0.1",
        "0.2",
        "0.3",
        "7",
        "1000",
        "0.000000001",
        "-0.000000001",
        "999999999999999999",
        "-999999999999999999",
        "999999999999999999.999999999",
        "-2.5",
        "0.123456789",
    )
)
# Texts and numbers that something may take for each other; they are worth most side by side.
TEXT_FAMILIES = (
    ("pro", "Pro", "PRO"),
    ("é", "É", "e"),
    ("ſ", "S", "s"),
    ("İ", "i", "I"),
    ("ß", "ss", "SS"),
    ("é", "E", "É"),
    ("ſ", "s", "ſs"),
    ("Σ", "σ", "ς"),
    ("42", "042", "42.0"),
    ("true", "TRUE", "yes"),
    ("", " ", "  "),
    ("a", "aa", "b"),
    ("a", "B", "b"),
    ("%", "a%", "_"),
    ("\\", "\\\\", "/"),
    ("\uffff", "🙂", "\ud7ff"),
    ("long " * 60, "LONG " * 60, "long"),
    ("1", "01", "1.000000000"),
)
NUMBER_FAMILIES = tuple(
    tuple(Decimal(text) for text in family)
    for family in (
        ("0.1", "0.2", "0.3"),
        ("0", "1", "-1"),
        ("999999999999999999", "-999999999999999999", "999999999999999998"),
        ("0.123456789", "0.123456788", "0.12345679"),
        ("9007199254740993", "9007199254740992", "9007199254740991"),
        ("2", "10", "1"),
    )
)
# Column names, SQL words, and keys that differ in case, in form, or after the 63rd byte only.
KEYS = (
    "plan",
    "ltv",
    "items",
    "Plan",
    "a.b",
    "it's",
    'q"q',
    "back\\slash",
    "`tick`",
    "{p:String}",
    "%s",
    "$p0",
    "café",
    "__SQLGLOT__LB__",
    "new\nline",
    "plan ",
    "plan__num",
    "pid",
    "ts",
    "event",
    "select",
    "where",
    "🙂",
    "*",
    "0",
    "last_seen",
    "k" * 70 + "A",
    "k" * 70 + "B",
)
SEGMENTS = ("city", "b", "sku", "tags", "a.b", "it's", "{p:String}", "café", "City", "*", "items")
KEY_FAMILIES = (
    ("plan", "Plan", "PLAN"),
    ("a", "a.b", "b"),
    ("plan", "plan__num", "plan__str"),
    ("k" * 70 + "A", "k" * 70 + "B", "k" * 70),
    ("café", "cafe", "Café"),
    ("pid", "ts", "mid"),
    ("external_id", "first_seen", "is_anonymous"),
)
EVENTS = (
    "purchase",
    "login",
    "$page",
    "Purchase",
    "sign up",
    'it\'s "x" \\ {p:String}',
    "café",
    "%s",
    "purchase\n",
    "🙂",
    "$screen",
)
LENGTHS = (
    Duration(7, "d"),
    Duration(30, "d"),
    Duration(1, "d"),
    Duration(24, "h"),
    Duration(1, "w"),
    Duration(2, "w"),
    Duration(1, "mo"),
    Duration(90, "d"),
    Duration(3, "mo"),
    Duration(1, "q"),
    Duration(1, "y"),
    Duration(60, "min"),
    Duration(3600, "s"),
    Duration(1, "s"),
    Duration(12, "mo"),
    Duration(48, "h"),
    Duration(99_999, "d"),
    Duration(99_999, "y"),
    Duration(0, "d"),
)


@dataclass(frozen=True, slots=True)
class Named:
    """A key in NFC, and what it mostly holds."""

    key: str
    leaning: Leaning


@dataclass(frozen=True, slots=True)
class Palette:
    """What one world and its rules are made of; a `clean` one is as tidy as a typed table."""

    clock: Clock
    clean: bool
    texts: tuple[str, ...]
    numbers: tuple[Decimal, ...]
    lengths: tuple[Duration, ...]
    instants: tuple[int, ...]
    traits: tuple[Named, ...]
    properties: tuple[Named, ...]
    segments: tuple[Named, ...]
    events: tuple[str, ...]


def palette(dice: Dice) -> Palette:
    """Choose a vocabulary and a clock."""
    clock = Clock(pick(dice, AS_OFS), pick(dice, ZONES))
    lengths = (*sample(dice, LENGTHS[:8], 2), *sample(dice, LENGTHS[8:], 1))
    # Traits and properties share two keys, so that a test of one never finds the other.
    keys = _mixed(dice, KEYS, KEY_FAMILIES, 6)
    return Palette(
        clock=clock,
        clean=chance(dice, 12),
        texts=_mixed(dice, TEXTS, TEXT_FAMILIES, 3),
        numbers=_mixed(dice, NUMBERS, NUMBER_FAMILIES, 3),
        lengths=lengths,
        instants=_some_instants(dice, clock, lengths),
        traits=_named(dice, keys[:4], LEANINGS),
        # The first property holds numbers: most metrics need some.
        properties=(Named(nfc(keys[2]), "num"), *_named(dice, keys[3:], LEANINGS)),
        segments=_named(dice, _mixed(dice, SEGMENTS, (), 2), INNER_LEANINGS),
        events=_mixed(dice, EVENTS, (), 3),
    )


def instants(clock: Clock, lengths: tuple[Duration, ...]) -> tuple[int, ...]:
    """Give the instants where some window of the clock begins or ends, as_of first."""
    moments: list[Moment] = [FromAsOf()]
    moments += [FromAsOf(-length.months, -length.micros) for length in lengths]
    moments += [FromAsOf(length.months, length.micros) for length in lengths[:1]]
    moments += [PeriodStart(unit, shift) for unit in CALENDAR_UNITS for shift in (0, -1)]
    moments.append(PeriodStart("day", 1))
    return tuple(dict.fromkeys(bind_moment(moment, clock) for moment in moments))


def _some_instants(dice: Dice, clock: Clock, lengths: tuple[Duration, ...]) -> tuple[int, ...]:
    # Few, so that they coincide; one of them to come, so that something is always there to leave out.
    now, *others = instants(clock, lengths)
    to_come = [at for at in others if at > now] or [clamp(now + 1)]
    return (now, pick(dice, to_come), *sample(dice, [at for at in others if at < now], 4))


def near(dice: Dice, vocabulary: Palette) -> int:
    """Choose an instant at, just before or just after one that matters, or somewhere in between."""
    at = pick(dice, vocabulary.instants)
    if chance(dice, 35):
        return clamp(at + pick(dice, (-1, 1)))
    if chance(dice, 35):
        return clamp(vocabulary.clock.as_of - between(dice, 1, 40 * 24) * 3_600_000_000)
    return at


def nfc(text: str) -> str:
    """Put text into the form that rules hold."""
    return normalize("NFC", text)


def _mixed(dice: Dice, pool: tuple[_T, ...], families: tuple[tuple[_T, ...], ...], count: int) -> tuple[_T, ...]:
    """Choose a family, or one from the tame front; and the rest from anywhere."""
    first = pick(dice, families) if families and chance(dice, 50) else (pick(dice, pool[:3]),)
    kept = tuple(dict.fromkeys(first))[:count]
    return (*kept, *sample(dice, [item for item in pool if item not in kept], count - len(kept)))


def _named(dice: Dice, keys: tuple[str, ...], leanings: tuple[Leaning, ...]) -> tuple[Named, ...]:
    start = dice.below(len(leanings))
    return tuple(Named(nfc(key), leanings[(start + number) % len(leanings)]) for number, key in enumerate(keys))
