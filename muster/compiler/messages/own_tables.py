"""Wording of what is wrong between a map of somebody's own tables and the tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_SHOWN = 12


def read_only() -> str:
    """Say that these tables are somebody else's."""
    return "These are your own tables, which are only read; to load data, leave out the map."


def other_values(where: str, hows: Sequence[str], rows: int) -> str:
    """Say that a member of JSON holds something that the map does not say."""
    return (
        f"{where} holds something else than {' or '.join(hows)} in {rows:,} row{'s' if rows > 1 else ''}. "
        'Say in the map all that it holds, as in x = ["text", "num"], or count without these values by --inexact.'
    )


def holds_only(where: str, hows: Sequence[str]) -> str:
    """Say what a member of JSON must be."""
    return f"{where} holds nothing but {' or '.join(hows)}"


def clocks_known(where: str, years: tuple[int, int]) -> str:
    """Say of which years local times must be."""
    return f"{where} is of the years {years[0]} to {years[1]}"


def clocks_unknown(where: str, years: tuple[int, int], rows: int) -> str:
    """Say that local times are of years for which engines know zones differently."""
    return (
        f"{where} is before {years[0]} or after {years[1]} in {rows:,} row{'s' if rows > 1 else ''}, for which engines "
        "have other data of zones. Make a view that has the instant, or count without these values by --inexact."
    )


def person_once(where: str) -> str:
    """Say what the table of people must be."""
    return f"{where} has one row a person"


def order_there(where: str) -> str:
    """Say what the column that orders equal times must be."""
    return f"{where} is in every row"


def not_checked(musts: Sequence[str]) -> str:
    """Say what SQL that others run takes as given."""
    return f"note: this SQL takes as given that {', that '.join(musts)}; --checks prints queries that look."


def no_checks() -> str:
    """Say that SQL takes nothing as given."""
    return "This SQL takes nothing as given that a query could look at."


def people_twice(where: str, rows: int) -> str:
    """Say that the table of people has several rows for one."""
    return (
        f"{where} has {rows:,} row{'s' if rows > 1 else ''} more than people. Say in the map which column tells the "
        'latest row, as in latest = "updated_at" (or patches = "received_at", where a row tells only what was new).'
    )


def given_twice(name: str) -> str:
    """Say that two columns give one name."""
    return f'the name "{name}" twice'


def no_table(name: str, near: Sequence[str], known: Sequence[str]) -> str:
    """Say that a table of the map is not in the database."""
    return f"There is no table {name} in the database. {_or_known(near, known)}"


def no_column(where: str, name: str, near: Sequence[str], known: Sequence[str]) -> str:
    """Say that a column of the map is not in its table."""
    return f'The table {where} has no column "{name}". {_or_known(near, known)}'


def _or_known(near: Sequence[str], known: Sequence[str]) -> str:
    if near:
        return f"Did you mean {' or '.join(near)}?"
    shown = ", ".join(known[:_SHOWN]) + (", …" if len(known) > _SHOWN else "")
    return f"There is: {shown}." if known else "There are none that this user may read."


def other_type(where: str, found: str, how: str, hows: Sequence[str]) -> str:
    """Say that a column is of another type than the map says."""
    would = (
        f"Of that type can be read: {', '.join(hows)}." if hows else "Nothing can be read of that type; leave it out."
    )
    return f"{where} is of type {found}, which is not read as {how}. {would}"


def no_json(where: str, found: str) -> str:
    """Say that a column cannot hold JSON."""
    return f"{where} is of type {found}, and the map says that it holds JSON."


def ids_of_types(types: Mapping[str, str]) -> str:
    """Say that ids cannot be compared."""
    shown = ", ".join(f"{found} in {where}" for where, found in types.items())
    return f"The ids are of several types ({shown}); make views in which they are of one."


def no_file(location: str) -> str:
    """Say that there is no database to look at."""
    return (
        f'There is no DuckDB file "{location}".' if location else "A DuckDB file is needed, as in duckdb:shop.duckdb."
    )


def no_tables(name: str, readers: Sequence[str]) -> str:
    """Say which engines read tables."""
    return f"The engine {name} reads no database. There are {', '.join(f'{each}:' for each in readers)}."


def nothing_guessed(tables: Sequence[str]) -> str:
    """Say that no table looks like one of events."""
    return (
        "No table looks like one of events: it would have the id of a person (user_id) and a time. "
        f"{_or_known((), tables)} Write a map (docs/tables.md), or name a layout with --preset."
    )


def no_preset(name: str, wanted: str) -> str:
    """Say what a layout has that the database does not."""
    return f"This is no database of {name}: {wanted}"


def needs_map() -> str:
    """Say what tells which table is what."""
    return "--db needs a map of its tables: --map FILE. `muster schema init --db URL` writes one to begin with."


def files_and_database() -> str:
    """Say that the data is in one place."""
    return "--db names a database; --events, --profiles and --store name other data. Give one of them."


def map_is_there(path: str) -> str:
    """Say that a file is not written over."""
    return f"{path} is there already. Move it away, or write to another file."


def map_written(path: str, tables: int) -> str:
    """Say what was written, and what to do with it."""
    return f"Wrote {path}: {tables} table{'s' if tables > 1 else ''} of events. Read it through before you count by it."


def unknown_preset(name: str, known: Sequence[str]) -> str:
    """Say which layouts are known."""
    return f'There is no preset "{name}". There are {", ".join(known)}.'


def inexact() -> str:
    """Label an answer."""
    return "warning: inexact, as asked: values in JSON that the map does not say are left out, and were not looked for."


def inexact_of_what() -> str:
    """Say what can be inexact."""
    return "--inexact is about JSON in a database of your own; it goes with --db."


def order_missing(where: str, rows: int) -> str:
    """Say that events have nothing to be ordered by."""
    return (
        f"{where} is NULL in {rows:,} row{'s' if rows > 1 else ''}, and of equal times it says which event came first."
    )


def engine_of_database(engine: str) -> str:
    """Say that a database answers for itself."""
    return f"--db answers by the engine that it names, so --engine {engine} does not go with it."


def several_namespaces(names: Sequence[str]) -> str:
    """Say that tables of several namespaces are not guessed together."""
    return f"There are tables in {', '.join(names)}. Say which to look at, as in --namespace {names[0]}."
