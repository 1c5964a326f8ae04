"""The views of a single raw value (docs/adr/0009): text read as number, boolean or time, numbers cut to nine decimals.

Kept apart from `values.py`, which walks documents; here is the one place where text is parsed. Every engine stores
what comes out, and no SQL parses anything. The reference evaluator has its own reading of the same page, so a
mistake here shows up as a disagreement instead of agreeing with itself.

Ways to go wrong, each with a test: text that only looks like a number ("1e5", "٣"), -0, floats with more than nine
decimals, instants that an offset carries past year 1 or 9999, text that no engine can hold.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Context, Decimal
from functools import lru_cache
from itertools import repeat
from operator import is_, itemgetter
from typing import Any, NamedTuple, TypeVar

from muster.backends.base import Json, PlainText
from muster.compiler.diagnostics import InternalError
from muster.compiler.moments import EPOCH, MAX_MICROS, MIN_MICROS
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT

_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?")
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?",
    re.ASCII,
)
_FIRST_CHARACTERS = frozenset("-0123456789")  # of numbers and times
_FIRST_OF_OTHERS = _FIRST_CHARACTERS | frozenset("tTfF")  # of booleans too
_FLAGS = {"true": True, "false": False}
_MEMO_LENGTH = 64
_STEP = Decimal(1).scaleb(-NUMBER_DECIMALS)
_CUT = Context(prec=60, rounding=ROUND_DOWN)
_ZERO = Decimal(0)
_NAIVE_EPOCH = EPOCH.replace(tzinfo=None)


class Views(NamedTuple):
    """The views of a scalar in the order of KINDS; the first that is there is its stored kind."""

    text: str | None = None
    number: Decimal | None = None
    flag: bool | None = None
    micros: int | None = None


@dataclass(frozen=True, slots=True)
class ScalarColumn:
    """Views of the scalars that one place holds in many rows, by kind in the order of KINDS.

    `rows` are the indexes of the rows, ascending; a kind that no row has is None. Columns instead of one Views a
    row: tuples by the million would keep the garbage collector busier than all reading.
    """

    rows: list[int]
    texts: Sequence[str | None] | None = None
    numbers: Sequence[Decimal | None] | None = None
    flags: Sequence[bool | None] | None = None
    micros: Sequence[int | None] | None = None

    @property
    def kinds(self) -> tuple[Sequence[Any] | None, ...]:
        """All four, in the order of KINDS."""
        return (self.texts, self.numbers, self.flags, self.micros)


_TRUE = Views(flag=True)
_FALSE = Views(flag=False)
_View = TypeVar("_View")
Reader = Callable[[Json], Views | None]


def nfc(text: str) -> str:
    """Put a name, key or id into the one Unicode form that is compared."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def has_surrogate(text: str) -> bool:
    """Tell whether half of a UTF-16 pair stands alone in a text, which no engine can hold."""
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def views_of(value: Json) -> Views | None:
    """Give the views of a scalar; None for null, for a number that counts as null, and for lists and objects."""
    reader = _READERS.get(type(value)) or _reader(type(value))
    return reader(value)


def read_column(rows: list[int], values: Sequence[Json]) -> ScalarColumn:
    """Give the views of the scalars of many rows; rows without any are left out."""
    types = set(map(type, values))
    if types == {Decimal}:
        return _number_column(rows, _cut_all(values))
    if types == {int} and min(values) > -NUMBER_LIMIT and max(values) < NUMBER_LIMIT:
        return ScalarColumn(rows, numbers=list(map(Decimal, values)))
    if types == {str} and "".join(values).isascii():
        return _text_column(rows, values)
    return gather(rows, list(map(views_of, values)))


def _number_column(rows: list[int], numbers: list[Decimal | None]) -> ScalarColumn:
    if not count_none(numbers):
        return ScalarColumn(rows, numbers=numbers)
    kept = [row for row, number in zip(rows, numbers, strict=True) if number is not None]
    return ScalarColumn(kept, numbers=[number for number in numbers if number is not None])


def _text_column(rows: list[int], texts: Sequence[str]) -> ScalarColumn:
    """Read texts of ASCII; most have no view but themselves, and then nothing is made for them."""
    more = {text: _read_text(text) for text in set(texts) if text[:1] in _FIRST_OF_OTHERS}
    columns: list[Sequence[Any] | None] = []
    for index in range(1, len(Views._fields)):
        views = {text: found[index] for text, found in more.items() if found is not None and found[index] is not None}
        columns.append(list(map(views.get, texts)) if views else None)
    return ScalarColumn(rows, texts, *columns)


def gather(rows: list[int], views: Sequence[Views | None]) -> ScalarColumn:
    """Make a column of views that were read one by one."""
    held = [found for found in views if found is not None]
    if not held:
        return ScalarColumn([])
    if len(held) < len(views):
        rows = [row for row, found in zip(rows, views, strict=True) if found is not None]
    columns = (list(map(itemgetter(index), held)) for index in range(len(Views._fields)))
    return ScalarColumn(rows, *map(_unless_empty, columns))


def _unless_empty(column: Sequence[_View]) -> Sequence[_View] | None:
    return None if count_none(column) == len(column) else column


def count_none(values: Sequence[object]) -> int:
    """Count what is None; `count(None)` would ask every Decimal whether it equals None, which is slow."""
    return sum(map(is_, values, repeat(None)))


# --- text -------------------------------------------------------------------------------------------------------
def _read_text(text: str) -> Views | None:
    return _read_short_text(text) if len(text) <= _MEMO_LENGTH else _read_any_text(text)


def _read_any_text(text: str) -> Views | None:
    if has_surrogate(text):
        return None  # refused where data enters (flaws.py)
    text = nfc(text)
    if text[:1] not in _FIRST_CHARACTERS:
        return Views(text, flag=_FLAGS.get(text.lower()) if text.isascii() else None)
    return Views(text, Decimal(text) + _ZERO if _NUMBER.fullmatch(text) else None, None, time_text_micros(text))


# Values repeat: plans, countries, currencies, product names. The memo saves two regular expressions a value.
_read_short_text = lru_cache(maxsize=1 << 16)(_read_any_text)


def _read_plain_text(text: PlainText) -> Views | None:
    bare = str(text)
    return None if has_surrogate(bare) else Views(nfc(bare))


def time_text_micros(text: str) -> int | None:
    """Give the UTC microseconds of a text that is a date or datetime in the form of ADR 0009."""
    if _TIME.fullmatch(text) is None:
        return None
    try:
        instant = datetime.fromisoformat(text)  # cuts after six decimals
    except ValueError:
        return None  # no such day
    micros = instant_micros(instant)
    return micros if MIN_MICROS <= micros <= MAX_MICROS else None


def instant_micros(instant: datetime) -> int:
    """Give the UTC microseconds of a datetime, a naive one being UTC, even where UTC has no such year."""
    since = instant - (_NAIVE_EPOCH if instant.tzinfo is None else EPOCH)
    return since.days * 86_400_000_000 + since.seconds * 1_000_000 + since.microseconds


# --- other types ------------------------------------------------------------------------------------------------
def _cut(value: Decimal) -> Decimal | None:
    if not value.is_finite() or not -NUMBER_LIMIT < value < NUMBER_LIMIT:
        return None
    return value.quantize(_STEP, context=_CUT) or _ZERO


_cut_again = lru_cache(maxsize=1 << 16)(_cut)


def _cut_all(values: Sequence[Decimal]) -> list[Decimal | None]:
    try:
        return list(map(_cut_again, values))
    except TypeError:  # a signalling NaN has no hash
        return list(map(_cut, values))


def _read_decimal(value: Decimal) -> Views | None:
    number = _cut(value)
    return None if number is None else Views(None, number)


def _read_int(value: int) -> Views | None:
    return Views(None, Decimal(value)) if -NUMBER_LIMIT < value < NUMBER_LIMIT else None


def _read_float(value: float) -> Views | None:
    return _read_decimal(Decimal(repr(float(value))))


def _read_bool(value: bool) -> Views:  # noqa: FBT001 (one of the readers of a single value)
    return _TRUE if value else _FALSE


def _read_time(value: datetime) -> Views | None:
    micros = instant_micros(value)
    return Views(micros=micros) if MIN_MICROS <= micros <= MAX_MICROS else None


def _read_nothing(_: object) -> None:
    return None


_READERS: dict[type, Reader] = {
    str: _read_text,
    PlainText: _read_plain_text,
    Decimal: _read_decimal,
    bool: _read_bool,
    int: _read_int,
    float: _read_float,
    datetime: _read_time,
    type(None): _read_nothing,
    dict: _read_nothing,
    list: _read_nothing,
}


def _reader(kind: type) -> Reader:
    """Find the reader of a subclass, such as the timestamps of other libraries."""
    for known, reader in _READERS.items():
        if issubclass(kind, known):
            return reader
    raise InternalError("normaliser", f"a value of type {kind.__name__} is not JSON")
