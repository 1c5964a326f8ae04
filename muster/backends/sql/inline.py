"""A query with its values written in, for people to read and paste; Muster never runs it.

Kept apart from everything that runs. Every literal is spelled by the query's dialect. It could go wrong
by replacing something that only looks like a parameter, so comments and quoted names are stepped over.
"""

from __future__ import annotations

import re

from muster.backends.base import Query
from muster.compiler.moments import Clock

# A comment, a quoted name, or a parameter as one of the engines spells it; the generator writes no text literals.
TOKEN = re.compile(r'/\*(?s:.*?)\*/|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\$(p[0-9]+)\b|\{(p[0-9]+):[^}]*\}|%\((p[0-9]+)\)s')


def inline(query: Query, clock: Clock) -> str:
    """Give the pretty text of a query with literals in place of its parameters."""
    values = query.bind(clock)

    def replaced(token: re.Match[str]) -> str:
        name = token[1] or token[2] or token[3]
        return token[0] if name is None else query.spell(values[name])

    return TOKEN.sub(replaced, query.pretty)
