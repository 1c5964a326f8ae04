"""Cells of files become JSON values of the kind their column has, by the map or by all values of the column.

Kept apart from the value normaliser: a column's kind is a decision about a whole file, a view is a fact about one
value. What comes out of here is what an SDK would have sent.

Ways to go wrong, each with a test: local times across a clock change, a number that is too large, a list in a column
of texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

from muster.backends.base import Json, PlainText
from muster.backends.tables.scalars import time_text_micros, views_of
from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages import data
from muster.compiler.moments import MAX_MICROS, MIN_MICROS, from_micros, local_to_micros
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT
from muster.runtime.mapping import FileKind

_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
INTEGER = re.compile(r"-?[0-9]{1,18}")
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?)?",
    re.ASCII,
)
_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)  # drops zeros, rounds nothing
FLAGS = {"true": True, "false": False}
_SORTABLE_OFFSET, _SORTABLE_DIGITS = 10**18, 19


class UnfitError(Exception):
    """A value is not of its column's kind; `.diagnostic` says what was expected."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.message)
        self.diagnostic = diagnostic


Read = Callable[[Json], Json]


def convert_column(values: Sequence[Json], read: Read) -> tuple[Sequence[Json], list[tuple[int, Diagnostic]]]:
    """Read the cells of a column; what does not fit is None, and told with its index."""
    if set(map(type, values)) <= {str, type(None)}:
        if read is to_text:
            return values, []
        # Files repeat themselves: each text is read once.
        try:
            known = {value: None if value is None else read(value) for value in set(values)}
        except UnfitError:
            return _convert_one_by_one(values, read)
        return list(map(known.__getitem__, values)), []
    return _convert_one_by_one(values, read)


def _convert_one_by_one(values: Sequence[Json], read: Read) -> tuple[Sequence[Json], list[tuple[int, Diagnostic]]]:
    converted: list[Json] = []
    unfit: list[tuple[int, Diagnostic]] = []
    for index, value in enumerate(values):
        try:
            converted.append(None if value is None else read(value))
        except UnfitError as error:
            converted.append(None)
            unfit.append((index, error.diagnostic))
    return converted, unfit


def reader(kind: FileKind, timezone: str) -> Read:
    """Give the function that reads one cell, not null, as a kind; it raises UnfitError."""
    match kind:
        case "str" | "skip":
            return to_text
        case "text":
            return lambda value: PlainText(to_text(value))
        case "num" | "decimal":
            return to_number
        case "bool":
            return _to_flag
        case "json":
            return _to_json
        case "time" | "epoch_s" | "epoch_ms":
            return lambda value: from_micros(to_micros(value, kind, timezone))


def to_text(value: Json) -> str:
    """Read a scalar as text; a number in its shortest plain form."""
    match value:
        case str():
            return str(value)
        case bool():
            return "true" if value else "false"
        case int() | float() | Decimal():
            return _number_text(value)
        case datetime():
            return value.isoformat()
        case _:
            pass
    raise UnfitError(data.bad_cell(value, "text"))


def _number_text(value: float | Decimal) -> str:
    """Spell a number of the sizes that rules know; a larger one could be endlessly long."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite():
        raise UnfitError(data.bad_cell(value, "text"))
    if -NUMBER_LIMIT < number < NUMBER_LIMIT:
        number = number.normalize(_EXACT)
        exponent = number.as_tuple().exponent
        if isinstance(exponent, int) and exponent >= -NUMBER_DECIMALS:
            return format(number, "f") if number else "0"
    raise UnfitError(data.bad_cell(value, "text, or a number below 10^18 with at most 9 decimals"))


def to_number(value: Json) -> Decimal | int:
    """Read a number, or a text that spells one."""
    if isinstance(value, str):
        if _NUMBER.fullmatch(value) and abs(number := Decimal(value)) < NUMBER_LIMIT:
            return number
    elif isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value
    elif isinstance(value, float):
        return Decimal(repr(value))
    raise UnfitError(data.bad_cell(value, "a number such as 12.50, below 10^18"))


def _to_flag(value: Json) -> bool:
    found = value if isinstance(value, bool) else FLAGS.get(value.lower()) if isinstance(value, str) else None
    if found is None:
        raise UnfitError(data.bad_cell(value, "true or false"))
    return found


def _to_json(value: Json) -> Json:
    return parse_json(value) if isinstance(value, str) else value


def parse_json(text: str | bytes) -> Json:
    """Parse JSON with exact decimals, whatever its depth; raises UnfitError."""
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=Decimal)
    except RecursionError:
        raise UnfitError(data.not_json("it is nested too deeply")) from None
    except ValueError as error:
        raise UnfitError(data.not_json(_reason(error))) from None


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:]} at character {error.pos + 1}"
    return "a number has too many digits" if "digits" in str(error) else str(error)


# --- times ------------------------------------------------------------------------------------------------------
def to_micros(value: Json, kind: FileKind, timezone: str) -> int:
    """Read an instant as UTC microseconds; a time without an offset is local to the zone."""
    if kind != "time":
        return _from_epoch(value, kind)
    if isinstance(value, str):
        micros = file_time_micros(value, timezone)
    elif isinstance(value, datetime):
        views = views_of(value)
        micros = None if views is None else views.micros
        if micros is not None and value.tzinfo is None:
            micros = local_to_micros(value, timezone)
    else:
        micros = None
    if micros is None:
        raise UnfitError(data.bad_time(value))
    return micros


def _from_epoch(value: Json, kind: FileKind) -> int:
    unit, per_unit = ("seconds", 1_000_000) if kind == "epoch_s" else ("milliseconds", 1_000)
    try:
        number = Decimal(to_number(value))
    except UnfitError:
        number = Decimal("NaN")
    if number.is_finite() and abs(number) < _SORTABLE_OFFSET:
        micros = int(number * per_unit)
        if MIN_MICROS <= micros <= MAX_MICROS:
            return micros
    raise UnfitError(data.bad_cell(value, f"{unit} since 1970-01-01"))


def file_time_micros(text: str, timezone: str = "UTC") -> int | None:
    """Read a time as files have it: ISO, with a space for T, and offsets as databases print them."""
    if timezone == "UTC":
        micros = time_text_micros(text)
        if micros is not None:
            return micros  # most files: saves the second reading
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    day, clock, offset = found.groups()
    micros = time_text_micros(day if clock is None else f"{day}T{clock}{_offset(offset)}")
    if micros is None or offset is not None or timezone == "UTC":
        return micros
    return local_to_micros(from_micros(micros).replace(tzinfo=None), timezone)


def _offset(offset: str | None) -> str:
    if offset is None or offset in {"Z", "UTC"}:
        return "Z"
    digits = offset[1:].replace(":", "").ljust(4, "0")
    return f"{offset[0]}{digits[:2]}:{digits[2:]}"


# --- order ------------------------------------------------------------------------------------------------------
def sortable(value: Json) -> str:
    """Spell a whole number so that texts sort as the numbers do; raises UnfitError."""
    match value:
        case bool():
            pass
        case int() if abs(value) < _SORTABLE_OFFSET:
            return f"{value + _SORTABLE_OFFSET:0{_SORTABLE_DIGITS}}"
        case str() if INTEGER.fullmatch(value):
            return f"{int(value) + _SORTABLE_OFFSET:0{_SORTABLE_DIGITS}}"
        case _:
            pass
    raise UnfitError(data.bad_cell(value, "a whole number, as in the other rows"))
