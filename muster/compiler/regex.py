r"""Muster's own small regex dialect: one meaning on every engine.

Literals, `.` (any character), classes, `\d \w \s` (ASCII), groups, `|`, `? * + {m,n}`, `^ $`; at most 256
characters, repeat counts at most 255; searched for anywhere in the text. `$` is only the very end. A pattern is
parsed to a tree here; each engine emits the tree in its own syntax, so no engine's extras leak in.

The parser can go wrong by taking what engines read differently, so whatever two of them could disagree on (a bare
`{`, `[]`, `[a-\d]`, `^*`) is refused, and so is what one of them would find too large.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from typing import assert_never

from muster.compiler.code_points import (
    DIGITS,
    SPACES,
    SURROGATES,
    WORDS,
    Ranges,
    complement,
    join_ranges,
    other_case,
)
from muster.compiler.diagnostics import MusterError
from muster.compiler.messages import pattern as say

MAX_PATTERN = 256
MAX_REPEAT = 255
MAX_NESTING = 32
MAX_NESTED_REPEATS = 1_000  # RE2 refuses a larger product of repeat counts inside one another
MAX_WRITTEN_OUT = 5_000  # RE2 compiles at least 14,000 ranges; the reference's machine stays quick


@dataclass(frozen=True, slots=True)
class Chars:
    """One character inside (or, negated, outside) inclusive code-point ranges, sorted and disjoint."""

    ranges: Ranges
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


class RegexError(MusterError):
    """A pattern is outside the dialect; `position` is the 0-based offset of what is wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
_CLASSES = {"d": DIGITS, "w": WORDS, "s": SPACES}
_ESCAPABLE = string.punctuation + " "
_COUNTS: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
_BRACES = re.compile(r"\{(?P<low>[0-9]+)(?P<open>,(?P<high>[0-9]+)?)?\}")
_NO_MINIMUM = re.compile(r"\{,([0-9]+)\}")


def parse_pattern(pattern: str) -> Regex:
    """Parse a pattern of the dialect; raises RegexError and nothing else."""
    if len(pattern) > MAX_PATTERN:
        raise RegexError(say.too_long(len(pattern), MAX_PATTERN), MAX_PATTERN)
    for position, char in enumerate(pattern):
        if char == "\0" or ord(char) in SURROGATES:
            raise RegexError(say.not_text(ord(char)), position)
    parser = _Parser(pattern)
    root = parser.either(depth=0)
    if parser.at < len(pattern):
        raise RegexError(say.group_unopened(), parser.at)
    if _written_out(root) > MAX_WRITTEN_OUT:
        raise RegexError(say.written_out(MAX_WRITTEN_OUT), 0)
    return Regex(pattern, root)


def fold_case(regex: Regex) -> Regex:
    """Widen a pattern to ignore the case of ASCII letters, so that no engine needs a flag for it."""
    return Regex(regex.pattern, _fold_node(regex.root))


class _Parser:
    """A recursive descent over one pattern; depth is checked before each descent."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.at = 0

    def _peek(self, ahead: int = 0) -> str:
        return self._pattern[self.at + ahead : self.at + ahead + 1]

    def either(self, depth: int) -> Node:
        branches = [self._concat(depth)]
        while self._peek() == "|":
            self.at += 1
            branches.append(self._concat(depth))
        return branches[0] if len(branches) == 1 else Either(tuple(branches))

    def _concat(self, depth: int) -> Node:
        parts: list[Node] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated(depth))
        return parts[0] if len(parts) == 1 else Concat(tuple(parts))

    def _repeated(self, depth: int) -> Node:
        repeatable = self._peek() not in {"^", "$"}
        part = self._atom(depth)
        position = self.at
        counts = self._counts()
        if counts is None:
            return part
        text = self._pattern[position : self.at]
        if not repeatable:
            raise RegexError(say.nothing_to_repeat(text[0]), position)
        if self._peek() in {*_COUNTS, "{"}:
            raise RegexError(say.repeat_of_repeat(self._peek(), text), self.at)
        node = Repeat(part, *counts)
        product = _nested_repeats(node)
        if product > MAX_NESTED_REPEATS:
            raise RegexError(say.counts_multiply(product, MAX_NESTED_REPEATS), position)
        return node

    def _counts(self) -> tuple[int, int | None] | None:
        char = self._peek()
        if char in _COUNTS:
            self.at += 1
            return _COUNTS[char]
        if char != "{":
            return None
        braces = _BRACES.match(self._pattern, self.at)
        if braces is None:
            no_minimum = _NO_MINIMUM.match(self._pattern, self.at)
            raise RegexError(say.braces() if no_minimum is None else say.braces_without_minimum(no_minimum[1]), self.at)
        low = int(braces["low"])
        high = None if braces["open"] == "," else int(braces["high"] or low)
        if max(low, high or 0) > MAX_REPEAT:
            raise RegexError(say.count_too_large(MAX_REPEAT), self.at)
        if high is not None and low > high:
            raise RegexError(say.counts_reversed(low, high), self.at)
        self.at = braces.end()
        return low, high

    def _atom(self, depth: int) -> Node:
        char = self._peek()
        if char == "(":
            return self._group(depth)
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        if char in {*_COUNTS, "{"}:
            braces = char != "{" or _BRACES.match(self._pattern, self.at)
            raise RegexError(say.nothing_to_repeat(char) if braces else say.braces(), self.at)
        self.at += 1
        match char:
            case ".":
                return Chars((), negated=True)
            case "^":
                return Start()
            case "$":
                return End()
            case _:
                return _single(char)

    def _group(self, depth: int) -> Node:
        position = self.at
        if self._peek(1) == "?":
            raise RegexError(say.group_kind(self._pattern[position : position + 4]), position)
        if depth == MAX_NESTING:
            raise RegexError(say.too_deep(MAX_NESTING), position)
        self.at += 1
        inner = self.either(depth + 1)
        if self._peek() != ")":
            raise RegexError(say.group_open(), position)
        self.at += 1
        return inner

    def _escape(self) -> Chars:
        position = self.at
        char = self._peek(1)
        self.at += 2
        if char == "":
            raise RegexError(say.trailing_backslash(), position)
        if char in _CONTROLS:
            return _single(_CONTROLS[char])
        if char.lower() in _CLASSES:
            return Chars(_CLASSES[char.lower()], negated=char.isupper())
        if char in _ESCAPABLE:
            return _single(char)
        raise RegexError(say.escape(char), position)

    def _class(self) -> Chars:
        position = self.at
        self.at += 1
        negated = self._peek() == "^"
        self.at += negated
        first = self.at
        ranges: list[tuple[int, int]] = []
        while self._peek() != "]":
            if self._peek() == "":
                raise RegexError(say.class_open(), position)
            if self._peek() == "-" and self.at > first and self._peek(1) not in {"]", ""}:
                raise RegexError(say.range_of_class(), self.at)
            ranges.extend(self._class_item())
        if self.at == first:
            raise RegexError(say.class_empty(), position)
        self.at += 1
        return Chars(join_ranges(ranges), negated=negated)

    def _class_item(self) -> Ranges:
        position = self.at
        low = self._class_member()
        if self._peek() != "-" or self._peek(1) in {"]", ""}:
            return complement(low.ranges) if low.negated else low.ranges
        hyphen = self.at
        self.at += 1
        high = self._class_member()
        if not (_is_single(low) and _is_single(high)):
            raise RegexError(say.range_of_class(), hyphen)
        start, end = low.ranges[0][0], high.ranges[0][0]
        if start > end:
            raise RegexError(say.range_reversed(chr(start), chr(end)), position)
        return ((start, end),)

    def _class_member(self) -> Chars:
        char = self._peek()
        if char == "\\":
            return self._escape()
        if char == "[":
            raise RegexError(say.class_in_class(self._pattern[self.at : self.at + 2]), self.at)
        self.at += 1
        return _single(char)


def _single(char: str) -> Chars:
    return Chars(((ord(char), ord(char)),))


def _is_single(chars: Chars) -> bool:
    return not chars.negated and len(chars.ranges) == 1 and chars.ranges[0][0] == chars.ranges[0][1]


def _nested_repeats(node: Node) -> int:
    match node:
        case Repeat(part, minimum, maximum):
            return max(1, minimum if maximum is None else maximum) * _nested_repeats(part)
        case Concat(parts) | Either(parts):
            return max((_nested_repeats(part) for part in parts), default=1)
        case Chars() | Start() | End():
            return 1
        case _:
            assert_never(node)


def _written_out(node: Node) -> int:
    match node:
        case Repeat(part, minimum, maximum):
            return (minimum + 1 if maximum is None else max(1, maximum)) * _written_out(part)
        case Concat(parts) | Either(parts):
            return 1 + sum(_written_out(part) for part in parts)
        case Chars(ranges):
            return 1 + len(ranges)
        case Start() | End():
            return 1
        case _:
            assert_never(node)


def _fold_node(node: Node) -> Node:
    match node:
        case Chars(ranges, negated):
            return Chars(join_ranges([*ranges, *other_case(ranges)]), negated=negated)
        case Concat(parts):
            return Concat(tuple(_fold_node(part) for part in parts))
        case Either(branches):
            return Either(tuple(_fold_node(branch) for branch in branches))
        case Repeat(part, minimum, maximum):
            return Repeat(_fold_node(part), minimum, maximum)
        case Start() | End():
            return node
        case _:
            assert_never(node)
