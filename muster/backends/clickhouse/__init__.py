"""ClickHouse: in this process (`chdb:`), or on a server (`clickhouse://host/database`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from muster.backends.base import Engine, EngineError, FoundTable, Output, OwnEngine, ProjectEngine, Query
from muster.backends.clickhouse.dialect import ClickHouseDialect
from muster.backends.sql.query import generate
from muster.compiler.messages.engine import not_installed
from muster.compiler.own_tables import Table
from muster.compiler.plan import Plan
from muster.compiler.schema import Schema

__all__ = ["BACKEND"]

_DRIVER = "clickhouse_connect"
_DIALECT = ClickHouseDialect()


@dataclass(frozen=True, slots=True)
class ClickHouseBackend:
    """Generates ClickHouse SQL and opens ClickHouse databases."""

    name: str = "clickhouse"
    schemes: tuple[str, ...] = ("clickhouse", "chdb")
    dialect: str | None = "clickhouse"

    def generate(self, plan: Plan, schema: Schema, output: Output) -> Query:
        """Turn a plan into SQL; raises RuleError naming the construct that cannot be answered exactly."""
        return generate(plan, schema, output, _DIALECT)

    def connect(self, location: str, schema: Schema) -> Engine:
        """Open a database whose tables have that schema, creating them where they are missing.

        `//host:port/database` is a server's; any other location is a folder for the engine in this process, ""
        its memory.
        """
        with _with_driver(location):
            from muster.backends.clickhouse.client import open_engine  # noqa: PLC0415 (compiling needs no driver)
        return open_engine(location, schema)

    def open_project(self, location: str, namespace: str, schema: Schema) -> ProjectEngine:
        """Open a project in a database of its own."""
        with _with_driver(location):
            from muster.backends.clickhouse import project  # noqa: PLC0415 (compiling needs no driver)
        return project.open_project(location, namespace, schema)

    def drop_project(self, location: str, namespace: str) -> None:
        """Remove the database of a project."""
        with _with_driver(location):
            from muster.backends.clickhouse import project  # noqa: PLC0415 (compiling needs no driver)
        project.drop_project(location, namespace)

    def inspect(self, location: str) -> tuple[FoundTable, ...]:
        """Look which tables a database has."""
        with _with_driver(location):
            from muster.backends.clickhouse import own_tables  # noqa: PLC0415 (compiling needs no driver)
        return own_tables.inspect(location)

    def sample(self, location: str, table: Table, column: str, most: int) -> list[str]:
        """Give some values of a column as texts."""
        with _with_driver(location):
            from muster.backends.clickhouse import own_tables  # noqa: PLC0415 (compiling needs no driver)
        return own_tables.sample(location, table, column, most)

    def attach(self, location: str, schema: Schema) -> OwnEngine:
        """Open a database to read somebody's own tables."""
        with _with_driver(location):
            from muster.backends.clickhouse import own_tables  # noqa: PLC0415 (compiling needs no driver)
        return own_tables.attach(location, schema)


@contextmanager
def _with_driver(location: str) -> Iterator[None]:
    """Tell what to install where the driver is missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != _DRIVER:
            raise
        extra = "clickhouse" if location.startswith("//") else "chdb"
        raise EngineError(not_installed("clickhouse-connect", extra)) from error


BACKEND = ClickHouseBackend()
