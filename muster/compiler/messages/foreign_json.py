"""Wording of texts that are not JSON, of JSON that was made for something else, and of what would be a rule instead."""

from __future__ import annotations

import json
from typing import Any

from muster.compiler.diagnostics import Diagnostic, Origin, Pointer, Span

_ROOT = Pointer("")
_SHOWN = 80
QUERY_BUILDER = (
    'Query builders say {"combinator": "and", "rules": […]} where a rule is {"all": […]} (any for "or"), and'
    ' {"field": "plan", "operator": "=", "value": "pro"} where it is {"trait": "plan", "op": "eq", "value": "pro"}.'
)

TRAILING_COMMA = "No comma stands after the last member of a list or object: leave it out."
SINGLE_QUOTES = "JSON has double quotes only, around keys and texts."
CURLY_QUOTES = 'The quotes are typographic; JSON has the straight ones: ".'
COMMENT = 'JSON has no comments; a condition may hold {"note": "…"}.'


def not_json(problem: str, place: tuple[int, int], origin: Span, source: str, hint: str | None) -> Diagnostic:
    """E18: text that is not JSON, with the place where it stops being so."""
    reason = problem[:1].lower() + problem[1:]
    line, column = place
    return Diagnostic(
        "E18", f"This is not JSON: {reason} (line {line}, column {column}).", origin=origin, source=source, hint=hint
    )


def not_utf8(offset: int) -> Diagnostic:
    """E18: bytes that are not UTF-8."""
    return Diagnostic("E18", f"This is not JSON in UTF-8: byte {offset} does not decode.", origin=_ROOT)


def bare_word(word: str) -> str:
    """Say how a word that JSON does not have is written."""
    constant = {"True": "true", "False": "false"}.get(word)
    if constant is not None:
        return f"JSON spells it {constant}."
    if word in ("None", "undefined"):
        return "A rule has no null: leave the key out."
    return f'Keys and texts need double quotes: "{word}".'


def unclosed(brackets: str) -> str:
    """Say what is missing at the end."""
    return f"The text ends before everything is closed; {brackets} is missing."


def audience_body_instead(key: str, inside: Any, origin: Origin) -> Diagnostic:
    """E19: the body of a request that makes an audience where its rule is expected."""
    alone = {"all": inside} if isinstance(inside, list) else inside
    spelled = json.dumps(alone, ensure_ascii=False, default=float)
    return Diagnostic(
        "E19",
        f"A rule is expected; this is the body of a request that makes an audience, and its rule stands under `{key}`.",
        origin=origin,
        expected=("rule",),
        hint=f"Give the rule alone: {spelled if len(spelled) <= _SHOWN else f'what stands under `{key}`'}.",
    )


def name_beside_rule(origin: Origin) -> Diagnostic:
    """E19: a rule with a name, which only audiences of a library have."""
    return Diagnostic(
        "E19",
        "A rule has no `name`; audiences of a library have.",
        origin=origin,
        hint='Leave `name` out, or write a library: {"audiences": {"the name": …}}.',
        name="name",
    )


def query_builder_instead(origin: Origin) -> Diagnostic:
    """E19: the query of a form that builds queries, which says the same in other words."""
    return Diagnostic(
        "E19",
        "A condition is expected; this is one as query builders write it.",
        origin=origin,
        expected=("all", "any", "trait"),
        hint=QUERY_BUILDER,
    )
