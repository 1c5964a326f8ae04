"""The parts of an English sentence: names, paths, values, lengths, windows and templates filled with them.

Kept apart from conditions because every one of them uses these. What could go wrong: two different values that read
the same; so texts stand in quotes with JSON's escapes, names that are not plain words or are words of the language
stand in backticks, and numbers are written out in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from string import Formatter
from typing import assert_never

from muster.compiler.rule import ANYTHING, Regularity, Window
from muster.compiler.values import (
    Ago,
    Boolean,
    Duration,
    DurationValue,
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
    Value,
)
from muster.grammar.english_words import Owner, Phrases

_PLAIN = re.compile(r"[^\W\d][\w$]*")


@dataclass(frozen=True, slots=True)
class Voice:
    """How to speak: the language, whose values are tested, and which audiences are known to be deleted."""

    phrases: Phrases
    owner: Owner = "person"
    deleted: frozenset[str] = frozenset()

    def about(self, owner: Owner) -> Voice:
        """Speak of somebody else, inside `where`."""
        return Voice(self.phrases, owner, self.deleted)


def quoted(text: str) -> str:
    """Quote a text, with control characters escaped, so that it cannot pass for anything else."""
    return json.dumps(text, ensure_ascii=False)


def name(text: str, phrases: Phrases) -> str:
    """Give a name bare if it is a plain word that means nothing else here."""
    if _PLAIN.fullmatch(text) and text.casefold() not in phrases.reserved:
        return text
    return "`" + quoted(text)[1:-1].replace("`", "``") + "`"


def path(segments: Path, phrases: Phrases) -> str:
    """Give a path with dots between its names."""
    return ".".join(name(segment, phrases) for segment in segments)


def event_names(names: tuple[str, ...], phrases: Phrases) -> str:
    """Give the events of a condition."""
    if names == ANYTHING:
        return phrases.anything
    spelled = [text if name(text, phrases) == text else quoted(text) for text in names]
    return spelled[0] if len(spelled) == 1 else phrases.any_of.format(events=listed(spelled))


def listed(items: list[str]) -> str:
    """Put items in brackets."""
    return f"({', '.join(items)})"


def number(value: Decimal) -> str:
    """Write a number out in full, without trailing zeros."""
    text = format(value, "f") if value else "0"  # also where it is written -0
    return text.rstrip("0").rstrip(".") if "." in text else text


def param(reference: Param, phrases: Phrases) -> str:
    """Give the name of a constant or parameter."""
    # Nothing else begins with "$", so words of the language need no quotes after it.
    return f"${reference.name}" if _PLAIN.fullmatch(reference.name) else f"${name(reference.name, phrases)}"


def length(value: DurationValue, phrases: Phrases) -> str:
    """Give a length in words."""
    if isinstance(value, Param):
        return param(value, phrases)
    return f"{value.count} {phrases.units[value.unit][value.count != 1]}"


def value(found: Value | Literal_, phrases: Phrases) -> str:
    """Give one value."""
    match found:
        case Text(text):
            return quoted(text)
        case Number(decimal):
            return number(decimal)
        case Boolean(boolean):
            return phrases.true if boolean else phrases.false
        case Param():
            return param(found, phrases)
        case TraitRef(segments):
            return phrases.trait.format(name=path(segments, phrases))
        case Duration():
            return length(found, phrases)
        case _:
            return _time(found, phrases)


def _time(found: Time, phrases: Phrases) -> str:
    match found:
        case TimeLiteral(text):
            return text
        case Today():
            return phrases.today
        case Now():
            return phrases.now
        case Ago(duration):
            return phrases.ago.format(length=length(duration, phrases))
        case FromNow(duration):
            return phrases.from_now.format(length=length(duration, phrases))
        case _:
            assert_never(found)


Argument = Value | DurationValue | Regularity | tuple[Value, ...] | None


def arguments(found: Argument, phrases: Phrases) -> Mapping[str, str]:
    """Give everything that a template may say about a value."""
    match found:
        case None:
            return {}
        case Regularity():
            return {
                "minimum": str(found.minimum),
                "of": str(found.of),
                "unit": _periods(found, phrases),
            }
        case tuple():
            items = [value(item, phrases) for item in found]
            bounds = dict(zip(("low", "high"), items, strict=False)) if len(items) == len(("low", "high")) else {}
            return {**bounds, "values": listed(items) if items else phrases.nothing}
        case _:
            return {"value": value(found, phrases)}


def _periods(wanted: Regularity, phrases: Phrases) -> str:
    word = phrases.units[wanted.unit][1]
    return phrases.calendar.format(unit=word) if wanted.calendar else word


def places(template: str) -> frozenset[str]:
    """Give the names of the places in a template."""
    return frozenset(place for _, place, _, _ in Formatter().parse(template) if place)


def window(found: Window, phrases: Phrases) -> str:
    """Say when events count."""
    match found.value:
        case tuple() as bounds:
            low, high = (value(bound, phrases) for bound in bounds)
            return phrases.windows[found.kind].format(low=low, high=high)
        case str() as unit:
            return phrases.periods[found.kind, unit]
        case Duration() as duration if found.kind == "last_calendar":
            word = phrases.calendar.format(unit=phrases.units[duration.unit][duration.count != 1])
            return phrases.windows[found.kind].format(value=f"{duration.count} {word}")
        case _:
            return phrases.windows[found.kind].format(value=value(found.value, phrases))
