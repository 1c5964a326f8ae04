"""Sets of characters as inclusive ranges of code points: the arithmetic that patterns need.

Kept apart from the patterns so that it can be checked character by character. It can go wrong at the ends: ranges
that touch, the first and the last code point, and letters at the edge of the alphabet.
"""

from __future__ import annotations

from collections.abc import Iterable

Ranges = tuple[tuple[int, int], ...]

LAST_CODE_POINT = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)
DIGITS: Ranges = ((0x30, 0x39),)
WORDS: Ranges = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
SPACES: Ranges = ((0x09, 0x0D), (0x20, 0x20))  # \t \n \v \f \r and the space
_CASES = ((0x41, 0x5A, 0x20), (0x61, 0x7A, -0x20))  # A-Z, a-z, and the way to the other


def join_ranges(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Sort ranges and join those that overlap or touch."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def complement(ranges: Ranges) -> Ranges:
    """Give every other code point, of ranges that are sorted and disjoint."""
    lows = [0, *(high + 1 for _, high in ranges)]
    highs = [*(low - 1 for low, _ in ranges), LAST_CODE_POINT]
    return tuple((low, high) for low, high in zip(lows, highs, strict=True) if low <= high)


def other_case(ranges: Ranges) -> Ranges:
    """Give the ASCII letters of some ranges in their other case."""
    return tuple(
        (max(low, first) + step, min(high, last) + step)
        for first, last, step in _CASES
        for low, high in ranges
        if max(low, first) <= min(high, last)
    )
