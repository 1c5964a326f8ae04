"""A query with its values written in, for people to read and paste; Muster never runs it.

Kept apart from everything that runs. Every literal is spelled by the query's dialect. It could go wrong
by replacing something that only looks like a parameter, so comments and quoted names are stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from muster.backends.base import Query
from muster.compiler.moments import Clock

# A comment, a quoted name, or a parameter as one of the engines spells it.
# No text is stepped over: those in generated SQL are words of its own, since every value is a parameter.
TOKEN = re.compile(r'/\*(?s:.*?)\*/|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$(p[0-9]+)\b|\{(p[0-9]+):[^}]*\}|%\((p[0-9]+)\)s')


def inline(query: Query, clock: Clock) -> str:
    """Give the pretty text of a query with literals in place of its parameters."""
    return _written_in(query.pretty, query.bind(clock), query.spell)


def inline_guards(query: Query) -> tuple[str, ...]:
    """Give what must be so for a query's answer to be right as SELECTs, with literals, that give 0 where it is."""
    return tuple(_written_in(guard.layout(), guard.bind(), query.spell) for guard in query.guards)


def _written_in(text: str, values: Mapping[str, object], spell: Callable[[object], str]) -> str:
    def replaced(token: re.Match[str]) -> str:
        name = token[1] or token[2] or token[3]
        return token[0] if name is None else spell(values[name])

    return TOKEN.sub(replaced, text)
