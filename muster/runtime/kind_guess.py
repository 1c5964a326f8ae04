"""Which kind the texts of a column have, where no map says so: the one that all of them agree on, else text.

Kept apart from reading cells as a kind: a guess is stricter than a map. 00123 and 1e5 may be ids, so they are numbers
only where a map says so. A column that is text because of a few values is told, with the first of them and its row.

Ways to go wrong, each with a test: ids with leading zeros taken for numbers, a column of numbers with one word in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from muster.runtime.conversion import FLAGS, INTEGER, file_time_micros
from muster.runtime.mapping import FileKind

_PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})(?:\.[0-9]+)?")
_LOOKS_LIKE: dict[FileKind, Callable[[str], Any]] = {
    "num": _PLAIN_NUMBER.fullmatch,
    "bool": lambda text: text.lower() in FLAGS,
    "time": lambda text: file_time_micros(text) is not None,
}
_MOST_ODD = 3  # of more than so many different texts, nobody would say that the rest is the rule


@dataclass(slots=True)
class NearlyKind:
    """A kind that all texts of a column have but a few: which these are, the first of them and its row."""

    kind: FileKind
    first: tuple[str, int] | None = None
    odd: set[str] = field(default_factory=set)
    odd_rows: int = 0
    fitting_rows: int = 0

    def narrow(self, distinct: set[str], texts: Sequence[str | None], rows: Sequence[int]) -> bool:
        """Count what fits and what does not; False once it is not a few that do not."""
        odd = {text for text in distinct if not _LOOKS_LIKE[self.kind](text)}
        held = len(texts) - texts.count(None)
        if odd:
            self.first = self.first or next((text, row) for text, row in zip(texts, rows, strict=True) if text in odd)
            self.odd |= odd
            odd_rows = sum(text in odd for text in texts)
            self.odd_rows += odd_rows
            held -= odd_rows
        self.fitting_rows += held
        return not self.odd or (len(self.odd) <= _MOST_ODD and self.odd_rows < self.fitting_rows)


class KindGuess:
    """The kind that all texts of a column agree on, narrowed one chunk at a time."""

    def __init__(self) -> None:
        self._left = [NearlyKind(kind) for kind in _LOOKS_LIKE]
        self._integers = True
        self._seen = False

    def narrow(self, texts: Sequence[str | None], rows: Sequence[int]) -> None:
        """Rule out the kinds that some text does not have; `rows` are the numbers of the rows of the texts."""
        if not self._left:
            return
        distinct = {text for text in texts if text is not None}
        self._seen |= bool(distinct)
        self._left = [each for each in self._left if each.narrow(distinct, texts, rows)]
        self._integers = self._integers and all(map(INTEGER.fullmatch, distinct))

    @property
    def kind(self) -> FileKind:
        """The kind; text where they agree on nothing, or there are none."""
        return next((each.kind for each in self._left if self._seen and not each.odd), "str")

    @property
    def nearly(self) -> NearlyKind | None:
        """The kind that all texts but a few have, where they are text because of these."""
        return None if self.kind != "str" else next((each for each in self._left if each.odd), None)

    @property
    def is_integer(self) -> bool:
        """Whether all texts are whole numbers."""
        return self._seen and self.kind == "num" and self._integers


__all__ = ["KindGuess", "NearlyKind"]
