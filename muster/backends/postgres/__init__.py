"""Postgres: on a server, or for "" on one of its own that ends with the process."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from muster.backends.base import Engine, EngineError, FoundTable, Output, OwnEngine, ProjectEngine, Query
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
        opened: Engine = _module("client").open_engine(location, schema)
        return opened

    def open_project(self, location: str, namespace: str, schema: Schema) -> ProjectEngine:
        """Open a project in a schema of its own."""
        opened: ProjectEngine = _module("project").open_project(location, namespace, schema)
        return opened

    def drop_project(self, location: str, namespace: str) -> None:
        """Remove a project's schema."""
        _module("project").drop_project(location, namespace)

    def inspect(self, location: str) -> tuple[FoundTable, ...]:
        """Look which tables a database has."""
        found: tuple[FoundTable, ...] = _module("own_tables").inspect(location)
        return found

    def sample(self, location: str, table: Table, column: str, most: int) -> list[str]:
        """Give some values of a column as texts."""
        texts: list[str] = _module("own_tables").sample(location, table, column, most)
        return texts

    def attach(self, location: str, schema: Schema) -> OwnEngine:
        """Open a database to read somebody's own tables."""
        engine: OwnEngine = _module("own_tables").attach(location, schema)
        return engine


def _module(name: str) -> ModuleType:
    """Import a module that needs the driver, which compiling does not."""
    try:
        return import_module(f"muster.backends.postgres.{name}")
    except ImportError as error:
        raise EngineError(not_installed("psycopg", "postgres")) from error


BACKEND = PostgresBackend()
