"""The reference evaluator's own reading of raw values: what a place holds, its elements and their views.

Kept apart from the evaluator because docs/adr/0009 is implemented a second time, by the normaliser of the
engines, and the two must share nothing: a mistake in one then shows as a disagreement. It can go wrong where
Python is more generous than that page: `Decimal("1_0")`, `int("٣")`, `bool` being an `int`, `fromisoformat`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal
from fractions import Fraction
from typing import Literal
from unicodedata import normalize

from muster.backends.base import Json, PlainText
from muster.compiler.diagnostics import InternalError
from muster.compiler.moments import MAX_MICROS, MIN_MICROS, to_micros
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT, Kind, Path

# A view's value: str, bool, an exact number, or a time as UTC microseconds since 1970.
View = str | bool | Fraction | int

_NUM_TEXT = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,9})?")
_BOOL_TEXT = re.compile(r"(true|false)", re.IGNORECASE | re.ASCII)
_TIME_TEXT = re.compile(
    r"(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(T(?P<clock>[0-9]{2}:[0-9]{2})(:(?P<seconds>[0-9]{2})(\.(?P<fraction>[0-9]+))?)?"
    r"(?P<offset>Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?)?"
)
_EXACT = Context(prec=60, rounding=ROUND_DOWN)
_LAST_DECIMAL = Decimal(1).scaleb(-NUMBER_DECIMALS)


@dataclass(frozen=True, slots=True)
class Element:
    """One value under test: its views, its stored kind (None: a list or an object), and itself, for people."""

    raw: Json
    stored: Kind | None = None
    views: Mapping[Kind, View] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """What a field holds: nothing, a scalar, a list of non-null elements, or an object (its only element)."""

    shape: Literal["missing", "scalar", "list", "object"]
    elements: tuple[Element, ...] = ()


MISSING = Place("missing")


def nfc(text: str) -> str:
    """Put text into Unicode NFC."""
    return normalize("NFC", text)


def scalar(kind: Kind, view: View | None) -> Place:
    """Make a place that holds one value with one view, or nothing for None."""
    return MISSING if view is None else Place("scalar", (Element(view, kind, {kind: view}),))


def look_up(document: Json, path: Path, *, size: bool = False) -> Place:
    """Find what a document holds at a path, or how many elements that has."""
    place = _find(document, path)
    if not size:
        return place
    return scalar("num", Fraction(len(place.elements)) if place.shape == "list" else None)


def _find(document: Json, path: Path) -> Place:
    found = [Element(document)]
    through_list = False
    for key in path:
        through_list = through_list or any(_is_list(element) for element in found)
        holders = [holder for element in found for holder in (element.raw if _is_list(element) else [element.raw])]
        found = _elements(_member(holder, key) for holder in holders if isinstance(holder, Mapping))
    if not found:
        return MISSING
    if through_list or _is_list(found[0]):
        flat = (value for element in found for value in (element.raw if _is_list(element) else [element.raw]))
        return Place("list", tuple(_elements(flat)))
    return Place("object" if found[0].stored is None else "scalar", (found[0],))


def _elements(values: Iterable[Json]) -> list[Element]:
    return [element for value in values if (element := _element(value)) is not None]


def _is_list(element: Element) -> bool:
    return isinstance(element.raw, (list, tuple))


def _member(holder: Mapping[str, Json], key: str) -> Json:
    # Of two keys with one NFC form the later wins, even where it holds null.
    return {nfc(name): value for name, value in holder.items()}.get(key)


def _element(value: Json) -> Element | None:
    """Read one raw value; None where it is null or counts as null."""
    match value:
        case None:
            return None
        case bool():
            return Element(value, "bool", {"bool": value})
        case int() | Decimal() | float():
            number = _number(value)
            return None if number is None else Element(value, "num", {"num": number})
        case PlainText():
            return Element(value, "str", {"str": nfc(value)})
        case str():
            return Element(value, "str", _text_views(nfc(value)))
        case datetime():
            micros = _in_range(value if value.tzinfo is not None else value.replace(tzinfo=UTC))
            return None if micros is None else Element(value, "time", {"time": micros})
        case Mapping() | list() | tuple():
            return Element(value)
        case _:
            raise InternalError("memory", f"a value of type {type(value).__name__} is not JSON")


def _number(value: Decimal | float) -> Fraction | None:
    # repr of a float is its shortest text that reads back as the same float.
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    if not number.is_finite() or number.copy_abs() >= NUMBER_LIMIT:
        return None
    return Fraction(number.quantize(_LAST_DECIMAL, context=_EXACT))


def _text_views(text: str) -> dict[Kind, View]:
    views: dict[Kind, View] = {"str": text}
    if _NUM_TEXT.fullmatch(text):
        views["num"] = Fraction(text)
    if _BOOL_TEXT.fullmatch(text):
        views["bool"] = text.lower() == "true"
    micros = _text_time(text)
    if micros is not None:
        views["time"] = micros
    return views


def _text_time(text: str) -> int | None:
    form = _TIME_TEXT.fullmatch(text)
    if form is None:
        return None
    clock, seconds = form["clock"] or "00:00", form["seconds"] or "00"
    fraction = (form["fraction"] or "")[:6].ljust(6, "0")
    offset = (form["offset"] or "Z").replace("Z", "+00:00")
    try:
        written = datetime.strptime(f"{form['date']} {clock} {seconds} {offset}", "%Y-%m-%d %H:%M %S %z")
    except ValueError:  # a date or a time of day that does not exist, a leap second included
        return None
    return _in_range(written.replace(microsecond=int(fraction)))


def _in_range(instant: datetime) -> int | None:
    micros = to_micros(instant)
    return micros if MIN_MICROS <= micros <= MAX_MICROS else None


def time_of(value: Json) -> int | None:
    """Read a scalar as a time, in UTC microseconds; None where it is none."""
    element = _element(value)
    found = None if element is None else element.views.get("time")
    return found if isinstance(found, int) else None
