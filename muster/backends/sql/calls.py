"""Calls of engine functions that sqlglot has no node of its own for: the only place that makes them.

Kept apart so that a test can forbid free-form function nodes everywhere else. A dialect says once which functions it
calls; the name of each call is looked up in that list, so that no text can become a function.
"""

from __future__ import annotations

from sqlglot import exp

from muster.backends.sql.names import Sql


class Functions:
    """The functions that one dialect may call, spelled as the engine spells them."""

    def __init__(self, *names: str) -> None:
        self.names = frozenset(names)

    def __call__(self, name: str, *arguments: Sql) -> exp.Anonymous:
        """Call a function; raises KeyError for one that is not listed."""
        if name not in self.names:
            raise KeyError(name)
        return exp.Anonymous(this=name, expressions=list(arguments))


def integer(number: int) -> exp.Literal:
    """Print a whole number from 0 up that the generator itself made."""
    return exp.Literal(this=str(int(number)), is_string=False)


def signed(number: int) -> Sql:
    """Print a whole number of either sign that the generator itself made."""
    return exp.Neg(this=integer(-number)) if number < 0 else integer(number)
