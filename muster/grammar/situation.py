"""Where a parser stopped, as the causes of errors look at it: the words around, and what could have stood there.

Apart from the causes so that those read as a list of habits, and apart from the parser because it also speaks of
texts that no parser reads. What could go wrong: trying out a repair on a long text again and again; `reach` is
counted against a budget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from muster.compiler.diagnostics import Diagnostic, Span

# Characters behind the place of a mistake that are looked at: as many as a rule may have, not a whole library.
_AHEAD = 64 * 1024
_LEXEME = re.compile(
    r"""(?P<skip>[ \t\r\n]+|\#[^\n]*)
    |(?P<string>"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')
    |(?P<param>\$[^\W\d][\w$\u0300-\u036f]*)
    |(?P<word>[^\W\d][\w$\u0300-\u036f]*|`[^`\\\n]*(?:(?:\\.|``)[^`\\\n]*)*`)
    |(?P<number>[0-9][0-9_]*(?:\.[0-9]+)?)
    |(?P<compare>!=|>=|<=|[=<>])
    |(?P<broken>["'`“”„‘’«][^\n]*)
    |(?P<other>.)""",
    re.VERBOSE | re.DOTALL,
)


class Lexeme(NamedTuple):
    """A word, literal or mark of a text, roughly as the parser sees it."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Give its place."""
        return Span(self.start, self.end)

    @property
    def lower(self) -> str:
        """Give it in lower case, as keywords are compared."""
        return self.text.lower()


class Finding(NamedTuple):
    """A diagnostic, and what to put in its place to look for further problems (None: nothing helps)."""

    diagnostic: Diagnostic
    repair: str | None

    @staticmethod
    def fixed(diagnostic: Diagnostic) -> Finding:
        """Repair by the fix, if there is one."""
        return Finding(diagnostic, diagnostic.fix)


NOTHING = Lexeme("nothing", "", -1, -1)


@dataclass(frozen=True, slots=True)
class Situation:
    """A text, the place where the parser stopped, what stands around it and what was possible (terminal names).

    `reach` parses a text and gives the offset of its first error; its length or more if there is none.
    """

    text: str
    at: Lexeme
    before: tuple[Lexeme, ...]
    after: tuple[Lexeme, ...]
    accepts: frozenset[str]
    reach: Callable[[str], int]

    @property
    def previous(self) -> Lexeme:
        """Give what stands just before."""
        return self.before[-1] if self.before else NOTHING

    @property
    def following(self) -> Lexeme:
        """Give what stands just after."""
        return self.after[0] if self.after else NOTHING

    @property
    def wants_value(self) -> bool:
        """Tell whether a literal could stand here, and a name could not."""
        return "STRING" in self.accepts and "DATE" in self.accepts and "NAME" not in self.accepts

    def replaced(self, span: Span, by: str) -> str:
        """Give the text with something else at a place."""
        return self.text[: span.start] + by + self.text[span.end :]

    def helps(self, span: Span, by: str) -> bool:
        """Tell whether a replacement lets the parser get past it and the word that follows, or to a good end."""
        moved = len(by) - (span.end - span.start)
        beyond = next((lexeme.end for lexeme in self.after if lexeme.start >= span.end), len(self.text) + 1)
        return self.reach(self.replaced(span, by)) >= max(beyond, self.at.end) + moved


def situation(text: str, at: int | None, accepts: frozenset[str], reach: Callable[[str], int]) -> Situation:
    """Look around the place where a parser stopped; `at` is None at the end of the text."""
    lexemes = lexemes_of(text) if at is None else lexemes_of(text, at)
    if at is None:
        end = lexemes[-1].end if lexemes else 0
        return Situation(text, Lexeme("end", "", end, end), lexemes, (), accepts, reach)
    index = next((i for i, lexeme in enumerate(lexemes) if lexeme.end > at), len(lexemes) - 1)
    return Situation(text, lexemes[index], lexemes[:index], lexemes[index + 1 :], accepts, reach)


def lexemes_of(text: str, around: int | None = None) -> tuple[Lexeme, ...]:
    """Cut a text into words, literals and marks, comments and spaces left out; far beyond `around` nothing is cut."""
    matches: Iterator[re.Match[str]] = _LEXEME.finditer(text)
    if around is not None:
        matches = takewhile(lambda match: match.start() < around + _AHEAD, matches)
    return tuple(
        Lexeme(match.lastgroup or "", match.group(), match.start(), match.end())
        for match in matches
        if match.lastgroup != "skip"
    )


def statement_at(text: str, start: int, end: int) -> tuple[int, int | None]:
    """Give where the statement of a place begins, and where the first `;` from its end on does; None for no more."""
    begins = 0
    for match in _LEXEME.finditer(text):
        if match.group() == ";":
            if match.end() >= end and match.end() > start:
                return begins, match.end()
            begins = match.end()
    return begins, None
