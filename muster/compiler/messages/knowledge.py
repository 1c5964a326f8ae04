"""Wording of what the data says about a rule: unknown names, kinds that never occur, impossible conditions, lints."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.diagnostics import Diagnostic, Origin, Pointer, Severity
from muster.compiler.spelling import spelled

_THOUSAND = 1_000
_MILLION = 1_000_000


def amount(count: int) -> str:
    """Spell a count for people: 1.2 M, 34 k, 12."""
    if count >= _MILLION:
        return f"{count / _MILLION:.1f} M"
    return f"{count / _THOUSAND:.0f} k" if count >= 10 * _THOUSAND else str(count)


def unknown_event(name: str, near: Sequence[tuple[str, int]], severity: Severity, origin: Origin | None) -> Diagnostic:
    """E08: an event that was never received."""
    listed = [f'"{other}" ({amount(count)} event{"" if count == 1 else "s"})' for other, count in near]
    return Diagnostic(
        "E08",
        f'No event "{name}" was ever received in this project.',
        severity,
        origin,
        expected=tuple(other for other, _ in near),
        fix=spelled(near[0][0], origin) if near else None,
        hint=f"Did you mean {' or '.join(listed)}?" if listed else None,
        name=name,
    )


def unknown_field(what: str, name: str, near: Sequence[str], severity: Severity, origin: Origin | None) -> Diagnostic:
    """E08: a trait or property that never occurred."""
    return Diagnostic(
        "E08",
        f"No {what} `{name}` ever occurred in this project.",
        severity,
        origin,
        expected=tuple(near),
        fix=spelled(near[0], origin, is_path=True) if near else None,
        hint=f"Did you mean {' or '.join(f'`{other}`' for other in near)}?" if near else None,
        name=name,
    )


def rare_kind(
    name: str, holds: tuple[str, int], literal: str, wanted: tuple[str, int], origin: Origin | None
) -> Diagnostic:
    """E09: a literal of a kind that the name seldom or never holds."""
    kind, share = holds
    asked, part = wanted
    could = (
        f"only the {part}% stored as {asked} could match"
        if part
        else f"none is stored as {asked}, so nothing can match"
    )
    return Diagnostic(
        "E09",
        f"`{name}` is {_a(kind)} in {share}% of its values, {literal} is {_a(asked)}: {could}.",
        "warning",
        origin,
        expected=(_a(kind),),
        hint=_time_form(literal, origin) if (kind, asked) == ("time", "text") else None,
        name=name,
    )


def _time_form(literal: str, origin: Origin | None) -> str:
    if isinstance(origin, Pointer):
        return f'A date or time is written {{"time": {literal}}}.'
    return "A date or time is written without quotes, as in 2024-01-31."


def no_list(name: str, origin: Origin | None) -> Diagnostic:
    """E09: the size of a name that never holds a list."""
    return Diagnostic(
        "E09",
        f"`{name}` never holds a list, and only lists have a size: it is missing for everyone.",
        "warning",
        origin,
        expected=("a list",),
        name=name,
    )


def no_number(agg: str, name: str, kinds: Sequence[str], severity: Severity, origin: Origin | None) -> Diagnostic:
    """E09: a sum, average, least or greatest of a name that never holds a number."""
    held = f"holds {' and '.join(map(_a, kinds))}, never a number" if kinds else "never holds a number"
    outcome = "it is 0 for everyone" if agg == "sum" else "it has no value and passes no test"
    return Diagnostic(
        "E09",
        f"`{name}` {held}, and `{agg}` is of numbers only: {outcome}.",
        severity,
        origin,
        expected=("a number",),
        hint="Currency signs, thousands separators and decimal commas make a value text.",
        name=name,
    )


def _a(kind: str) -> str:
    return {"text": "text", "number": "a number", "boolean": "a boolean", "time": "a time"}[kind]


def impossible(name: str, low: str, high: str, origin: Origin | None) -> Diagnostic:
    """E12: bounds on a single-valued name that exclude each other."""
    return Diagnostic(
        "E12",
        f"Nobody can match: no value of `{name}` is {low} and {high}.",
        "warning",
        origin,
        hint='Did you mean "or"?',
        name=name,
    )


def mixed_groups(origin: Origin | None) -> Diagnostic:
    """L101: and/or mixed without parentheses."""
    return Diagnostic(
        "L101",
        "`and` and `or` are mixed without parentheses; `and` binds tighter.",
        "warning",
        origin,
        hint="`muster fmt` writes the parentheses.",
    )


def negative_matches_missing(name: str, missing: int | None, origin: Origin | None) -> Diagnostic:
    """L201: a negative test is also true for people without the value."""
    how_many = "profiles" if missing is None else "1 profile" if missing == 1 else f"{amount(missing)} profiles"
    return Diagnostic(
        "L201",
        f"This also matches {how_many} with no `{name}`.",
        "info",
        origin,
        hint=f"To leave them out: `{name} is set and …`.",
        name=name,
    )


def count_includes_none(event: str, origin: Origin | None) -> Diagnostic:
    """L202: at most, fewer than and exactly 0 include people with none."""
    return Diagnostic(
        "L202",
        f"This includes people who never did {event}.",
        "info",
        origin,
        hint=f"To leave them out: `did {event} and …`.",
    )


def broken_count(found: str, origin: Origin | None) -> Diagnostic:
    """L210: a number of times that is not whole, which no count is."""
    return Diagnostic(
        "L210",
        f"Events happen a whole number of times, and {found} is none.",
        "warning",
        origin,
        hint="Say the whole number that is meant.",
    )


def absence_includes_new(event: str, origin: Origin | None) -> Diagnostic:
    """L203: people who have only just arrived did not do it either."""
    return Diagnostic(
        "L203",
        f"This includes people who only just arrived and had no time to do {event}.",
        "info",
        origin,
        hint="To leave them out: `first_seen more than 30 days ago and …`.",
    )


def everyone_or_nobody(*, everyone: bool) -> Diagnostic:
    """L204: the rule comes to everyone or to nobody."""
    who = "everyone" if everyone else "nobody"
    return Diagnostic("L204", f"This rule comes to {who}, whatever the data.", "warning")


def empty_group(op: str, origin: Origin | None, *, everyone: bool) -> Diagnostic:
    """L204: a group without conditions, which is everyone or nobody."""
    who = "everyone" if everyone else "nobody"
    return Diagnostic(
        "L204",
        f"This rule comes to {who}, whatever the data: `{op}` has no conditions.",
        "warning",
        origin,
        hint=f"To find {who} on purpose say `{who}` in text; else put conditions into the list.",
    )


def case_differs(name: str, literal: str, known: str, origin: Origin | None) -> Diagnostic:
    """L205: a text that differs from a frequent value in case only."""
    return Diagnostic(
        "L205",
        f'`{name}` holds "{known}" but not "{literal}", and text is compared with its case.',
        "warning",
        origin,
        fix=spelled(known, origin, quoted=True),
        hint=f'Did you mean "{known}", or `ignoring case`?',
        name=name,
    )


def unbounded_scan(event: str, count: int, origin: Origin | None) -> Diagnostic:
    """L206: a condition without a window over an event with many rows."""
    return Diagnostic(
        "L206",
        f"This reads all {amount(count)} {event} events ever received.",
        "info",
        origin,
        hint="A window such as `in last 90 days` reads less.",
        name=event,
    )


def window_outside(
    window: tuple[str | None, str], times: tuple[str, str], recent: str | None, origin: Origin | None
) -> Diagnostic:
    """L209: a window of time that lies wholly before or after the events of the data."""
    asked = f"before {window[1]}" if window[0] is None else f"from {window[0]} to {window[1]}"
    held = f"all from {times[1]}" if times[0] == times[1] else f"from {times[0]} to {times[1]}"
    return Diagnostic(
        "L209",
        f"No event lies in this window, {asked}: the events of the data are {held} (UTC).",
        "info",
        origin,
        hint=None if recent is None else f"To look back from the end of the data, ask as of {recent}.",
    )


def skipped_time(text: str, zone: str, read_as: str, origin: Origin | None) -> Diagnostic:
    """L211: a local time that clocks are put forward past."""
    return Diagnostic(
        "L211",
        f"Clocks in {zone} never show {text}, as they are put forward past it; it is read as {read_as}.",
        "info",
        origin,
        hint="An offset makes it certain, as in 2024-03-31T01:30:00Z.",
    )


def list_equality(name: str, origin: Origin | None) -> Diagnostic:
    """L207: `=` on a trait that holds lists."""
    return Diagnostic(
        "L207",
        f"`{name}` holds lists; `=` is true when some element is equal.",
        "info",
        origin,
        hint=f"Say it: `{name} has …`.",
        name=name,
    )


def reversed_bounds(low: str, high: str, origin: Origin | None) -> Diagnostic:
    """L208: bounds in the wrong order match nobody."""
    return Diagnostic(
        "L208",
        f"Nothing is between {low} and {high}: the bounds are reversed.",
        "warning",
        origin,
        hint=f"between {high} and {low}",
    )
