"""Raw values at the edges of tests: each constant, what is just below and above it, and values of other kinds.

Kept apart from the people that get them: here a value is just JSON. It could go wrong by leaving an edge out, which
costs answers and never makes a wrong one, as every person made is judged by the reference evaluator.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import islice, pairwise, product
from random import Random

from muster.backends.base import Json
from muster.compiler.code_points import SURROGATES, Ranges
from muster.compiler.expr import (
    Compare,
    ComparePair,
    Constant,
    Matches,
    OneOf,
    Range,
    TextTest,
    ValueTest,
)
from muster.compiler.moments import Clock, Moment, bind_moment, clamp, from_micros
from muster.compiler.regex import Chars, Concat, Either, End, Node, Repeat, Start
from muster.compiler.values import NUMBER_DECIMALS, NUMBER_LIMIT

_STEP = Decimal(1).scaleb(-NUMBER_DECIMALS)
_OTHER_KINDS: tuple[Json, ...] = ("something", 7, True, "", [])
_PAIRED: tuple[Json, ...] = (1, 2, 0, "a", "b", True, "2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
_LISTED = 20  # of a list of constants so many are aimed at
_COMBINED = 32  # texts that are put together of several
_REPEATED = 3
_PLAIN = "xa0A_ -~"


def values_near(tests: Iterable[ValueTest], clock: Clock) -> tuple[Json, ...]:
    """Give raw values at the edges of tests of one place, and some that none of them asks for."""
    asked = tuple(tests)
    constants = [constant for test in asked for constant in constants_of(test)]
    values: list[Json] = []
    values += numbers_near(each.value for each in constants if isinstance(each.value, Decimal))
    values += _texts_near(asked, [each.value for each in constants if isinstance(each.value, str)])
    values += [each.value for each in constants if isinstance(each.value, bool)]
    moments = [each.value for each in constants if not isinstance(each.value, (str, bool, Decimal))]
    values += [written(at) for at in instants_near(bind_moment(moment, clock) for moment in moments)]
    if any(isinstance(test, ComparePair) for test in asked):
        values += _PAIRED
    return tuple({repr(value): value for value in (*values, *_OTHER_KINDS, written(clock.as_of))}.values())


def constants_of(test: ValueTest) -> tuple[Constant, ...]:
    """Give the constants that a test compares with, up to _LISTED of a list."""
    match test:
        case Compare(operand=operand):
            return (operand,)
        case Range(low=low, high=high):
            return tuple(end for end in (low, high) if end is not None)
        case OneOf(kind, values):
            return tuple(Constant(kind, value) for value in values[:_LISTED])
        case TextTest(needle=needle):
            return (Constant("str", needle),)
        case _:
            return ()


def numbers_near(constants: Iterable[Decimal]) -> list[int | Decimal]:
    """Give numbers at, just below, just above and between some numbers, and some below zero."""
    edges = sorted(set(constants))
    found = [edge + step for edge in edges for step in (0, 1, -1, _STEP, -_STEP)]
    found += [(low + high) / 2 for low, high in pairwise(edges)]
    found += [less for edge in edges for less in (Decimal(-1), -edge)]  # what makes a sum smaller
    return [_plain(number) for number in dict.fromkeys(found) if abs(number) < NUMBER_LIMIT]


def _plain(number: Decimal) -> int | Decimal:
    cut = number.quantize(_STEP) if abs(number) < NUMBER_LIMIT / 10**10 else number
    return int(cut) if cut == cut.to_integral_value() else cut.normalize()


def instants_near(edges: Iterable[int]) -> list[int]:
    """Give instants at, a microsecond before and after, and between some instants; all UTC microseconds."""
    ordered = sorted(set(edges))
    found = [clamp(edge + step) for edge in ordered for step in (0, -1, 1)]
    found += [(low + high) // 2 for low, high in pairwise(ordered)]
    return list(dict.fromkeys(found))


def written(micros: int) -> str:
    """Write an instant as data has it."""
    instant = from_micros(micros)
    fraction = f".{instant.microsecond:06}" if instant.microsecond else ""
    return f"{instant.strftime('%Y-%m-%dT%H:%M:%S').rjust(19, '0')}{fraction}Z"


def _texts_near(tests: tuple[ValueTest, ...], texts: list[str]) -> Iterator[str]:
    for text in texts:
        yield from (text, f"{text}x", f"x{text}", f"x{text}x", text[:-1], text.swapcase())
    patterns = [test.pattern.root for test in tests if isinstance(test, Matches)]
    matching = [text_of(pattern, Random(seed)) for pattern in patterns for seed in range(4)]  # noqa: S311 (repeats)
    yield from matching
    if len(texts) + len(patterns) > 1:
        yield from islice(_put_together(tests, matching), _COMBINED)


def _put_together(tests: tuple[ValueTest, ...], matching: list[str]) -> Iterator[str]:
    """Put texts together that begin, go on and end as several tests ask."""
    asked = [test for test in tests if isinstance(test, TextTest)]
    starts = [test.needle for test in asked if test.how in ("starts_with", "equals")]
    ends = [test.needle for test in asked if test.how in ("ends_with", "equals")]
    inner = [test.needle for test in asked if test.how == "contains"] + matching
    middles = ["".join(inner), *inner, ""]
    yield from map("".join, product(starts or [""], dict.fromkeys(middles), ends or [""]))


def text_of(pattern: Node, random: Random) -> str:
    """Make a text that a pattern matches, if none of its anchors stands in the way."""
    match pattern:
        case Chars(ranges, negated):
            return _char(ranges, random, negated=negated)
        case Concat(parts):
            return "".join(text_of(part, random) for part in parts)
        case Either(branches):
            return text_of(random.choice(branches), random)
        case Repeat(part, minimum, maximum):
            most = minimum + _REPEATED if maximum is None else min(maximum, minimum + _REPEATED)
            return "".join(text_of(part, random) for _ in range(random.randint(minimum, most)))
        case Start() | End():
            return ""


def _char(ranges: Ranges, random: Random, *, negated: bool) -> str:
    """Choose a character inside some ranges, or outside; a plain one where there is one, as engines refuse some."""
    plain = [char for char in _PLAIN if any(low <= ord(char) <= high for low, high in ranges) is not negated]
    if negated or (plain and chance(random, 50)):
        return random.choice(plain or ["é"])
    low, high = random.choice(ranges)
    code = random.randint(low, high)
    return random.choice(plain or ["é"]) if code == 0 or code in SURROGATES else chr(code)


def chance(random: Random, percent: int) -> bool:
    """Say yes so often."""
    return random.randrange(100) < percent


def moments_in(test: ValueTest) -> tuple[Moment, ...]:
    """Give the times that a test compares with."""
    values = (constant.value for constant in constants_of(test))
    return tuple(value for value in values if not isinstance(value, (str, bool, Decimal)))
