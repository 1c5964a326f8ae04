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


def call(name: str, *arguments: Sql) -> exp.Anonymous:
    """Call an engine function of FUNCTIONS."""
    if name not in FUNCTIONS:
        raise KeyError(name)
    return exp.Anonymous(this=name, expressions=list(arguments))


def integer(number: int) -> exp.Literal:
    """Print a whole number that the generator itself made."""
    return exp.Literal(this=str(int(number)), is_string=False)
