"""Calls of engine functions that sqlglot has no node of its own for: the only place that names a function.

Kept apart so that a test can forbid free-form function nodes everywhere else. The name is checked against a fixed
list, so that no text can become a function.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

from muster.backends.sql.names import Sql

FUNCTIONS: Final = frozenset(
    {
        "ARG_MAX_NULL",
        "ARG_MIN_NULL",
        "CONCAT",
        "ENDS_WITH",
        "EPOCH_US",
        "LEN",
        "LIST_CONTAINS",
        "LIST_FILTER",
        "LIST_PREPEND",
        "LIST_TRANSFORM",
        "MD5",
        "REGEXP_MATCHES",
        "STARTS_WITH",
        "STRPOS",
        "SUBSTRING",
        "TO_DAYS",
        "TO_HOURS",
        "TO_MICROSECONDS",
        "TO_MINUTES",
        "TO_SECONDS",
        "TRANSLATE",
        "UNNEST",
    }
)

# What reading a file takes. No rule's SQL may call them: the query check knows only those above.
FILE_FUNCTIONS: Final = frozenset(
    {
        "ABS",
        "CHR",
        "EPOCH_NS",
        "LEFT",
        "LENGTH",
        "LPAD",
        "MAKE_TIMESTAMP",
        "MAKE_TIMESTAMP_NS",
        "READ_PARQUET",
        "STRLEN",
    }
)


def call(name: str, *arguments: Sql) -> exp.Anonymous:
    """Call an engine function of FUNCTIONS."""
    if name not in FUNCTIONS:
        raise KeyError(name)
    return exp.Anonymous(this=name, expressions=list(arguments))


def file_call(name: str, *arguments: Sql) -> exp.Anonymous:
    """Call an engine function of FILE_FUNCTIONS, in a view that is made when a file is opened."""
    if name not in FILE_FUNCTIONS:
        raise KeyError(name)
    return exp.Anonymous(this=name, expressions=list(arguments))


def integer(number: int) -> exp.Literal:
    """Print a whole number that the generator itself made."""
    return exp.Literal(this=str(int(number)), is_string=False)
