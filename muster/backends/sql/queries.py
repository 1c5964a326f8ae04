"""The queries of one schema, each made once.

Kept apart, and immutable, so that an engine whose schema grows changes all of it at once: a thread that has begun
goes on with the schema it began with, whose tables are still there.
"""

from __future__ import annotations

from functools import lru_cache

from muster.backends.base import BatchOutput, Output, Query
from muster.backends.sql.batch import generate_batch
from muster.backends.sql.dialect import SqlDialect
from muster.backends.sql.query import generate
from muster.compiler.plan import Batch, Plan
from muster.compiler.schema import Schema


class Queries:
    """Makes queries for a schema in a dialect, and keeps the last ones."""

    def __init__(self, schema: Schema, dialect: SqlDialect) -> None:
        self.schema = schema
        self._one = lru_cache(maxsize=256)(lambda plan, output: generate(plan, schema, output, dialect))
        self._many = lru_cache(maxsize=16)(lambda batch, output: generate_batch(batch, schema, output, dialect))

    def one(self, plan: Plan, output: Output) -> Query:
        """Give the query of a plan."""
        query: Query = self._one(plan, output)
        return query

    def many(self, batch: Batch, output: BatchOutput) -> Query:
        """Give the query of a batch."""
        query: Query = self._many(batch, output)
        return query
