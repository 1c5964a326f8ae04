"""Wording of what is wrong with a file of rule tests."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.messages.counts import counted
from muster.compiler.messages.document import found
from muster.compiler.spelling import closest

_LISTED = 8
_EXPECTED = {
    "string_type": "A text",
    "model_type": "A mapping of keys to values",
    "dict_type": "A mapping of keys to values",
    "list_type": "A list",
    "too_short": "A list of at least one test",
    "bool_type": "true or false",
    "int_type": "A whole number",
    "greater_than_equal": "A number of 0 or more",
}


def at(file: str, line: int | None, message: str) -> str:
    """Say where in a file something stands."""
    return f"{place(file, line)}: {message}"


def place(file: str, line: int | None) -> str:
    """Name a line of a file, so that editors find it."""
    return file if line is None else f"{file}:{line}"


def not_read(problem: str) -> str:
    """Say that the system does not give a file."""
    return f"It cannot be read: {problem}."


def not_utf8(byte: int) -> str:
    """Say that a file is no text."""
    return f"The byte at {byte} is no UTF-8; save the file as UTF-8."


def too_deep() -> str:
    """Say that lists and mappings hold each other too deeply."""
    return "Lists and mappings are nested too deeply here."


def other_number(expected: int, found: int) -> str:
    """Say that a rule found more or fewer than it should."""
    return f"expected {counted(expected, 'member')}, found {found:,}"


def no_time(text: str) -> str:
    """Say how times are written."""
    ways = 'a date, an instant as in 2024-06-15T12:00Z, "now", or how long ago as in "3 days ago"'
    return f'"{text}" is no time; write {ways}.'


def rule_or_audience() -> str:
    """Say that a test is of one of the two."""
    return 'A test has either a "rule" or the name of an "audience".'


def nothing_expected() -> str:
    """Say that a test must expect something."""
    return 'Nothing is expected: give "members" (all of them), "includes", "excludes" or "count".'


def nobody(name: str, known: Sequence[str]) -> str:
    """Say that an expected person is not among the file's people."""
    return f'Nobody here is called "{name}".{_meant(name, known)}'


def no_audience(name: str, known: Sequence[str]) -> str:
    """Say that an audience is in none of the files."""
    if not known:
        return f'No audience is called "{name}": name the file that defines it under "audiences".'
    return f'No audience is called "{name}".{_meant(name, known)}'


def no_audience_file(file: str) -> str:
    """Say that a file of audiences cannot be read."""
    return f'The file of audiences "{file}" is not there, or is no text; its name is looked up beside this file.'


def wrong_audience_file(file: str, problem: str) -> str:
    """Say what is wrong in a file of audiences."""
    return f'The file of audiences "{file}" is wrong: {problem} `muster check -f` shows where.'


def one_rule(file: str) -> str:
    """Say that a file holds a rule without a name."""
    return f'The file "{file}" holds one rule and no named audiences; write `audience NAME: …` there.'


def no_test_files(folder: str, suffix: str) -> str:
    """Say that a folder holds no tests."""
    return f'The folder "{folder}" holds no file called *{suffix}.'


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Say that a key means nothing."""
    return f'"{key}" is no key here.{_meant(key, known)}'


def missing_key(key: str) -> str:
    """Say that a key must be there."""
    return f'The key "{key}" is missing.'


def other_kind(kind: str, value: object) -> str:
    """Say that a value is of another kind; `kind` is the validator's word for what it wanted."""
    return f"{_EXPECTED.get(kind, 'Something else')} is expected; {found(value)} was found."


def _meant(name: str, known: Sequence[str]) -> str:
    near = closest(name, known)
    if near:
        return f' Did you mean "{near[0]}"?'
    return f" Known: {', '.join(known[:_LISTED])}{' …' if len(known) > _LISTED else ''}."
