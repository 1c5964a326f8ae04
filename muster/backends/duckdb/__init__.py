"""DuckDB, in memory or in a file."""

from __future__ import annotations

from dataclasses import dataclass

from muster.backends.base import Engine, FoundTable, Output, OwnEngine, ProjectEngine, Query
from muster.backends.duckdb.dialect import DuckDbDialect
from muster.backends.sql.query import generate
from muster.compiler.own_tables import Table
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema

__all__ = ["BACKEND"]

_DIALECT = DuckDbDialect()


@dataclass(frozen=True, slots=True)
class DuckDbBackend:
    """Generates DuckDB SQL and opens DuckDB databases."""

    name: str = "duckdb"
    schemes: tuple[str, ...] = ("duckdb",)
    dialect: str | None = "duckdb"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Turn a plan into SQL; raises RuleError naming the construct that cannot be answered exactly."""
        return generate(plan, schema, output, _DIALECT)

    def connect(self, location: str, schema: Schema) -> Engine:
        """Open a database whose tables have that schema, creating them where they are missing."""
        from muster.backends.duckdb.client import open_engine  # noqa: PLC0415 (compiling needs no driver)

        return open_engine(location, schema)

    def open_project(self, location: str, namespace: str, schema: Schema) -> ProjectEngine:
        """Open the file of a project in a folder, or for "" one in memory."""
        from muster.backends.duckdb import project  # noqa: PLC0415 (compiling needs no driver)

        return project.open_project(location, namespace, schema)

    def drop_project(self, location: str, namespace: str) -> None:
        """Remove the file of a project."""
        from muster.backends.duckdb import project  # noqa: PLC0415 (compiling needs no driver)

        project.drop_project(location, namespace)

    def inspect(self, location: str) -> tuple[FoundTable, ...]:
        """Look which tables a file has."""
        from muster.backends.duckdb import own_tables  # noqa: PLC0415 (compiling needs no driver)

        return own_tables.inspect(location)

    def sample(self, location: str, table: Table, column: str, most: int) -> list[str]:
        """Give some values of a column as texts."""
        from muster.backends.duckdb import own_tables  # noqa: PLC0415 (compiling needs no driver)

        return own_tables.sample(location, table, column, most)

    def attach(self, location: str, schema: Schema) -> OwnEngine:
        """Open a file to read somebody's own tables."""
        from muster.backends.duckdb import own_tables  # noqa: PLC0415 (compiling needs no driver)

        return own_tables.attach(location, schema)


BACKEND = DuckDbBackend()
