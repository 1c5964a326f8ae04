"""Where a condition that nothing mends begins and ends, so that the rest of its rule can be looked at.

Apart from the search for all problems because it guesses: the words that join conditions also stand inside them
(`between 1 and 5`). A guess is taken only if the parser, with a plain condition in the place, gets well into what
follows, so no problem is told that only the guess brought about. What could go wrong: a guess too short, whose rest
reads as something else; a guess too long, which hides a problem and is found again once this one is mended.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from muster.compiler.diagnostics import Span
from muster.grammar.situation import Lexeme, Situation

# Reads as a test of a trait and of a property, so it fits wherever a condition does.
STAND_IN = "x = 1"
_JOINING = ("and", "or", ",", ";")
# How much must be read behind a guess: what joins, and the first word of the next condition.
_WORDS_BEYOND = 2
_TRIED = 4


def broken_condition(here: Situation) -> tuple[Span, str] | None:
    """Give the smallest part around a mistake that reads well with a plain condition instead, and that condition."""
    for start, level in islice(_starts(here), _TRIED):
        for end in islice(_ends(here, start, level), _TRIED):
            span = Span(start, end)
            by = STAND_IN.ljust(end - start)
            if _reads_on(here, span, by):
                return span, by
    return None


def _starts(here: Situation) -> Iterator[tuple[int, int]]:
    """Give where the condition may start, nearest first, and how many parentheses that are open here lie behind it."""
    start, depth, level = here.at.start, 0, 0
    for lexeme in reversed(here.before):
        if lexeme.text == ")":
            depth += 1
        elif lexeme.text == "(" and depth:
            depth -= 1
        elif lexeme.text == "(":
            yield start, level
            level += 1
        elif not depth and (lexeme.lower in _JOINING or lexeme.text == ":"):
            yield start, level
            if lexeme.text in (";", ":"):
                return
        start = lexeme.start
    yield start, level


def _ends(here: Situation, start: int, level: int) -> Iterator[int]:
    """Give where it may end, nearest first: before what joins outside all parentheses, or closes one from before."""
    end, depth = here.at.start, level
    pairs = 0  # each `between` has an `and` of its own
    for lexeme in here.before:
        if lexeme.start >= start:
            pairs = max(pairs + _pairing(lexeme), 0)
    for lexeme in (here.at, *here.after):
        closes, is_pair = lexeme.text == ")", pairs > 0 and lexeme.lower == "and"
        if (not depth and not is_pair and (closes or lexeme.lower in _JOINING)) or lexeme.text == ";":
            yield end
            if closes or lexeme.text == ";":
                return
        depth += (lexeme.text == "(") - closes
        pairs = max(pairs + _pairing(lexeme), 0)
        end = lexeme.end
    yield end


def _pairing(lexeme: Lexeme) -> int:
    return (lexeme.lower == "between") - (lexeme.lower == "and")


def _reads_on(here: Situation, span: Span, by: str) -> bool:
    if span.end <= span.start:
        return False
    beyond = [lexeme for lexeme in (here.at, *here.after) if lexeme.start >= span.end][: _WORDS_BEYOND + 1]
    whole = here.replaced(span, by)
    if len(beyond) <= _WORDS_BEYOND:
        return here.reach(whole) > len(whole)  # too little follows to tell a problem from one that the guess made
    return here.reach(whole) >= beyond[-2].end + len(by) - (span.end - span.start)
