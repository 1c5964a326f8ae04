"""Postgres: on a server, or for "" on one of its own that ends with the process."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType

from muster.backends.base import Engine, EngineError, FoundTable, Output, OwnEngine, Query
from muster.backends.postgres.dialect import PostgresDialect
from muster.backends.sql.query import generate
from muster.compiler.messages.engine import not_installed
from muster.compiler.own_tables import Table
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema

__all__ = ["BACKEND"]

_DIALECT = PostgresDialect()


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    """Generates Postgres SQL and opens Postgres databases."""

    name: str = "postgres"
    schemes: tuple[str, ...] = ("postgresql", "postgres")
    dialect: str | None = "postgres"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Turn a plan into SQL; raises RuleError naming the construct that cannot be answered exactly."""
        return generate(plan, schema, output, _DIALECT)

    def connect(self, location: str, schema: Schema) -> Engine:
        """Open a database whose tables have that schema, creating them where they are missing."""
        try:
            from muster.backends.postgres.client import open_engine  # noqa: PLC0415 (compiling needs no driver)
        except ImportError as error:
            raise EngineError(not_installed("psycopg", "postgres")) from error
        return open_engine(location, schema)

    def inspect(self, location: str) -> tuple[FoundTable, ...]:
        """Look which tables a database has."""
        found: tuple[FoundTable, ...] = _own().inspect(location)
        return found

    def sample(self, location: str, table: Table, column: str, most: int) -> list[str]:
        """Give some values of a column as texts."""
        texts: list[str] = _own().sample(location, table, column, most)
        return texts

    def attach(self, location: str, schema: Schema) -> OwnEngine:
        """Open a database to read somebody's own tables."""
        engine: OwnEngine = _own().attach(location, schema)
        return engine


def _own() -> ModuleType:
    try:
        from muster.backends.postgres import own_tables  # noqa: PLC0415 (compiling needs no driver)
    except ImportError as error:
        raise EngineError(not_installed("psycopg", "postgres")) from error
    return own_tables


BACKEND = PostgresBackend()
