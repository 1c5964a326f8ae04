"""What a literal must satisfy wherever it comes from: texts, lengths, numbers, dates and times.

Kept apart from the shapes because it knows neither pydantic nor places: each reader returns the value, or raises
`LiteralError` with the kind of problem. What could go wrong: an exponent that would be expanded into a thousand
million digits, a date that no calendar has, a length whose unit could be read two ways.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, TypeGuard, get_args

from muster.compiler.values import MAX_DURATION_COUNT, NUMBER_DECIMALS, NUMBER_LIMIT, UNIT_WORDS, Duration, Unit

Flaw = Literal[
    "unstorable_text",
    "ambiguous_unit",
    "not_a_duration",
    "duration_too_long",
    "number_too_large",
    "too_many_decimals",
    "not_a_time",
    "no_such_time",
]

_DURATION = re.compile(r"([0-9]+)([A-Za-z]+)")
_LONG_DURATION = re.compile(r" *([0-9]+) +([A-Za-z]+) *")
_UNIT_OF_WORD: dict[str, Unit] = {word: unit for unit, word in UNIT_WORDS.items()}
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]{1,6})?)?(?:Z|[+-]([0-9]{2}):([0-9]{2}))?)?"
)
_HOURS, _SIXTY = 24, 60
_UNITS: frozenset[str] = frozenset(get_args(Unit))


class LiteralError(ValueError):
    """A literal that no rule can hold; `.flaw` names the kind of problem, `.text` is the literal."""

    def __init__(self, flaw: Flaw, text: str) -> None:
        super().__init__(f"{flaw}: {text}")
        self.flaw = flaw
        self.text = text


# NUL ends a text in some engines, and a lone surrogate is no character in any encoding.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text(value: str) -> str:
    """Give a text in Unicode NFC, as all stored text is."""
    if _UNSTORABLE.search(value):
        raise LiteralError("unstorable_text", ascii(value))
    return unicodedata.normalize("NFC", value)


def duration(text: str) -> Duration:
    """Read a short length such as `30d`."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise LiteralError("not_a_duration", text)
    digits, unit = match.group(1).lstrip("0") or "0", match.group(2)
    if unit == "m":
        raise LiteralError("ambiguous_unit", text)
    if not _is_unit(unit):
        raise LiteralError("not_a_duration", text)
    if len(digits) > len(str(MAX_DURATION_COUNT)):
        raise LiteralError("duration_too_long", text)
    return Duration(int(digits), unit)


def spoken_duration(text: str) -> Duration:
    """Read a length as rules in text spell it: `30d`, or `30 days`."""
    match = _LONG_DURATION.fullmatch(text)
    if match is None:
        return duration(text)
    unit = _UNIT_OF_WORD.get(match.group(2).lower().removesuffix("s"))
    if unit is None:
        raise LiteralError("not_a_duration", text)
    return duration(f"{match.group(1)}{unit}")


def number(value: Decimal) -> Decimal:
    """Check that a number is one that every engine holds exactly, without ever expanding its exponent."""
    sign, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), value
    if value.copy_abs() >= NUMBER_LIMIT:
        raise LiteralError("number_too_large", str(value))
    significant = len(digits)
    while significant and digits[significant - 1] == 0:
        significant -= 1
    if not significant:
        return Decimal(0)
    exponent += len(digits) - significant
    if exponent < -NUMBER_DECIMALS:
        raise LiteralError("too_many_decimals", str(value))
    return Decimal((sign, digits[:significant], exponent))


def time(text: str) -> str:
    """Check an ISO date or datetime as rules write it; the text itself is what a rule keeps."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise LiteralError("not_a_time", text)
    hour, minute, second, offset_hour, offset_minute = (int(part or 0) for part in match.groups()[1:])
    if hour >= _HOURS or max(minute, second, offset_minute) >= _SIXTY or offset_hour >= _HOURS:
        raise LiteralError("no_such_time", text)
    try:
        datetime.fromisoformat(match.group(1)).replace(tzinfo=UTC)
    except ValueError as error:
        raise LiteralError("no_such_time", text) from error
    return text


def _is_unit(text: str) -> TypeGuard[Unit]:
    return text in _UNITS
