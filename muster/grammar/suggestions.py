"""Runnable suggestions for diagnostics: the rule, or the statement of a library, as it would be once mended.

Apart from the causes because a rule may hold several problems, and a suggestion is worth showing only if it runs.
What could go wrong: a mended rule that still holds another problem, or one too long to read; none is suggested then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from muster.compiler.diagnostics import Diagnostic, Span
from muster.grammar.notes import lost
from muster.grammar.situation import Lexeme, lexemes_of, statement_at

_WIDTH = 120

Parses = Callable[[str], bool]


def with_suggestions(
    diagnostics: Sequence[Diagnostic], source: str, parses: Parses, *, is_library: bool = False
) -> tuple[Diagnostic, ...]:
    """Add the mended rule to each diagnostic where all problems can be mended."""
    return tuple(
        _with_suggestion(diagnostic, diagnostics, source, parses, is_library=is_library) for diagnostic in diagnostics
    )


def _with_suggestion(
    diagnostic: Diagnostic, all_found: Sequence[Diagnostic], source: str, parses: Parses, *, is_library: bool
) -> Diagnostic:
    span = diagnostic.origin
    if diagnostic.suggestions or not isinstance(span, Span):
        return replace(diagnostic, suggestions=tuple(each for each in diagnostic.suggestions if parses(each)))
    if diagnostic.code == "E10" and len(all_found) == 1:
        moved = _window_first(source, span)
        return diagnostic if moved is None or not parses(moved) else replace(diagnostic, suggestions=(moved,))
    mended = _mended(span, all_found, source, is_library=is_library) if diagnostic.fix is not None else None
    return diagnostic if mended is None else replace(diagnostic, suggestions=(mended,))


def _mended(span: Span, all_found: Sequence[Diagnostic], source: str, *, is_library: bool) -> str | None:
    start, end = _statement(span, source) if is_library else (0, len(source))
    here = [found for found in all_found if isinstance(found.origin, Span) and start <= found.origin.start <= end]
    mended = source[start:end]
    for found in sorted(here, key=place_of, reverse=True):
        assert isinstance(found.origin, Span)
        if found.fix is None or found.origin.end > end:
            return None
        mended = mended[: found.origin.start - start] + found.fix + mended[found.origin.end - start :]
    return _on_one_line(mended)


def _statement(span: Span, source: str) -> tuple[int, int]:
    """Give where the statement that holds a place begins and ends."""
    start, end = statement_at(source, span.start, span.end)
    return start, len(source) if end is None else end


def _on_one_line(text: str) -> str | None:
    """Give a rule on one line, if it is short enough to be read there and no comment would swallow the rest."""
    if lost(text, ""):
        return None
    line = " ".join(part for part in map(str.strip, text.split("\n")) if part)
    return line if len(line) <= _WIDTH else None


def place_of(diagnostic: Diagnostic) -> int:
    """Give where a diagnostic of a text starts, to order by."""
    return diagnostic.origin.start if isinstance(diagnostic.origin, Span) else 0


def _window_first(source: str, window: Span) -> str | None:
    """Move the window of a sequence from a later step to the first."""
    before = [lexeme for lexeme in lexemes_of(source) if lexeme.end <= window.start]
    starts = [at for at, lexeme in enumerate(before) if lexeme.lower == "did"]
    then = next((lexeme for lexeme in before[starts[-1] :] if _is_then(lexeme)), None) if starts else None
    if then is None:
        return None
    words = source[window.start : window.end]
    moved = f"{source[: then.start]}{words} {source[then.start : window.start].rstrip()}{source[window.end :]}"
    return moved if len(moved) <= _WIDTH else None


def _is_then(lexeme: Lexeme) -> bool:
    return lexeme.kind == "word" and lexeme.lower == "then"
