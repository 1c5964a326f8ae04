"""What somebody may have had in mind who wrote what is not JSON: an object of JavaScript or Python, a comment.

Kept apart from parsing: it looks only at the place where `json` stopped, and only a hint depends on it.
"""

from __future__ import annotations

import re

from muster.compiler.messages import foreign_json as say

_WORD = re.compile(r"[^\W\d]\w*")
_BEFORE_END = re.compile(r",?\s*[\]}]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)
_CLOSE = {"{": "}", "[": "]"}


def hint(text: str, position: int) -> str | None:
    """Say what would work at a place where a text stops being JSON; None where nothing is plain."""
    follows_comma = text[:position].rstrip().endswith(",") or text.startswith(",", position)
    if follows_comma and _BEFORE_END.match(text, position):
        return say.TRAILING_COMMA
    word = _WORD.match(text, position)
    if word is not None:
        return say.bare_word(word[0])
    match text[position : position + 1]:
        case "'":
            return say.SINGLE_QUOTES
        case "\u201c" | "\u201d" | "\u2018" | "\u2019":
            return say.CURLY_QUOTES
        case "/" | "#":
            return say.COMMENT
        case "":
            left = _left_open(text)
            return say.unclosed(left) if left else None
        case _:
            return None


def _left_open(text: str) -> str:
    """Give the brackets that would close a text."""
    closing: list[str] = []
    for token in _TOKEN.findall(text):
        if token in _CLOSE:
            closing.append(_CLOSE[token])
        elif closing and token == closing[-1]:
            closing.pop()
    return "".join(reversed(closing))
