"""Why a parser stopped at a literal: quotes that do not close, dates and numbers in other notations, odd spaces.

Apart from the other causes because these look at characters, not at words. Each gives a finding or None.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

from muster.compiler.diagnostics import Span
from muster.compiler.messages import unexpected as say
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT
from muster.grammar.situation import Finding, Situation

_STRAIGHT = "\"'`"
_CLOSING = {"“": "”“", "”": "”", "„": "“”", "‘": "’", "’": "’", "«": "»"}
_NEAR = 24
_SOME_DATE = "2000-01-01"
_DATE_LIKE = re.compile(r"(?<![\w.-])(?:(\d{4})([-/.])(\d{1,2})\2(\d{1,2})|\d{1,2}([/.])\d{1,2}\5\d{2,4})(?![\w/.-])")
_EXPONENT = re.compile(r"(?<![\w.])-?\d[\d_]*(?:\.\d+)?[eE][+-]?\d{1,3}(?![\w.])")
_GROUPED = re.compile(r"(?<![\w.,])\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])")
_OTHER_NUMBER = re.compile(r"(?<![\w.])(?:[+-]?\.\d+|\+\d[\d_]*(?:\.\d+)?)(?![\w.])")
_TIME_LIKE = re.compile(r"(?<![\w.-])(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}(?::\d{2})?)(?![\w:.])")


def quotes(here: Situation) -> Finding | None:
    """Find a quote that does not close, and typographic quotes."""
    if here.at.kind != "broken":
        return None
    line = here.at.text.rstrip()
    closing = _CLOSING.get(line[0])
    if closing is not None:
        end = next((at for at, character in enumerate(line[1:], 1) if character in closing + '"'), None)
        inside = line[1:end] if end else line[1:]
        span = Span(here.at.start, here.at.start + (end + 1 if end else len(line)))
        return Finding.fixed(say.curly_quotes(span, _quoted(inside) if end else None))
    inside = line[1:]
    whole = bool(inside) and inside.replace("_", "").replace("-", "").isalnum() and line[0] in _STRAIGHT
    span = Span(here.at.start, here.at.start + len(line))
    fix = f"{line[0]}{inside}{line[0]}"
    return Finding.fixed(say.never_closed(span, fix if whole and here.helps(span, fix) else None))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def other_date(here: Situation) -> Finding | None:
    """Find `2024/1/5`, `01.02.2024` and `2024-01-05 10:00`."""
    spaced = _around(_TIME_LIKE, here)
    if spaced is not None:
        return Finding.fixed(say.date_form(spaced[0], f"{spaced[1]}T{spaced[2]}", Span(*spaced.span())))
    like = _around(_DATE_LIKE, here)
    if like is None:
        return None
    diagnostic = say.date_form(like[0], _date(like), Span(*like.span()))
    return Finding(diagnostic, diagnostic.fix or _SOME_DATE)


def _around(pattern: re.Pattern[str], here: Situation) -> re.Match[str] | None:
    """Find a pattern that covers the place where the parser stopped."""
    if here.at.kind == "end":
        return None
    found = pattern.finditer(here.text, max(0, here.at.start - _NEAR), here.at.end + _NEAR)
    return next((match for match in found if match.start() <= here.at.start < match.end()), None)


def _date(like: re.Match[str]) -> str | None:
    if like[1] is None:
        return None  # 01/02/2024 is one day in Europe and another in America
    written = f"{like[1]}-{like[3]:0>2}-{like[4]:0>2}"
    try:
        datetime.fromisoformat(written).replace(tzinfo=UTC)
    except ValueError:
        return None
    return written


def other_number(here: Situation) -> Finding | None:
    """Find `1e5`, `1,000`, `.5` and `+5`."""
    matches = (_around(pattern, here) for pattern in (_EXPONENT, _GROUPED, _OTHER_NUMBER))
    return next((_plain_number(match, here) for match in matches if match is not None), None)


def _plain_number(match: re.Match[str], here: Situation) -> Finding | None:
    value = Decimal(match[0].replace(",", "").replace("_", ""))
    exponent = value.normalize().as_tuple().exponent
    if abs(value) >= NUMBER_LIMIT or not isinstance(exponent, int) or exponent < -NUMBER_DECIMALS:
        return None
    digits = f"{value:f}"
    span = Span(*match.span())
    return Finding.fixed(say.plain_number(match[0], digits, span)) if here.helps(span, digits) else None


def unusual_character(here: Situation) -> Finding | None:
    """Find no-break spaces and characters without any width."""
    character = here.at.text
    if here.at.kind != "other" or unicodedata.category(character) not in ("Zs", "Zl", "Zp", "Cf", "Cc"):
        return None
    name = unicodedata.name(character, "control character").lower()
    fix = " " if unicodedata.category(character).startswith("Z") else ""
    return Finding.fixed(say.unusual_character(f"{name} (U+{ord(character):04X})", here.at.span, fix))


LITERAL_CAUSES = (quotes, unusual_character, other_date, other_number)
