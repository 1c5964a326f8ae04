"""Wording of what is wrong, doubtful or guessed about files and messages; the place stands beside it (`Place`)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from muster.compiler.diagnostics import Diagnostic
from muster.compiler.messages.counts import counted

_SHOWN = 60
_STRUCTURED = (bool, type(None), float, dict, list)


def shown(value: object) -> str:
    """Quote a value as it was found, cut where it is long."""
    text = json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, _STRUCTURED) else str(value)
    return f'"{text}"' if len(text) <= _SHOWN else f'"{text[:_SHOWN]}…" ({len(text)} characters)'


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names) if names else "none"


def _info(code: str, message: str) -> Diagnostic:
    return Diagnostic(code, message, "info")


def _warning(code: str, message: str, hint: str | None = None) -> Diagnostic:
    return Diagnostic(code, message, "warning", hint=hint)


# --- files ------------------------------------------------------------------------------------------------------
def unreadable_file(reason: str) -> Diagnostic:
    """D01: the file cannot be opened, or is no regular file."""
    return Diagnostic("D01", f"The file cannot be read: {reason}.")


def unknown_file_type(known: Sequence[str]) -> Diagnostic:
    """D02: the ending of the name says nothing about what is inside."""
    return Diagnostic(
        "D02", "The name does not tell what kind of file this is.", hint=f"Known endings: {' '.join(known)}."
    )


def broken_file(kind: str, reason: str) -> Diagnostic:
    """D03: the file is not what its name says, or is cut off."""
    return Diagnostic("D03", f"The file is no whole {kind} file: {reason.rstrip('.')}.")


def no_rows(expected: str) -> Diagnostic:
    """D04: nothing is in the file."""
    return Diagnostic("D04", f"The file is empty; {expected} was expected.")


def repeated_column(name: str) -> Diagnostic:
    """D05: two columns share a name."""
    return Diagnostic("D05", f'Two columns are called "{name}"; each needs a name of its own.', name=name)


def changed_file() -> Diagnostic:
    """D06: the file is read several times and was written to in between."""
    return Diagnostic("D06", "The file changed while it was being read.", hint="Run again when nothing writes to it.")


def unknown_type(kind: str) -> Diagnostic:
    """D03: a column of a type that is no kind of value."""
    return Diagnostic(
        "D03",
        f"Values of the type {kind} have no kind here.",
        hint='A map can leave the column out: "skip".',
    )


def json_array() -> Diagnostic:
    """D03: one JSON document instead of one object a line."""
    return Diagnostic(
        "D03",
        'The file starts with "[": one JSON array. One JSON object a line was expected.',
        hint="Try: jq -c '.[]' FILE > FILE.ndjson",
    )


def old_line_ends() -> Diagnostic:
    """D03: lines that end as they did before line feeds were common."""
    return Diagnostic(
        "D03",
        "The lines end with a carriage return alone; a line feed, or both, was expected.",
        hint="Try: tr '\\r' '\\n' < FILE > NEW_FILE",
    )


# --- maps and guesses -------------------------------------------------------------------------------------------
def missing_column(where: str, name: str, columns: Sequence[str], near: Sequence[str]) -> Diagnostic:
    """D08: the map names a column that the file does not have."""
    return Diagnostic(
        "D08",
        f'The map says {where} = "{name}", and the file has no such column. It has {_listed(columns)}.',
        suggestions=tuple(near),
        hint=f"Did you mean {_listed(near)}?" if near else None,
        name=name,
    )


def role_not_found(role: str, columns: Sequence[str], lines: str) -> Diagnostic:
    """D09: no column looks like the one that is needed."""
    return Diagnostic(
        "D09",
        f"No column could be told to hold {role}. The file has {_listed(columns)}.",
        hint=f"A map can say which it is, in a file for --map:\n{lines}",
    )


def role_ambiguous(role: str, candidates: Sequence[str], lines: str) -> Diagnostic:
    """D09: several columns look like the one that is needed."""
    return Diagnostic(
        "D09",
        f"Several columns could hold {role}: {_listed(candidates)}.",
        hint=f"A map can say which it is, in a file for --map:\n{lines}",
    )


def other_delimiter(delimiter: str, columns: Sequence[str], table: str) -> Diagnostic:
    """D09: a header that seems to be separated by another character than the one it was read with."""
    spelled = json.dumps(delimiter)
    return Diagnostic(
        "D09",
        f"The fields of the header seem to be separated by {spelled}; as it was read the file has {_listed(columns)}.",
        hint=f"A map can say so, in a file for --map:\n[{table}]\ndelimiter = {spelled}",
    )


def guessed(table: str, roles: str) -> Diagnostic:
    """D30: what was guessed where no map says it."""
    return _info("D30", f"Guessed from the names of the columns: [{table}] {roles}.")


def messages_recognised(file: str) -> Diagnostic:
    """D33: the lines were taken for messages, not for plain rows."""
    return _info("D33", f"{file} holds messages (identify, track, …); they were folded into people and events.")


def traits_not_used(file: str) -> Diagnostic:
    """D34: traits of messages, where a profiles file says who people are."""
    return _info(
        "D34", f"The traits that {file} sets in identify messages are not used; those of the profiles file are."
    )


def kinds_inferred(kinds: str) -> Diagnostic:
    """D31: the kinds that all values of each column agree on."""
    return _info("D31", f"Kinds of columns, from all their values: {kinds}.")


def nearly_kind(place: str, found: str, rows: int, kind: str, line: str, *, readable: bool) -> Diagnostic:
    """D36: a column whose values are of one kind but for a few, which make it text."""
    what = {"num": "a number", "bool": "true or false", "time": "a time"}[kind]
    others = "" if rows == 1 else f" and in {counted(rows - 1, 'more row')}"
    return _warning(
        "D36",
        f"{place}: {shown(found)} is not plainly {what}, as nearly all other values are, so the column is text"
        f" and what stands here{others} passes no test for {what}.",
        f"A map reads it so, in a file for --map:\n{line}"
        if readable
        else f"Leave a field without a value empty, or leave such rows out by --skip-bad-rows and a map:\n{line}",
    )


def column_without_name(number: int) -> Diagnostic:
    """D32: a column that cannot be asked for."""
    return _warning("D32", f"Column {number} has no name and was left out.")


# --- rows -------------------------------------------------------------------------------------------------------
def wrong_width(found: int, expected: int) -> Diagnostic:
    """D10: a row with more or fewer fields than the header."""
    return Diagnostic("D10", f"found {counted(found, 'field')}, expected {expected} as in the header.")


def unclosed_quote() -> Diagnostic:
    """D10: a quote that begins a field and that nothing closes."""
    return Diagnostic(
        "D10",
        "a quote begins a field here and is never closed, so all that follows would be one field.",
        hint='A quote inside a field is doubled and its field quoted: "5"" disk".',
    )


def broken_quotes(delimiter: str) -> Diagnostic:
    """D10: quotes that do not match."""
    return Diagnostic(
        "D10",
        f"the row cannot be split into fields: after a closing quote {json.dumps(delimiter)} or the end of the line"
        " was expected.",
        hint='A quote inside a field is doubled and its field quoted: "5"" disk".',
    )


def long_field(limit: int) -> Diagnostic:
    """D10: a field longer than any value, most likely as a quote is not closed."""
    return Diagnostic("D10", f"a field is longer than {limit:,} characters; maybe a quote in it is never closed.")


def stray_return() -> Diagnostic:
    """D10: a carriage return in the middle of a line."""
    return Diagnostic(
        "D10",
        "a carriage return stands in the middle of the line; inside a field it needs quotes around the field.",
    )


def not_json(reason: str) -> Diagnostic:
    """D11: a line, or a cell, that is not JSON."""
    return Diagnostic("D11", f"expected JSON; {reason}.")


def not_an_object(found: str) -> Diagnostic:
    """D11: a line of JSON that is no object."""
    return Diagnostic("D11", f"found {found}, expected a JSON object.")


def not_utf8() -> Diagnostic:
    """D12: bytes that are not UTF-8."""
    return Diagnostic(
        "D12", "found bytes that are not UTF-8 text.", hint="Try: iconv -f latin1 -t utf-8 FILE > NEW_FILE"
    )


def bad_cell(found: object, expected: str) -> Diagnostic:
    """D13: a value that is not of its column's kind."""
    return Diagnostic("D13", f"found {shown(found)}, expected {expected}.")


def bad_time(found: object) -> Diagnostic:
    """D13: a value that is no time."""
    is_number = isinstance(found, int) or (isinstance(found, str) and found.isdecimal())
    return Diagnostic(
        "D13",
        f"found {shown(found)}, expected a time such as 2024-01-31 or 2024-01-31T09:30:00Z.",
        hint='A map can say that it counts from 1970: { column = "…", as = "epoch_s" } or "epoch_ms".'
        if is_number
        else None,
    )


def nothing_there(expected: str) -> Diagnostic:
    """D14: a row without its id, name or time."""
    return Diagnostic("D14", f"found nothing, expected {expected}.")


def repeated_id(found: str, row: int) -> Diagnostic:
    """D15: a person who has two rows."""
    return Diagnostic("D15", f"the id {shown(found)} occurred in row {row} already; each person has one row.")


def flawed(kind: str, where: str, depth: int) -> Diagnostic:
    """D16: a value that no engine can hold."""
    what = {
        "nul": "text with the character NUL",
        "surrogate": "text with half of a surrogate pair",
        "deep": f"more than {depth} objects and lists inside each other",
    }[kind]
    return Diagnostic("D16", f"found {what}{f' at {where}' if where else ''}, which cannot be stored.")


def rejected_message(reason: str) -> Diagnostic:
    """D17: a message that cannot be accepted."""
    return Diagnostic("D17", reason)


def or_left_out() -> str:
    """Say that rows that are wrong can be left out."""
    return "To leave such rows out: --skip-bad-rows."


# --- what is worth knowing --------------------------------------------------------------------------------------
def rows_skipped(count: int) -> Diagnostic:
    """D20: how many rows were left out."""
    return _warning("D20", f"{counted(count, 'bad row')} left out.")


def more_left_out(count: int) -> str:
    """Say that a list of bad rows was cut."""
    return f"and {count:,} more"


def people_without_profile(people: int, events: int, examples: Sequence[str]) -> Diagnostic:
    """D21: people who have events and no profile, and so do not exist."""
    return _warning(
        "D21",
        f"{counted(people, 'person', 'people')} occur{'s' if people == 1 else ''} only in the events, with"
        f" {counted(events, 'event')}, and in nobody's audience, because the profiles file says who there is."
        f" First of them: {_listed(examples)}.",
    )


def duplicates_dropped(count: int) -> Diagnostic:
    """D22: rows or messages that came twice."""
    return _warning("D22", f"{counted(count, 'repeated message id')}: only the first of each counts.")


def numbers_dropped(count: int, example: str) -> Diagnostic:
    """D23: numbers that count as missing."""
    return _warning(
        "D23",
        f"{counted(count, 'number')} of 10^18 or beyond, NaN or infinite count as missing; first at {example}.",
    )


def ids_minted(count: int) -> Diagnostic:
    """D24: messages that a retry would count twice."""
    return _warning("D24", f"{counted(count, 'message')} without messageId: one that is sent again counts twice.")


def alias_of_user(previous: str, user: str) -> Diagnostic:
    """D25: an alias that would merge two people."""
    return _warning(
        "D25", f"alias of {shown(previous)} to {shown(user)} was left: both are known users, and users are not merged."
    )


def link_exists(anonymous: str, user: str, owner: str) -> Diagnostic:
    """D26: a second person on one device."""
    return _warning(
        "D26",
        f"the anonymous id {shown(anonymous)} stays with {shown(owner)}, who came first;"
        f" {shown(user)} gets none of it.",
    )


# --- messages that cannot be accepted ---------------------------------------------------------------------------
def message_not_object(found: str) -> str:
    """Say that a message is something else."""
    return f"found {found}, expected a JSON object."


def message_type_unknown(found: object, known: Sequence[str]) -> str:
    """Say that a message has no known type."""
    return f'"type" is {shown(found)}, expected one of {", ".join(known)}.'


def message_identity_missing() -> str:
    """Say that a message is nobody's."""
    return 'found neither "userId" nor "anonymousId"; one of them is needed.'


def message_wrong_field(field: str, found: object, expected: str) -> str:
    """Say that a field holds something else."""
    return f'"{field}" is {shown(found)}, expected {expected}.'


def message_flawed(kind: str, where: str, depth: int) -> str:
    """Say that a message holds what no engine can hold."""
    return flawed(kind, where, depth).message


def message_event_missing() -> str:
    """Say that a track has no event name."""
    return 'a track needs the name of what happened in "event".'


def message_alias_missing() -> str:
    """Say that an alias lacks one of its ids."""
    return 'an alias needs "userId" and "previousId".'


def message_time_missing() -> str:
    """Say that a message has no time at all."""
    return 'found neither "timestamp" nor "receivedAt"; one of them is needed.'


# --- folders ----------------------------------------------------------------------------------------------------
def folder_taken(folder: str, *, is_ours: bool) -> str:
    """Say that a folder is there already."""
    if is_ours:
        return f'The folder "{folder}" holds loaded data already. Try: --replace'
    return f'The folder "{folder}" holds something else; an empty or new folder is needed.'


def no_folder(folder: str) -> str:
    """Say that a folder was not made by `muster load`."""
    return f'The folder "{folder}" holds no loaded data; `muster load` makes such a folder.'
