"""Diagnostics as text with carets, and as JSON: the only file that draws.

Apart from the wording so that a message says the same in a terminal, an editor and an API. What could go wrong: carets
that miss under wide or combining characters, a rule so long that its line hides the place, characters that would
steer a reader's terminal; the source is therefore measured in columns, cut around the place and made harmless.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

from muster.compiler.diagnostics import Diagnostic, Pointer, Span

_ROOM = 100
_TAB = "    "
_CUT = "…"


def render(diagnostics: Iterable[Diagnostic], name: str = "rule") -> str:
    """Draw diagnostics one below the other, a blank line between; `name` is the file or field they are about."""
    return "\n\n".join(_draw(diagnostic, _harmless(diagnostic.within or name)) for diagnostic in diagnostics)


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """Give a diagnostic as JSON: what is unknown is left out, lines and columns count from 1."""
    found: dict[str, Any] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
    }
    if diagnostic.within is not None:
        found["within"] = diagnostic.within
    match diagnostic.origin:
        case Span() as span:
            found["span"] = _span_json(span, diagnostic.source)
        case Pointer(path):
            found["pointer"] = path
        case None:
            pass
    if diagnostic.expected:
        found["expected"] = list(diagnostic.expected)
    if diagnostic.suggestions:
        found["suggestions"] = list(diagnostic.suggestions)
    if diagnostic.hint is not None:
        found["hint"] = diagnostic.hint
    if diagnostic.fix is not None:
        found["fix"] = diagnostic.fix
    return found


def _span_json(span: Span, source: str | None) -> dict[str, int]:
    places = {"start": span.start, "end": span.end}
    if source is not None:
        line, column = _line_and_column(source, span.start)
        end_line, end_column = _line_and_column(source, span.end)
        places |= {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
    return places


def _line_and_column(source: str, at: int) -> tuple[int, int]:
    return source.count("\n", 0, at) + 1, at - source.rfind("\n", 0, at)


def _draw(diagnostic: Diagnostic, name: str) -> str:
    lines = [f"{diagnostic.severity}[{diagnostic.code}]: {_harmless(diagnostic.message)}"]
    lines += _place(diagnostic, name)
    notes = [] if diagnostic.hint is None else [f"hint: {diagnostic.hint}"]
    if not isinstance(diagnostic.origin, Pointer):  # to JSON the suggestions are single names, which the hint tells
        notes += [f"try: {suggestion}" for suggestion in diagnostic.suggestions]
    return "\n".join(lines + [f"  = {_harmless(note)}" for note in notes])


def _place(diagnostic: Diagnostic, name: str) -> list[str]:
    match diagnostic.origin:
        case None:
            return []
        case Pointer(path):
            return [f" --> {name}: {_harmless(path) or 'the whole document'}"]
        case Span() as span if diagnostic.source is None:
            return [f" --> {name}: characters {span.start} to {span.end}"]
        case Span() as span:
            return _excerpt(span, diagnostic.source or "", name)


def _excerpt(span: Span, source: str, name: str) -> list[str]:
    line, column = _line_and_column(source, span.start)
    start = span.start - (column - 1)
    newline = source.find("\n", start)
    text = source[start : len(source) if newline < 0 else newline].rstrip("\r")
    first = column - 1
    last = min(max(span.end - start, first), len(text))
    before, marked, after = _cut(text[:first], text[first:last], text[last:])
    margin = f"{line} | "
    blank = f"{' ' * len(str(line))} | "
    carets = "^" * max(_width(marked), 1)
    return [
        f" --> {name}:{line}:{column}",
        f"{margin}{before}{marked}{after}".rstrip(),
        f"{blank}{' ' * _width(before)}{carets}",
    ]


def _cut(before: str, marked: str, after: str) -> tuple[str, str, str]:
    """Make a line's three parts harmless and short enough to read, cutting away from the place."""
    before, marked, after = _harmless(before), _harmless(marked), _harmless(after)
    if len(marked) > _ROOM:
        marked = marked[: _ROOM - 1] + _CUT
    spare = _ROOM - len(marked)
    if len(before) + len(after) > spare:
        kept = max(spare - len(after), spare // 2)
        before = before if len(before) <= kept else _CUT + before[len(before) - kept :]
        rest = max(spare - len(before), 0)
        after = after if len(after) <= rest else after[:rest] + _CUT
    return before, marked, after


def _harmless(text: str) -> str:
    """Show control characters instead of sending them to a terminal; a tab becomes spaces."""
    return "".join(_shown(character) for character in text.replace("\t", _TAB))


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Cc", "Cs", "Zl", "Zp") or (category == "Cf" and character not in "\u200c\u200d"):
        return f"<U+{ord(character):04X}>"
    return character


def _width(text: str) -> int:
    """Count terminal columns: East Asian wide characters take two, combining ones none."""
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1
