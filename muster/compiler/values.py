"""The values a rule can hold: kinds, durations, literals and references to other values.

One vocabulary for the text and the JSON form, so that both become the same `Rule`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from muster.compiler.diagnostics import Origin

Kind = Literal["str", "num", "bool", "time"]
KINDS: tuple[Kind, ...] = ("str", "num", "bool", "time")

Unit = Literal["s", "min", "h", "d", "w", "mo", "q", "y"]
UNITS: tuple[Unit, ...] = ("s", "min", "h", "d", "w", "mo", "q", "y")
CalendarUnit = Literal["day", "week", "month", "quarter", "year"]
CALENDAR_UNITS: tuple[CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")

UNIT_MICROS: dict[Unit, int] = {
    "s": 1_000_000,
    "min": 60_000_000,
    "h": 3_600_000_000,
    "d": 86_400_000_000,
    "w": 604_800_000_000,
}
UNIT_MONTHS: dict[Unit, int] = {"mo": 1, "q": 3, "y": 12}
UNIT_WORDS: dict[Unit, str] = {
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "q": "quarter",
    "y": "year",
}
MAX_DURATION_COUNT = 99_999

NUMBER_LIMIT = Decimal(10) ** 18
NUMBER_DECIMALS = 9

Path = tuple[str, ...]


def path_text(path: Path) -> str:
    """Spell a path for people: segments joined by dots, as in `address.city`."""
    return ".".join(path)


@dataclass(frozen=True, slots=True)
class Duration:
    """A length such as `30d`: exact for s, min, h, d, w; stepped on the calendar for mo, q, y."""

    count: int
    unit: Unit
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def is_exact(self) -> bool:
        """Whether the length is the same number of microseconds wherever it starts."""
        return self.unit in UNIT_MICROS

    @property
    def micros(self) -> int:
        """Length in microseconds; 0 for calendar units."""
        return self.count * UNIT_MICROS.get(self.unit, 0)

    @property
    def months(self) -> int:
        """Length in months; 0 for exact units."""
        return self.count * UNIT_MONTHS.get(self.unit, 0)

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"


@dataclass(frozen=True, slots=True)
class Text:
    """A text literal, in Unicode NFC."""

    value: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """A number literal: exact decimal, below 10^18, at most nine decimals."""

    value: Decimal
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Boolean:
    """`true` or `false`."""

    value: bool
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TimeLiteral:
    """An ISO date (`2024-01-01`, a whole local day) or datetime (`2024-01-01T10:00:00+02:00`), as written."""

    text: str
    origin: Origin | None = field(default=None, compare=False, repr=False)

    @property
    def is_date(self) -> bool:
        """Whether it names a whole day rather than an instant."""
        return "T" not in self.text


@dataclass(frozen=True, slots=True)
class Today:
    """The local day that holds `as_of`."""

    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Now:
    """The instant `as_of`."""

    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Param:
    """`$name`: a `let` constant or a parameter, put in place by `resolve`."""

    name: str
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Ago:
    """`7 days ago`: as_of minus a duration."""

    duration: Duration | Param
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class FromNow:
    """`7 days from now`: as_of plus a duration."""

    duration: Duration | Param
    origin: Origin | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class TraitRef:
    """`trait shipping_country`: the value of another trait of the same person."""

    path: Path
    origin: Origin | None = field(default=None, compare=False, repr=False)


Time = TimeLiteral | Today | Now | Ago | FromNow
Literal_ = Text | Number | Boolean | Time | Duration
Value = Text | Number | Boolean | Time | Param | TraitRef
DurationValue = Duration | Param
