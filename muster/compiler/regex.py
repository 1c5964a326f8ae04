r"""Muster's own small regex dialect: one meaning on every engine.

Literals, `.` (any character), classes, `\d \w \s` (ASCII), groups, `|`, `? * + {m,n}`, `^ $`; at most 256
characters, repeat counts at most 255; searched for anywhere in the text. `$` is only the very end. A pattern is
parsed to a tree here; each engine emits the tree in its own syntax, so no engine's extras leak in.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_PATTERN = 256
MAX_REPEAT = 255


@dataclass(frozen=True, slots=True)
class Chars:
    """One character inside (or, negated, outside) inclusive code-point ranges, sorted and disjoint."""

    ranges: tuple[tuple[int, int], ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """`^`: the very start of the text."""


@dataclass(frozen=True, slots=True)
class End:
    """`$`: the very end of the text."""


@dataclass(frozen=True, slots=True)
class Concat:
    """One after the other; of none: the empty match."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """Some of the branches."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`minimum` to `maximum` times (None: without end)."""

    part: Node
    minimum: int
    maximum: int | None


Node = Chars | Start | End | Concat | Either | Repeat


@dataclass(frozen=True, slots=True)
class Regex:
    """A parsed pattern and the text it came from."""

    pattern: str
    root: Node
