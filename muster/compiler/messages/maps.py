"""Wording of what is wrong with a map of files: the text of the file, and what it says."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages.data import shown

_KINDS_HINT = "Kinds: str, text, num, decimal, bool, time, epoch_s, epoch_ms, json, skip."
_FORM_HINT = 'Tables stand in brackets, as in [events], and texts in quotes, as in id = "user_id".'


def not_utf8(position: int) -> Diagnostic:
    """D07: a map that is no text, or in another encoding."""
    return Diagnostic("D07", f"The map is not UTF-8 text (byte {position + 1}).", hint="Save it as UTF-8.")


def not_toml(place: str, line: str) -> Diagnostic:
    """D07: a line of a map that is not TOML."""
    return Diagnostic("D07", f"The map is not TOML: {place} cannot be read: {shown(line)}.", hint=_FORM_HINT)


def bad_map(where: str, found: str, expected: str) -> Diagnostic:
    """D07: the map is not TOML, or says something it cannot say."""
    return Diagnostic("D07", f"{where}: found {found}; expected {expected}.")


def bad_kind(where: str, found: str) -> Diagnostic:
    """D07: a kind that does not exist."""
    return Diagnostic("D07", f"{where}: there is no kind {shown(found)}.", hint=_KINDS_HINT)


def unknown_zone(where: str, found: str) -> Diagnostic:
    """D07: a time zone that does not exist."""
    return Diagnostic(
        "D07", f"{where}: there is no time zone {shown(found)}.", hint='Zones are named as in "Europe/London".'
    )


def missing_of_csv() -> Diagnostic:
    """D07: texts that stand for no value, said of a file that has a value for nothing."""
    return Diagnostic(
        "D07",
        "the map lists texts that are `missing` values, which only CSV and TSV need; here null is one. Leave it out.",
    )
