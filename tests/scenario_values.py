"""Random literals, paths, windows and operators' arguments of rules, drawn from a shared vocabulary.

Apart from `scenario`, which builds conditions of them. Everything follows from the registry's entries (argument,
accepted kinds), never from an operator's name, but for what `resolve` itself singles out. It could go wrong by
making values that `resolve` refuses, which the harnesses report, or by never making some, which a test counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from muster.compiler.moments import CALENDAR_UNIT_OF, from_micros, zone
from muster.compiler.operators import Operator
from muster.compiler.operators.presence import TYPES
from muster.compiler.rule import ParamDecl, ParamType, Window, WindowKind
from muster.compiler.values import (
    CALENDAR_UNITS,
    NUMBER_LIMIT,
    UNITS,
    Ago,
    Boolean,
    Duration,
    DurationValue,
    FromNow,
    Kind,
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
    Unit,
    Value,
)
from tests.dice import Dice, between, chance, pick, weighted
from tests.vocabulary import Leaning, Named, Palette, near, nfc

PATTERNS = (
    "^p",
    "r",
    "[a-z]+",
    "^[A-Z]",
    "\\d",
    "^\\w+$",
    "\\s",
    "(a|b|é)+",
    "^.$",
    "^.{2,3}$",
    "[^a-z]$",
    "^$",
    "o?$",
    "^(pro|free)$",
    "[^\\w]",
    "\\\\",
    "\\{p",
    "s",
    "x*y",
)
_PARAM_TYPES: tuple[tuple[type, ParamType], ...] = (
    (Text, "string"),
    (Number, "number"),
    (Boolean, "boolean"),
    (TimeLiteral, "datetime"),
    (Duration, "duration"),
)
_KINDS: dict[Leaning, Kind] = {"str": "str", "num": "num", "bool": "bool", "time": "time"}
_ANY_KIND: tuple[tuple[int, Kind], ...] = ((5, "str"), (3, "num"), (2, "time"), (1, "bool"))
# Enough for engines to take the list as one value.
MANY: dict[Kind, tuple[Value, ...]] = {
    "str": tuple(Text(f"filler {number}") for number in range(101)),
    "num": tuple(Number(Decimal(number) + Decimal("1000.5")) for number in range(101)),
    "time": (),
    "bool": (),
}
_T = TypeVar("_T", Text, Number, Boolean, Duration)


def param_type(literal: Literal_) -> ParamType:
    """Give the type that a parameter for a literal is declared with."""
    return next(kind for held, kind in _PARAM_TYPES if isinstance(literal, held))


@dataclass(slots=True)
class Constants:
    """The `let` constants and parameters that a rule has named so far."""

    let: list[tuple[str, Literal_]] = field(default_factory=list)
    params: list[ParamDecl] = field(default_factory=list)

    def name(self, dice: Dice, literal: Literal_) -> Param:
        """Name a literal and give the reference that stands for it."""
        name = f"v{len(self.let) + len(self.params)}"
        if chance(dice, 50):
            self.let.append((name, literal))
        else:
            self.params.append(ParamDecl(name=name, type=param_type(literal), default=literal))
        return Param(name)


class Writer:
    """Writes values out of a vocabulary; `constants` gathers what it has named, if it may name anything."""

    def __init__(self, dice: Dice, vocabulary: Palette, *, naming: bool = True) -> None:
        self.dice = dice
        self.vocabulary = vocabulary
        self.constants = Constants()
        self._naming = 6 if naming else 0

    # --- literals ---------------------------------------------------------------------------------------------
    def kind_of(self, leaning: Leaning) -> Kind:
        """Choose the kind of literal for a name: mostly the one it leans to."""
        if leaning in _KINDS and not chance(self.dice, 8):
            return _KINDS[leaning]
        return weighted(self.dice, _ANY_KIND)

    def literal(self, kind: Kind) -> Value:
        """Write a literal of a kind, sometimes by a name of its own."""
        match kind:
            case "str":
                return self.named(Text(self.text()))
            case "num":
                return self.named(Number(self.number()))
            case "bool":
                return self.named(Boolean(chance(self.dice, 50)))
            case "time":
                return self.time()

    def text(self) -> str:
        """Write a text that people may hold."""
        text = nfc(pick(self.dice, self.vocabulary.texts))
        if chance(self.dice, 85):
            return text
        return pick(self.dice, (text.upper(), text.swapcase(), text[:1], text[-1:], str(self.number())))

    def few(self) -> int:
        """Choose how many values a list has: seldom none."""
        return weighted(self.dice, ((6, 1), (6, 2), (2, 3), (1, 0)))

    def number(self) -> Decimal:
        """Write a number that people may hold, or one beside it."""
        number = pick(self.dice, self.vocabulary.numbers)
        if chance(self.dice, 80):
            return number
        moved = number + pick(self.dice, (1, -1))
        return moved if abs(moved) < NUMBER_LIMIT else number

    def time(self) -> Time | Param:
        """Write an instant or a day."""
        if chance(self.dice, 55):
            literal = self.instant()
            return self.constants.name(self.dice, literal) if chance(self.dice, self._naming) else literal
        times: tuple[tuple[int, Time], ...] = (
            (3, Ago(self.length())),
            (1, FromNow(self.length())),
            (2, Now()),
            (2, Today()),
            (2, self.day()),
        )
        return weighted(self.dice, times)

    def instant(self) -> TimeLiteral:
        """Write a datetime: in UTC, with an offset, or in the clock's own zone."""
        instant = from_micros(near(self.dice, self.vocabulary))
        local = self._local(instant)
        return TimeLiteral(
            pick(
                self.dice,
                (
                    instant.isoformat().replace("+00:00", "Z"),
                    instant.isoformat(),
                    local.replace(tzinfo=None, fold=0).isoformat(),
                    local.isoformat() if _whole(local) else instant.isoformat(),
                    instant.strftime("%Y-%m-%dT%H:%MZ").rjust(17, "0"),
                ),
            )
        )

    def day(self) -> TimeLiteral:
        """Write a local day."""
        return TimeLiteral(self._local(from_micros(near(self.dice, self.vocabulary))).date().isoformat())

    def _day_or_today(self) -> Time:
        return Today() if chance(self.dice, 40) else self.day()

    def _local(self, instant: datetime) -> datetime:
        if not datetime(2, 1, 1).date() < instant.date() < datetime(9998, 1, 1).date():  # noqa: DTZ001 (dates only)
            return instant
        return instant.astimezone(zone(self.vocabulary.clock.timezone))

    def length(self) -> DurationValue:
        """Write a length."""
        return self.named(pick(self.dice, self.vocabulary.lengths))

    def exact_length(self) -> DurationValue:
        """Write a length of a fixed number of microseconds."""
        exact = [length for length in self.vocabulary.lengths if length.is_exact and length.count < 99_999]
        return self.named(pick(self.dice, exact or [Duration(1, "d")]))

    def named(self, literal: _T) -> _T | Param:
        """Give the literal itself or, now and then, a name for it."""
        return self.constants.name(self.dice, literal) if chance(self.dice, self._naming) else literal

    # --- places -----------------------------------------------------------------------------------------------
    def place(self, names: tuple[Named, ...]) -> tuple[Path, Leaning]:
        """Choose a path into a record, and what it mostly finds."""
        if chance(self.dice, 2):
            return ("never_seen",), "mixed"
        name = pick(self.dice, names)
        path: Path = (name.key,)
        leaning = name.leaning
        inside = {"object": 65, "objects": 45}
        while len(path) < 4 and chance(self.dice, inside.get(leaning, 3)):
            segment = pick(self.dice, self.vocabulary.segments)
            path, leaning = (*path, segment.key), segment.leaning
        return path, leaning

    def other_trait(self) -> TraitRef:
        """Choose another trait to compare with."""
        return TraitRef(self.place(self.vocabulary.traits)[0])

    # --- windows ----------------------------------------------------------------------------------------------
    def window(self, *, rolling: bool = True) -> Window:
        """Choose a window; without `rolling` not the one that has operators of its own."""
        kinds: tuple[tuple[int, WindowKind], ...] = (
            (6 if rolling else 0, "last"),
            (2, "older_than"),
            (2, "last_calendar"),
            (2, "this"),
            (2, "previous"),
            (3, "between"),
            (2, "before"),
            (2, "after"),
            (1, "on"),
        )
        kind = weighted(self.dice, [entry for entry in kinds if entry[0]])
        match kind:
            case "last" | "older_than":
                return Window(kind=kind, value=self.length())
            case "last_calendar":
                unit: Unit = pick(self.dice, tuple(CALENDAR_UNIT_OF))
                return Window(kind=kind, value=Duration(between(self.dice, 1, 3), unit))
            case "this" | "previous":
                return Window(kind=kind, value=pick(self.dice, CALENDAR_UNITS))
            case "between":
                return Window(kind=kind, value=(self.time(), self.time()))
            case "on":
                return Window(kind=kind, value=self._day_or_today())
            case _:
                return Window(kind=kind, value=self.time())

    def unit(self, *, calendar: bool) -> Unit:
        """Choose the unit of a regularity."""
        return pick(self.dice, tuple(CALENDAR_UNIT_OF) if calendar else UNITS[2:])

    # --- arguments --------------------------------------------------------------------------------------------
    def argument(self, operator: Operator, kind: Kind) -> Value | Duration | Param | tuple[Value, ...] | None:
        """Write what an operator takes besides a condition, of a kind if it accepts that kind."""
        match operator.argument:
            case "none" | "where":
                return None
            case "value":
                return self._operand(operator, kind)
            case "values":
                values = tuple(self._operand(operator, kind) for _ in range(self.few()))
                return (*values, *MANY[kind]) if chance(self.dice, 8) and kind in operator.accepts else values
            case "pair":
                return self._pair(operator, kind)
            case "time":
                positive = operator.complement_of or operator.name
                return self._day_or_today() if positive == "on" else self.time()
            case "duration":
                return self.length()
            case "type":
                return Text(pick(self.dice, tuple(TYPES)))

    def _operand(self, operator: Operator, kind: Kind) -> Value:
        if "trait" in operator.accepts and chance(self.dice, 8):
            return self.other_trait()
        accepted = kind if kind in operator.accepts else self._accepted(operator)
        positive = operator.complement_of or operator.name
        if positive == "matches":
            return Text(pick(self.dice, PATTERNS))
        if positive in ("contains", "starts_with", "ends_with"):
            text = self.text()
            return Text(pick(self.dice, (text[:1], text, text[1:], text[-1:])) or "o")
        return self.literal(accepted)

    def _accepted(self, operator: Operator) -> Kind:
        return pick(self.dice, [kind for kind in ("str", "num", "time", "bool") if kind in operator.accepts])

    def _pair(self, operator: Operator, kind: Kind) -> tuple[Value, Value]:
        accepted = kind if kind in operator.accepts else self._accepted(operator)
        low, high = self._operand_of(accepted), self._operand_of(accepted)
        if isinstance(low, Number) and isinstance(high, Number) and low.value > high.value and chance(self.dice, 90):
            return high, low
        if isinstance(low, Text) and isinstance(high, Text) and low.value > high.value and chance(self.dice, 90):
            return high, low
        return low, high

    def _operand_of(self, kind: Kind) -> Value:
        return self.other_trait() if chance(self.dice, 8) else self.literal(kind)


def _whole(local: datetime) -> bool:
    offset = local.utcoffset()
    return offset is not None and offset.total_seconds() % 60 == 0
