"""Putting `let` constants and parameters in the place of `$name`.

Values are typed literals, never spliced as text. A value given from outside (Python, the command line) becomes a
literal of the declared type, or of the type that its place takes when none was declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from muster.compiler import literals
from muster.compiler.diagnostics import Collector
from muster.compiler.literals import LiteralError
from muster.compiler.messages import meaning
from muster.compiler.rule import ParamDecl, Rule
from muster.compiler.spelling import closest
from muster.compiler.values import (
    MAX_DURATION_COUNT,
    UNIT_MICROS,
    Ago,
    Boolean,
    Duration,
    FromNow,
    Literal_,
    Now,
    Number,
    Param,
    Text,
    TimeLiteral,
    Today,
    Value,
)

# As many as a list written in a rule may have (docs/language.md).
MAX_LIST = 10_000
_SHOWN = 60

Slot = Literal["value", "time", "duration", "number"]
Given = Literal_ | tuple[Literal_, ...]

_TIMES = (TimeLiteral, Today, Now, Ago, FromNow)
_SLOTS: dict[Slot, str] = {
    "value": "a text, number, boolean or time",
    "time": "a date or time",
    "duration": "a duration",
    "number": "a number",
}


def names_in(rule: Rule) -> frozenset[str]:
    """Name the parameters that a rule declares or mentions, those of its constants too."""
    names: set[str] = set()
    pending: list[object] = [rule]
    while pending:
        part = pending.pop()
        if isinstance(part, (Param, ParamDecl)):
            names.add(part.name)
        if isinstance(part, tuple):
            pending += part
        elif is_dataclass(part):
            pending += [getattr(part, each.name) for each in fields(part) if each.compare]
    return frozenset(names)


class Parameters:
    """The constants and parameters of one rule; `get` replaces one reference and reports what is wrong with it."""

    def __init__(self, rule: Rule, given: Mapping[str, object], collector: Collector) -> None:
        self._let = dict(rule.let)
        self._declared = {decl.name: decl for decl in rule.params}
        self._given = given
        self._collector = collector
        self.used: set[str] = set()

    def get(self, param: Param, slot: Slot) -> Literal_ | None:
        """Give the one value that stands for a reference, with the reference's place; None once reported."""
        found = self.get_all(param, slot)
        if found is None:
            return None
        if isinstance(found, tuple):
            self._report(param, "a list", slot)
            return None
        return found

    def get_all(self, param: Param, slot: Slot) -> Given | None:
        """Give the value or, in a place that takes several, the list of values that stands for a reference."""
        self.used.add(param.name)
        value = self._look_up(param, slot)
        if value is None:
            return None
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            if not _fits(item, slot):
                self._report(param, describe(item), slot)
                return None
        placed = tuple(replace(item, origin=param.origin) for item in items)
        return placed if isinstance(value, tuple) else placed[0]

    def check_length(self, length: int, values: tuple[Value, ...]) -> None:
        """Refuse a list that its references have made too long."""
        if length > MAX_LIST:
            self._collector.add(meaning.long_list(length, MAX_LIST, values[0].origin))

    def _report(self, param: Param, found: str, slot: Slot) -> None:
        self._collector.add(meaning.wrong_param(param.name, found, _SLOTS[slot], param.origin))

    def _look_up(self, param: Param, slot: Slot) -> Given | None:
        name = param.name
        if name in self._let:
            return self._let[name]
        declared = self._declared.get(name)
        if name in self._given:
            return self._convert(param, self._given[name], declared, slot)
        if declared is not None and declared.default is not None:
            return declared.default
        if declared is not None:
            self._collector.add(meaning.missing_param(name, declared.type, param.origin))
            return None
        known = {*self._let, *self._declared, *self._given}
        self._collector.add(meaning.unknown_param(name, known, closest(name, known), param.origin))
        return None

    def _convert(self, param: Param, raw: object, declared: ParamDecl | None, slot: Slot) -> Given | None:
        wanted = _TYPE_OF_SLOT[slot] if declared is None else declared.type
        value = to_literal(raw, wanted)
        if value is None:
            expected = _SLOTS[slot] if declared is None else f"a {declared.type}"
            self._collector.add(meaning.wrong_param(param.name, _shown(raw), expected, param.origin))
        return value


_TYPE_OF_SLOT: dict[Slot, str] = {"value": "any", "time": "datetime", "duration": "duration", "number": "number"}


def _shown(raw: object) -> str:
    """Show an outside value for a message, harmless and short."""
    if isinstance(raw, (list, tuple)):
        return f"a list of {len(raw)}"
    shown = ascii(raw)
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "…"


def _fits(value: Literal_, slot: Slot) -> bool:
    match slot:
        case "value":
            return not isinstance(value, Duration)
        case "time":
            return isinstance(value, _TIMES)
        case "duration":
            return isinstance(value, Duration)
        case "number":
            return isinstance(value, Number)


def describe(value: object) -> str:
    """Name a value's type for people."""
    match value:
        case Text():
            return "text"
        case Number():
            return "a number"
        case Boolean():
            return "a boolean"
        case Duration():
            return "a duration"
        case _:
            return "a time"


def to_literal(raw: object, wanted: str) -> Given | None:
    """Turn an outside value into a literal of the wanted parameter type ("any": its own type); None if it is none."""
    if isinstance(raw, (Text, Number, Boolean, Duration, TimeLiteral, Today, Now, Ago, FromNow)):
        return raw
    match wanted:
        case "number":
            return _number(raw)
        case "string":
            return _text(raw) if isinstance(raw, str) else None
        case "boolean":
            return Boolean(raw) if isinstance(raw, bool) else None
        case "datetime":
            return _time(raw)
        case "duration":
            return to_duration(raw)
        case "list":
            return _list(raw) if isinstance(raw, (list, tuple)) else None
        case _:
            return _any(raw)


def _any(raw: object) -> Given | None:
    if isinstance(raw, bool):
        return Boolean(raw)
    if isinstance(raw, str):
        return _text(raw)
    if isinstance(raw, (list, tuple)):
        return _list(raw)
    if isinstance(raw, date):
        return _time(raw)
    return _number(raw)


def _list(raw: list[object] | tuple[object, ...]) -> tuple[Literal_, ...] | None:
    if len(raw) > MAX_LIST:
        return None
    # A list inside a list is no value, so it is never entered, however deep.
    items = tuple(None if isinstance(item, (list, tuple)) else to_literal(item, "any") for item in raw)
    kept = tuple(item for item in items if item is not None and not isinstance(item, tuple))
    return kept if len(kept) == len(items) else None


def _text(raw: str) -> Text | None:
    try:
        return Text(literals.text(raw))
    except LiteralError:
        return None


def _number(raw: object) -> Number | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        return None
    # A float means its shortest text, not its binary value.
    value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    if not value.is_finite():
        return None
    try:
        return Number(literals.number(value))
    except LiteralError:
        return None


def _time(raw: object) -> TimeLiteral | None:
    text = raw.isoformat() if isinstance(raw, date) else raw
    if not isinstance(text, str):
        return None
    try:
        return TimeLiteral(literals.time(text))
    except LiteralError:
        return None


def to_duration(raw: object) -> Duration | None:
    """Read `30d`, `30 days`, or a timedelta as the largest unit that holds it exactly."""
    if isinstance(raw, timedelta):
        return _of_timedelta(raw)
    if not isinstance(raw, str):
        return None
    try:
        return literals.spoken_duration(raw)
    except LiteralError:
        return None


def _of_timedelta(raw: timedelta) -> Duration | None:
    micros = raw // timedelta(microseconds=1)
    for unit in ("w", "d", "h", "min", "s"):
        count, rest = divmod(micros, UNIT_MICROS[unit])
        if not rest and 0 <= count <= MAX_DURATION_COUNT:
            return Duration(count, unit)
    return None
