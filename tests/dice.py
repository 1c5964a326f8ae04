"""Random choices with one interface over `random` and Hypothesis, so that every generator is written once.

Apart from the generators because two kinds of harness need them: Hypothesis, which shrinks, and the long seeded
loop, which is a hundred times faster. It could go wrong where a choice bypasses `below`: such a value would neither
shrink nor repeat.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

_T = TypeVar("_T")


class Dice(Protocol):
    """A source of whole numbers; everything else is made of them. Zero is the simplest outcome."""

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""


class SeededDice:
    """Dice that repeat: one seed, one sequence."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 (the sequence must repeat)

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        return self._random.randrange(limit)


class DrawnDice:
    """Dice that Hypothesis throws, remembers and shrinks."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw

    def below(self, limit: int) -> int:
        """Give a number from 0 to limit - 1."""
        return int(self._draw(_below(limit)))


@cache
def _below(limit: int) -> st.SearchStrategy[int]:
    # Kept, because a scenario throws some thousand times and a strategy costs more to make than to draw from.
    return st.integers(0, limit - 1)


def pick(dice: Dice, options: Sequence[_T]) -> _T:
    """Choose one; the first is the simplest."""
    return options[dice.below(len(options))]


def chance(dice: Dice, percent: int) -> bool:
    """Say yes so often; no is simpler."""
    return dice.below(100) >= 100 - percent


def between(dice: Dice, low: int, high: int) -> int:
    """Choose a whole number, both ends included; low is the simplest."""
    return low + dice.below(high - low + 1)


def weighted(dice: Dice, options: Sequence[tuple[int, _T]]) -> _T:
    """Choose one by weight; the first is the simplest."""
    at = dice.below(sum(weight for weight, _ in options))
    for weight, option in options:
        if at < weight:
            return option
        at -= weight
    raise AssertionError(at)


def sample(dice: Dice, options: Sequence[_T], count: int) -> tuple[_T, ...]:
    """Choose several different ones, at most as many as there are."""
    left = list(options)
    return tuple(left.pop(dice.below(len(left))) for _ in range(min(count, len(left))))
