"""What the text grammar's rules for names, literals, durations and lists become.

Apart from the builders of conditions because a literal's troubles (escapes, ranges, calendars) are its own. Each
function bears the name of a grammar rule and takes its parts, tokens included. What could go wrong: escapes that
make half a surrogate pair or a NUL, dates that do not exist, numbers that no engine holds exactly; each is reported
with its place, and a harmless value stands in so that parsing goes on.
"""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import count
from string import ascii_letters
from typing import Any

from lark import Token

from muster.compiler import literals
from muster.compiler.diagnostics import MAX_DIAGNOSTICS, Span
from muster.compiler.messages import syntax
from muster.compiler.values import (
    MAX_DURATION_COUNT,
    Ago,
    Boolean,
    Duration,
    FromNow,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
    TraitRef,
    Unit,
)
from muster.grammar.pieces import Items, PathPiece, Words, nfc, report, span, token_span

Parts = list[Any]

_UNIT_OF: dict[str, Unit] = {
    "second": "s",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "week": "w",
    "month": "mo",
    "quarter": "q",
    "year": "y",
}
_SHORT_UNITS: dict[str, Unit] = {unit: unit for unit in _UNIT_OF.values()}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPE_IN_BACKTICKS = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))|``", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]|[\ud800-\udfff]")
_PLAIN_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\"}
_STAND_IN = Decimal(0)


# ---- names ----


def name_of(token: Token) -> str:
    """Give the name that a word, backticks or quotes spell."""
    if token.type == "STRING":
        return _unescape(token[1:-1], token[0], token, 1)
    return _backticked(token, 1) if token[0] == "`" else nfc(str(token))


def filled_name(token: Token, what: str) -> str:
    """Give a name that may not be empty."""
    name = name_of(token)
    if not name:
        report(syntax.empty_name(what, token_span(token)))
    return name


def path(parts: Parts) -> PathPiece:
    """Read `address.city`."""
    tokens = parts[::2]
    bare = len(tokens) == 1 and tokens[0][0] != "`"
    return PathPiece(tuple([name_of(token) for token in tokens]), span(tokens), bare)


def type_name(parts: Parts) -> Words:
    """Read `number`, `string` and so on."""
    return Words(parts[0].lower(), token_span(parts[0]))


# ---- literals ----


def v_text(parts: Parts) -> Text:
    """Read `"pro"`."""
    token = parts[0]
    return Text(_unescape(token[1:-1], token[0], token, 1), token_span(token))


def v_number(parts: Parts) -> Number:
    """Read `1_234.50`."""
    return Number(number(parts[0]), token_span(parts[0]))


def v_true(parts: Parts) -> Boolean:
    """Read `true`."""
    return Boolean(True, token_span(parts[0]))


def v_false(parts: Parts) -> Boolean:
    """Read `false`."""
    return Boolean(False, token_span(parts[0]))


def v_time(parts: Parts) -> TimeLiteral:
    """Read `2024-01-01` or `2024-01-01T10:00:00+02:00`."""
    token = parts[0]
    text = str(token)
    try:
        literals.time(text)
    except literals.LiteralError:
        report(syntax.no_such_time(text, token_span(token)))
        text = "2000-01-01"
    return TimeLiteral(text, token_span(token))


def v_today(parts: Parts) -> Today:
    """Read `today`."""
    return Today(token_span(parts[0]))


def v_now(parts: Parts) -> Now:
    """Read `now`."""
    return Now(token_span(parts[0]))


def v_ago(parts: Parts) -> Ago:
    """Read `7 days ago`."""
    return Ago(parts[0], span(parts))


def v_from_now(parts: Parts) -> FromNow:
    """Read `7 days from now`."""
    return FromNow(parts[0], span(parts))


def v_param(parts: Parts) -> Param:
    """Read `$days`."""
    token = parts[0]
    text = _backticked(token, 2) if token[1] == "`" else nfc(token[1:])
    return Param(text, token_span(token))


def v_trait(parts: Parts) -> TraitRef:
    """Read `trait shipping_country` as a value."""
    return TraitRef(parts[1].path, span(parts))


def items(parts: Parts) -> Items:
    """Read `("US", "CA")`."""
    return Items(tuple([part for part in parts if type(part) is not Token]), span(parts))


# ---- durations ----


def long_duration(parts: Parts) -> Duration:
    """Read `30 days`."""
    return _duration(parts[0], unit_of(parts[1]), span(parts))


def short_duration(parts: Parts) -> Duration:
    """Read `30d`."""
    token = parts[0]
    digits = token.rstrip(ascii_letters)
    return _duration(digits, _SHORT_UNITS[token[len(digits) :].lower()], token_span(token))


def unit_of(token: Token) -> Unit:
    """Give the unit that a word such as `Days` names."""
    return _UNIT_OF[token.lower().removesuffix("s")]


def _duration(digits: str, unit: Unit, place: Span) -> Duration:
    return Duration(whole(digits, place, MAX_DURATION_COUNT), unit, place)


# ---- shared readings ----


def number(token: Token) -> Decimal:
    """Read a number exactly, or report that no engine holds it."""
    written = token.replace("_", "")
    try:
        return literals.number(Decimal(written))
    except literals.LiteralError as bad:
        report(
            syntax.number_out_of_range(str(token), token_span(token), too_many_decimals=bad.flaw == "too_many_decimals")
        )
        return _STAND_IN


def whole(digits: str, place: Span, limit: int, what: str = "length") -> int:
    """Read a whole number up to a limit, or report that it goes beyond."""
    plain = digits.replace("_", "").lstrip("0") or "0"
    if len(plain) > len(str(limit)) or int(plain) > limit:
        report(syntax.beyond_limit(what, plain, limit, place))
        return limit
    return int(plain)


def _backticked(token: Token, opening: int) -> str:
    return _unescape(token[opening:-1], "`", token, opening)


def _unescape(body: str, quote: str, token: Token, opening: int) -> str:
    if "\\" not in body and "`" not in body:
        return nfc(body)
    start = (token.start_pos or 0) + opening
    unknown = count()

    def decode(match: re.Match[str]) -> str:
        code, plain = match.groups()
        if code is not None:
            return chr(int(code, 16))
        if plain is None:
            return "`"
        if plain in (quote, '"') or plain in _PLAIN_ESCAPES:
            return _PLAIN_ESCAPES.get(plain, plain)
        if next(unknown) < MAX_DIAGNOSTICS:  # the first ones of a text are told, and these come first
            report(syntax.unknown_escape(match.group(), Span(start + match.start(), start + match.start() + 2)))
        return ""

    pattern = _ESCAPE_IN_BACKTICKS if quote == "`" else _ESCAPE
    text = _SURROGATES.sub(_join_surrogates, pattern.sub(decode, body))
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        report(syntax.unstorable_text(token_span(token), nul="\0" in text))
        return ""
    return nfc(text)


def _join_surrogates(match: re.Match[str]) -> str:
    pair = match.group()
    return pair if len(pair) == 1 else pair.encode("utf-16", "surrogatepass").decode("utf-16")
