"""Wording of E24: what a regex pattern holds that the dialect does not have, and what would work."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic, Origin

_ESCAPE_HINTS = {
    "b": "word boundaries are not available; `(^|\\W)word(\\W|$)` does the same",
    "B": "word boundaries are not available; `\\w` or `\\W` beside the word says which character is expected",
    "A": "`^` is the start of the text",
    "Z": "`$` is the end of the text",
    "z": "`$` is the end of the text",
    "p": "Unicode properties are not available; a class of ranges such as `[a-zà-ÿ]` works",
    "P": "Unicode properties are not available; a class of ranges such as `[^a-zà-ÿ]` works",
    "x": "character codes are not available; the character itself works",
    "u": "character codes are not available; the character itself works",
    "U": "character codes are not available; the character itself works",
    "Q": "quoting is not available; a backslash before each punctuation character works",
    "E": "quoting is not available; a backslash before each punctuation character works",
    "h": "`[ \\t]` is a space or tab",
    "R": "`(\\r\\n|\\n|\\r)` is a line break",
}
_GROUP_HINTS = (
    ("(?=", "Look-ahead is not available; two tests joined by `and` can each have a pattern"),
    ("(?!", "Negative look-ahead is not available; a second test with `does not match` works"),
    ("(?<=", "Look-behind is not available; two tests joined by `and` can each have a pattern"),
    ("(?<!", "Negative look-behind is not available; a second test with `does not match` works"),
    ("(?:", "Groups capture nothing here, so plain parentheses `( )` do the same"),
    ("(?P=", "Back-references are not available; the text has to be written out"),
    ("(?P<", "Named groups are not available; plain parentheses `( )` group"),
    ("(?'", "Named groups are not available; plain parentheses `( )` group"),
    ("(?<", "Named groups are not available; plain parentheses `( )` group"),
    ("(?>", "Atomic groups are not available; plain parentheses `( )` group"),
    ("(?#", "Comments are not available inside a pattern"),
)


def outside_dialect(problem: str, position: int, origin: Origin | None) -> Diagnostic:
    """E24: a pattern outside the dialect; `position` is the 0-based offset of the character that is wrong."""
    return Diagnostic(
        "E24",
        f"Character {position + 1} of the pattern: {problem}.",
        origin=origin,
        hint="A pattern has literals, `.`, classes, `\\d \\w \\s`, groups, `|`, `? * + {m,n}`, `^` and `$`.",
    )


def too_long(length: int, limit: int) -> str:
    """Say that the pattern has too many characters."""
    return f"the pattern has {length} characters, at most {limit} are possible"


def too_deep(limit: int) -> str:
    """Say that parentheses are nested too deeply."""
    return f"parentheses are nested more than {limit} deep, at most {limit} are possible"


def not_text(code_point: int) -> str:
    """Say that a character can stand in no text."""
    return f"U+{code_point:04X} cannot occur in a text, so nothing would match; a pattern without it works"


def group_kind(found: str) -> str:
    """Say that a group of the kind `(?…` was found."""
    for start, hint in _GROUP_HINTS:
        if found.startswith(start):
            return f"`{start}` was found. {hint}"
    return (
        f"`{found[:3]}` was found, a group with options. Plain parentheses `( )` group; to ignore case, "
        "`ignoring case` after the pattern works"
    )


def group_open() -> str:
    """Say that a parenthesis is not closed."""
    return "this parenthesis is never closed; `)` closes it, `\\(` is the character itself"


def group_unopened() -> str:
    """Say that a parenthesis closes nothing."""
    return "this parenthesis closes nothing; `\\)` is the character itself"


def nothing_to_repeat(found: str) -> str:
    """Say that a quantifier stands behind nothing."""
    return f"`{found}` has nothing before it to repeat; `\\{found}` is the character itself"


def repeat_of_repeat(found: str, before: str) -> str:
    """Say that a quantifier stands behind another."""
    kinds = {
        "?": "makes a lazy repeat, which is not available; whether there is a match does not depend on it, so without "
        "`?` the pattern means the same",
        "+": "makes a possessive repeat, which is not available; parentheses around the repeat, as in `(a*)+`, repeat "
        "it",
    }
    return f"`{found}` after `{before}` " + kinds.get(
        found, "repeats a repeat; parentheses around the first, as in `(a+)*`, say so"
    )


def braces() -> str:
    """Say that braces hold no repeat count."""
    return "`{` begins a repeat count such as `{2}`, `{2,}` or `{2,5}`; `\\{` is the character itself"


def braces_without_minimum(maximum: str) -> str:
    """Say that a repeat count lacks its minimum."""
    return f"`{{,{maximum}}}` lacks its minimum; `{{0,{maximum}}}` works"


def count_too_large(limit: int) -> str:
    """Say that a repeat count is too large."""
    return f"a repeat count is above {limit}, the largest that works on every engine"


def counts_reversed(minimum: int, maximum: int) -> str:
    """Say that a repeat has its least count above its greatest."""
    return f"the least count {minimum} is above the greatest, {maximum}; `{{{maximum},{minimum}}}` works"


def counts_multiply(product: int, limit: int) -> str:
    """Say that repeats inside repeats come to too many."""
    return f"repeats inside repeats come to {product} times, at most {limit} are possible"


def written_out(limit: int) -> str:
    """Say that the pattern is too large once its repeats are written out."""
    return f"with its repeats written out the pattern has more than {limit} character ranges, the most possible"


def class_open() -> str:
    """Say that a class is not closed."""
    return "this class is never closed; `]` closes it, `\\[` is the character itself"


def class_empty() -> str:
    """Say that a class holds nothing."""
    return "this class holds no character; to have `]` in a class, `\\]` works"


def class_in_class(found: str) -> str:
    """Say that a POSIX class or another bracket stands in a class."""
    if found in {"[:", "[.", "[="}:
        return (
            f"`{found}` begins a POSIX class, which is not available; `\\d`, `\\w`, `\\s` or ranges such as `a-z` work"
        )
    return "`[` inside a class; `\\[` is the character itself"


def range_reversed(low: str, high: str) -> str:
    """Say that a range runs backwards."""
    return f"the range `{low}-{high}` runs backwards; `{high}-{low}` works"


def range_of_class() -> str:
    """Say that a range begins or ends with a class, or continues another range."""
    return "`-` here is not between two single characters; `\\-` is the character itself"


def trailing_backslash() -> str:
    """Say that the pattern ends inside an escape."""
    return "the pattern ends after a backslash; `\\\\` is the backslash itself"


def escape(found: str) -> str:
    """Say that a backslash stands before a character it does not go with."""
    if found.isdigit() and found.isascii():
        return f"`\\{found}` is a back-reference, which is not available; the text has to be written out"
    hint = _ESCAPE_HINTS.get(found, f"`{found}` without the backslash is the character itself")
    return f"`\\{found}` is not part of the dialect; {hint}"
