"""A regex tree in an engine's syntax, with nothing left to its defaults.

Kept apart because engines share all of it but a few words. Every character is a class of code points, so no flag, no
escape, no case folding and no locale of an engine's own can change what matches; `$` is the very end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from muster.compiler.code_points import LAST_CODE_POINT, Ranges
from muster.compiler.expr import TextTest
from muster.compiler.regex import Chars, Concat, Either, End, Node, Regex, Repeat, Start, fold_case


@dataclass(frozen=True, slots=True)
class Spelling:
    """How an engine spells the very start and end and a code point, and the least one that its texts can hold."""

    start: str
    end: str
    point: Callable[[int], str]
    least: int = 0


RE2 = Spelling(r"\A", r"\z", lambda code: rf"\x{{{code:x}}}")


def literal_pattern(test: TextTest) -> Regex:
    """Give the pattern of a literal test that ignores the case of ASCII letters."""
    parts: list[Node] = [Chars(((ord(char), ord(char)),)) for char in test.needle]
    if test.how in {"equals", "starts_with"}:
        parts.insert(0, Start())
    if test.how in {"equals", "ends_with"}:
        parts.append(End())
    return fold_case(Regex(test.needle, Concat(tuple(parts))))


def pattern_text(node: Node, spelling: Spelling) -> str:
    """Spell a tree."""
    match node:
        case Chars(ranges, negated):
            return _class(ranges, spelling, negated=negated)
        case Start():
            return spelling.start
        case End():
            return spelling.end
        case Concat(parts):
            return "".join(pattern_text(part, spelling) for part in parts) or "(?:)"
        case Either(branches):
            return f"(?:{'|'.join(pattern_text(branch, spelling) for branch in branches)})"
        case Repeat(part, minimum, maximum):
            return f"(?:{pattern_text(part, spelling)}){_bounds(minimum, maximum)}"
        case _:
            assert_never(node)


def _bounds(minimum: int, maximum: int | None) -> str:
    match minimum, maximum:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _:
            return f"{{{minimum},{'' if maximum is None else maximum}}}"


def _class(ranges: Ranges, spelling: Spelling, *, negated: bool) -> str:
    least = spelling.least
    held = [(max(low, least), high) for low, high in ranges if high >= least]
    if not held:  # nothing at all, or anything at all
        return f"[{'' if negated else '^'}{spelling.point(least)}-{spelling.point(LAST_CODE_POINT)}]"
    if not negated and len(held) == 1 and held[0][0] == held[0][1]:
        return _point(held[0][0], spelling)
    inside = "".join(
        _point(low, spelling) if low == high else f"{_point(low, spelling)}-{_point(high, spelling)}"
        for low, high in held
    )
    return f"[{'^' if negated else ''}{inside}]"


def _point(code: int, spelling: Spelling) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else spelling.point(code)
