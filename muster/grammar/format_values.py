"""The canonical text of names and values.

Apart from conditions because the same value stands in many places. What could go wrong: a name that reads as a
keyword where it stands, a quote or backslash that changes a value, a character that no reader would see; names are
therefore spelled by where they stand, and text is escaped as in JSON.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import assert_never

from muster.compiler.values import (
    UNIT_WORDS,
    Ago,
    Boolean,
    Duration,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Path,
    Text,
    Time,
    TimeLiteral,
    Today,
    TraitRef,
    Unit,
    Value,
)

_WORD = re.compile(r"[^\W\d][\w$]*")
_RESERVED = frozenset({"and", "or", "not", "then", "where"})
INSIDE_SIZE = frozenset({"trait", "computed", "profile", "lifecycle"})
# Words that are keywords where a condition starts, and so on for each place a name may stand in.
AT_START = INSIDE_SIZE | {
    *("all", "any", "none", "no", "everyone", "nobody", "size", "in", "sample", "did", "never", "stopped", "resumed"),
    *("entered", "let", "param"),
}
IN_FILTER = frozenset({"all", "any", "none", "no", "size"})
AFTER_QUANTIFIER = INSIDE_SIZE | {"of"}
FILTER_AFTER_QUANTIFIER = frozenset({"of"})
AS_EVENT = frozenset({"any", "anything", "nothing"})
AS_MEASURE = frozenset({"is", "in"})
AS_STAGE = frozenset({"set"})
ANYWHERE: frozenset[str] = frozenset()

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_JOINERS = "\u200c\u200d"


def name(text: str, keywords: frozenset[str]) -> str:
    """Spell a name as a bare word where that reads back as the name, else in backticks."""
    lowered = text.lower() if text.isascii() else text
    if _WORD.fullmatch(text) and lowered not in _RESERVED and lowered not in keywords:
        return text
    return f"`{_escaped(text, '`', '``')}`"


def path(segments: Path, keywords: frozenset[str] = ANYWHERE) -> str:
    """Spell a path; only its first name can be taken for a keyword."""
    return ".".join(name(segment, ANYWHERE if index else keywords) for index, segment in enumerate(segments))


def quoted(text: str) -> str:
    """Spell text in double quotes, escaped as in JSON."""
    return f'"{_escaped(text, chr(34), chr(92) + chr(34))}"'


def value_text(value: Value | Literal_) -> str:
    """Spell a value."""
    match value:
        case Text():
            return quoted(value.value)
        case Number():
            return number_text(value.value)
        case Boolean():
            return "true" if value.value else "false"
        case Param() | Duration():
            return length_text(value)
        case TraitRef():
            return f"trait {path(value.path)}"
        case _:
            return _time_text(value)


def _time_text(time: Time) -> str:
    match time:
        case TimeLiteral():
            return time.text
        case Today():
            return "today"
        case Now():
            return "now"
        case Ago():
            return f"{length_text(time.duration)} ago"
        case FromNow():
            return f"{length_text(time.duration)} from now"
        case _:
            assert_never(time)


def number_text(number: Decimal) -> str:
    """Spell a number without exponent and without needless zeros."""
    text = format(number, "f") if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text


def length_text(length: Duration | Param) -> str:
    """Spell `30 days` or `$days`."""
    if isinstance(length, Param):
        return f"${name(length.name, ANYWHERE)}"
    return f"{length.count} {unit_text(length.unit, length.count)}"


def unit_text(unit: Unit, count: int) -> str:
    """Spell a unit, for one or for several."""
    return UNIT_WORDS[unit] if count == 1 else f"{UNIT_WORDS[unit]}s"


def _escaped(text: str, quote: str, spelled: str) -> str:
    return "".join(spelled if c == quote else _ESCAPES.get(c) or _visible(c) for c in text)


def _visible(character: str) -> str:
    """Escape what a reader would not see, so that two values never look the same."""
    if character.isprintable() or character in _JOINERS:
        return character
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
