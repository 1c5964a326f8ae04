"""Runnable suggestions for diagnostics: the line as it would be once mended.

Apart from the causes because a line may hold several problems, and a suggestion is worth showing only if it runs.
What could go wrong: a mended line that still holds another problem; none is suggested then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from muster.compiler.diagnostics import Diagnostic, Span
from muster.grammar.situation import Lexeme, lexemes_of

_WIDTH = 120

Parses = Callable[[str], bool]


def with_suggestions(diagnostics: Sequence[Diagnostic], source: str, parses: Parses) -> tuple[Diagnostic, ...]:
    """Add the mended line to each diagnostic whose problems can all be mended."""
    return tuple(_with_suggestion(diagnostic, diagnostics, source, parses) for diagnostic in diagnostics)


def _with_suggestion(
    diagnostic: Diagnostic, all_found: Sequence[Diagnostic], source: str, parses: Parses
) -> Diagnostic:
    span = diagnostic.origin
    if diagnostic.suggestions or not isinstance(span, Span):
        return diagnostic
    if diagnostic.code == "E10" and len(all_found) == 1:
        moved = _window_first(source, span)
        return diagnostic if moved is None or not parses(moved) else replace(diagnostic, suggestions=(moved,))
    line = _mended_line(span, all_found, source) if diagnostic.fix is not None else None
    return diagnostic if line is None else replace(diagnostic, suggestions=(line,))


def _mended_line(span: Span, all_found: Sequence[Diagnostic], source: str) -> str | None:
    start = source.rfind("\n", 0, span.start) + 1
    newline = source.find("\n", span.end)
    end = len(source) if newline < 0 else newline
    here = [found for found in all_found if isinstance(found.origin, Span) and start <= found.origin.start <= end]
    line = source[start:end]
    for found in sorted(here, key=place_of, reverse=True):
        assert isinstance(found.origin, Span)
        if found.fix is None or found.origin.end > end:
            return None
        line = line[: found.origin.start - start] + found.fix + line[found.origin.end - start :]
    return line.strip() if len(line) <= _WIDTH else None


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
