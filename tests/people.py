"""Random people and events, hostile and dirty on purpose: what SDKs, spreadsheets and time zones really send.

Apart from the rules so that one world can meet many of them. Values are raw JSON as the ledger has it, before any
normalising: missing, null, the wrong kind, numbers as text, texts of times and near misses, lists in lists, two keys
with one normal form. It could go wrong by being too dirty: most values must still be of the kind that their name leans
to, or no rule is ever true.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from unicodedata import normalize

from hypothesis import strategies as st

from muster.backends.base import EventRow, Json, PlainText, ProfileRow
from muster.compiler.moments import MAX_MICROS, MIN_MICROS, Clock, from_micros
from muster.compiler.rule import LIFECYCLE_MEASURES, LIFECYCLE_STAGES
from muster.compiler.values import Path
from tests.dice import Dice, DrawnDice, between, chance, pick, sample, weighted
from tests.vocabulary import LEANINGS, Leaning, Named, Palette, near, nfc, palette

MAX_PEOPLE = 12
MAX_EVENTS = 40
PIDS = (1, 2, 3, 4, 5, 6, 7, 250, 65_536, 2**31, 2**32 - 1, 9, 10)
IDS = ("u1", "u2", "u10", "U1", "it's", "{p:String}", "café", "%s", "🙂", "\uffff", "", " u1", "back\\slash")
MIDS = ("a", "B", "é", "Z", "🙂", "\uffff", "m", "{p:String}", "'")
TRUE_TEXTS = ("true", "TRUE", "True", "yes", "1")
FALSE_TEXTS = ("false", "FALSE", "no", "0")
NOT_NUMBERS: tuple[Json, ...] = (
    10**18,
    -(10**18),
    Decimal("1E+18"),
    Decimal("1E+400"),
    float("nan"),
    float("inf"),
    Decimal("NaN"),
)
NEARLY_TIMES = (
    "2024-02-30",
    "2024-13-01",
    "2024-06-15 12:00:00",
    "2024-06-15t12:00:00Z",
    "2024-06-15T24:00",
    "2024-06-15T12:00:60Z",
    "2024-06-15T12",
    "2024-06-15T12:00:00,5Z",
    "2024-06-15T12:00:00+24:00",
    "2024-W24-6",
    "20240615",
    "0000-01-01",
    "1718452800",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.9999999-01:00",
    "2024-06-15T12:00:00z",
    " 2024-06-15",
)
BLANKS: tuple[Json, ...] = (None, [], "", {}, [None], [[]])


@dataclass(frozen=True, slots=True)
class World:
    """People, their events and the clock.

    `forgotten` rows widened the catalogue once and are not loaded; `single` traits are declared to hold one value.
    """

    clock: Clock
    profiles: tuple[ProfileRow, ...]
    events: tuple[EventRow, ...]
    forgotten: tuple[tuple[ProfileRow, ...], tuple[EventRow, ...]] = ((), ())
    single: tuple[Path, ...] = ()

    def events_of(self, pid: int) -> tuple[EventRow, ...]:
        """Give one person's events."""
        return tuple(event for event in self.events if event.pid == pid)


def world(dice: Dice, vocabulary: Palette, *, least: int = 0) -> World:
    """Make people and events out of a vocabulary."""
    count = between(dice, least, 3) if chance(dice, 8) else between(dice, max(least, 5), MAX_PEOPLE)
    profiles = tuple(_person(dice, vocabulary, number) for number in range(count))
    events = _history(dice, vocabulary, [profile.pid for profile in profiles])
    lists = [name for name in vocabulary.traits if name.leaning == "list"] or vocabulary.traits
    single = ((pick(dice, lists).key,),) if chance(dice, 15) else ()
    if not chance(dice, 20):
        return World(vocabulary.clock, profiles, events, single=single)
    past = (_person(dice, vocabulary, MAX_PEOPLE),)
    forgotten = (past, _history(dice, vocabulary, [past[0].pid])[:5])
    return World(vocabulary.clock, profiles, events, forgotten, single)


@st.composite
def worlds(draw: Callable[[st.SearchStrategy[Any]], Any]) -> tuple[Palette, World]:
    """Draw a vocabulary and a world made of it."""
    dice = DrawnDice(draw)
    vocabulary = palette(dice)
    return vocabulary, world(dice, vocabulary)


def _person(dice: Dice, vocabulary: Palette, number: int) -> ProfileRow:
    identity = IDS[number]
    stage = chance(dice, 70)
    return ProfileRow(
        pid=PIDS[number],
        external_id=_form(dice, identity),
        is_anonymous=chance(dice, 20),
        first_seen=_seen(dice, vocabulary),
        last_seen=_seen(dice, vocabulary),
        created_at=_seen(dice, vocabulary),
        traits=document(dice, vocabulary, vocabulary.traits),
        fields=_lifecycle(dice) if stage else {},
        stages=tuple(
            (pick(dice, LIFECYCLE_STAGES), near(dice, vocabulary)) for _ in range(between(dice, 0, 2) if stage else 0)
        ),
    )


def _seen(dice: Dice, vocabulary: Palette) -> int | None:
    return None if chance(dice, 20) else near(dice, vocabulary)


def _lifecycle(dice: Dice) -> Mapping[str, str | Decimal]:
    fields: dict[str, str | Decimal] = {"lifecycle_stage": pick(dice, LIFECYCLE_STAGES)}
    for measure in LIFECYCLE_MEASURES:
        if chance(dice, 60):
            fields[measure] = pick(dice, (Decimal("0.3"), Decimal(1), Decimal("0.25"), Decimal("2.5"), Decimal(0)))
    return fields


def _history(dice: Dice, vocabulary: Palette, pids: list[int]) -> tuple[EventRow, ...]:
    # A few people hold all events, so that some have several of one name; and some events are nobody's.
    busy = sample(dice, pids, between(dice, 3, 5))
    if not busy:
        return ()
    rows: list[EventRow] = []
    count = between(dice, 0, 5) if chance(dice, 8) else between(dice, 15, MAX_EVENTS)
    for number in range(count):
        before = rows[-1] if rows and chance(dice, 50) else None
        # Mids fall as often as they rise, so that a tie is not decided by arrival.
        mid = f"{pick(dice, MIDS)}{(number * 7) % MAX_EVENTS:02}"
        rows.append(
            EventRow(
                pid=_owner(dice, before, busy),
                event=_form(dice, _next_name(dice, vocabulary, before)),
                ts=_next_instant(dice, vocabulary, before),
                mid=mid,
                properties=document(dice, vocabulary, vocabulary.properties),
            )
        )
    return tuple(rows)


def _owner(dice: Dice, before: EventRow | None, busy: tuple[int, ...]) -> int:
    if before is not None:
        return before.pid
    return 4_000_000 if chance(dice, 3) else pick(dice, busy)


def _next_name(dice: Dice, vocabulary: Palette, before: EventRow | None) -> str:
    if before is not None and chance(dice, 35):
        names = [nfc(name) for name in vocabulary.events]
        return names[(names.index(nfc(before.event)) + 1) % len(names)] if nfc(before.event) in names else names[0]
    return vocabulary.events[0] if chance(dice, 40) else pick(dice, vocabulary.events)


def _next_instant(dice: Dice, vocabulary: Palette, before: EventRow | None) -> int:
    if before is None:
        at = near(dice, vocabulary)
        return pick(dice, (-1, 4_102_444_800_000_001, MIN_MICROS)) if chance(dice, 2) else at
    if chance(dice, 30):
        return before.ts
    step = pick(dice, [length.micros for length in vocabulary.lengths if length.is_exact] or [1])
    return max(MIN_MICROS, min(MAX_MICROS, before.ts + step + pick(dice, (0, 0, -1, 1))))


# --- documents ------------------------------------------------------------------------------------------------
def document(dice: Dice, vocabulary: Palette, names: tuple[Named, ...], depth: int = 0) -> dict[str, Json]:
    """Make a JSON object over some names, each mostly there and mostly of the kind it leans to."""
    held: dict[str, Json] = {}
    for name in names:
        if chance(dice, 0 if vocabulary.clean else 15):
            continue
        held[_form(dice, name.key)] = value(dice, vocabulary, name.leaning, depth)
        if name.key != normalize("NFD", name.key) and chance(dice, 15):
            held[normalize("NFD", name.key)] = value(dice, vocabulary, name.leaning, depth)
    return held


def value(dice: Dice, vocabulary: Palette, leaning: Leaning, depth: int = 0) -> Json:
    """Make a raw value: of the leaning, or else nothing, or something of another kind."""
    if vocabulary.clean:
        return _clean_value(dice, vocabulary, leaning)
    if chance(dice, 8):
        return pick(dice, BLANKS)
    return _value_of(pick(dice, LEANINGS) if chance(dice, 12) else leaning, dice, vocabulary, depth)


def _value_of(kind: Leaning, dice: Dice, vocabulary: Palette, depth: int) -> Json:
    match kind:
        case "num":
            return _number(dice, vocabulary)
        case "bool":
            return _boolean(dice)
        case "time":
            return _time(dice, vocabulary)
        case "mixed":
            return _value_of(pick(dice, LEANINGS[:4]), dice, vocabulary, depth)
        case "list":
            return [_element(dice, vocabulary, depth) for _ in range(between(dice, 0, 3))]
        case "object" if depth <= 1:
            return document(dice, vocabulary, vocabulary.segments, depth + 1)
        case "objects" if depth <= 1:
            return [_item(dice, vocabulary, depth) for _ in range(between(dice, 0, 3))]
        case _:
            return _text(dice, vocabulary)


def _clean_value(dice: Dice, vocabulary: Palette, leaning: Leaning) -> Json:
    """Make a value of exactly one kind a name, as typed columns hold; engines read such columns by a shorter way."""
    match leaning:
        case "num":
            return pick(dice, vocabulary.numbers)
        case "bool":
            return chance(dice, 50)
        case "time":
            return from_micros(near(dice, vocabulary))
        case "list":
            return [nfc(pick(dice, vocabulary.texts)) for _ in range(between(dice, 0, 2))]
        case "objects" | "object":
            return int(pick(dice, vocabulary.numbers))
        case _:
            return nfc(pick(dice, vocabulary.texts))


def _element(dice: Dice, vocabulary: Palette, depth: int) -> Json:
    scalar: Leaning = weighted(dice, ((5, "str"), (3, "num"), (1, "time"), (1, "bool")))
    return _odd_item(dice, vocabulary, depth) if chance(dice, 8) else value(dice, vocabulary, scalar, depth)


def _item(dice: Dice, vocabulary: Palette, depth: int) -> Json:
    return (
        _odd_item(dice, vocabulary, depth)
        if chance(dice, 12)
        else document(dice, vocabulary, vocabulary.segments, depth + 1)
    )


def _odd_item(dice: Dice, vocabulary: Palette, depth: int) -> Json:
    match dice.below(6):
        case 0:
            return None
        case 1:
            return [_text(dice, vocabulary)]
        case 2:
            return pick(dice, ([], {}, [{}], [None]))
        case 3:
            return _number(dice, vocabulary)
        case _ if depth > 1:
            return _text(dice, vocabulary)
        case _:
            return document(dice, vocabulary, vocabulary.segments, depth + 1)


# --- scalars --------------------------------------------------------------------------------------------------
def _form(dice: Dice, text: str) -> str:
    return normalize("NFD", text) if not text.isascii() and chance(dice, 40) else text


def _text(dice: Dice, vocabulary: Palette) -> Json:
    text = _form(dice, pick(dice, vocabulary.texts))
    if chance(dice, 70):
        return text
    other = pick(dice, vocabulary.texts)
    return pick(
        dice,
        (
            text + other,
            other + text,
            text.swapcase(),
            text.upper(),
            f"x{text}y",
            f"{text}\n",
            f" {text}",
            PlainText(text),
            str(pick(dice, vocabulary.numbers)),
        ),
    )


def _number(dice: Dice, vocabulary: Palette) -> Json:
    number = pick(dice, vocabulary.numbers)
    if chance(dice, 60):
        return int(number) if number == number.to_integral_value() else number
    plain = format(number, "f")
    return pick(
        dice,
        (
            plain,
            number + pick(dice, (1, -1)),
            Decimal(plain + ("9" if "." in plain else ".0000000009")),  # cut, never rounded
            number.scaleb(0).normalize(),
            float(number),
            f"{plain}0" if "." in plain else f"{plain}.0",
            f"0{plain}",
            f" {plain} ",
            f"+{plain}",
            f"{plain}e0",
            PlainText(plain),
            Decimal("-0"),
            Decimal("-0.0000000004"),
            pick(dice, NOT_NUMBERS),
        ),
    )


def _boolean(dice: Dice) -> Json:
    truth = chance(dice, 50)
    if chance(dice, 60):
        return truth
    return pick(dice, ((TRUE_TEXTS if truth else FALSE_TEXTS)[:2], TRUE_TEXTS, FALSE_TEXTS, (1, 0)))[dice.below(2)]


def _time(dice: Dice, vocabulary: Palette) -> Json:
    instant = from_micros(near(dice, vocabulary))
    text = instant.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fraction = f"{instant.microsecond:06}"
    if chance(dice, 50):
        return f"{text}.{fraction}Z"
    return pick(
        dice,
        (
            text[:10],
            f"{text[:10]}T00:00:00Z",
            text,
            f"{text}.{fraction}",
            f"{text[:16]}Z",
            f"{text}.{fraction}789Z",  # cut to microseconds
            f"{text}.{fraction[:1]}Z",
            _elsewhere(instant, 330),
            _elsewhere(instant, -480),
            f"{text}-00:00",
            instant,
            instant.replace(tzinfo=None),
            _zoned(instant),
            pick(dice, NEARLY_TIMES),
        ),
    )


def _elsewhere(instant: datetime, minutes: int) -> str:
    moved = _shifted(instant, minutes)
    sign = "+" if minutes >= 0 else "-"
    clock = f"{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    return f"{moved.strftime('%Y-%m-%dT%H:%M:%S').rjust(19, '0')}.{moved.microsecond:06}{sign}{clock}"


def _shifted(instant: datetime, minutes: int) -> datetime:
    try:
        return instant.astimezone(UTC) + timedelta(minutes=minutes)
    except OverflowError:  # at the ends of the calendar the text names another instant, which is as good
        return instant


def _zoned(instant: datetime) -> datetime:
    if date(2, 1, 1) < instant.date() < date(9998, 1, 1):
        return instant.astimezone(timezone(timedelta(hours=5, minutes=30)))
    return instant
