"""How trees are printed alike on every engine: plain columns by a short way, and NOT IN as people write it.

Kept apart from the dialects, each of which adds it to sqlglot's generator for its engine. It could go wrong by
printing a name without the quotes it needs.
"""

from __future__ import annotations

from sqlglot import Generator, exp


class PlainWriter(Generator):
    """Printing that is the same for every engine."""

    def column_sql(self, expression: exp.Column) -> str:
        """Print a column; a third of all nodes are columns or their parts."""
        parts = (expression.args.get("table"), expression.this)
        return ".".join(part.this if not part.args["quoted"] else self.sql(part) for part in parts if part is not None)

    def not_sql(self, expression: exp.Not) -> str:
        """Print a negation: `x NOT IN (…)` for `NOT x IN (…)`."""
        inner = expression.this
        if not isinstance(inner, exp.In):
            return super().not_sql(expression)
        left = self.sql(inner, "this")
        return f"{left} NOT{self.in_sql(inner)[len(left) :]}"
