"""Wording of what is wrong with a JSON document: its text, its shape, its literals."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from muster.compiler.diagnostics import Diagnostic, Origin, Pointer

_ROOT = Pointer("")
_SHOWN = 40


def found(value: object) -> str:
    """Name a JSON value for people, long texts cut."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return f'the text "{shown(value)}"'
        case int() | float() | Decimal():
            return f"the number {shown(str(value))}"
        case list() | tuple():
            return "a list" if value else "an empty list"
        case _:
            return "an object"


def shown(text: str) -> str:
    """Cut a text that is too long to repeat, and spell what cannot be shown."""
    cut = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def listed(words: Sequence[str], last: str = "or") -> str:
    """Join words as a sentence does."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _keys(keys: Sequence[str], last: str = "and") -> str:
    return listed([f"`{shown(key)}`" for key in keys], last)


def _did_you_mean(near: Sequence[str]) -> str | None:
    return f"Did you mean {_keys(near, 'or')}?" if near else None


# --- the text ---------------------------------------------------------------------------------------------------


def ambiguous_unit(text: str, origin: Origin) -> Diagnostic:
    """E05: `5m` could be minutes or months."""
    count = text[:-1]
    return Diagnostic(
        "E05",
        '"m" could be minutes or months.',
        origin=origin,
        suggestions=(f"{count}min", f"{count}mo"),
        hint=f'Try "{count}min" or "{count}mo".',
    )


def null(origin: Pointer, *, is_value: bool) -> Diagnostic:
    """E07 where a value is compared, E19 elsewhere: rules have no null."""
    if is_value:
        return Diagnostic(
            "E07",
            "There is no null value in a rule.",
            origin=origin,
            hint='To find people without a value use {"op": "not_exists"} and no `value`.',
        )
    return Diagnostic("E19", "There is no null in a rule.", origin=origin, hint="Leave the key out instead.")


def too_long(limit: int) -> Diagnostic:
    """E17: a document larger than any rule may be."""
    return Diagnostic("E17", f"The document is longer than {limit // 1024} KiB, which is the limit.", origin=_ROOT)


def too_nested(limit: int, origin: Origin) -> Diagnostic:
    """E17: brackets or conditions nested deeper than any rule may be."""
    return Diagnostic("E17", f"The document is nested deeper than {limit} levels, which is the limit.", origin=origin)


def too_many(what: str, count: int, limit: int, origin: Origin) -> Diagnostic:
    """E17: more of something than a rule may have."""
    return Diagnostic("E17", f"There are {count} {what}; the limit is {limit}.", origin=origin)


def key_twice(key: str, origin: Origin) -> Diagnostic:
    """E20: a key said twice in one object, of which JSON parsers keep one or the other."""
    return Diagnostic(
        "E20", f'The key "{shown(key)}" stands twice in one object.', origin=origin, hint="Keep one.", name=key
    )


def name_twice(what: str, name: str, origin: Origin) -> Diagnostic:
    """E20: two definitions of one name."""
    message = f'There are two {what} named "{shown(name)}".'
    return Diagnostic("E20", message, origin=origin, hint="Rename one of them.", name=name)


def unstorable_text(problem: str, origin: Origin) -> Diagnostic:
    """E23: a character that not every engine stores."""
    return Diagnostic("E23", f"The text holds {problem}, which no value can hold.", origin=origin)


# --- shapes -----------------------------------------------------------------------------------------------------


def key_not_text(key: object, origin: Origin) -> Diagnostic:
    """E19: a mapping with a key that is not text."""
    return Diagnostic("E19", f"A key is {found(key)}; keys are text.", origin=origin)


def not_json_value(value: object, origin: Origin) -> Diagnostic:
    """E19: a Python value that JSON has no form for."""
    return Diagnostic(
        "E19",
        f"A value of type {type(value).__name__} has no JSON form.",
        origin=origin,
        expected=("text, a number, true or false, a list or an object",),
        hint='A time is written {"time": "2024-01-01"}, a length "30d".',
    )


def unknown_key(key: str, allowed: Sequence[str], near: Sequence[str], origin: Origin) -> Diagnostic:
    """E19: a key that this object does not take."""
    return Diagnostic(
        "E19",
        f"`{shown(key)}` is not one of the keys here: {_keys(allowed)}.",
        origin=origin,
        expected=tuple(allowed),
        suggestions=tuple(near),
        hint=_did_you_mean(near),
        name=key,
    )


def missing_key(key: str, beside: str | None, origin: Origin) -> Diagnostic:
    """E19: a key that this object needs."""
    needed = f" beside {beside}" if beside else ""
    return Diagnostic("E19", f"The key `{key}` is missing{needed}.", origin=origin, expected=(key,))


def key_not_taken(key: str, op: str, origin: Origin) -> Diagnostic:
    """E19: a key that does not go with the operator."""
    return Diagnostic("E19", f"`{key}` does not go with `{op}`.", origin=origin, hint=f"Leave `{key}` out.")


def wrong_type(value: object, expected: str, origin: Origin) -> Diagnostic:
    """E19: a value of the wrong JSON type."""
    return Diagnostic("E19", f"{expected} is expected; {found(value)} was found.", origin=origin, expected=(expected,))


def wrong_choice(value: object, allowed: Sequence[str], near: Sequence[str], origin: Origin) -> Diagnostic:
    """E19: a word that is none of those possible."""
    return Diagnostic(
        "E19",
        f"{listed(allowed)} is expected; {found(value)} was found.",
        origin=origin,
        expected=tuple(allowed),
        suggestions=tuple(near),
        hint=_did_you_mean(near),
    )


def no_kind(keys: Sequence[str], allowed: Sequence[str], near: Sequence[str], origin: Origin) -> Diagnostic:
    """E19: an object that says nowhere what condition it is."""
    have = f"; it has {_keys(keys)}" if keys else ""
    return Diagnostic(
        "E19",
        f"A condition has one of the keys {_keys(allowed, 'or')}{have}.",
        origin=origin,
        expected=tuple(allowed),
        suggestions=tuple(near),
        hint=_did_you_mean(near),
    )


def two_kinds(keys: Sequence[str], origin: Origin) -> Diagnostic:
    """E19: an object that says twice what condition it is."""
    return Diagnostic(
        "E19",
        f"This object is several conditions at once: it has {_keys(keys)}.",
        origin=origin,
        hint='Make one object of each, inside {"all": [ … ]} or {"any": [ … ]}.',
    )


def wrong_place(key: str, origin: Origin, *, in_where: bool) -> Diagnostic:
    """E19: a property outside `where`, or another condition inside it."""
    if in_where:
        return Diagnostic(
            "E19",
            f"`{key}` does not stand inside `where`; its tests name a `property`.",
            origin=origin,
            expected=("property",),
            hint='To compare with a trait write {"trait": …} as the value.' if key == "trait" else None,
        )
    return Diagnostic(
        "E19",
        "`property` stands inside `where` only.",
        origin=origin,
        expected=("trait",),
        hint="To test a person's trait say `trait`.",
    )


def not_one_window(keys: Sequence[str], allowed: Sequence[str], origin: Origin) -> Diagnostic:
    """E19: a window with no bound, or several."""
    have = f"it has {_keys(keys)}" if keys else "it is empty"
    return Diagnostic(
        "E19",
        f"A window has exactly one of the keys {_keys(allowed, 'or')}; {have}.",
        origin=origin,
        expected=tuple(allowed),
    )


def plain(problem: str, origin: Origin, hint: str | None = None) -> Diagnostic:
    """E19: a shape problem that takes one sentence."""
    return Diagnostic("E19", problem, origin=origin, hint=hint)


def count_as_aggregate(origin: Origin) -> Diagnostic:
    """E19: counts are operators on the event itself."""
    return Diagnostic(
        "E19",
        "`agg` is not `count` in a condition.",
        origin=origin,
        hint='Leave `agg` out and say {"op": "count_gte", "value": 3}.',
    )


def library_instead(origin: Origin) -> Diagnostic:
    """E19: several audiences where one rule is expected."""
    return Diagnostic("E19", "One rule is expected; this is a library of audiences.", origin=origin, expected=("rule",))


def rule_instead(origin: Origin) -> Diagnostic:
    """E19: one rule where a library is expected."""
    return Diagnostic(
        "E19",
        "A library of audiences is expected; this is one rule.",
        origin=origin,
        expected=("audiences",),
        hint='Name it: {"audiences": {"name": …}}.',
    )


# --- literals and operators ---------------------------------------------------------------------------------------


def not_finite(text: str, origin: Origin) -> Diagnostic:
    """E21: NaN, infinity, or an exponent that no decimal holds."""
    return Diagnostic("E21", f"{shown(text)} is not a number that a rule can hold.", origin=origin)


def number_out_of_range(text: str, origin: Origin) -> Diagnostic:
    """E21: a number that the engines cannot hold exactly."""
    return Diagnostic("E21", f"{shown(text)} is too large: numbers stay below 10^18 in size.", origin=origin)


def too_many_decimals(text: str, origin: Origin) -> Diagnostic:
    """E21: more decimals than the engines hold exactly."""
    return Diagnostic("E21", f"{shown(text)} has more than 9 decimals.", origin=origin)


def count_out_of_range(text: str, limit: int, origin: Origin) -> Diagnostic:
    """E21: a count that is negative, broken or too large."""
    return Diagnostic("E21", f"A whole number from 0 to {limit:,} is expected; {shown(text)} was found.", origin=origin)


def percent_out_of_range(text: str, origin: Origin) -> Diagnostic:
    """E21: a share outside 0 to 100 percent."""
    return Diagnostic("E21", f"A percentage from 0 to 100 is expected; {shown(text)} was found.", origin=origin)


def duration_too_long(text: str, limit: int, origin: Origin) -> Diagnostic:
    """E17: a length with a count above the limit."""
    return Diagnostic("E17", f"{shown(text)} is too long: a length counts up to {limit:,}.", origin=origin)


def not_a_duration(text: str, op: str | None, origin: Origin) -> Diagnostic:
    """E28: a text where a length belongs."""
    taker = f"`{op}` takes a length" if op else "A length is expected"
    return Diagnostic(
        "E28",
        f'{taker} such as "30d"; {found(text)} was found.',
        origin=origin,
        expected=("digits and one of s, min, h, d, w, mo, q, y",),
    )


def not_a_time(text: str, op: str | None, origin: Origin) -> Diagnostic:
    """E28: a text where a date or time belongs."""
    taker = f"`{op}` takes a date or time" if op else "A date or time is expected"
    moving = text in ("today", "now")
    return Diagnostic(
        "E28",
        f'{taker} such as "2024-01-01" or "2024-01-01T10:00:00Z"; {found(text)} was found.',
        origin=origin,
        hint=f'Write {{"time": "{text}"}}.' if moving else None,
        expected=("an ISO date or datetime, with at most six decimals of a second",),
    )


def text_for_time(op: str, text: str, origin: Origin | None) -> Diagnostic:
    """E28: a quoted text in a rule where the operator takes a time."""
    return Diagnostic("E28", f"`{op}` takes a date or time; {found(text)} was found.", origin=origin)


def no_such_time(text: str, origin: Origin) -> Diagnostic:
    """E22: a date or time that no calendar has."""
    return Diagnostic("E22", f"There is no such date or time as {shown(text)}.", origin=origin)


def wrong_default(name: str, value: str, type_: str, origin: Origin) -> Diagnostic:
    """E27: a parameter whose default is not of its type."""
    return Diagnostic(
        "E27",
        f"The default of ${name} is {value}, but its type is {type_}.",
        origin=origin,
        expected=(type_,),
        name=name,
    )


def value_not_taken(op: str, origin: Origin) -> Diagnostic:
    """E28: an operator that takes no value was given one."""
    return Diagnostic("E28", f"`{op}` takes no value.", origin=origin, hint="Leave `value` out.")


def misfit(op: str | None, value: object, expected: str, origin: Origin) -> Diagnostic:
    """E28: a value that the operator does not take."""
    taker = f"`{op}`" if op else "This place"
    return Diagnostic(
        "E28", f"{taker} takes {expected}; {found(value)} was found.", origin=origin, expected=(expected,)
    )


def unknown_operator(op: str, place: str, near: Sequence[str], allowed: Sequence[str], origin: Origin) -> Diagnostic:
    """E29: no such operator, or none in this place."""
    return Diagnostic(
        "E29",
        f"`{shown(op)}` is not an operator on {place}.",
        origin=origin,
        expected=tuple(allowed),
        suggestions=tuple(near),
        hint=_did_you_mean(near),
        name=op,
    )


def sequence_structure(problem: str, origin: Origin) -> Diagnostic:
    """E35: steps that do not make a sequence."""
    return Diagnostic("E35", problem, origin=origin)
