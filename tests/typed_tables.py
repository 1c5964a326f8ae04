"""Random typed events files for the differential test of querying in place: every type, and what hides in each.

Apart from the test, so that its generator can be read: most columns can be queried in place, some rows are bad on
purpose, and some files hold what sends the whole file to the normaliser. It could go wrong by sending all of them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

from tests.dice import Dice, between, chance, pick, sample

PEOPLE = (
    "u1",
    "u2",
    "U2",
    "10",
    "1.5",
    "true",
    "it's",
    'a"b',
    "zoë",
    "🙂",
    " u1",
    "2024-01-01",
    "\uffff",
    "back\\slash",
)
EVENTS = ("buy", "login", "Buy", "it's", 'x"y', "café", "買う")
TEXTS = (
    "",
    "12",
    "1.50",
    "true",
    "2024-01-31",
    "pro",
    "Pro",
    "it's",
    'q"q',
    "é",
    "ﬀ",
    "👩‍👩‍👧",
    "a" * 90,
    "\n",
    "NULL",
    "%",
    "pro ",
)
DECOMPOSED = "e\u0301"
INSTANTS = (0, -1, 1, -1001, -999_999, 1_704_067_200_000_000, 1_717_000_000_123_456, -2_208_988_800_000_001)
_NANO = 1000
_Make = Callable[[Dice], tuple[pa.DataType, Callable[[], Any]]]


@dataclass(frozen=True, slots=True)
class TypedTable:
    """A table and the map that it is read by."""

    table: pa.Table
    mapping: str


def typed_table(dice: Dice) -> TypedTable:
    """Make a file of some rows."""
    rows = pick(dice, (0, 1, 7, 40, 40, 40))
    columns: dict[str, pa.Array] = {
        "id": _identities(dice, rows),
        "event": _array(dice, rows, pa.string(), lambda: pick(dice, EVENTS), missing=0),
        "ts": _times(dice, rows),
    }
    lines = ["[events]", 'id = "id"', 'name = "event"', 'time = "ts"']
    if chance(dice, 50):
        start = between(dice, -rows, 0)  # no two alike: what else should `first` go by?
        columns["line"] = pa.array(sample(dice, range(start, start + rows), rows), pa.int64())
        lines.append('order = "line"')
    if chance(dice, 30):
        columns["mid"] = pa.array([f"m{index // (2 if chance(dice, 2) else 1)}" for index in range(rows)], pa.string())
        lines.append('message_id = "mid"')
    lines.append("[events.properties]")
    for name, (made, kind) in _properties(dice, rows).items():
        columns[name] = made
        lines += [f"{name} = {kind!r}"] if kind else []
    return TypedTable(pa.table(columns), "\n".join(lines))


def _properties(dice: Dice, rows: int) -> Mapping[str, tuple[pa.Array, str | None]]:
    found: dict[str, tuple[pa.Array, str | None]] = {}
    for name in ("a", "b", "c", "d"):
        kind, value = pick(dice, _TYPES)(dice)
        array = _array(dice, rows, kind, value, missing=25)
        mapped: str | None = "decimal" if pa.types.is_floating(kind) else None
        if pa.types.is_int64(kind) and chance(dice, 30):
            array, mapped = _epochs(dice, rows)
        found[name] = (array, mapped)
    if chance(dice, 3):
        found["tags"] = (pa.array([["x"]] * rows, pa.list_(pa.string())), None)
    return found


def _array(dice: Dice, rows: int, kind: pa.DataType, value: Callable[[], Any], *, missing: int) -> pa.Array:
    values = [None if chance(dice, missing) else value() for _ in range(rows)]
    array = pa.array(values, kind)
    return array.dictionary_encode() if pa.types.is_string(kind) and chance(dice, 20) else array


def _identities(dice: Dice, rows: int) -> pa.Array:
    if chance(dice, 25):
        return pa.array([between(dice, -3, 3) * pick(dice, (1, 10**15)) for _ in range(rows)], pa.int64())
    hostile = chance(dice, 15)
    return pa.array(
        [pick(dice, (*PEOPLE, DECOMPOSED, "", None) if hostile else PEOPLE) for _ in range(rows)], pa.string()
    )


def _times(dice: Dice, rows: int) -> pa.Array:
    kind, value = pick(dice, _TIMES)(dice)
    return _array(dice, rows, kind, value, missing=1 if chance(dice, 5) else 0)


def _epochs(dice: Dice, rows: int) -> tuple[pa.Array, str]:
    kind = pick(dice, ("epoch_s", "epoch_ms"))
    per_unit = 1_000_000 if kind == "epoch_s" else 1_000
    values = [None if chance(dice, 25) else pick(dice, INSTANTS) // per_unit for _ in range(rows)]
    return pa.array(values, pa.int64()), kind


# --- values -------------------------------------------------------------------------------------------------------
def _texts(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    kind = pick(dice, (pa.string(), pa.large_string()))
    texts: Sequence[str] = (*TEXTS, DECOMPOSED) if chance(dice, 15) else TEXTS
    return kind, lambda: pick(dice, texts)


def _integers(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    kind = pick(dice, (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.int64(), pa.uint8(), pa.uint32(), pa.uint64()))
    signed = pa.types.is_signed_integer(kind)
    high = 2 ** (kind.bit_width - signed) - 1
    low = -high - 1 if signed else 0
    edges = (low, high, 10**18, 10**18 - 1, -(10**18), 1 - 10**18, 2**53 + 1, 0, 1, 12)
    return kind, lambda: min(max(pick(dice, edges), low), high)


def _decimals(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    precision, scale = pick(dice, ((5, 2), (9, 9), (18, 0), (18, 6), (38, 9), (38, 0), (30, 2), (38, 20), (19, 1)))
    edges = (0, 1, -1, 10**precision - 1, 1 - 10**precision, 10 ** (18 + scale), 10 ** (18 + scale) - 1, 1250, 1999)

    def value() -> Decimal:
        unscaled = pick(dice, edges)
        return Decimal(f"{unscaled if abs(unscaled) < 10**precision else 7}e-{scale}")

    return pa.decimal128(precision, scale), value


def doubles(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    edges = (
        0.1,
        0.1 + 0.2,
        -0.0,
        1e18,
        999999999999999900.0,
        -1e18,
        1e-9,
        9.999999999999999e-10,
        5e-324,
        1.7e308,
        1e16,
    )
    odd = (float("nan"), float("inf"), -float("inf"))

    def value() -> Any:
        match dice.below(4):
            case 0:
                return pick(dice, odd)
            case 1:
                return float(struct.unpack("d", struct.pack("Q", dice.below(2**63)))[0])
            case 2:
                return between(dice, -(10**9), 10**9) / 10 ** between(dice, 0, 16)
            case _:
                return pick(dice, edges)

    return pick(dice, (pa.float64(), pa.float64(), pa.float32())), value


def _flags(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    return pa.bool_(), lambda: chance(dice, 50)


def _dates(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    days = (date(1, 1, 1), date(9999, 12, 31), date(1969, 12, 31), date(2024, 2, 29), date(2024, 6, 1))
    return pick(dice, (pa.date32(), pa.date64())), lambda: pick(dice, days)


def _stamps(dice: Dice) -> tuple[pa.DataType, Callable[[], Any]]:
    unit = pick(dice, ("s", "ms", "us", "ns"))
    kind = pa.timestamp(unit, pick(dice, (None, "UTC", "Europe/London", "+05:30")))

    def value() -> int:
        micros = pick(dice, INSTANTS)
        return {"s": micros // 10**6, "ms": micros // 1000, "us": micros, "ns": micros * _NANO + dice.below(1000)}[unit]

    return kind, value


_TIMES: tuple[_Make, ...] = (_stamps, _stamps, _stamps, _dates)
_TYPES: tuple[_Make, ...] = (_texts, _texts, _integers, _decimals, doubles, _flags, _dates, _stamps, _stamps)
