"""Wording of what goes wrong between a command and where its data is."""

from __future__ import annotations


def no_data() -> str:
    """Say that a command needs data and has none."""
    return (
        "There is no data to look at: give --events FILE (and --profiles FILE), or --store FOLDER from `muster load`."
    )


def files_and_folder() -> str:
    """Say that files and a folder exclude each other."""
    return "--store has its own data; --events and --profiles cannot be given with it."


def map_without_files() -> str:
    """Say that a map describes files."""
    return "--map describes the files of --events and --profiles, and neither was given."


def engine_with_location(engine: str) -> str:
    """Say that files are read into an engine in memory."""
    return f'Files are read into an engine in memory, so the engine is "{engine.partition(":")[0]}:", not "{engine}".'


def folder_engine(engine: str) -> str:
    """Say that a folder cannot be opened by another engine."""
    return f'A folder from `muster load` is DuckDB; "{engine}" cannot open it. With files any engine can be chosen.'


def person_needs_files() -> str:
    """Say that explaining a person needs their raw values."""
    return "Why one person is in or out is told from their values as they came: give --events or --profiles with --id."


def no_such_person(external_id: str) -> str:
    """Say that nobody has an id."""
    return f'Nobody in the data has the id "{external_id}".'
