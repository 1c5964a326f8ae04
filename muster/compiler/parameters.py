"""Putting `let` constants and parameters in the place of `$name`.

Values are typed literals, never spliced as text. A value given from outside (Python, the command line) becomes a
literal of the declared type, or of the type that its place takes when none was declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

from muster.compiler.diagnostics import Collector
from muster.compiler.messages import meaning
from muster.compiler.rule import ParamDecl, Rule
from muster.compiler.spelling import closest
from muster.compiler.values import (
    MAX_DURATION_COUNT,
    NUMBER_DECIMALS,
    NUMBER_LIMIT,
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
    Unit,
)

Slot = Literal["value", "time", "duration", "number"]
Given = Literal_ | tuple[Literal_, ...]

_DURATION = re.compile(r"([0-9]{1,5})(s|min|h|d|w|mo|q|y)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?")
_TIMES = (TimeLiteral, Today, Now, Ago, FromNow)
_SLOTS: dict[Slot, str] = {
    "value": "a text, number, boolean or time",
    "time": "a date or time",
    "duration": "a duration",
    "number": "a number",
}


class Parameters:
    """The constants and parameters of one rule; `get` replaces one reference and reports what is wrong with it."""

    def __init__(self, rule: Rule, given: Mapping[str, object], collector: Collector) -> None:
        self._let = dict(rule.let)
        self._declared = {decl.name: decl for decl in rule.params}
        self._given = given
        self._collector = collector
        self.used: set[str] = set()

    def get(self, param: Param, slot: Slot) -> Given | None:
        """Give the value that stands for a reference, with the reference's place; None once reported."""
        self.used.add(param.name)
        value = self._look_up(param, slot)
        if value is None:
            return None
        items = value if isinstance(value, tuple) else (value,)
        for item in items:
            if not _fits(item, slot):
                self._collector.add(meaning.wrong_param(param.name, describe(item), _SLOTS[slot], param.origin))
                return None
        placed = tuple(replace(item, origin=param.origin) for item in items)
        return placed if isinstance(value, tuple) else placed[0]

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
            self._collector.add(meaning.wrong_param(param.name, f"{raw!r}", expected, param.origin))
        return value


_TYPE_OF_SLOT: dict[Slot, str] = {"value": "any", "time": "datetime", "duration": "duration", "number": "number"}


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
            return Text(raw) if isinstance(raw, str) else None
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
        return Text(raw)
    if isinstance(raw, (list, tuple)):
        return _list(raw)
    if isinstance(raw, date):
        return _time(raw)
    return _number(raw)


def _list(raw: list[object] | tuple[object, ...]) -> tuple[Literal_, ...] | None:
    items = tuple(to_literal(item, "any") for item in raw)
    kept = tuple(item for item in items if item is not None and not isinstance(item, tuple))
    return kept if len(kept) == len(items) else None


def _number(raw: object) -> Number | None:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        return None
    try:
        # A float means its shortest text, not its binary value.
        value = Decimal(repr(raw)) if isinstance(raw, float) else Decimal(raw)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= NUMBER_LIMIT or _decimals(value) > NUMBER_DECIMALS:
        return None
    return Number(value)


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _time(raw: object) -> TimeLiteral | None:
    if isinstance(raw, (datetime, date)):
        return TimeLiteral(raw.isoformat())
    if not isinstance(raw, str) or not _DATE.fullmatch(raw):
        return None
    try:
        datetime.fromisoformat(raw)
    except ValueError:
        return None
    return TimeLiteral(raw)


def to_duration(raw: object) -> Duration | None:
    """Read `30d` or a timedelta of whole seconds as a duration."""
    if isinstance(raw, timedelta):
        seconds, rest = divmod(raw, timedelta(seconds=1))
        return Duration(seconds, "s") if not rest and 0 <= seconds <= MAX_DURATION_COUNT else None
    match = _DURATION.fullmatch(raw) if isinstance(raw, str) else None
    if match is None:
        return None
    unit: Unit = match[2]  # type: ignore[assignment]  # the pattern allows units only
    return Duration(int(match[1]), unit)
