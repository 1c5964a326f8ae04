"""How trees are printed alike on every engine: plain columns by a short way, and NOT IN as people write it.

Kept apart from the dialects, each of which adds its own ways. They are handlers beside sqlglot's own, one a node, and
no subclass: sqlglot may be installed compiled (`sqlglot[c]`), and what is compiled has no subclasses. It could go wrong
by printing a name without the quotes it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import Dialect, Generator, exp

from muster.backends.base import Spell
from muster.backends.sql.comments import commenting
from muster.backends.sql.names import Sql

Handler = Callable[[Any, Any], str]  # of a generator and a node


class Writer:
    """Prints the trees of one dialect."""

    def __init__(
        self,
        generator: type[Generator],
        dialect: Dialect,
        own: Callable[[Mapping[type[exp.Expr], Handler]], dict[type[exp.Expr], Handler]] = lambda _: {},
    ) -> None:
        """`own` gives handlers of the dialect's, and gets those that sqlglot has."""
        self._generator, self._dialect = generator, dialect
        theirs: dict[type[exp.Expr], Handler] = generator(dialect=dialect)._dispatch  # noqa: SLF001 (see above)
        plain: dict[type[exp.Expr], Handler] = {
            exp.Column: _column,
            exp.Not: _negation(theirs[exp.Not]),
            exp.Tag: _untold,
        }
        self._handlers = {**theirs, **plain, **own(theirs)}

    def write(self, tree: Sql, *, pretty: bool, spell: Spell | None = None) -> str:
        """Print a tree, on one line or, `pretty`, on many; these with a comment a condition if `spell` spells it."""
        generator = self._generator(dialect=self._dialect, pretty=pretty)
        handlers = self._handlers if spell is None else {**self._handlers, **commenting(spell)}
        generator._dispatch = handlers  # noqa: SLF001 (see above)
        return generator.generate(tree, copy=False)


def _untold(generator: Any, node: exp.Tag) -> str:
    """Print what a tag is on; what it says is for people."""
    return str(generator.sql(node, "this"))


def _column(generator: Any, node: exp.Column) -> str:
    """Print a column; a third of all nodes are columns or their parts."""
    parts = (node.args.get("table"), node.this)
    return ".".join(part.this if not part.args["quoted"] else generator.sql(part) for part in parts if part is not None)


def _negation(theirs: Handler) -> Handler:
    def negation(generator: Any, node: exp.Not) -> str:
        """Print `x NOT IN (…)` for `NOT x IN (…)`."""
        inner = node.this
        if not isinstance(inner, exp.In):
            return theirs(generator, node)
        left = generator.sql(inner, "this")
        return f"{left} NOT{generator.in_sql(inner)[len(left) :]}"

    return negation
