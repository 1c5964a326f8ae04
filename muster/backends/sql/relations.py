"""The relations that a query names before its SELECT: steps of sequences, scans used twice, bits of many scans.

Kept apart so that their names are given in one place. It could go wrong by giving one the name of a table, and on an
engine that writes a relation into what reads it: a chain of joins, each asked again for every row of the next.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlglot import exp

from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.names import identifier
from muster.compiler.schema import Schema


def unhidden(schema: Schema) -> frozenset[str]:
    """Give the names, in lower case, that a relation may not have: it would be read in place of a table so called."""
    own = () if schema.own is None else schema.own.sources()
    read = (source.table[-1] for source in own if len(source.table) == 1)
    return frozenset(name.lower() for name in (schema.profiles.table, schema.events.table, *read))


def free(name: str, taken: Collection[str]) -> str:
    """Give a name that is not taken, as near to one as can be."""
    while name.lower() in taken:  # an analyst's own table may be called anything
        name = f"{name}_1"
    return name


class Relations:
    """The named relations of one query, in the order in which they can be read."""

    def __init__(self, schema: Schema, dialect: SqlDialect) -> None:
        self._tables = unhidden(schema)
        self._inlined = dialect.inlines_relations
        self._made: list[exp.CTE] = []
        self._steps = 0

    def add(self, name: str, select: exp.Select, *columns: str) -> str:
        """Name a SELECT, and its columns; gives the name it got."""
        name = free(name, self._tables)
        alias = exp.TableAlias(this=identifier(name), columns=[identifier(each) for each in columns])
        # What only selects events is better written in, as the table's indexes then serve what reads it.
        kept = True if self._inlined and (select.args.get("joins") or select.args.get("group")) else None
        self._made.append(exp.CTE(this=select, alias=alias, materialized=kept))
        return name

    def add_step(self, select: exp.Select) -> str:
        """Name a step of a sequence."""
        self._steps += 1
        return self.add(f"step_{self._steps}", select)

    def added_to(self, select: exp.Select) -> exp.Select:
        """Put the relations before the SELECT that reads them."""
        if self._made:
            select.set("with_", exp.With(expressions=self._made))
        return select
