"""Wording of what is wrong with a rule's text before its meaning is looked at: one function for each problem."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic, Origin, Span

_CLAUSES = {
    "where": "`where (…)`",
    "within": "`within`",
    "same": "`with same`",
    "count": "a number of times",
    "nth": "`for the first time` or `for the last time`",
    "regular": "`in at least … of the last …`",
    "window": "a time window",
}
_PLACES = {
    "did": "belongs to a later step, after `then`",
    "did not": "belongs to a later step, after `then`",
    "a sequence": "has no place in a sequence, whose steps happen or do not",
    "then": "has no place on a later step of a sequence, which takes `where (…)`, `within` and `with same`",
    "did nothing": "has no place after `did nothing`, which takes `where (…)` and a time window",
    "never did": "has no place after `never did`, which is about all time and takes `where (…)`",
    "a metric": "has no place here: a number drawn from events takes `where (…)` and a time window",
}


# ---- clauses ----


def window_on_later_step(origin: Span) -> Diagnostic:
    """E10: a time window on a step after the first."""
    return Diagnostic(
        "E10",
        "The time window of a sequence belongs to its first step.",
        origin=origin,
        hint="Put it before the first `then`; `within` says how soon a later step follows.",
    )


def repeated_clause(kind: str, origin: Span) -> Diagnostic:
    """E15: the same kind of clause twice."""
    return Diagnostic("E15", f"There already is {_CLAUSES[kind]} here; one is expected.", origin=origin)


def clashing_clauses(earlier: str, later: str, origin: Span) -> Diagnostic:
    """E15: two clauses that do not go together."""
    return Diagnostic(
        "E15",
        f"{_sentence(_CLAUSES[later])} does not go together with {_CLAUSES[earlier]}.",
        origin=origin,
        hint="Keep one of them, or say it as two conditions joined by `and`.",
    )


def misplaced_clause(kind: str, place: str, origin: Span) -> Diagnostic:
    """E15: a clause where its kind has no place."""
    hint = "To say how long ago: `in last 30 days`." if kind == "within" else None
    return Diagnostic("E15", f"{_sentence(_CLAUSES[kind])} {_PLACES[place]}.", origin=origin, hint=hint)


def negative_start(origin: Span) -> Diagnostic:
    """E15: a sequence that would begin with something that did not happen."""
    return Diagnostic(
        "E15",
        "A sequence begins with something that happened; `did not …` cannot be followed by `then`.",
        origin=origin,
        hint="Join two conditions by `and`, or put `not` on the last step: `did a then not b within 3 days`.",
    )


def numbers_as_window(origin: Span) -> Diagnostic:
    """E15: numbers where `between` is about time."""
    return Diagnostic(
        "E15",
        "After events `between` is a time window, and numbers are no times.",
        origin=origin,
        hint="Count with `between 2 and 5 times`; test a value drawn from events with two comparisons joined by `and`.",
    )


def not_a_time(text: str | None, origin: Origin | None) -> Diagnostic:
    """E13: something else where a time window needs a date or time."""
    return Diagnostic(
        "E13",
        "A date or time is expected in a time window.",
        origin=origin,
        expected=("a date or time such as 2024-01-31",),
        hint="Dates are written without quotes." if text is not None else None,
    )


def not_a_count(origin: Origin | None) -> Diagnostic:
    """E13: something else where a number of times is expected."""
    return Diagnostic("E13", "A number is expected before `times`.", origin=origin, expected=("a number",))


def not_a_calendar_unit(unit: str, origin: Span) -> Diagnostic:
    """E13: a unit that has no calendar periods."""
    return Diagnostic(
        "E13",
        f"`{unit}` is no calendar period here.",
        origin=origin,
        expected=("day", "week", "month", "quarter", "year"),
        hint="Calendar periods are day, week, month, quarter and year.",
    )


# ---- names and definitions ----


def empty_name(what: str, origin: Span) -> Diagnostic:
    """E13: a name with nothing in it."""
    return Diagnostic("E13", f"The name of {what} is expected; the quotes are empty.", origin=origin)


def dotted_definition(origin: Span) -> Diagnostic:
    """E13: a computed trait defined under a path."""
    return Diagnostic(
        "E13",
        "The name of a computed trait is one word, without dots.",
        origin=origin,
        hint="A name that holds a dot stands in backticks.",
    )


def defined_twice(what: str, name: str, origin: Origin | None) -> Diagnostic:
    """E20: one name for two things."""
    return Diagnostic("E20", f'There already is {what} "{name}".', origin=origin, hint="Rename one of them.", name=name)


# ---- literals ----


def unknown_escape(found: str, origin: Span) -> Diagnostic:
    r"""E14: a backslash that starts no known escape."""
    return Diagnostic(
        "E14",
        f"`{found}` is no escape.",
        origin=origin,
        expected=(r"\" \\ \/ \b \f \n \r \t \u0041",),
        hint=r"A backslash itself is written \\.",
        fix="\\" + found,
    )


def number_out_of_range(found: str, origin: Span, *, too_many_decimals: bool) -> Diagnostic:
    """E21: a number that engines do not hold exactly."""
    problem = "has more than 9 decimals" if too_many_decimals else "is too large: numbers stay below 10^18"
    return Diagnostic("E21", f"The number {_cut(found)} {problem}.", origin=origin)


def percent_out_of_range(found: str, origin: Span) -> Diagnostic:
    """E21: a share of less than none or more than all."""
    return Diagnostic("E21", f"A sample is 0% to 100% of the people; {_cut(found)}% was found.", origin=origin)


def no_such_time(found: str, origin: Span) -> Diagnostic:
    """E22: a date or time that no calendar has."""
    return Diagnostic("E22", f"There is no such date or time as {_cut(found)}.", origin=origin)


def unstorable_text(origin: Span, *, nul: bool) -> Diagnostic:
    """E23: a character that not every engine can store."""
    what = "the character NUL" if nul else "half of a surrogate pair"
    return Diagnostic("E23", f"The text holds {what}, which not every engine can store.", origin=origin)


# ---- limits ----


def beyond_limit(what: str, found: str, limit: int, origin: Origin | None) -> Diagnostic:
    """E17: more of something than a rule may have."""
    return Diagnostic("E17", f"The {what} is {_cut(found)}; the limit is {limit:,}.", origin=origin)


def text_too_long(size: int, limit: int, origin: Span) -> Diagnostic:
    """E17: a text longer than any rule may be."""
    return Diagnostic(
        "E17", f"The text is {size:,} bytes long; the limit is {limit // 1024} KiB ({limit:,} bytes).", origin=origin
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _cut(text: str, limit: int = 40) -> str:
    return text if len(text) <= limit else f"{text[:limit]}…"
