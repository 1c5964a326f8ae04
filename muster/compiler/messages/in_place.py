"""Wording of why a typed file is read row by row instead of being queried in place; the answers are the same."""

from __future__ import annotations

from muster.compiler.diagnostics import Diagnostic


def read_instead(file: str, column: str | None, reason: str) -> Diagnostic:
    """D35: a typed file that is read row by row, which takes longer and gives the same answers."""
    what = "the file" if column is None else f'column "{column}"'
    message = f"{file} is read row by row, not queried in place: {what} {reason}."
    return Diagnostic("D35", message, "info", name=column)


def unread_type(kind: str) -> str:
    """Say that values of a type have to be looked at one by one."""
    return f"holds values of the type {kind}"


def doubles() -> str:
    """Say that doubles are converted only where somebody wants it."""
    return 'holds floats (a map can say as = "decimal")'


def mapped(kind: str, found: str) -> str:
    """Say that a map wants values converted that have to be looked at one by one."""
    return f"holds values of the type {found} and is mapped as {kind}"


def local_times(timezone: str) -> str:
    """Say that times have no zone, and the map has one."""
    return f"holds times without a zone, which are local to {timezone}"


def odd_name() -> str:
    """Say that a column's name is one that DuckDB takes for another."""
    return "has a name that is equal to another one but for case or form, or is in another Unicode form"


def odd_path() -> str:
    """Say that a path could mean several files."""
    return "has a path with one of * ? [ ] { }"


def odd_constant() -> str:
    """Say that the event's name cannot be written as it is."""
    return "has a constant event name with a character that cannot be stored"


def other_columns() -> str:
    """Say that the two readers do not see the same columns."""
    return "has columns that DuckDB sees under other names"


def other_type(found: str) -> str:
    """Say that the two readers do not see the same type."""
    return f"is of another type to DuckDB ({found})"


def unfit_rows(count: int) -> str:
    """Say that some rows have to be told one by one."""
    return f"has {count:,} row{'' if count == 1 else 's'} with nothing, or with a value that does not fit"


def other_form() -> str:
    """Say that texts have to be composed."""
    return "holds text that is not in the composed Unicode form (NFC)"


def repeated_ids(count: int) -> str:
    """Say that some rows do not count."""
    return f"repeats {count:,} message id{'' if count == 1 else 's'}"


def engine_cannot(reason: str) -> str:
    """Say that DuckDB does not read the file."""
    return (
        f"is one that DuckDB does not read ({reason.strip().splitlines()[0] if reason.strip() else 'no reason given'})"
    )
