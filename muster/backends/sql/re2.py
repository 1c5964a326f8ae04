"""A regex tree in RE2's syntax, with nothing left to RE2's defaults.

Kept apart because DuckDB and ClickHouse share it. Every character is a class of code points, so no flag, no
escape and no case folding of RE2's own can change what matches; `$` is the very end.
"""

from __future__ import annotations

from typing import assert_never

from muster.compiler.code_points import LAST_CODE_POINT
from muster.compiler.expr import TextTest
from muster.compiler.regex import Chars, Concat, Either, End, Node, Regex, Repeat, Start, fold_case


def literal_pattern(test: TextTest) -> Regex:
    """Give the pattern of a literal test that ignores the case of ASCII letters."""
    parts: list[Node] = [Chars(((ord(char), ord(char)),)) for char in test.needle]
    if test.how in {"equals", "starts_with"}:
        parts.insert(0, Start())
    if test.how in {"equals", "ends_with"}:
        parts.append(End())
    return fold_case(Regex(test.needle, Concat(tuple(parts))))


def re2_text(node: Node) -> str:
    """Spell a tree for RE2."""
    match node:
        case Chars(ranges, negated):
            return _class(ranges, negated=negated)
        case Start():
            return r"\A"
        case End():
            return r"\z"
        case Concat(parts):
            return "".join(re2_text(part) for part in parts) or "(?:)"
        case Either(branches):
            return f"(?:{'|'.join(re2_text(branch) for branch in branches)})"
        case Repeat(part, minimum, maximum):
            bounds = _bounds(minimum, maximum)
            return f"(?:{re2_text(part)}){bounds}"
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


def _class(ranges: tuple[tuple[int, int], ...], *, negated: bool) -> str:
    if not ranges:  # nothing at all, or anything at all
        return rf"[\x{{0}}-\x{{{LAST_CODE_POINT:x}}}]" if negated else rf"[^\x{{0}}-\x{{{LAST_CODE_POINT:x}}}]"
    if not negated and len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _point(ranges[0][0])
    inside = "".join(_point(low) if low == high else f"{_point(low)}-{_point(high)}" for low, high in ranges)
    return f"[{'^' if negated else ''}{inside}]"


def _point(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else rf"\x{{{code:x}}}"
