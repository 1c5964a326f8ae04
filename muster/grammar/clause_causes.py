"""Why a parser stopped in a clause of an event: symbols for counts, a window without `in` or `last`, a name for a date.

Apart from the other causes as these are slips of people who count and look back, and know what they want to say.
"""

from __future__ import annotations

from muster.compiler.diagnostics import Span
from muster.compiler.messages import unexpected as say
from muster.grammar.situation import Finding, Situation

_COUNTED = {"=": "exactly", ">=": "at least", ">": "more than", "<=": "at most", "<": "fewer than"}
_TIMES = ("times", "time", "x")
_BEFORE_TIME = ("before", "after", "on")


def symbol_count(here: Situation) -> Finding | None:
    """Find `did purchase >= 3 times`."""
    digits = here.following
    if "K_EXACTLY" not in here.accepts or here.at.text not in _COUNTED or not digits.text.isdigit():
        return None
    behind = here.after[1] if len(here.after) > 1 else digits
    span = Span(here.at.start, behind.end if behind.lower in _TIMES else digits.end)
    meant = f"{_COUNTED[here.at.text]} {digits.text} times"
    return Finding.fixed(say.other_spelling(here.text[span.start : span.end], meant, meant, span))


def broken_count(here: Situation) -> Finding | None:
    """Find `at least 2.5 times`."""
    if "K_TIMES" not in here.accepts or here.at.kind != "number" or "." not in here.at.text:
        return None
    return Finding(say.whole_count(here.at.text, here.at.span), here.at.text.partition(".")[0])


def window_without_in(here: Situation) -> Finding | None:
    """Find `did purchase last 30 days` and `in past 30 days`."""
    if here.at.lower not in ("last", "past", "next"):
        return None
    word = "next" if here.at.lower == "next" else "last"
    meant = next(
        (each for each in (word, f"in {word}") if here.at.lower != each and here.helps(here.at.span, each)), None
    )
    return None if meant is None else Finding.fixed(say.misspelled(here.at.text, (meant,), here.at.span, certain=True))


def window_without_last(here: Situation) -> Finding | None:
    """Find `did purchase in 30 days`."""
    if here.previous.lower != "in" or here.at.kind != "number" or here.following.kind != "word":
        return None
    meant = f"last {here.at.text}"
    if not here.helps(here.at.span, meant):
        return None
    return Finding.fixed(say.window_without_last(f"{here.at.text} {here.following.text}", meant, here.at.span))


def name_for_time(here: Situation) -> Finding | None:
    """Find `signed_up after plan`."""
    if here.previous.lower not in _BEFORE_TIME or here.at.kind != "word" or not here.wants_value:
        return None
    return Finding(say.time_needed(here.at.text, here.at.span), "2024-01-31")


CLAUSE_CAUSES = (symbol_count, broken_count, window_without_in, window_without_last, name_for_time)
