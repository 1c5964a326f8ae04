"""Wording of what `resolve` finds wrong with a rule that parsed: one function per code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from muster.compiler.diagnostics import Diagnostic, Origin, Pointer
from muster.compiler.spelling import spelled


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _quoted(names: Iterable[str]) -> str:
    return _or([f'"{name}"' for name in names])


_SYMBOLS = {"eq": "=", "neq": "!=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _operator(op: str) -> str:
    """Spell an operator as a text rule does; JSON names differ in the underscore only."""
    return _SYMBOLS.get(op, op.replace("_", " "))


def _did_you_mean(suggestions: Sequence[str]) -> str | None:
    return f"Did you mean {_quoted(suggestions)}?" if suggestions else None


def audience_cycle(path: Sequence[str], origin: Origin | None) -> Diagnostic:
    """E11: audiences that refer to each other in a circle."""
    return Diagnostic(
        "E11",
        f"Audiences refer to each other in a circle: {' → '.join(path)}.",
        origin=origin,
        hint="Break one of these links.",
        name=path[-1],
    )


def audience_depth(limit: int, origin: Origin | None) -> Diagnostic:
    """E17: references nested too deep."""
    return Diagnostic(
        "E17", f"Audiences refer to audiences more than {limit} levels deep; the limit is {limit}.", origin=origin
    )


def long_list(length: int, limit: int, origin: Origin | None) -> Diagnostic:
    """E17: a list that its parameters have made too long."""
    return Diagnostic("E17", f"The list has {length:,} values; the limit is {limit:,}.", origin=origin)


def audience_leaves(found: int, limit: int, origin: Origin | None) -> Diagnostic:
    """E17: a rule that is too large with everything it refers to."""
    return Diagnostic(
        "E17",
        f"With the audiences and computed traits that it refers to, the rule has {found:,} conditions; "
        f"the limit is {limit:,}.",
        origin=origin,
        hint="Refer to fewer or smaller audiences.",
    )


def empty_text(op: str, origin: Origin | None) -> Diagnostic:
    """E25: every text contains the empty text."""
    return Diagnostic("E25", f"`{_operator(op)}` needs a text that is not empty.", origin=origin)


def unknown_param(name: str, known: Iterable[str], suggestions: Sequence[str], origin: Origin | None) -> Diagnostic:
    """E26: `$name` is neither a constant nor a parameter, and was not given."""
    names = sorted(known)
    listed = f"Known: {', '.join('$' + n for n in names)}." if names else "The rule declares none."
    return Diagnostic(
        "E26",
        f"Nothing is known by the name ${name}. {listed}",
        origin=origin,
        expected=tuple(f"${near}" for near in suggestions),
        fix=f"${suggestions[0]}" if suggestions else None,
        hint=f"Declare it with `let {name} = …;` or `param {name}: …;`, or give its value when compiling.",
        name=name,
    )


def missing_param(name: str, kind: str, origin: Origin | None) -> Diagnostic:
    """E27: a declared parameter has neither default nor value."""
    return Diagnostic(
        "E27", f"The parameter ${name} ({kind}) has no default and was given no value.", origin=origin, name=name
    )


def wrong_param(name: str, found: str, expected: str, origin: Origin | None) -> Diagnostic:
    """E27: a constant or parameter holds something else than its place takes."""
    return Diagnostic(
        "E27",
        f"${name} is {found}, where {expected} is expected.",
        origin=origin,
        expected=(expected,),
        hint="A duration is written 30d or 30 days." if expected == "a duration" else None,
        name=name,
    )


def unused_param(name: str, suggestions: Sequence[str]) -> Diagnostic:
    """E26: a value was given for a parameter that no rule mentions."""
    return Diagnostic(
        "E26",
        f"A value was given for ${name}, but the rule has no such parameter.",
        hint=_did_you_mean(suggestions),
        expected=tuple(suggestions),
        name=name,
    )


def misfit(op: str, found: str, expected: str, origin: Origin | None, hint: str | None = None) -> Diagnostic:
    """E28: an operator was given a value it does not take."""
    return Diagnostic(
        "E28", f"`{_operator(op)}` takes {expected}; {found} was found.", origin=origin, expected=(expected,), hint=hint
    )


def date_form(origin: Origin | None) -> str:
    """Say how a date is written, in text or in JSON."""
    if isinstance(origin, Pointer):
        return 'A date is written {"time": "2024-01-31"}, a distance {"ago": "30d"}.'
    return "A date is written without quotes, as in 2024-01-31; a distance is `30 days ago`."


def fixed_kind(subject: str, holds: str, found: str, origin: Origin | None) -> Diagnostic:
    """E28: a built-in field, or a size, has one kind and is tested as another."""
    hints = [date_form(origin)] if holds == "a time" else []
    if subject.isidentifier():
        hints.append(f"For a trait of that name write `trait {subject}`.")
    return Diagnostic(
        "E28",
        f"`{subject}` holds {holds}; it cannot be tested with {found}.",
        origin=origin,
        expected=(holds,),
        hint=" ".join(hints) or None,
    )


def unknown_operator(op: str, place: str, suggestions: Sequence[str], origin: Origin | None) -> Diagnostic:
    """E29: no such operator, or none in this place."""
    return Diagnostic(
        "E29",
        f"`{op}` is not an operator on {place}.",
        origin=origin,
        expected=tuple(suggestions),
        hint=_did_you_mean(suggestions),
    )


def unknown_audience(name: str, suggestions: Sequence[str], origin: Origin | None) -> Diagnostic:
    """E30: a reference to an audience that never was."""
    return Diagnostic(
        "E30",
        f'There is no audience "{name}".',
        origin=origin,
        expected=tuple(suggestions),
        fix=spelled(suggestions[0], origin) if suggestions else None,
        hint=_did_you_mean(suggestions) or "Audiences are given by name when compiling, or stand in the same file.",
        name=name,
    )


def unknown_name(
    what: str, name: str, known: Iterable[str], suggestions: Sequence[str], origin: Origin | None
) -> Diagnostic:
    """E31: an unknown profile field, lifecycle stage, lifecycle measure or computed trait."""
    names = list(known)
    return Diagnostic(
        "E31",
        f'There is no {what} "{name}". ' + (f"Known: {', '.join(names)}." if names else "None is defined."),
        origin=origin,
        expected=tuple(names),
        fix=spelled(suggestions[0], origin) if suggestions else None,
        hint=_did_you_mean(suggestions),
        name=name,
    )


def calendar_length(place: str, length: str, origin: Origin | None) -> Diagnostic:
    """E32: a month has no fixed length, and this place needs one."""
    return Diagnostic(
        "E32",
        f"{place} takes an exact length; {length} is longer or shorter depending on the date.",
        origin=origin,
        expected=("seconds, minutes, hours, days or weeks",),
        hint="A month is 30 days here if that is what is meant: `30 days`.",
    )


def calendar_unit(place: str, unit: str, origin: Origin | None) -> Diagnostic:
    """E32: calendar periods are days or longer."""
    return Diagnostic(
        "E32",
        f"{place} counts calendar days, weeks, months, quarters or years; {unit} was found.",
        origin=origin,
        expected=("days, weeks, months, quarters or years",),
    )


def short_lookback(quiet: str, lookback: str, origin: Origin | None) -> Diagnostic:
    """E33: `stopped` looks back no further than the quiet time itself."""
    return Diagnostic(
        "E33",
        f"`looking back {lookback}` reaches no further than the quiet time of {quiet}, so nobody could match.",
        origin=origin,
        hint=f"Look back further than {quiet}, or leave the look-back out.",
    )


def computed_misuse(name: str, found: str, expected: str, origin: Origin | None) -> Diagnostic:
    """E34: a computed trait is tested with something its value does not take."""
    return Diagnostic(
        "E34",
        f"The computed trait `{name}` is {expected}; it does not take `{_operator(found)}`.",
        origin=origin,
        name=name,
    )


def sequence_structure(problem: str, origin: Origin | None) -> Diagnostic:
    """E35: steps that do not make a sequence."""
    return Diagnostic("E35", problem, origin=origin)


def time_zone(name: str) -> Diagnostic:
    """E36: not an IANA time zone."""
    return Diagnostic(
        "E36", f'"{name}" is not a time zone.', expected=("an IANA name",), hint="For example Europe/London."
    )


def as_of(found: str) -> Diagnostic:
    """E36: not an instant."""
    return Diagnostic(
        "E36",
        f"as_of is {found}; a date or an instant is expected.",
        expected=("a date", "ISO text", "an aware datetime"),
        hint="For example 2024-06-01, or 2024-06-01T12:00:00Z.",
    )


def naive_as_of(found: str) -> Diagnostic:
    """E36: a datetime of Python's that does not say in which zone it is."""
    return Diagnostic(
        "E36",
        f"as_of is {found}, a datetime without a zone, which might be local or UTC.",
        expected=("an aware datetime",),
        hint="Give it one, as in .replace(tzinfo=timezone.utc), or give a text, which is local to `timezone`.",
    )


def as_of_range(found: str, first: int, last: int) -> Diagnostic:
    """E36: an instant too near to the ends of the calendar."""
    return Diagnostic("E36", f"as_of is {found}; its year has to be from {first} to {last}.")
