r"""A regex tree in the syntax of Postgres, whose "advanced" expressions are no RE2.

Kept apart from the dialect because every character of a pattern is spelled here, as a code point, so that no flag,
escape or locale of Postgres can change what matches. It can go wrong at a class of nothing, which has no spelling of
its own. https://www.postgresql.org/docs/current/functions-matching.html#FUNCTIONS-POSIX-REGEXP
"""

from __future__ import annotations

from typing import assert_never

from muster.compiler.code_points import LAST_CODE_POINT, Ranges
from muster.compiler.regex import Chars, Concat, Either, End, Node, Repeat, Start

_ALL = rf"\U00000001-\U{LAST_CODE_POINT:08X}"  # texts hold no NUL


def pattern_text(node: Node) -> str:
    """Spell a tree for Postgres."""
    match node:
        case Chars(ranges, negated):
            return _class(ranges, negated=negated)
        case Start():
            return r"(?:\A)"
        case End():
            return r"(?:\Z)"
        case Concat(parts):
            return "".join(map(pattern_text, parts)) or "(?:)"
        case Either(branches):
            return f"(?:{'|'.join(map(pattern_text, branches))})"
        case Repeat(part, minimum, maximum):
            return f"(?:{pattern_text(part)}){_bounds(minimum, maximum)}"
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


def _class(ranges: Ranges, *, negated: bool) -> str:
    spelled = [(max(low, 1), high) for low, high in ranges if high > 0]
    if not spelled:  # nothing at all, or anything at all
        return f"[{_ALL}]" if negated else f"[^{_ALL}]"
    if not negated and len(spelled) == 1 and spelled[0][0] == spelled[0][1]:
        return _point(spelled[0][0])
    inside = "".join(_point(low) if low == high else f"{_point(low)}-{_point(high)}" for low, high in spelled)
    return f"[{'^' if negated else ''}{inside}]"


def _point(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else rf"\U{code:08X}"
