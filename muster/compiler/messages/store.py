"""Wording of what goes wrong between a command and where its data is."""

from __future__ import annotations

from collections.abc import Sequence

from muster.compiler.messages.counts import counted
from muster.compiler.spelling import closest

_SHOWN = 40
_LISTED = 20


def no_data() -> str:
    """Say that a command needs data and has none."""
    return (
        "There is no data to look at: give --events FILE (and --profiles FILE), or --store FOLDER from `muster load`."
    )


def given_twice(option: str) -> str:
    """Say that an option takes one value."""
    return f"{option} was given more than once, and takes one value."


def no_files() -> str:
    """Say that there is nothing to load."""
    return "There is nothing to load: give --events FILE, --profiles FILE or both."


def files_and_folder() -> str:
    """Say that files and a folder exclude each other."""
    return "--store has its own data; --events and --profiles cannot be given with it."


def map_without_files() -> str:
    """Say that a map describes files."""
    return "--map describes the files of --events and --profiles, and neither was given."


def engine_with_location(engine: str) -> str:
    """Say that files are read into an engine in memory; an address is not repeated, as it may hold a password."""
    return (
        f'Files are read into an engine in memory, so the engine is "{_scheme(engine)}" with nothing after the colon.'
    )


def tests_with_location(engine: str) -> str:
    """Say that people who are made up do not go where real ones may be; an address is not repeated, as above."""
    return f'The people of a test are made up and go nowhere, so the engine is "{_scheme(engine)}" alone.'


def folder_engine() -> str:
    """Say that a folder cannot be opened by another engine."""
    return (
        'A folder from `muster load` is opened by "duckdb:" and by nothing else. With files any engine can be chosen.'
    )


def person_needs_files() -> str:
    """Say that explaining a person needs their raw values, which a loaded folder no longer has."""
    return (
        "Why one person is in or out is told from their values as they came, and a folder from `muster load` no longer"
        " has those: give --events FILE and --profiles FILE with --id, the files that were loaded."
    )


def no_such_person(external_id: str) -> str:
    """Say that nobody has an id."""
    return f'Nobody in the data has the id "{external_id}".'


def linked_person(anonymous: str, user: str) -> str:
    """Say that an anonymous id is a user's, who has what was done under it."""
    return f'"{anonymous}" is an anonymous id of "{user}", and what was done under it is theirs. Try: --id {user}'


def input_inside(folder: str, file: str) -> str:
    """Say that a folder to be written holds a file to be read."""
    return f'The file "{file}" lies inside the folder "{folder}" that would be written; load into another folder.'


def folder_with_others(folder: str, name: str) -> str:
    """Say that a loaded folder holds more than `muster load` put there."""
    return (
        f'The folder "{folder}" also holds "{name}", which `muster load` did not make and would remove; '
        "move it elsewhere, or load into another folder."
    )


def not_a_folder(path: str) -> str:
    """Say that something else stands where a folder would."""
    return f'"{path}" is not a folder; an empty or new folder is needed.'


def no_folder_name(folder: str) -> str:
    """Say that a path does not name a folder."""
    return f'"{folder}" does not name a folder that `muster load` could make; a path like "data/loaded" does.'


def broken_catalogue(path: str) -> str:
    """Say that a folder's description cannot be read."""
    return f'"{path}" does not describe loaded tables; it was changed or cut short. Load the data again.'


def system_failure(path: str, reason: str) -> str:
    """Say which path the system refused, and why."""
    return f'"{path}": {reason}.'


def rule_not_utf8(path: str, position: int) -> str:
    """Say that a file of rules is in another encoding."""
    return f'The file "{path}" is not UTF-8 (byte {position + 1:,}); a file of rules is UTF-8 text. Save it as that.'


def rule_file_too_long(path: str, limit: int) -> str:
    """Say that a file is larger than any file of rules may be."""
    return f'The file "{path}" is longer than {limit // 1024} KiB, which is as long as a file of rules may be.'


def choose_audience(known: Sequence[str]) -> str:
    """Say that a file holds several audiences, and which."""
    return f"The file holds the audiences {_quoted(known)}; choose one with --name."


def safe_without_csv() -> str:
    """Say what --spreadsheet-safe is about."""
    return "--spreadsheet-safe goes with --csv: no spreadsheet reads the other forms."


def no_such_audience(name: str, known: Sequence[str]) -> str:
    """Say that a file holds no audience of a name, and which it may have been."""
    near = closest(name, known)
    rest = f"Did you mean {_quoted(near, ' or ')}?" if near else f"It holds {_quoted(known)}."
    return f'The file holds no audience "{name}". {rest}'


def audience(name: str) -> str:
    """Name the audience that what follows is about."""
    return f'audience "{name}":'


def audiences_checked(count: int, wrong: int) -> str:
    """Say how many audiences of a file were checked, and how many cannot be used."""
    return f"{counted(count, 'audience')} checked, {wrong or 'none'} wrong."


def loaded(people: int, events: int, folder: str) -> str:
    """Say what a folder holds now."""
    return f"Loaded {counted(people, 'person', 'people')} and {counted(events, 'event')} into {folder}."


def _quoted(names: Sequence[str], last: str = ", ") -> str:
    shown = [f'"{each}"' for each in names[:_LISTED]]
    if len(names) > _LISTED:
        return f"{', '.join(shown)} and {len(names) - _LISTED:,} more"
    return ", ".join(shown[:-1]) + (last if len(shown) > 1 else "") + shown[-1]


def param_too_deep(name: str) -> str:
    """Say that a parameter's value is nested beyond reading."""
    return f"The value of --param {name} is nested too deeply; a plain value or a list of them is expected."


def comments_lost(lost: Sequence[tuple[int, str]], *, refused: bool) -> str:
    """Say which comments have no condition that they could be written before."""
    line, text = lost[0]
    more = f" and {len(lost) - 1} more" if len(lost) > 1 else ""
    which = f"`{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}` in line {line}{more}"
    done = " Nothing was written." if refused else ""
    return (
        f"The comment {which} has no place: a comment stands before, or beside, the condition that it is about.{done}"
    )


def _scheme(engine: str) -> str:
    return f"{engine.partition(':')[0]}:"
