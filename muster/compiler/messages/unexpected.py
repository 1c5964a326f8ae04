"""Wording of what a parser did not expect: one function for each problem of a text that is not a rule yet."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.diagnostics import Diagnostic, Span
from muster.compiler.messages.expected import DETAILS, FIRST_CONDITION

_SHOWN = 40
_LINE = 120


def double_equals(extra: Span) -> Diagnostic:
    """E01: `==`."""
    return Diagnostic("E01", 'Use a single "=" to compare.', origin=extra, expected=("=",), fix="")


def unquoted_value(word: str, origin: Span) -> Diagnostic:
    """E02: a word where a value is expected."""
    return Diagnostic(
        "E02",
        f'Text values need quotes. Did you mean the text "{_cut(word)}"?',
        origin=origin,
        expected=("text in quotes",),
        hint=f"To compare with another trait write `trait {_cut(word)}`." if word.isidentifier() else None,
        fix=f'"{word}"',
    )


def time_needed(word: str, origin: Span) -> Diagnostic:
    """E02: a word where a date or time is expected."""
    trait = f"; to compare with another trait write `trait {_cut(word)}`" if word.isidentifier() else ""
    return Diagnostic(
        "E02",
        f"A date or time is expected; `{_cut(word)}` is a name.",
        origin=origin,
        expected=("a date or time",),
        hint=f"A date is written 2024-01-31, a distance 30 days ago{trait}.",
    )


def bare_count(count: str, origin: Span) -> Diagnostic:
    """E03: a number of times that could mean exactly or at least."""
    return Diagnostic(
        "E03",
        f"Exactly {count}, or {count} or more? Say which.",
        origin=origin,
        expected=("at least", "at most", "exactly", "more than", "fewer than", "between"),
        hint=f"`exactly {count} times` leaves out people with more.",
        fix=f"at least {count} times",
    )


def bare_where(fix: str | None, mended: Sequence[str], origin: Span) -> Diagnostic:
    """E04: a filter without its parentheses; `mended` are the rules it could mean."""
    return Diagnostic(
        "E04",
        "Put event filters in parentheses, so it is clear where they end.",
        origin=origin,
        expected=("(",),
        suggestions=_short(mended) if fix is None else (),
        fix=fix,
    )


def ambiguous_unit(count: str, mended: Sequence[str], origin: Span) -> Diagnostic:
    """E05: `5m`; `mended` are the rules it could mean."""
    return Diagnostic(
        "E05",
        '"m" could be minutes or months.',
        origin=origin,
        expected=("min", "mo"),
        suggestions=_short(mended),
        hint=f"Write {count}min or {count}mo.",
    )


def unfinished(last: str, expected: Sequence[str], origin: Span, fix: str | None = None) -> Diagnostic:
    """E06: a text that ends in the middle."""
    return Diagnostic(
        "E06",
        f'The rule ends after "{_cut(last)}"; {_wanted(expected)}.',
        origin=origin,
        expected=tuple(expected),
        fix=fix,
    )


def unclosed(opened_at: str, origin: Span, fix: str | None) -> Diagnostic:
    """E06: a text that ends inside parentheses."""
    return Diagnostic(
        "E06",
        f"The rule ends before the parenthesis at {opened_at} is closed.",
        origin=origin,
        expected=(")",),
        fix=fix,
    )


def empty(expected: Sequence[str], origin: Span) -> Diagnostic:
    """E06: a text with nothing in it."""
    return Diagnostic(
        "E06",
        f"There is nothing here; {_wanted(expected)}.",
        origin=origin,
        expected=tuple(expected),
        hint="`everyone` is a rule that everyone matches." if FIRST_CONDITION in expected else None,
    )


def null(subject: str | None, mended: Sequence[str], origin: Span, *, negative: bool) -> Diagnostic:
    """E07: a comparison with null.

    `subject` is what was compared, where it has a plain name, and `mended` the rule that was meant.
    """
    kind, test = ("with", "is set") if negative else ("without", "is not set")
    name, meant = ("a value", f"… {test}") if subject is None else (f"`{_cut(subject)}`", f"{_cut(subject)} {test}")
    return Diagnostic(
        "E07",
        "There is no null value.",
        origin=origin,
        suggestions=_short(mended),
        hint=f"To find profiles {kind} {name} write `{meant}`.",
    )


# ---- E13 ----


def unexpected(found: str, expected: Sequence[str], origin: Span) -> Diagnostic:
    """E13: something that has no place here, and what would have one."""
    wanted = _wanted(expected)
    return Diagnostic(
        "E13",
        f"`{_cut(found)}` was not expected here; {wanted}.",
        origin=origin,
        expected=tuple(expected),
    )


def misspelled(found: str, meant: Sequence[str], origin: Span, *, certain: bool) -> Diagnostic:
    """E13: a word close to one that would fit."""
    return Diagnostic(
        "E13",
        f"`{_cut(found)}` has no meaning here. Did you mean `{_or(meant)}`?",
        origin=origin,
        expected=tuple(meant),
        fix=meant[0] if certain else None,
    )


def other_spelling(found: str, meant: str, fix: str, origin: Span) -> Diagnostic:
    """E13: an operator as other languages write it."""
    return Diagnostic("E13", f"`{found}` is written `{meant}` in a rule.", origin=origin, expected=(meant,), fix=fix)


def list_needed(items: str, origin: Span) -> Diagnostic:
    """E13: values without the parentheses of a list."""
    return Diagnostic(
        "E13",
        "A list stands in parentheses, even if it holds one value.",
        origin=origin,
        expected=("(",),
        fix=f"({items})",
    )


def comma_needed(origin: Span) -> Diagnostic:
    """E13: two members of a list with nothing between them."""
    return Diagnostic("E13", "A comma is expected between two members.", origin=origin, expected=(",",), fix=",")


def joining_word_needed(found: str, origin: Span) -> Diagnostic:
    """E13: two conditions with nothing between them."""
    return Diagnostic(
        "E13",
        f"`and` or `or` is expected before `{_cut(found)}`.",
        origin=origin,
        expected=("and", "or"),
    )


def never_opened(origin: Span) -> Diagnostic:
    """E13: a closing parenthesis too many."""
    return Diagnostic("E13", "This parenthesis was never opened.", origin=origin, fix="")


def digits_needed(digits: str, origin: Span) -> Diagnostic:
    """E13: a number in words or with an exponent."""
    return Diagnostic("E13", f"Numbers are written in digits: {digits}.", origin=origin, expected=(digits,), fix=digits)


def whole_count(found: str, origin: Span) -> Diagnostic:
    """E13: a broken number of times."""
    return Diagnostic(
        "E13",
        f"Events happen a whole number of times; `{_cut(found)}` was found.",
        origin=origin,
        expected=("a whole number",),
    )


def window_without_last(found: str, fix: str, origin: Span) -> Diagnostic:
    """E13: a stretch of time that does not say where it lies."""
    return Diagnostic(
        "E13",
        f"The last {_cut(found)}, or the next? Say which.",
        origin=origin,
        expected=("last", "next"),
        fix=fix,
    )


def plain_number(found: str, digits: str, origin: Span) -> Diagnostic:
    """E13: a number with marks that rules do not use."""
    return Diagnostic(
        "E13",
        f"The number `{_cut(found)}` is written {digits} in a rule.",
        origin=origin,
        expected=(digits,),
        fix=digits,
    )


def value_first(found: str, swapped: str, origin: Span) -> Diagnostic:
    """E13: a comparison the wrong way round."""
    return Diagnostic(
        "E13",
        f"A condition begins with the name of what is tested; `{_cut(found)}` is a value.",
        origin=origin,
        expected=("a trait",),
        fix=swapped,
    )


def stage_test(stage: str, origin: Span) -> Diagnostic:
    """E13: the lifecycle stage compared like a trait."""
    return Diagnostic(
        "E13",
        "The lifecycle stage is tested with `is`, and its name stands without quotes.",
        origin=origin,
        expected=("is",),
        fix=f"is {stage}",
    )


def unusual_character(name: str, origin: Span, fix: str) -> Diagnostic:
    """E13: a character that looks like a space, or like nothing, and is neither."""
    return Diagnostic("E13", f"There is an unusual character here: {name}.", origin=origin, fix=fix)


# ---- E14, E16, E22 ----


def never_closed(origin: Span, fix: str | None) -> Diagnostic:
    """E14: a quote without its partner."""
    return Diagnostic(
        "E14",
        "The text that starts here has no closing quote on this line.",
        origin=origin,
        hint=r"Inside text a line break is written \n and a quote \".",
        fix=fix,
    )


def curly_quotes(origin: Span, fix: str | None) -> Diagnostic:
    """E14: typographic quotes around a value."""
    return Diagnostic("E14", 'Text stands in straight quotes: "…".', origin=origin, expected=('"',), fix=fix)


def reserved_word(word: str, origin: Span) -> Diagnostic:
    """E16: a keyword used as a name."""
    return Diagnostic(
        "E16",
        f"`{word}` is a keyword here; as a name it stands in backticks.",
        origin=origin,
        expected=(f"`{word}` in backticks",),
        fix=f"`{word}`",
    )


def date_form(found: str, fix: str | None, origin: Span) -> Diagnostic:
    """E22: a date in another notation."""
    return Diagnostic(
        "E22",
        f"`{_cut(found)}` is no date of the form 2024-01-31 or 2024-01-31T09:30:00.",
        origin=origin,
        expected=("a date such as 2024-01-31",),
        fix=fix,
    )


def _wanted(expected: Sequence[str]) -> str:
    if not expected:
        return "nothing more is expected"
    detail = DETAILS.get(expected[0]) if len(expected) == 1 else None
    return f"{_or(expected)} is expected" + (f" ({detail})" if detail else "")


def _short(rules: Sequence[str]) -> tuple[str, ...]:
    """Keep the rules that can be read on one line."""
    return tuple(rule for rule in rules if len(rule) <= _LINE and "\n" not in rule)


def _or(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
